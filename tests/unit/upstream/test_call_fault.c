/* Each way in which the other side can fail has its own outcome. */
#include "call_fixture.h"

static void run(fake_handler *handler, struct call_log *log)
{
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(handler, NULL);
    struct upstream_request request = call_get(url, server, "/");
    call_run(upstream, &request, log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void run_url(const char *url, struct call_log *log)
{
    struct upstream *upstream = call_upstream(1);
    struct upstream_request request = {
        .method = "GET", .url = url, .client_fd = -1, .connect_ms = 5000, .total_ms = 8000};
    call_run(upstream, &request, log);
    upstream_close(&upstream);
}

static void refused(void **state)
{
    struct call_log log = {0};
    char url[64];
    (void)state;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", fake_closed_port());
    run_url(url, &log);
    assert_outcome(log, UPSTREAM_CONNECT);
    assert_false(log.result.sent);
    assert_int_equal(log.result.connect_ms, -1);
    assert_string_not_equal(log.result.text, "");
    call_log_free(&log);
}

static void no_such_name(void **state)
{
    struct call_log log = {0};
    (void)state;
    run_url("http://no-such-host.invalid/", &log);
    assert_outcome(log, UPSTREAM_RESOLVE);
    assert_false(log.result.sent);
    call_log_free(&log);
}

static void urls_that_are_none(void **state)
{
    static const char *const urls[] = {
        "ftp://127.0.0.1/",        "file:///etc/passwd", "http://", "",
        "http://127.0.0.1:99999/", "gopher://127.0.0.1/"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct call_log log = {0};
        run_url(urls[i], &log);
        assert_outcome(log, UPSTREAM_OURS);
        assert_string_not_equal(log.result.text, "");
        call_log_free(&log);
    }
}

static void speak_garbage(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "SSH-2.0-OpenSSH_9.2\r\nwhat?\r\n\r\n");
    fake_close(conn);
}

static void not_http(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(speak_garbage, &log);
    assert_outcome(log, UPSTREAM_BAD_ANSWER);
    assert_int_equal(log.result.status, 0);
    assert_int_equal(log.body.len, 0);
    call_log_free(&log);
}

static void cut_the_head(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 200 OK\r\nContent-Ty");
    fake_close(conn);
}

static void cut_the_body(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it");
    fake_close(conn);
}

static void cut_the_chunks(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: a\n\n");
    fake_sleep(30);
    fake_reset(conn);
}

static void break_the_chunks(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_print(conn, "zz\r\nwhat?\r\n");
    fake_sleep(200);
    fake_close(conn);
}

static void say_goodbye(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_close(conn);
}

static void cut_short(void **state)
{
    static const struct {
        fake_handler *handler;
        int status;
        const char *body;
    } rows[] = {
        {cut_the_body, 200, "half of it"},
        {cut_the_chunks, 200, "data: a\n\n"},
        {break_the_chunks, 200, ""},
        {say_goodbye, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct call_log log = {0};
        run(rows[i].handler, &log);
        assert_outcome(log, UPSTREAM_CUT);
        assert_int_equal(log.result.status, rows[i].status);
        assert_string_equal(strbuf_str(&log.body), rows[i].body);
        call_log_free(&log);
    }
}

/* A head without its end: curl may take it for a whole head of an empty answer, or for a cut. */
static void cut_inside_the_head(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(cut_the_head, &log);
    assert_true(log.result.outcome == UPSTREAM_CUT || log.heads == 0);
    assert_int_equal(log.body.len, 0);
    call_log_free(&log);
}

static void plain_speech_where_tls_was_meant(void **state)
{
    struct call_log log = {0};
    char url[64];
    struct fake_server *server = fake_server_start_raw(speak_garbage, NULL);
    (void)state;
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", fake_server_port(server));
    run_url(url, &log);
    assert_outcome(log, UPSTREAM_TLS);
    assert_false(log.result.sent);
    call_log_free(&log);
    fake_server_stop(&server);
}

static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "text/plain", "ok");
}

static void a_handler_of_ours_ends_it(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct call_log log = {.stop_at_head = i == 0, .stop_at_piece = i == 1};
        run(answer, &log);
        assert_outcome(log, UPSTREAM_ABORTED);
        assert_int_equal(log.result.status, 200);
        call_log_free(&log);
    }
}

static void every_outcome_has_a_word(void **state)
{
    (void)state;
    for (int i = UPSTREAM_OK; i <= UPSTREAM_OURS; i++)
        assert_string_not_equal(upstream_outcome_word((enum upstream_outcome)i), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused),
        cmocka_unit_test(no_such_name),
        cmocka_unit_test(urls_that_are_none),
        cmocka_unit_test(not_http),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(cut_inside_the_head),
        cmocka_unit_test(plain_speech_where_tls_was_meant),
        cmocka_unit_test(a_handler_of_ours_ends_it),
        cmocka_unit_test(every_outcome_has_a_word),
    };
    return UNIT_RUN(tests);
}
