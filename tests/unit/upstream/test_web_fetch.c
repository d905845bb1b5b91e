/* Fetching a link: redirects, limits, who is let in. */
#include "../unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fake_server.h"
#include "upstream/web_fetch.h"

typedef bool web_host_allowed(void *ctx, const char *host);

struct fetched {
    struct fake_server *server;
    struct upstream *upstream;
    struct strbuf body;
    char type[128];
    struct err err;
    int rc;
};

static bool allow_loopback(void *ctx, const char *host)
{
    (void)ctx;
    return strcmp(host, "127.0.0.1") == 0;
}

/* "/<n>" is redirected n times before the picture comes. */
static void pictures(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    int left = -1;
    (void)ctx;
    if (sscanf(request->line, "GET /%d", &left) == 1 && left > 0)
        fake_print(conn, "HTTP/1.1 302 Found\r\nLocation: /%d\r\nContent-Length: 4\r\n\r\ngone",
                   left - 1);
    else if (left == 0)
        fake_answer(conn, 200, "image/png; a=b", "picture");
    else if (strstr(request->line, "/private"))
        fake_print(conn, "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.2/\r\nContent-Length: "
                         "0\r\n\r\n");
    else if (strstr(request->line, "/file"))
        fake_print(conn, "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: "
                         "0\r\n\r\n");
    else if (strstr(request->line, "/slow"))
        fake_hang(conn);
    else
        fake_answer(conn, 404, "text/html", "no such picture");
}

static void fetch(struct fetched *f, const char *path, size_t most, int64_t timeout_ms,
                  web_host_allowed *allowed)
{
    const struct upstream_options options = {.warm_max = 1, .user_agent = "test/1"};
    const struct web_fetch how = {.timeout_ms = timeout_ms, .client_fd = -1, .allowed = allowed};
    char url[100];
    memset(f, 0, sizeof(*f));
    f->server = fake_server_start(pictures, NULL);
    f->upstream = upstream_open(&options, NULL);
    strbuf_init(&f->body, most);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", fake_server_port(f->server), path);
    f->rc = web_fetch(f->upstream, &how, url, &f->body, f->type, &f->err);
}

static void done(struct fetched *f)
{
    upstream_close(&f->upstream);
    fake_server_stop(&f->server);
    strbuf_free(&f->body);
}

static void a_picture_after_redirects(void **state)
{
    static const char *const paths[] = {"/0", "/1", "/5"};
    struct fetched f;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        fetch(&f, paths[i], 1000, 5000, allow_loopback);
        assert_int_equal(f.rc, 0);
        assert_string_equal(strbuf_str(&f.body), "picture");
        assert_string_equal(f.type, "image/png; a=b");
        done(&f);
    }
}

static void what_does_not_come(void **state)
{
    static const struct {
        const char *path, *says;
        size_t most;
        int64_t timeout_ms;
    } cases[] = {
        {"/6", "more than 5 times", 1000, 5000},
        {"/none", "status 404", 1000, 5000},
        {"/0", "larger than 6 bytes", 6, 5000},
        {"/slow", "too long", 1000, 200},
        {"/private", "not in the public internet", 1000, 5000},
        {"/file", "no address of a page", 1000, 5000},
    };
    struct fetched f;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fetch(&f, cases[i].path, cases[i].most, cases[i].timeout_ms, allow_loopback);
        assert_int_equal(f.rc, -1);
        if (!strstr(f.err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].path, f.err.text);
        done(&f);
    }
}

static void loopback_is_refused_without_a_connection(void **state)
{
    struct fetched f;
    (void)state;
    fetch(&f, "/0", 1000, 5000, NULL);
    assert_int_equal(f.rc, -1);
    assert_int_equal(fake_server_connections(f.server), 0);
    done(&f);
}

/* Every spelling that leads home, judged by the address behind it. */
static void every_spelling_of_loopback_is_refused(void **state)
{
    static const char *const hosts[] = {
        "127.1",     "2130706433", "0x7f000001",      "0177.0.0.1", "localhost",
        "LOCALHOST", "[::1]",      "[::ffff:7f00:1]", "0",          "a:b@127.0.0.1"};
    struct fetched f;
    char url[100];
    (void)state;
    fetch(&f, "/0", 1000, 5000, NULL);
    const struct web_fetch how = {.timeout_ms = 5000, .client_fd = -1};
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        snprintf(url, sizeof(url), "http://%s:%d/0", hosts[i], fake_server_port(f.server));
        err_clear(&f.err);
        assert_int_equal(web_fetch(f.upstream, &how, url, &f.body, f.type, &f.err), -1);
        if (!strstr(f.err.text, "not in the public internet"))
            fail_msg("%s: %s", url, f.err.text);
    }
    assert_int_equal(fake_server_connections(f.server), 0);
    done(&f);
}

/* A connection to the same host that is open already, because our own calls go there, is no way
 * around the guard. */
static void an_open_connection_is_not_used(void **state)
{
    struct fetched f;
    char url[100];
    (void)state;
    fetch(&f, "/0", 1000, 5000, allow_loopback);
    assert_int_equal(f.rc, 0);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/0", fake_server_port(f.server));
    const struct upstream_request own = {.method = "GET", .url = url, .client_fd = -1};
    struct upstream_result result;
    upstream_call(f.upstream, &own, &(struct upstream_events){0}, &result);
    assert_int_equal(result.outcome, UPSTREAM_OK);
    assert_int_equal(fake_server_connections(f.server), 2); /* the guarded one was not kept */
    const struct web_fetch how = {.timeout_ms = 5000, .client_fd = -1};
    assert_int_equal(web_fetch(f.upstream, &how, url, &f.body, f.type, &f.err), -1);
    assert_int_equal(fake_server_requests(f.server), 2);
    done(&f);
}

static bool at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void what_is_not_wanted_any_more_ends(void **state)
{
    struct fetched f;
    char url[100];
    (void)state;
    fetch(&f, "/0", 1000, 5000, allow_loopback);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/slow", fake_server_port(f.server));
    const struct web_fetch how = {
        .timeout_ms = 60000, .client_fd = -1, .allowed = allow_loopback, .unwanted = at_once};
    int64_t began_ms = clock_mono_ms();
    assert_int_equal(web_fetch(f.upstream, &how, url, &f.body, f.type, &f.err), -1);
    assert_true(clock_mono_ms() - began_ms < UNIT_AT_ONCE_MS);
    done(&f);
}

/* --- names, as a resolver of our own knows them ---------------------------------------------- */

static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t names_changed = PTHREAD_COND_INITIALIZER;
static bool names_answer; /* the one that hangs, too */
static atomic_int names_hanging;

/* In the place of the system's, for libcurl as well. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found_r)
{
    static const char *const known[][2] = {
        {"inside.example.com", "10.1.2.3"}, {"home.example.com", "127.0.0.1"}, {NULL, NULL}};
    const char *address = name;
    bool hangs = strcmp(name, "hangs.example.com") == 0;
    pthread_mutex_lock(&names_lock);
    names_hanging += hangs;
    while (hangs && !names_answer)
        pthread_cond_wait(&names_changed, &names_lock);
    names_hanging -= hangs;
    pthread_cond_broadcast(&names_changed);
    pthread_mutex_unlock(&names_lock);
    for (int i = 0; known[i][0]; i++)
        if (strcmp(name, known[i][0]) == 0)
            address = known[i][1];
    struct sockaddr_in *four = calloc(1, sizeof(*four));
    struct addrinfo *found = calloc(1, sizeof(*found));
    four->sin_family = AF_INET;
    four->sin_port = htons((uint16_t)(service ? strtol(service, NULL, 10) : 0));
    *found = (struct addrinfo){.ai_family = AF_INET,
                               .ai_socktype = hints ? hints->ai_socktype : SOCK_STREAM,
                               .ai_protocol = hints ? hints->ai_protocol : 0,
                               .ai_addrlen = sizeof(*four),
                               .ai_addr = (struct sockaddr *)four};
    if (inet_pton(AF_INET, address, &four->sin_addr) == 1) {
        *found_r = found;
        return 0;
    }
    free(four);
    free(found);
    return EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *found)
{
    if (found)
        free(found->ai_addr);
    free(found);
}

static void names_end_waiting(void)
{
    pthread_mutex_lock(&names_lock);
    names_answer = true;
    pthread_cond_broadcast(&names_changed);
    while (names_hanging > 0)
        pthread_cond_wait(&names_changed, &names_lock);
    pthread_mutex_unlock(&names_lock);
}

static void by_name(struct fetched *f, const char *name, int64_t timeout_ms,
                    web_host_allowed *allowed)
{
    char url[100];
    const struct web_fetch how = {.timeout_ms = timeout_ms, .client_fd = -1, .allowed = allowed};
    fetch(f, "/0", 1000, 5000, NULL);
    snprintf(url, sizeof(url), "http://%s:%d/0", name, fake_server_port(f->server));
    err_clear(&f->err);
    f->rc = web_fetch(f->upstream, &how, url, &f->body, f->type, &f->err);
}

static bool allow_home(void *ctx, const char *host)
{
    (void)ctx;
    return strcmp(host, "home.example.com") == 0;
}

static void names_are_judged_by_their_addresses(void **state)
{
    static const struct {
        const char *name, *says;
    } cases[] = {{"inside.example.com", "not in the public internet"},
                 {"home.example.com", "not in the public internet"},
                 {"nobody.example.com", "is not known"}};
    struct fetched f;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        by_name(&f, cases[i].name, 5000, NULL);
        assert_int_equal(f.rc, -1);
        if (!strstr(f.err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].name, f.err.text);
        assert_int_equal(fake_server_connections(f.server), 0);
        done(&f);
    }
    by_name(&f, "home.example.com", 5000, allow_home);
    assert_int_equal(f.rc, 0);
    done(&f);
}

/* Nobody answers for the name: the time allowed is all that it takes. */
static void a_name_that_hangs_holds_nobody(void **state)
{
    struct fetched f;
    (void)state;
    int64_t began_ms = clock_mono_ms();
    by_name(&f, "hangs.example.com", 300, NULL);
    assert_int_equal(f.rc, -1);
    assert_int_equal(names_hanging, 1);
    assert_true(clock_mono_ms() - began_ms < 20000);
    names_end_waiting();
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_after_redirects),
        cmocka_unit_test(what_does_not_come),
        cmocka_unit_test(loopback_is_refused_without_a_connection),
        cmocka_unit_test(every_spelling_of_loopback_is_refused),
        cmocka_unit_test(an_open_connection_is_not_used),
        cmocka_unit_test(what_is_not_wanted_any_more_ends),
        cmocka_unit_test(names_are_judged_by_their_addresses),
        cmocka_unit_test(a_name_that_hangs_holds_nobody),
    };
    return UNIT_RUN(tests);
}
