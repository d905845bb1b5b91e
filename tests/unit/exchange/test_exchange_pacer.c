/* Texts handed out in even pieces. */
#include "chat_fixture.h"

#include "base/clock.h"
#include "exchange/exchange_priv.h"

#define PACED                                          \
    "STREAM_OPTIMIZER_ENABLED=true\nSTREAM_MIN_DELAY=" \
    "0.01\nSTREAM_MAX_DELAY=0.02\n"
#define FORTY "0123456789012345678901234567890123456789"
#define HUNDRED FORTY FORTY "01234567890123456789"

static void the_delay_shrinks_with_what_is_owed(void **state)
{
    (void)state;
    assert_int_equal(pacer_delay_us(20000, 0), 20000);
    assert_int_equal(pacer_delay_us(20000, PACER_BEHIND_MAX_US / 2), 10000);
    assert_int_equal(pacer_delay_us(20000, PACER_BEHIND_MAX_US), 0);
    assert_int_equal(pacer_delay_us(20000, 2 * PACER_BEHIND_MAX_US), 0);
    assert_true(pacer_delay_us(10000000, 0) <= PACER_BEHIND_MAX_US);
}

static void two_texts(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("abcde")));
    fake_sleep(50);
    fake_chunk_text(conn, SSE(GEMINI_PART(HUNDRED)));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static int64_t play(struct fx *fx, fake_handler *handler, const char *settings)
{
    chat_open(fx, true, handler, 1, settings);
    fx->request.paced = true;
    int64_t began_ms = clock_mono_ms();
    fx_run(fx);
    return clock_mono_ms() - began_ms;
}

static void texts_are_divided_and_nothing_else(void **state)
{
    struct fx fx;
    (void)state;
    int64_t ms = play(&fx, two_texts, PACED);
    assert_chat_text(&fx, "abcde" HUNDRED);
    assert_int_equal(count_of(&fx, "\"delta\":{\"content\""), 5 + 100 / 5);
    assert_int_equal(count_of(&fx, "\"role\""), 1);
    assert_int_equal(count_of(&fx, "\"finish_reason\":\"stop\""), 1);
    assert_int_equal(count_of(&fx, "\"total_tokens\""), 1);
    assert_true(ms >= 200);
    fx_close(&fx);
    play(&fx, two_texts, NULL);
    assert_int_equal(count_of(&fx, "\"delta\":{\"content\""), 2);
    fx_close(&fx);
}

static void much_text(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 100; i++)
        fake_chunk_text(conn, SSE(GEMINI_PART(HUNDRED)));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

/* 2000 pieces of 10 ms each would be 20 s. */
static void it_does_not_fall_behind(void **state)
{
    struct fx fx;
    (void)state;
    int64_t ms = play(&fx, much_text, PACED);
    assert_true(ms < PACER_BEHIND_MAX_US / 1000 + UNIT_AT_ONCE_MS);
    assert_int_equal(count_of(&fx, HUNDRED) + count_of(&fx, "[DONE]"), 1);
    char *text = chat_text(&fx);
    assert_int_equal(strlen(text), 100 * 100);
    free(text);
    fx_close(&fx);
}

static void long_pause(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct fx *fx = ctx;
    (void)request;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("abc")));
    fake_sleep(200);
    close(fx->client.pair[1]);
    fx->client.pair[1] = -1;
    fake_hang(conn);
}

static void the_client_leaving_ends_a_pause(void **state)
{
    struct fx fx;
    (void)state;
    int64_t ms = play(&fx, long_pause, "STREAM_OPTIMIZER_ENABLED=true\nSTREAM_MAX_DELAY=9\n");
    assert_int_equal(fx.outcome.status, 499);
    assert_true(ms < 9000);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_shrinks_with_what_is_owed),
        cmocka_unit_test(texts_are_divided_and_nothing_else),
        cmocka_unit_test(it_does_not_fall_behind),
        cmocka_unit_test(the_client_leaving_ends_a_pause),
    };
    return UNIT_RUN(tests);
}
