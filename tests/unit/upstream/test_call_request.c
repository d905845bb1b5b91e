/* What reaches upstream: method, headers, body. */
#include "call_fixture.h"

struct seen {
    char line[256];
    char head[4096];
    size_t body_len;
    char body[1024];
};

static void note_and_answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct seen *seen = ctx;
    snprintf(seen->line, sizeof(seen->line), "%s", request->line);
    snprintf(seen->head, sizeof(seen->head), "%s", request->head);
    snprintf(seen->body, sizeof(seen->body), "%s", request->body);
    seen->body_len = request->body_len;
    if (strncmp(request->line, "HEAD", 4) == 0)
        fake_print(conn, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    else
        fake_answer(conn, 200, "text/plain", "hello");
}

static void send_one(struct upstream_request *request, struct seen *seen, struct call_log *log)
{
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(note_and_answer, seen);
    request->url = call_url(url, server, "/v1beta/a%2Fb/../c?x=1");
    request->client_fd = -1;
    request->total_ms = 8000;
    call_run(upstream, request, log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void a_get_has_no_body_and_no_surplus_headers(void **state)
{
    struct upstream_request request = {.method = "GET"};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    send_one(&request, &seen, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(seen.line, "GET /v1beta/a%2Fb/../c?x=1 HTTP/1.1");
    assert_non_null(strstr(seen.head, "User-Agent: test/1\r\n"));
    assert_non_null(strstr(seen.head, "Accept-Encoding: identity\r\n"));
    assert_null(strstr(seen.head, "Content-"));
    assert_null(strstr(seen.head, "Expect")); /* no second lost to a 100-continue */
    assert_string_equal(strbuf_str(&log.body), "hello");
    call_log_free(&log);
}

static void a_post_carries_its_bytes_and_type(void **state)
{
    const struct upstream_header headers[] = {{"Content-Type", "application/json"},
                                              {"x-goog-api-key", "AIzaTESTKEY"},
                                              {"x-empty", ""},
                                              {"User-Agent", "mine/2"}};
    struct upstream_request request = {.method = "POST",
                                       .headers = headers,
                                       .header_count = 4,
                                       .body = "{\"a\":1}",
                                       .body_len = 7,
                                       .accept_gzip = true};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    send_one(&request, &seen, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(seen.body, "{\"a\":1}");
    assert_non_null(strstr(seen.head, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(seen.head, "x-goog-api-key: AIzaTESTKEY\r\n"));
    assert_non_null(strstr(seen.head, "x-empty:\r\n"));
    assert_non_null(strstr(seen.head, "User-Agent: mine/2\r\n"));
    assert_null(strstr(seen.head, "test/1"));
    assert_non_null(strstr(seen.head, "Accept-Encoding: gzip\r\n"));
    assert_non_null(strstr(seen.head, "Content-Length: 7\r\n"));
    assert_null(strstr(seen.head, "Expect"));
    assert_int_equal(log.result.bytes_sent, 7);
    assert_int_equal(log.result.bytes_received, 5);
    assert_true(log.result.sent);
    call_log_free(&log);
}

static void a_large_body_goes_out_at_once_and_whole(void **state)
{
    const size_t size = 3 * MIB + 17;
    char *body = xcalloc(1, size);
    struct upstream_request request = {.method = "POST", .body = body, .body_len = size};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    memset(body, 'x', size);
    send_one(&request, &seen, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_int_equal(seen.body_len, size);
    assert_null(strstr(seen.head, "Expect"));
    call_log_free(&log);
    free(body);
}

static void other_methods_go_through(void **state)
{
    static const struct {
        const char *method, *body, *line;
    } rows[] = {
        {"DELETE", NULL, "DELETE /"}, {"PATCH", "{}", "PATCH /"}, {"PUT", "abc", "PUT /"},
        {"POST", NULL, "POST /"},     {"HEAD", NULL, "HEAD /"},   {"GET", "{}", "GET /"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct upstream_request request = {.method = rows[i].method,
                                           .body = rows[i].body,
                                           .body_len = rows[i].body ? strlen(rows[i].body) : 0};
        struct seen seen = {0};
        struct call_log log = {0};
        send_one(&request, &seen, &log);
        assert_outcome(log, UPSTREAM_OK);
        UNIT_ROW(strncmp(seen.line, rows[i].line, strlen(rows[i].line)) == 0, rows[i].method);
        UNIT_ROW(strcmp(seen.body, rows[i].body ? rows[i].body : "") == 0, rows[i].method);
        call_log_free(&log);
    }
}

static void a_header_cannot_bring_another(void **state)
{
    const struct upstream_header headers[] = {{"x-a", "1\r\nx-evil: 1"}, {"x-b\r\nx-evil", "1"},
                                              {"x evil", "1"},           {"", "1"},
                                              {"x-null", NULL},          {"x-good", "a b"}};
    struct upstream_request request = {.method = "GET", .headers = headers, .header_count = 6};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    send_one(&request, &seen, &log);
    assert_null(strstr(seen.head, "evil"));
    assert_null(strstr(seen.head, "x-null"));
    assert_non_null(strstr(seen.head, "x-good: a b\r\n"));
    call_log_free(&log);
}

static void long_headers_leave_the_answers_their_room(void **state)
{
    enum { LEN = 70000 };
    FREE_AUTO char *value = xcalloc(1, LEN + 1);
    const struct upstream_header headers[] = {{"x-long", value}};
    struct upstream_request request = {.method = "GET", .headers = headers, .header_count = 1};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    memset(value, 'a', LEN);
    send_one(&request, &seen, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_non_null(strstr(strbuf_str(&log.headers), "text/plain"));
    call_log_free(&log);
}

struct source {
    const char *text;
    size_t at, len;
    bool fails;
};

static int64_t read_source(void *ctx, void *buf, size_t len)
{
    struct source *source = ctx;
    size_t n = source->len - source->at < 10 ? source->len - source->at : 10;
    if (source->fails && source->at >= 20)
        return -1;
    if (n > len)
        n = len;
    memcpy(buf, source->text + source->at, n);
    source->at += n;
    return (int64_t)n;
}

static void a_body_can_be_read_piece_by_piece(void **state)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const size_t sizes[] = {strlen(text), SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct source source = {.text = text, .len = strlen(text)};
        struct upstream_request request = {
            .method = "POST", .read_body = read_source, .body_ctx = &source, .body_len = sizes[i]};
        struct seen seen = {0};
        struct call_log log = {0};
        send_one(&request, &seen, &log);
        assert_outcome(log, UPSTREAM_OK);
        assert_string_equal(seen.body, text);
        assert_int_equal(strstr(seen.head, "Transfer-Encoding: chunked") != NULL, i == 1);
        call_log_free(&log);
    }
}

static void a_body_that_cannot_be_read_ends_the_call(void **state)
{
    struct source source = {
        .text = "0123456789abcdefghijklmnopqrstuvwxyz", .len = 36, .fails = true};
    struct upstream_request request = {
        .method = "POST", .read_body = read_source, .body_ctx = &source, .body_len = 36};
    struct seen seen = {0};
    struct call_log log = {0};
    (void)state;
    send_one(&request, &seen, &log);
    assert_outcome(log, UPSTREAM_ABORTED);
    call_log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_has_no_body_and_no_surplus_headers),
        cmocka_unit_test(a_post_carries_its_bytes_and_type),
        cmocka_unit_test(a_large_body_goes_out_at_once_and_whole),
        cmocka_unit_test(other_methods_go_through),
        cmocka_unit_test(a_header_cannot_bring_another),
        cmocka_unit_test(long_headers_leave_the_answers_their_room),
        cmocka_unit_test(a_body_can_be_read_piece_by_piece),
        cmocka_unit_test(a_body_that_cannot_be_read_ends_the_call),
    };
    return UNIT_RUN(tests);
}
