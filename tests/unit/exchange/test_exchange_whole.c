/* Whole (unary) answers: what goes up, what comes down, retries. */
#include "exchange_fixture.h"

#include <stdio.h>

static char seen_head[4096];

static void answer_text(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    snprintf(seen_head, sizeof(seen_head), "%s", request->head);
    fake_print(
        conn,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nVary: Origin\r\n"
        "Server: scaffolding on HTTPServer2\r\nx-gemini-service-tier: standard\r\n"
        "X-Goog-Upload-URL: http://google/upload\r\nAccess-Control-Allow-Origin: *\r\n"
        "Alt-Svc: h3\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(GEMINI_TEXT("hello")), GEMINI_TEXT("hello"));
}

static void a_native_answer_passes_untouched(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_UNARY, answer_text, 2, NULL);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx.client.type, "application/json; charset=UTF-8");
    assert_string_equal(fx_body(&fx), GEMINI_TEXT("hello"));
    assert_string_equal(strbuf_str(&fx.client.headers), "x-gemini-service-tier: standard\n");
    assert_int_equal(fx.client.writes, 1);
    assert_int_equal(fx.outcome.status, 200);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_string_equal(fx.outcome.rule, "ok");
    assert_string_equal(fx.outcome.error, "");
    assert_int_equal(fx.outcome.key_id, 1);
    assert_true(fx.outcome.facts.visible);
    fx_close(&fx);
}

static void one_credential_goes_up(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_UNARY, answer_text, 1, NULL);
    assert_non_null(strstr(seen_head, "POST /v1beta/models/gemini-x:generateContent HTTP/1.1\r\n"));
    assert_non_null(strstr(seen_head, "x-goog-api-key: KEY1.\r\n"));
    assert_non_null(strstr(seen_head, "x-goog-api-client: test/1\r\n"));
    assert_non_null(strstr(seen_head, "Content-Type: application/json\r\n"));
    assert_null(strstr(seen_head, "client's"));
    assert_null(strstr(seen_head, "Authorization"));
    fx_close(&fx);
}

static void the_credential_can_be_a_bearer(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, answer_text, 1,
            "CUSTOM_HEADERS={\"x-team\":\"a b\",\"x-number\":7,\"authorization\":\"Bearer evil\","
            "\"X-Goog-Api-Client\":\"ours\"}");
    fx.request.credential = CREDENTIAL_BEARER;
    fx_run(&fx);
    assert_non_null(strstr(seen_head, "Authorization: Bearer KEY1.\r\n"));
    assert_null(strstr(seen_head, "x-goog-api-key"));
    assert_null(strstr(seen_head, "evil"));
    assert_non_null(strstr(seen_head, "x-team: a b\r\n"));
    assert_non_null(strstr(seen_head, "x-number: 7\r\n"));
    assert_non_null(strstr(seen_head, "x-goog-api-client: ours\r\n"));
    fx_close(&fx);
}

static void a_translated_answer(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, answer_text, 1, NULL);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx.client.type, "application/json");
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_string_equal(strbuf_str(&fx.client.headers), "");
    fx_close(&fx);
}

static void rows_for_the_log(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, answer_text, 1, "ERROR_LOG_RECORD_REQUEST_BODY=true");
    const struct log_request *row = &fx.journal.request;
    const struct log_attempt *attempt = &fx.journal.attempts[0];
    assert_int_equal(fx.journal.requests, 1);
    assert_int_equal(row->id, 77);
    assert_int_equal(row->status, 200);
    assert_int_equal(row->attempts, 1);
    assert_int_equal(row->prompt_tokens, 7);
    assert_int_equal(row->output_tokens, 3);
    assert_string_equal(row->error, "");
    assert_true(row->own_us >= 0 && row->own_us / 1000 <= row->duration_ms);
    assert_true(row->first_token_ms >= 0);
    assert_int_equal(attempt->request_id, 77);
    assert_int_equal(attempt->number, 1);
    assert_int_equal(attempt->key_id, 1);
    assert_string_equal(attempt->model, "gemini-x");
    assert_string_equal(attempt->outcome, "ok");
    assert_string_equal(attempt->rule, "ok");
    assert_string_equal(attempt->effect, "success");
    assert_int_equal(attempt->status, 200);
    assert_int_equal(attempt->prompt_tokens, 7);
    assert_null(fx.journal.error_body);
    assert_int_equal(fx.pool.keys[0].effect.prompt_tokens, 7);
    fx_close(&fx);
}

/* --- retries --------------------------------------------------------------------------------- */

static void second_key_works(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (fx_key_of(request) == 2)
        answer_text(conn, request, ctx);
    else
        fake_answer(conn, 429, "application/json",
                    GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "Please retry in 30s."));
}

static void a_used_up_key_is_put_to_rest_and_another_serves(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, second_key_works, 3, NULL);
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_REST);
    assert_string_equal(fx.pool.keys[0].effect.rule, "quota.delay");
    assert_int_equal(fx.pool.keys[1].effect.kind, EFFECT_SUCCESS);
    assert_int_equal(fx.pool.keys[2].lent, 0);
    assert_string_equal(fx.journal.attempts[0].rule, "quota.delay");
    assert_string_equal(fx.journal.attempts[0].effect, "rest");
    assert_int_equal(fx.journal.attempts[0].status, 429);
    assert_string_equal(fx.journal.attempts[0].error, "Please retry in 30s.");
    assert_int_equal(fx.journal.attempts[1].number, 2);
    fx_close(&fx);
}

static void only_the_last_key_works(struct fake_conn *conn, const struct fake_request *request,
                                    void *ctx)
{
    if (fx_key_of(request) == FX_KEYS)
        answer_text(conn, request, ctx);
    else
        fake_answer(conn, 400, "application/json",
                    GEMINI_ERROR(400, "INVALID_ARGUMENT", "API key not valid."));
}

static void no_client_sees_an_error_while_a_key_can_serve(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, only_the_last_key_works, FX_KEYS, "MAX_RETRIES=2");
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.attempts, FX_KEYS);
    fx_close(&fx);
}

static void overloaded(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 503, "application/json",
                GEMINI_ERROR(503, "UNAVAILABLE", "The model is overloaded."));
}

static void attempts_are_bounded(void **state)
{
    static const struct {
        const char *settings;
        int attempts;
    } rows[] = {{"MAX_RETRIES=0", 1}, {"MAX_RETRIES=1", 1}, {"MAX_RETRIES=2", 2}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fx fx;
        fx_play(&fx, FX_TOY_UNARY, overloaded, 9, rows[i].settings);
        assert_int_equal(fx.outcome.attempts, rows[i].attempts);
        assert_int_equal(fake_server_requests(fx.server), rows[i].attempts);
        assert_int_equal(fx.client.status, 503);
        assert_int_equal(fx.pool.keys[0].effect.scope, SCOPE_MODEL);
        fx_close(&fx);
    }
}

static void a_single_key_is_tried_again(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, overloaded, 1, "MAX_RETRIES=3");
    assert_int_equal(fx.outcome.attempts, 3);
    assert_int_equal(fx.client.status, 503);
    assert_string_equal(fx_body(&fx), "ERROR 503 The model is overloaded.|" GEMINI_ERROR(
                                          503, "UNAVAILABLE", "The model is overloaded."));
    fx_close(&fx);
}

static void one_attempt_means_one(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, second_key_works, 3, "MAX_RETRIES=0");
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.client.status, 429);
    assert_true(fx_has_header(&fx, "Retry-After: 1\n"));
    fx_close(&fx);
}

/* --- answers that are none ------------------------------------------------------------------- */

static void empty_then_text(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    static const char *const empties[] = {GEMINI_FINISH("STOP"),
                                          GEMINI_FINISH("MALFORMED_FUNCTION_CALL")};
    if (request->number <= 2)
        fake_answer(conn, 200, "application/json", empties[request->number - 1]);
    else
        answer_text(conn, request, ctx);
}

static void empty_answers_are_asked_for_again(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, empty_then_text, 4, "EMPTY_ANSWER_RETRIES=2");
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.attempts, 3);
    assert_string_equal(fx.journal.attempts[0].rule, "answer.empty");
    assert_string_equal(fx.journal.attempts[1].rule, "answer.bad_call");
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_SUCCESS);
    fx_close(&fx);
}

static void empty_for_ever(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "application/json", GEMINI_FINISH("STOP"));
}

static void an_empty_answer_never_passes_for_a_whole_one(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, empty_for_ever, 4, "EMPTY_ANSWER_RETRIES=1");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.client.status, 502);
    assert_string_equal(fx_body(&fx), "ERROR 502 the model gave no usable answer (answer.empty)|");
    fx_close(&fx);
    /* A client of Gemini's own dialect sees for itself. */
    fx_play(&fx, FX_NATIVE_UNARY, empty_for_ever, 4, "EMPTY_ANSWER_RETRIES=1");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx_body(&fx), GEMINI_FINISH("STOP"));
    fx_close(&fx);
}

static void say_nothing_useful(struct fake_conn *conn, const struct fake_request *request,
                               void *ctx)
{
    static const char *const bodies[] = {"{}", "<html>hello</html>", "", "[]",
                                         "{\"candidates\":[{\"content\""};
    (void)ctx;
    fake_answer(conn, 200, "application/json", bodies[(request->number - 1) % 5]);
}

static void garbage_is_an_error_in_every_dialect(void **state)
{
    static const enum fx_kind kinds[] = {FX_TOY_UNARY, FX_NATIVE_UNARY};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct fx fx;
        fx_play(&fx, kinds[i], say_nothing_useful, 6, "EMPTY_ANSWER_RETRIES=4");
        assert_int_equal(fx.outcome.attempts, 5);
        assert_int_equal(fx.client.status, 502);
        fx_close(&fx);
    }
}

static void blocked(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "application/json", "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}");
}

static void a_blocked_prompt_is_an_answer(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_UNARY, blocked, 4, NULL);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx.outcome.rule, "answer.blocked");
    assert_string_equal(fx_body(&fx), "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}");
    fx_close(&fx);
}

static void count(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "application/json", "{\"totalTokens\":31}");
}

static void other_calls_are_not_judged(void **state)
{
    struct fx fx;
    char url[160];
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, count, 2, NULL);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/v1beta/models/gemini-x:countTokens",
             fake_server_port(fx.server));
    fx.request.url = url;
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_string_equal(fx_body(&fx), "{\"totalTokens\":31}");
    assert_string_equal(fx.outcome.rule, "ok");
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_native_answer_passes_untouched),
        cmocka_unit_test(one_credential_goes_up),
        cmocka_unit_test(the_credential_can_be_a_bearer),
        cmocka_unit_test(a_translated_answer),
        cmocka_unit_test(rows_for_the_log),
        cmocka_unit_test(a_used_up_key_is_put_to_rest_and_another_serves),
        cmocka_unit_test(no_client_sees_an_error_while_a_key_can_serve),
        cmocka_unit_test(attempts_are_bounded),
        cmocka_unit_test(a_single_key_is_tried_again),
        cmocka_unit_test(one_attempt_means_one),
        cmocka_unit_test(empty_answers_are_asked_for_again),
        cmocka_unit_test(an_empty_answer_never_passes_for_a_whole_one),
        cmocka_unit_test(garbage_is_an_error_in_every_dialect),
        cmocka_unit_test(a_blocked_prompt_is_an_answer),
        cmocka_unit_test(other_calls_are_not_judged),
    };
    return UNIT_RUN(tests);
}
