/* The client: leaving at any time, and signs of life while it waits. */
#include "exchange_fixture.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"

/* A client that leaves a moment after so many requests have come to upstream. */
struct leaver {
    struct fx *fx;
    int requests;
};

static void *leave_later(void *ctx)
{
    struct leaver *leaver = ctx;
    struct fx *fx = leaver->fx;
    for (int i = 0; i < 2000 && fake_server_requests(fx->server) < leaver->requests; i++)
        fake_sleep(10);
    fake_sleep(150);
    close(fx->client.pair[1]);
    return NULL;
}

static void assert_left(const struct fx *fx)
{
    assert_int_equal(fx->outcome.status, 499);
    assert_int_equal(fx->journal.request.status, 499);
    assert_string_equal(fx->journal.request.error, "the client left");
}

static void run_and_leave(struct fx *fx, int requests)
{
    pthread_t thread;
    struct leaver leaver = {fx, requests};
    int64_t began_ms = clock_mono_ms();
    pthread_create(&thread, NULL, leave_later, &leaver);
    fx_run(fx);
    int64_t took_ms = clock_mono_ms() - began_ms;
    pthread_join(thread, NULL);
    fx->client.pair[1] = -1;
    assert_in_range(took_ms, 100, UNIT_AT_ONCE_MS);
    assert_left(fx);
}

static void assert_abandoned(struct fx *fx)
{
    for (int i = 0; i < 2000 && fake_server_abandoned(fx->server) == 0; i++)
        fake_sleep(10);
    assert_int_equal(fake_server_abandoned(fx->server), 1);
}

static void hang(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_hang(conn);
}

static void text_then_hang(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("one")));
    fake_hang(conn);
}

static void overloaded(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 503, "application/json", GEMINI_ERROR(503, "UNAVAILABLE", "overloaded"));
}

static void leaving_before_the_answer(void **state)
{
    static const enum fx_kind kinds[] = {FX_TOY_UNARY, FX_TOY_STREAM};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct fx fx;
        fx_open(&fx, kinds[i], hang, 3, NULL);
        run_and_leave(&fx, 1);
        assert_int_equal(fx.outcome.attempts, 1);
        assert_int_equal(fx.client.begun, 0);
        assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_NONE);
        assert_string_equal(fx.outcome.rule, "client.gone");
        assert_abandoned(&fx);
        fx_close(&fx);
    }
}

static void leaving_midway(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_STREAM, text_then_hang, 3, NULL);
    fx.client.leaves_after = 1;
    fx_run(&fx);
    assert_left(&fx);
    assert_string_equal(fx_body(&fx), "(one)");
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_NONE);
    assert_abandoned(&fx);
    fx_close(&fx);
}

static void leaving_the_line(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_STREAM, hang, 1, "POOL_MAX_WAIT=60");
    fx.pool.keys[0].reason = REST_MINUTE_QUOTA;
    fx.pool.keys[0].rests_until_ms = clock_wall_ms() + 20000;
    run_and_leave(&fx, 0);
    assert_int_equal(fx.outcome.attempts, 0);
    fx_close(&fx);
}

static void leaving_in_the_pause_between_attempts(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, overloaded, 3, "MAX_RETRIES=10");
    run_and_leave(&fx, 1);
    assert_true(fx.outcome.attempts < 10);
    fx_close(&fx);
}

static void endless(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 1000; i++) {
        fake_chunk_text(conn, SSE(GEMINI_PART("one")));
        fake_sleep(5);
    }
}

static void a_client_that_takes_no_more(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_STREAM, endless, 3, NULL);
    fx.client.write_fails_at = 3;
    fx_run(&fx);
    assert_int_equal(fx.outcome.status, 499);
    assert_int_equal(fx.client.writes, 3);
    assert_string_equal(fx.journal.attempts[0].outcome, "client_gone");
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_NONE);
    fx_close(&fx);
}

/* --- signs of life --------------------------------------------------------------------------- */

static void slow_stream(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_sleep(450);
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("one")));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static int heartbeats(const struct fx *fx)
{
    int count = 0;
    for (const char *at = fx_body(fx); (at = strstr(at, ": wait\n\n")); at++)
        count++;
    return count;
}

static void a_waiting_client_hears_something(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, slow_stream, 1, "STREAM_HEARTBEAT_SECONDS=0.15");
    assert_in_range(heartbeats(&fx), 1, fx.journal.request.duration_ms / 150 + 1);
    assert_string_equal(fx.client.type, "text/event-stream");
    assert_non_null(strstr(fx_body(&fx), "(one)()."));
    assert_int_equal(fx.outcome.status, 200);
    fx_close(&fx);
    fx_play(&fx, FX_TOY_STREAM, slow_stream, 1, "STREAM_HEARTBEAT_SECONDS=0");
    assert_string_equal(fx_body(&fx), "(one)().");
    fx_close(&fx);
}

static void slow_failure(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (fx_key_of(request) == 2) {
        slow_stream(conn, request, ctx);
        return;
    }
    fake_sleep(300);
    fake_answer(conn, 429, "application/json", GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "limit: 0"));
}

static void another_key_is_still_possible_afterwards(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, slow_failure, 2, "STREAM_HEARTBEAT_SECONDS=0.1");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_true(heartbeats(&fx) >= 2);
    assert_non_null(strstr(fx_body(&fx), "(one)()."));
    fx_close(&fx);
}

static void an_error_comes_in_the_stream_afterwards(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, slow_failure, 1, "STREAM_HEARTBEAT_SECONDS=0.1\nPOOL_MAX_WAIT=0");
    assert_int_equal(fx.client.status, 200);
    assert_true(heartbeats(&fx) >= 1);
    assert_non_null(strstr(fx_body(&fx), "!429"));
    assert_null(strstr(fx_body(&fx), "ERROR"));
    assert_int_equal(fx.outcome.status, 200); /* is what the client got */
    assert_string_not_equal(fx.outcome.error, "");
    fx_close(&fx);
}

static void the_line_is_no_silence_either(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_STREAM, slow_stream, 1, "STREAM_HEARTBEAT_SECONDS=0.1");
    fx.pool.keys[0].reason = REST_MINUTE_QUOTA;
    fx.pool.keys[0].rests_until_ms = clock_wall_ms() + 500;
    fx_run(&fx);
    assert_true(heartbeats(&fx) >= 4);
    assert_non_null(strstr(fx_body(&fx), "(one)()."));
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaving_before_the_answer),
        cmocka_unit_test(leaving_midway),
        cmocka_unit_test(leaving_the_line),
        cmocka_unit_test(leaving_in_the_pause_between_attempts),
        cmocka_unit_test(a_client_that_takes_no_more),
        cmocka_unit_test(a_waiting_client_hears_something),
        cmocka_unit_test(another_key_is_still_possible_afterwards),
        cmocka_unit_test(an_error_comes_in_the_stream_afterwards),
        cmocka_unit_test(the_line_is_no_silence_either),
    };
    return UNIT_RUN(tests);
}
