/* Plain CGI: one process, one request, standard input and output. */
#include "../unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "http/listener.h"

static void echo(void *ctx, struct http_request *req, struct http_response *res)
{
    struct err err = ERR_INIT;
    (void)ctx;
    if (http_request_read_body(req, 1 << 20, &err) != 0) {
        const char *text = arena_printf(req->arena, "error %d", (int)err.code);
        http_response_send(res, 400, "text/plain", text, strlen(text));
        return;
    }
    const char *text = arena_printf(req->arena, "%s %s at %s says %s", req->method_name, req->path,
                                    req->script_name, req->body);
    struct sink *sink = http_response_begin(res, 200, "text/plain");
    sink_write(sink, text, strlen(text));
    if (http_request_client_gone(req))
        sink_write(sink, "?", 1);
}

static void flood(void *ctx, struct http_request *req, struct http_response *res)
{
    static const char block[5000];
    struct sink *sink = http_response_begin(res, 200, NULL);
    (void)ctx;
    (void)req;
    for (int i = 0; i < 1000; i++)
        sink_write(sink, block, sizeof(block));
}

enum { SEEN = 42, UNSEEN = 43, PATIENCE_MS = 20000 };

/* Tells by the exit status whether the client's leaving was seen. */
static void watch(void *ctx, struct http_request *req, struct http_response *res)
{
    struct pollfd client = {.fd = http_request_client_fd(req), .events = POLLIN};
    struct sink *sink = http_response_begin(res, 200, NULL);
    (void)ctx;
    sink_write(sink, "here", 4);
    sink_flush(sink);
    int seen = poll(&client, 1, PATIENCE_MS);
    _exit(seen == 1 && http_request_client_gone(req) ? SEEN : UNSEEN);
}

static void refuse(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    http_response_send(res, 401, "text/plain", "no", 2);
}

struct cgi_call {
    http_request_handler *handler;
    const char *method;
    const char *content_length; /* NULL: not set */
    const char *transfer_encoding;
    const char *body;
    size_t read_at_most; /* of the answer, then the pipe is closed */
    int exit_status;     /* how the process has ended */
};

static void run_child(const struct cgi_call *call, int in, int out)
{
    struct http_listener_options options = {.handler = call->handler};
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    close(in);
    close(out);
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    setenv("REQUEST_METHOD", call->method, 1);
    setenv("SCRIPT_NAME", "/cgi-bin/gb", 1);
    setenv("PATH_INFO", "/v1/x", 1);
    setenv("REQUEST_URI", "/cgi-bin/gb/v1/x?y", 1);
    if (call->content_length)
        setenv("CONTENT_LENGTH", call->content_length, 1);
    if (call->transfer_encoding)
        setenv("HTTP_TRANSFER_ENCODING", call->transfer_encoding, 1);
    _exit(http_start_detect(NULL) == HTTP_START_CGI ? http_cgi_serve(&options) : 99);
}

static void read_answer(int fd, size_t at_most, struct strbuf *out)
{
    char chunk[4096];
    ssize_t got;
    while (out->len < at_most && (got = read(fd, chunk, sizeof(chunk))) > 0)
        strbuf_append(out, chunk, (size_t)got);
}

/* Runs the program; standard input is left open when a length is given, as some servers do. */
static void run(struct cgi_call *call, struct strbuf *out)
{
    int in[2];
    int answer[2];
    int status;
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        close(in[1]);
        close(answer[0]);
        run_child(call, in[0], answer[1]);
    }
    close(answer[1]);
    assert_int_equal(write(in[1], call->body, strlen(call->body)), strlen(call->body));
    close(in[0]); /* only now: a child that reads nothing may have ended already */
    if (!call->content_length)
        close(in[1]);
    read_answer(answer[0], call->read_at_most ? call->read_at_most : SIZE_MAX, out);
    close(answer[0]);
    assert_true(waitpid(child, &status, 0) == child);
    if (call->content_length)
        close(in[1]);
    assert_true(WIFEXITED(status));
    call->exit_status = WEXITSTATUS(status);
}

static void bodies(void **state)
{
    struct cgi_call rows[] = {
        {echo, "POST", "5", NULL, "hello", 0, 0},
        {echo, "POST", "5", NULL, "hello beyond", 0, 0},
        {echo, "POST", NULL, "chunked", "hello", 0, 0},
        {echo, "POST", NULL, NULL, "hello", 0, 0},
        {echo, "GET", NULL, NULL, "", 0, 0},
    };
    static const char *const said[] = {
        "POST /v1/x at /cgi-bin/gb says hello", "POST /v1/x at /cgi-bin/gb says hello",
        "POST /v1/x at /cgi-bin/gb says hello", "POST /v1/x at /cgi-bin/gb says ",
        "GET /v1/x at /cgi-bin/gb says ",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        run(&rows[i], &out);
        const char *body = strstr(strbuf_str(&out), "\r\n\r\n");
        assert_non_null(body);
        assert_string_equal(body + 4, said[i]);
        assert_true(strncmp(out.data, "Status: 200 OK\r\n", 16) == 0);
        assert_int_equal(rows[i].exit_status, 0);
    }
}

static void a_cut_body(void **state)
{
    struct cgi_call call = {echo, "POST", NULL, "chunked", "hel", 0, 0};
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    setenv("CONTENT_LENGTH", "5", 1); /* and the pipe is closed after three bytes */
    run(&call, &out);
    unsetenv("CONTENT_LENGTH");
    assert_non_null(strstr(strbuf_str(&out), "Status: 400"));
}

static void the_reader_leaves(void **state)
{
    struct cgi_call call = {flood, "GET", NULL, NULL, "", 100, 0};
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    run(&call, &out);
    assert_int_equal(call.exit_status, EXIT_FAILURE);
}

static void a_large_answer(void **state)
{
    struct cgi_call call = {flood, "GET", NULL, NULL, "", 0, 0};
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 << 20);
    (void)state;
    run(&call, &out);
    assert_int_equal(call.exit_status, EXIT_SUCCESS);
    assert_true(out.len > 5000 * 1000);
}

static void a_leaving_is_seen_in_silence(void **state)
{
    struct cgi_call call = {watch, "GET", NULL, NULL, "", 4, 0};
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    run(&call, &out);
    assert_int_equal(call.exit_status, SEEN);
}

static void a_signal_means_it_too(void **state)
{
    struct cgi_call call = {watch, "GET", NULL, NULL, "", 0, 0};
    sigset_t stop;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int status;
    (void)state;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);
    pid_t child = fork();
    if (child == 0)
        run_child(&call, null, null);
    kill(child, SIGTERM);
    assert_true(waitpid(child, &status, 0) == child);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    close(null);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SEEN);
}

/* One socket for both ways, the whole body first: what Apache's mod_cgid does. */
static void a_refusal_outlives_the_body(void **state)
{
    enum { BODY = 1 << 20 };
    struct cgi_call call = {refuse, "POST", "1048576", NULL, "", 0, 0};
    static const char body[BODY];
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    int both[2];
    int status;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    pid_t child = fork();
    if (child == 0) {
        close(both[1]);
        run_child(&call, both[0], both[0]);
    }
    close(both[0]);
    for (size_t sent = 0; sent < BODY;) {
        ssize_t wrote = write(both[1], body + sent, BODY - sent);
        assert_true(wrote > 0);
        sent += (size_t)wrote;
    }
    assert_true(waitpid(child, &status, 0) == child);
    read_answer(both[1], SIZE_MAX, &out);
    close(both[1]);
    assert_non_null(strstr(strbuf_str(&out), "Status: 401"));
    assert_true(text_ends(strbuf_str(&out), "\r\n\r\nno"));
}

/* What a web server would make options of; see RFC 3875, 4.4. */
static void a_query_is_no_command_line(void **state)
{
    static const struct {
        const char *query;
        bool commands;
    } cases[] = {
        {"", false},
        {"alt=sse", false},
        {"alt=-x", false},
        {"a+b", false},
        {"a-b", false},
        {"x=--static", false},
        {"-", true},
        {"--static+/etc", true},
        {"a+--socket+/tmp/x", true},
        {"%2d-version", true},
        {"--static%3D/etc", true},
        {"a%20--check", true},
        {"%09-x", true},
        {"a+%5C--env-file+b", true},
        {"%zz", true},
    };
    (void)state;
    setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        setenv("QUERY_STRING", cases[i].query, 1);
        UNIT_ROW(http_cgi_query_commands() == cases[i].commands, cases[i].query);
    }
    unsetenv("GATEWAY_INTERFACE");
    setenv("QUERY_STRING", "--static+/etc", 1);
    UNIT_ROW(!http_cgi_query_commands(), "no CGI");
    unsetenv("QUERY_STRING");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leaving_is_seen_in_silence),
        cmocka_unit_test(a_signal_means_it_too),
        cmocka_unit_test(a_refusal_outlives_the_body),
        cmocka_unit_test(bodies),
        cmocka_unit_test(a_cut_body),
        cmocka_unit_test(the_reader_leaves),
        cmocka_unit_test(a_large_answer),
        cmocka_unit_test(a_query_is_no_command_line),
    };
    signal(SIGPIPE, SIG_IGN);
    return UNIT_RUN(tests);
}
