/* Deadlines: connecting, first byte, silence, the whole; and the tick. */
#include "call_fixture.h"

#include <unistd.h>

static void run(fake_handler *handler, struct upstream_request *request, struct call_log *log)
{
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(handler, NULL);
    request->method = "GET";
    request->url = call_url(url, server, "/");
    request->client_fd = -1;
    call_run(upstream, request, log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

/* The other deadlines of a call are a minute. */
#define assert_took(log, least) assert_in_range((log).result.total_ms, least, UNIT_AT_ONCE_MS)

static void say_nothing(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_hang(conn);
}

static void say_only_a_head(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_hang(conn);
}

static void stop_midway(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: a\n\n");
    fake_hang(conn);
}

/* Between ten pieces: all of them take longer than the silence that is allowed. */
#define TRICKLE_MS (170 * unit_slow())

static void trickle(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 10; i++) {
        fake_chunk_text(conn, "x");
        fake_sleep(TRICKLE_MS);
    }
    fake_chunked_end(conn);
}

static void no_answer(void **state)
{
    struct upstream_request request = {
        .first_byte_ms = 150, .connect_ms = MINUTE_MS, .total_ms = MINUTE_MS};
    struct call_log log = {0};
    (void)state;
    run(say_nothing, &request, &log);
    assert_outcome(log, UPSTREAM_FIRST_BYTE);
    assert_int_equal(log.result.status, 0);
    assert_int_equal(log.result.first_byte_ms, -1);
    assert_true(log.result.sent);
    assert_string_equal(log.result.text, "no answer within 150 ms");
    assert_took(log, 150);
    call_log_free(&log);
}

static void a_head_alone_is_no_answer(void **state)
{
    struct upstream_request request = {
        .first_byte_ms = 150, .idle_ms = MINUTE_MS, .total_ms = MINUTE_MS};
    struct call_log log = {0};
    (void)state;
    run(say_only_a_head, &request, &log);
    assert_outcome(log, UPSTREAM_FIRST_BYTE);
    assert_int_equal(log.result.status, 200);
    assert_took(log, 150);
    call_log_free(&log);
}

static void silence_midway(void **state)
{
    struct upstream_request request = {
        .idle_ms = 150, .first_byte_ms = MINUTE_MS, .total_ms = MINUTE_MS};
    struct call_log log = {0};
    (void)state;
    run(stop_midway, &request, &log);
    assert_outcome(log, UPSTREAM_IDLE);
    assert_string_equal(strbuf_str(&log.body), "data: a\n\n");
    assert_took(log, 150);
    call_log_free(&log);
}

static void a_slow_stream_is_not_silent(void **state)
{
    struct upstream_request request = {.idle_ms = 1400 * unit_slow(),
                                       .first_byte_ms = 1400 * unit_slow(),
                                       .connect_ms = MINUTE_MS};
    struct call_log log = {0};
    (void)state;
    run(trickle, &request, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_int_equal(log.body.len, 10);
    assert_took(log, 1500);
    call_log_free(&log);
}

static void the_whole_is_bounded(void **state)
{
    struct upstream_request request = {.idle_ms = MINUTE_MS, .total_ms = 150};
    struct call_log log = {0};
    (void)state;
    run(trickle, &request, &log);
    assert_outcome(log, UPSTREAM_TOTAL);
    assert_took(log, 150);
    call_log_free(&log);
}

static void the_tick_comes_while_waiting(void **state)
{
    struct upstream_request request = {.first_byte_ms = 1000 * unit_slow(),
                                       .tick_ms = 50 * unit_slow()};
    struct call_log log = {0};
    (void)state;
    run(say_nothing, &request, &log);
    assert_outcome(log, UPSTREAM_FIRST_BYTE);
    assert_true(log.ticks >= 3 && log.ticks <= 20);
    call_log_free(&log);
}

static void a_tick_can_end_the_call(void **state)
{
    struct upstream_request request = {.total_ms = MINUTE_MS, .tick_ms = 30};
    struct call_log log = {.stop_at_tick = 2};
    (void)state;
    run(say_nothing, &request, &log);
    assert_outcome(log, UPSTREAM_ABORTED);
    assert_took(log, 50);
    call_log_free(&log);
}

static void nobody_to_shake_hands_with(void **state)
{
    struct upstream *upstream = call_upstream(1);
    struct call_log log = {0};
    char url[64];
    int fd = -1;
    (void)state;
    /* The TCP connection stands, TLS never does. */
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", fake_silent_port(&fd));
    struct upstream_request request = {
        .method = "GET", .url = url, .client_fd = -1, .connect_ms = 200, .first_byte_ms = 50};
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_CONNECT);
    assert_false(log.result.sent);
    assert_int_equal(log.result.connect_ms, -1);
    assert_took(log, 150);
    close(fd);
    call_log_free(&log);
    upstream_close(&upstream);
}

/* Reads the request only after a while: the upload stands still, then goes on. */
static void read_late(struct fake_conn *conn, const struct fake_request *none, void *ctx)
{
    char buf[16384];
    (void)none;
    (void)ctx;
    for (int i = 0; i < 40; i++) {
        fake_sleep(60 * unit_slow());
        if (fake_read(conn, buf, sizeof(buf)) < 0)
            return;
    }
    for (size_t left = 8 * MIB - 40 * sizeof(buf); left > 0; left -= sizeof(buf))
        if (fake_read(conn, buf, sizeof(buf)) < 0)
            return;
    fake_answer(conn, 200, "text/plain", "ok");
}

static void an_upload_that_moves_is_not_late(void **state)
{
    enum { LATE_MS = 1800 };
    const size_t size = 8 * MIB;
    char *body = xcalloc(1, size);
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start_raw(read_late, NULL);
    struct upstream_request request = call_get(url, server, "/");
    struct call_log log = {0};
    (void)state;
    request.method = "POST";
    request.body = body;
    request.body_len = size;
    request.first_byte_ms = LATE_MS * unit_slow();
    request.total_ms = MINUTE_MS * unit_slow();
    call_run(upstream, &request, &log);
    /* The head was part of what the server counted, so it answers a little early. */
    assert_int_equal(log.result.status, 200);
    assert_true(log.result.total_ms > LATE_MS * unit_slow());
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_answer),
        cmocka_unit_test(a_head_alone_is_no_answer),
        cmocka_unit_test(silence_midway),
        cmocka_unit_test(a_slow_stream_is_not_silent),
        cmocka_unit_test(the_whole_is_bounded),
        cmocka_unit_test(the_tick_comes_while_waiting),
        cmocka_unit_test(a_tick_can_end_the_call),
        cmocka_unit_test(nobody_to_shake_hands_with),
        cmocka_unit_test(an_upload_that_moves_is_not_late),
    };
    return UNIT_RUN(tests);
}
