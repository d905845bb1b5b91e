/* Which socket: a path, a port, descriptor 0; who may connect. */
#include "listener_fixture.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/listen_socket.h"

static void expect_refused(const char *socket, int workers_max, enum err_code code)
{
    struct err err = ERR_INIT;
    struct http_listener_options options = {.socket = socket, .workers_max = workers_max};
    assert_null(http_listener_open(&options, &err));
    assert_int_equal(err.code, code);
    assert_true(err.text[0] != '\0');
}

static void a_living_socket_is_not_taken(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    fixture_open(&fixture, 2);
    expect_refused(fixture.path, 2, ERR_EXISTS);
    fixture_expect(&fixture, "/hello", "hello");
    fixture_close(&fixture);
}

static void a_dead_socket_is_replaced(void **state)
{
    char path[] = "/tmp/gb-test-socket-XXXXXX";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct err err = ERR_INIT;
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    expect_refused(path, 2, ERR_EXISTS); /* a file is never removed */
    assert_int_equal(unlink(path), 0);
    memcpy(address.sun_path, path, sizeof(path));
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    close(dead);
    int fd = listen_socket_open(path, &err);
    assert_true(fd >= 0);
    assert_true(listen_socket_is(fd));
    close(fd);
    listen_socket_unlink(path);
    assert_int_equal(access(path, F_OK), -1);
}

static void bad_names_are_told(void **state)
{
    char path[300] = "/tmp/";
    (void)state;
    memset(path + 5, 'a', sizeof(path) - 6);
    expect_refused(path, 2, ERR_INVALID);
    expect_refused("/nonexistent/directory/socket", 2, ERR_IO);
    expect_refused("127.0.0.1:99999", 2, ERR_INVALID);
    expect_refused("/tmp/never", 0, ERR_INVALID);
    expect_refused("/tmp/never", 5000, ERR_INVALID);
}

/* A port that was free a moment ago. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    close(fd);
    return ntohs(address.sin_port);
}

/* Says hello over a port, and whether that worked. */
static bool hello_by_port(const char *host)
{
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    char name[64];
    int port = free_port();
    snprintf(name, sizeof(name), "%s:%d", host, port);
    fixture_open_with(&fixture, (struct http_listener_options){
                                    .socket = name, .workers_max = 4, .drain_timeout_s = 5});
    int fd = client_connect(NULL, port);
    assert_true(fd >= 0);
    bool answered = client_request(fd, false, "/hello", "", 0, &out);
    close(fd);
    fixture_close(&fixture);
    return answered && strcmp(client_answer_body(&out), "hello") == 0;
}

static void ports(void **state)
{
    (void)state;
    assert_true(hello_by_port("127.0.0.1"));
    assert_true(hello_by_port("localhost"));
}

static void only_listed_web_servers_connect(void **state)
{
    (void)state;
    setenv("FCGI_WEB_SERVER_ADDRS", "10.0.0.1,127.0.0.1", 1);
    assert_true(hello_by_port("127.0.0.1"));
    setenv("FCGI_WEB_SERVER_ADDRS", "10.0.0.1,127.0.0.10", 1);
    assert_false(hello_by_port("127.0.0.1"));
    unsetenv("FCGI_WEB_SERVER_ADDRS");
}

/* Makes `fd` descriptor 0 for as long as the test asks; returns what was there. */
static int as_descriptor_0(int fd)
{
    int before = dup(STDIN_FILENO);
    assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
    return before;
}

static void restore_descriptor_0(int before)
{
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    close(before);
}

static void how_it_was_started(void **state)
{
    int null = open("/dev/null", O_RDONLY);
    int before = as_descriptor_0(null);
    (void)state;
    unsetenv("REQUEST_METHOD");
    unsetenv("GATEWAY_INTERFACE");
    assert_int_equal(http_start_detect(NULL), HTTP_START_SHELL);
    assert_int_equal(http_start_detect("/tmp/socket"), HTTP_START_FASTCGI);
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    assert_int_equal(http_start_detect(NULL), HTTP_START_CGI);
    expect_refused(NULL, 2, ERR_INVALID);
    unsetenv("GATEWAY_INTERFACE");
    restore_descriptor_0(before);
    close(null);
}

/* As lighttpd and mod_fcgid do it; one that does not block is made to. */
static void the_socket_handed_over(void **state)
{
    struct listener_fixture fixture = {.path = ""};
    char path[] = "/tmp/gb-test-handed-XXXXXX";
    struct err err = ERR_INIT;
    (void)state;
    close(mkstemp(path));
    unlink(path);
    int fd = listen_socket_open(path, &err);
    assert_true(fd >= 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    int before = as_descriptor_0(fd);
    close(fd);
    setenv("REQUEST_METHOD", "GET", 1);
    assert_int_equal(http_start_detect(NULL), HTTP_START_FASTCGI);
    unsetenv("REQUEST_METHOD");
    fixture_open(&fixture, 4);
    struct http_listener_options options = fixture.options;
    fixture_close(&fixture);
    options.socket = NULL;
    fixture.listener = http_listener_open(&options, &err);
    assert_non_null(fixture.listener);
    memcpy(fixture.path, path, sizeof(path));
    fixture_expect(&fixture, "/hello", "hello");
    assert_int_equal(http_listener_close(&fixture.listener), 0);
    assert_true(listen_socket_is(STDIN_FILENO)); /* it is the web server's */
    assert_int_equal(access(path, F_OK), 0);
    restore_descriptor_0(before);
    unlink(path);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_living_socket_is_not_taken),
        cmocka_unit_test(a_dead_socket_is_replaced),
        cmocka_unit_test(bad_names_are_told),
        cmocka_unit_test(ports),
        cmocka_unit_test(only_listed_web_servers_connect),
        cmocka_unit_test(how_it_was_started),
        cmocka_unit_test(the_socket_handed_over),
    };
    return UNIT_RUN(tests);
}
