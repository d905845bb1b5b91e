/* Fetching a link: redirects, limits, who is let in. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "fake_server.h"
#include "upstream/web_fetch.h"

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
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "pinned.example") == 0;
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

static int count_status(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    (void)headers;
    (void)count;
    *(int *)ctx = status;
    return 0;
}

/* A name that no resolver knows is reached all the same: the address is ours to say. */
static void the_address_is_pinned(void **state)
{
    struct fetched f;
    int status = 0;
    char way[100], url[100];
    (void)state;
    fetch(&f, "/0", 1000, 5000, allow_loopback);
    int port = fake_server_port(f.server);
    snprintf(url, sizeof(url), "http://pinned.example:%d/0", port);
    snprintf(way, sizeof(way), "pinned.example:%d:127.0.0.1:%d", port, port);
    const struct upstream_events events = {.ctx = &status, .head = count_status};
    const struct upstream_request request = {
        .method = "GET", .url = url, .connect_to = way, .client_fd = -1, .total_ms = 5000};
    struct upstream_result result;
    upstream_call(f.upstream, &request, &events, &result);
    assert_int_equal(result.outcome, UPSTREAM_OK);
    assert_int_equal(status, 200);
    done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_after_redirects),
        cmocka_unit_test(what_does_not_come),
        cmocka_unit_test(loopback_is_refused_without_a_connection),
        cmocka_unit_test(the_address_is_pinned),
    };
    return UNIT_RUN(tests);
}
