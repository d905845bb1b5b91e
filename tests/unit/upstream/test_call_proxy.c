/* The way through proxies, and that their credentials appear nowhere. */
#include "call_fixture.h"

struct seen {
    char line[256];
    char authorization[128];
    char target[64];
    char user[64];
};

static void note(struct seen *seen, const struct fake_request *request)
{
    snprintf(seen->line, sizeof(seen->line), "%s", request->line);
    snprintf(seen->authorization, sizeof(seen->authorization), "%s",
             fake_header(request, "Proxy-Authorization"));
}

static void http_proxy(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    note(ctx, request);
    fake_answer(conn, 200, "text/plain", "by proxy");
}

static void refusing_proxy(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    note(ctx, request);
    fake_print(conn, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
}

static void call_through(const char *url, const char *proxy, struct call_log *log)
{
    struct upstream *upstream = call_upstream(1);
    struct upstream_request request = {.method = "GET",
                                       .url = url,
                                       .proxy = proxy,
                                       .client_fd = -1,
                                       .connect_ms = 5000,
                                       .total_ms = 8000};
    call_run(upstream, &request, log);
    upstream_close(&upstream);
}

static void an_http_proxy(void **state)
{
    struct seen seen = {0};
    struct call_log log = {0};
    char proxy[96];
    struct fake_server *server = fake_server_start(http_proxy, &seen);
    (void)state;
    snprintf(proxy, sizeof(proxy), "http://me:p%%40ss@127.0.0.1:%d", fake_server_port(server));
    call_through("http://gemini.invalid/v1beta/models", proxy, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(strbuf_str(&log.body), "by proxy");
    assert_string_equal(seen.line, "GET http://gemini.invalid/v1beta/models HTTP/1.1");
    assert_string_equal(seen.authorization, "Basic bWU6cEBzcw=="); /* me:p@ss */
    call_log_free(&log);
    fake_server_stop(&server);
}

static void a_proxy_that_refuses_the_tunnel(void **state)
{
    struct seen seen = {0};
    struct call_log log = {0};
    char proxy[96];
    struct fake_server *server = fake_server_start(refusing_proxy, &seen);
    (void)state;
    snprintf(proxy, sizeof(proxy), "http://me:secretword@127.0.0.1:%d", fake_server_port(server));
    call_through("https://gemini.invalid/v1beta/models", proxy, &log);
    assert_outcome(log, UPSTREAM_PROXY);
    assert_string_equal(seen.line, "CONNECT gemini.invalid:443 HTTP/1.1");
    assert_int_equal(log.heads, 0);
    assert_false(log.result.sent);
    assert_null(strstr(log.result.text, "secretword"));
    call_log_free(&log);
    fake_server_stop(&server);
}

static void a_proxy_that_is_not_there(void **state)
{
    static const char *const forms[] = {"http://me:secretword@127.0.0.1:%d",
                                        "socks5://me:secretword@127.0.0.1:%d",
                                        "socks5h://me:secretword@127.0.0.1:%d"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        struct call_log log = {0};
        char proxy[96] = "";
        struct strbuf text = STRBUF_INIT(sizeof(proxy));
        strbuf_append(&text, forms[i], strlen(forms[i]) - 2);
        strbuf_printf(&text, "%d", fake_closed_port());
        call_through("http://gemini.invalid/", strbuf_str(&text), &log);
        assert_outcome(log, UPSTREAM_PROXY);
        assert_false(log.result.sent);
        assert_null(strstr(log.result.text, "secretword"));
        call_log_free(&log);
        strbuf_free(&text);
    }
}

static void proxies_that_are_none(void **state)
{
    static const char *const proxies[] = {
        "ftp://me:secretword@127.0.0.1:1", "http://me:secretword@127.0.0.1:port",
        "http://me:secretword@no-such-host.invalid:1", "://me:secretword@"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(proxies); i++) {
        struct call_log log = {0};
        call_through("http://127.0.0.1:1/", proxies[i], &log);
        assert_true(log.result.outcome == UPSTREAM_PROXY || log.result.outcome == UPSTREAM_RESOLVE);
        assert_false(log.result.sent);
        assert_string_not_equal(log.result.text, "");
        assert_null(strstr(log.result.text, "secretword"));
        call_log_free(&log);
    }
}

/* --- SOCKS5 (RFC 1928, 1929) ----------------------------------------------------------------- */

static void serve_by_socks(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    note(ctx, request);
    fake_answer(conn, 200, "text/plain", "by socks");
}

/* Greets, asks for user and password, and takes the place of whatever host is asked for. */
static void socks_proxy(struct fake_conn *conn, const struct fake_request *none, void *ctx)
{
    struct seen *seen = ctx;
    unsigned char buf[512];
    (void)none;
    if (fake_read(conn, buf, 2) < 0 || fake_read(conn, buf + 2, buf[1]) < 0)
        return;
    fake_write(conn, "\5\2", 2);
    if (fake_read(conn, buf, 2) < 0 || fake_read(conn, seen->user, buf[1]) < 0 ||
        fake_read(conn, buf, 1) < 0 || fake_read(conn, buf + 1, buf[0]) < 0)
        return;
    fake_write(conn, "\1\0", 2);
    if (fake_read(conn, buf, 5) < 0 || buf[3] != 3 || fake_read(conn, seen->target, buf[4]) < 0 ||
        fake_read(conn, buf, 2) < 0)
        return;
    fake_write(conn, "\5\0\0\1\0\0\0\0\0\0", 10);
    fake_serve(conn, serve_by_socks, seen);
}

static void a_socks_proxy_that_resolves_names(void **state)
{
    struct seen seen = {0};
    struct call_log log = {0};
    char proxy[96];
    struct fake_server *server = fake_server_start_raw(socks_proxy, &seen);
    (void)state;
    snprintf(proxy, sizeof(proxy), "socks5h://me:secretword@127.0.0.1:%d",
             fake_server_port(server));
    call_through("http://gemini.invalid/v1beta/models", proxy, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(strbuf_str(&log.body), "by socks");
    assert_string_equal(seen.target, "gemini.invalid");
    assert_string_equal(seen.user, "me");
    assert_string_equal(seen.line, "GET /v1beta/models HTTP/1.1");
    call_log_free(&log);
    fake_server_stop(&server);
}

static void socks_refusing(struct fake_conn *conn, const struct fake_request *none, void *ctx)
{
    unsigned char buf[512];
    (void)none;
    (void)ctx;
    if (fake_read(conn, buf, 2) == 0 && fake_read(conn, buf + 2, buf[1]) == 0)
        fake_write(conn, "\5\xff", 2);
    fake_sleep(20);
}

static void a_socks_proxy_that_refuses(void **state)
{
    struct call_log log = {0};
    char proxy[96];
    struct fake_server *server = fake_server_start_raw(socks_refusing, NULL);
    (void)state;
    snprintf(proxy, sizeof(proxy), "socks5h://me:secretword@127.0.0.1:%d",
             fake_server_port(server));
    call_through("http://gemini.invalid/", proxy, &log);
    assert_outcome(log, UPSTREAM_PROXY);
    assert_null(strstr(log.result.text, "secretword"));
    call_log_free(&log);
    fake_server_stop(&server);
}

static void the_environment_has_no_say(void **state)
{
    char url[128];
    struct seen seen = {0};
    struct call_log log = {0};
    struct fake_server *server = fake_server_start(http_proxy, &seen);
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("all_proxy", "http://127.0.0.1:1", 1);
    call_through(call_url(url, server, "/"), "", &log);
    assert_outcome(log, UPSTREAM_OK);
    call_log_free(&log);
    memset(&log, 0, sizeof(log));
    setenv("no_proxy", "*", 1);
    call_through(call_url(url, server, "/"), "http://127.0.0.1:1", &log);
    assert_outcome(log, UPSTREAM_PROXY);
    call_log_free(&log);
    unsetenv("http_proxy");
    unsetenv("all_proxy");
    unsetenv("no_proxy");
    fake_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_http_proxy),
        cmocka_unit_test(a_proxy_that_refuses_the_tunnel),
        cmocka_unit_test(a_proxy_that_is_not_there),
        cmocka_unit_test(proxies_that_are_none),
        cmocka_unit_test(a_socks_proxy_that_resolves_names),
        cmocka_unit_test(a_socks_proxy_that_refuses),
        cmocka_unit_test(the_environment_has_no_say),
    };
    return UNIT_RUN(tests);
}
