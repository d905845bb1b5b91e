/* Answers that go on in another request. */
#include "chat_fixture.h"

#define GEMINI_GOES_ON(text, token)                                                             \
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" text                               \
    "\"}],\"role\":\"model\"},\"finishReason\":\"CONTINUATION\",\"continuationToken\":\"" token \
    "\"}],\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3}}"

static void say(struct fake_conn *conn, const char *events)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, events);
    fake_sleep(20);
}

/* --- a text that broke off ------------------------------------------------------------------- */

static void breaks_once(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct fx *fx = ctx;
    if (request->number == 1) {
        say(conn, SSE(GEMINI_PART("one two three")));
        fake_reset(conn);
        return;
    }
    assert_non_null(strstr(request->body, "\"one two three\""));
    assert_int_equal(fx_key_of(request), 2);
    assert_true(fx->pool.keys[0].settled == 1);
    say(conn, SSE(GEMINI_PART("one two three four")) SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static void a_text_is_joined_without_repetition(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, breaks_once, 3, NULL);
    fx_run(&fx);
    assert_chat_text(&fx, "one two three four");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.outcome.status, 200);
    assert_string_equal(fx.outcome.rule, "ok");
    assert_string_equal(fx.journal.request.error, "");
    assert_int_equal(count_of(&fx, "\"finish_reason\":\"stop\""), 1);
    assert_int_equal(count_of(&fx, "[DONE]"), 1);
    fx_close(&fx);
}

static void always_breaks(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    say(conn, SSE(GEMINI_PART("more ")));
    fake_reset(conn);
}

static void the_number_of_requests_is_bounded(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, always_breaks, 9, NULL);
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 4);
    assert_int_equal(count_of(&fx, "\"error\""), 1);
    assert_int_equal(count_of(&fx, "[DONE]"), 0);
    assert_int_equal(fx.outcome.status, 200);
    assert_true(fx.outcome.error[0]);
    fx_close(&fx);
    chat_open(&fx, true, always_breaks, 9, "CONTINUE_TRUNCATED=false");
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 1);
    fx_close(&fx);
}

static void breaks_and_refuses(struct fake_conn *conn, const struct fake_request *request,
                               void *ctx)
{
    (void)ctx;
    if (request->number == 1) {
        say(conn, SSE(GEMINI_PART("one ")));
        fake_reset(conn);
    } else if (request->number < 4) {
        fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "internal"));
    } else {
        say(conn, SSE(GEMINI_PART("two")) SSE(GEMINI_FINISH("STOP")));
        fake_chunked_end(conn);
    }
}

static void a_request_for_the_rest_is_retried(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, breaks_and_refuses, 9, "MAX_RETRIES=3");
    fx_run(&fx);
    assert_chat_text(&fx, "one two");
    assert_int_equal(fx.outcome.attempts, 4);
    assert_int_equal(count_of(&fx, "\"error\""), 0);
    fx_close(&fx);
    chat_open(&fx, true, breaks_and_refuses, 9, "MAX_RETRIES=2");
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 3);
    assert_int_equal(count_of(&fx, "\"error\""), 1);
    fx_close(&fx);
}

static void no_key_for_the_rest(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, breaks_once, 1, NULL);
    fx.pool.keys[0].dead = false;
    fx.request.idempotent = false;
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 1); /* what must not be repeated is not asked for again */
    assert_int_equal(count_of(&fx, "\"error\""), 1);
    fx_close(&fx);
}

/* --- CONTINUATION ---------------------------------------------------------------------------- */

static void goes_on_twice(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    static const char *const tokens[] = {"", "\"continuationToken\":\"T1\"",
                                         "\"continuationToken\":\"T2\""};
    (void)ctx;
    assert_in_range(request->number, 1, 3);
    assert_non_null(strstr(request->body, tokens[request->number - 1]));
    assert_int_equal(fx_key_of(request), 1);
    if (strstr(request->line, ":generateContent"))
        fake_answer(conn, 200, "application/json",
                    request->number == 1   ? GEMINI_GOES_ON("one ", "T1")
                    : request->number == 2 ? GEMINI_GOES_ON("two ", "T2")
                                           : GEMINI_TEXT("three"));
    else {
        say(conn, request->number == 1   ? SSE(GEMINI_GOES_ON("one ", "T1"))
                  : request->number == 2 ? SSE(GEMINI_GOES_ON("two ", "T2"))
                                         : SSE(GEMINI_TEXT("three")));
        fake_chunked_end(conn);
    }
}

static void a_token_is_followed_on_its_key(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, goes_on_twice, 3, NULL);
    fx_run(&fx);
    assert_chat_text(&fx, "one two three");
    assert_int_equal(fx.outcome.attempts, 3);
    assert_int_equal(fx.outcome.facts.usage.prompt, 21);
    assert_int_equal(fx.journal.request.output_tokens, 9);
    assert_int_equal(count_of(&fx, "\"finish_reason\":\"stop\""), 1);
    fx_close(&fx);
    chat_open(&fx, false, goes_on_twice, 3, NULL);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 200);
    assert_non_null(strstr(fx_body(&fx), "\"one two three\""));
    assert_int_equal(count_of(&fx, "\"prompt_tokens\":21"), 1);
    fx_close(&fx);
}

static void never_ends(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "application/json", GEMINI_GOES_ON("x", "T"));
}

static void tokens_are_bounded(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, false, never_ends, 1, NULL);
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 65);
    assert_int_equal(fx.client.status, 200);
    assert_int_equal(count_of(&fx, "\"finish_reason\":\"length\""), 1);
    fx_close(&fx);
}

static void leaves_in_between(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct fx *fx = ctx;
    if (request->number == 1) {
        say(conn, SSE(GEMINI_GOES_ON("one ", "T1")));
        fake_chunked_end(conn);
        return;
    }
    close(fx->client.pair[1]);
    fx->client.pair[1] = -1;
    fake_hang(conn);
}

static void the_client_leaving_ends_it(void **state)
{
    struct fx fx;
    (void)state;
    chat_open(&fx, true, leaves_in_between, 2, NULL);
    fx_run(&fx);
    assert_int_equal(fx.outcome.status, 499);
    assert_int_equal(fx.outcome.attempts, 2);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_joined_without_repetition),
        cmocka_unit_test(the_number_of_requests_is_bounded),
        cmocka_unit_test(a_request_for_the_rest_is_retried),
        cmocka_unit_test(no_key_for_the_rest),
        cmocka_unit_test(a_token_is_followed_on_its_key),
        cmocka_unit_test(tokens_are_bounded),
        cmocka_unit_test(the_client_leaving_ends_it),
    };
    return UNIT_RUN(tests);
}
