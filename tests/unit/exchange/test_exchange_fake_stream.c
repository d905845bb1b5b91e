/* A client that wants a stream where upstream is asked for a whole answer. */
#include "chat_fixture.h"

#define BEAT "data: {\"choices\":[{\"index\":0,\"delta\":{}}]}\n\n"

static void open_fake(struct fx *fx, fake_handler *handler, int keys, const char *settings)
{
    chat_open(fx, true, handler, keys, settings);
    snprintf(fx->url, sizeof(fx->url), "http://127.0.0.1:%d/v1beta/models/x:generateContent",
             fake_server_port(fx->server));
    fx->request.fake_stream = true;
    fx->request.framing = FRAMING_RAW;
    fx->request.heartbeat = BEAT;
}

static void slowly(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_sleep(450);
    fake_answer(conn, 200, "application/json", GEMINI_TEXT("the whole"));
}

static void the_answer_comes_as_a_stream(void **state)
{
    struct fx fx;
    (void)state;
    open_fake(&fx, slowly, 1, "FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS=0.1");
    fx_run(&fx);
    assert_string_equal(fx.client.type, "text/event-stream");
    assert_in_range(count_of(&fx, BEAT), 2, fx.journal.request.duration_ms / 100 + 1);
    assert_memory_equal(fx_body(&fx), BEAT, strlen(BEAT));
    assert_chat_text(&fx, "the whole");
    assert_int_equal(count_of(&fx, "\"role\":\"assistant\""), 1);
    assert_int_equal(count_of(&fx, "\"finish_reason\":\"stop\""), 1);
    assert_int_equal(count_of(&fx, "\"total_tokens\":10"), 1);
    assert_int_equal(count_of(&fx, "data: [DONE]\n\n"), 1);
    fx_close(&fx);
}

static void fails_first(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    fake_sleep(250);
    if (request->number == 1)
        fake_answer(conn, 200, "application/json", GEMINI_FINISH("STOP"));
    else if (request->number == 2)
        fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "internal"));
    else
        fake_answer(conn, 200, "application/json", GEMINI_TEXT("at last"));
}

static void failures_are_retried_unseen(void **state)
{
    struct fx fx;
    (void)state;
    open_fake(&fx, fails_first, 4, "FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS=0.1");
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 3);
    assert_chat_text(&fx, "at last");
    assert_int_equal(count_of(&fx, "\"error\""), 0);
    fx_close(&fx);
}

static void refuses(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct fx *fx = ctx;
    (void)request;
    if (fx->settings->fake_stream_empty_data_interval_seconds < 1)
        fake_sleep(250);
    fake_answer(conn, 400, "application/json",
                GEMINI_ERROR(400, "INVALID_ARGUMENT", "no such field"));
}

static void an_error_has_its_status_until_something_was_sent(void **state)
{
    struct fx fx;
    (void)state;
    open_fake(&fx, refuses, 1, NULL);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 400);
    assert_non_null(strstr(fx_body(&fx), "ERROR 400 no such field"));
    fx_close(&fx);
    open_fake(&fx, refuses, 1, "FAKE_STREAM_EMPTY_DATA_INTERVAL_SECONDS=0.1");
    fx_run(&fx);
    assert_int_equal(fx.client.status, 200);
    assert_int_equal(count_of(&fx, "data: {\"error\""), 1);
    assert_int_equal(count_of(&fx, "[DONE]"), 0);
    fx_close(&fx);
}

static void client_leaves(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct fx *fx = ctx;
    (void)request;
    close(fx->client.pair[1]);
    fx->client.pair[1] = -1;
    fake_hang(conn);
}

static void the_client_leaving_cancels_upstream(void **state)
{
    struct fx fx;
    (void)state;
    open_fake(&fx, client_leaves, 2, NULL);
    fx_run(&fx);
    assert_int_equal(fx.outcome.status, 499);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_true(fx.journal.request.duration_ms < UNIT_AT_ONCE_MS);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_comes_as_a_stream),
        cmocka_unit_test(failures_are_retried_unseen),
        cmocka_unit_test(an_error_has_its_status_until_something_was_sent),
        cmocka_unit_test(the_client_leaving_cancels_upstream),
    };
    return UNIT_RUN(tests);
}
