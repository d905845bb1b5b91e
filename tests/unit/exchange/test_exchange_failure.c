/* What a client is told when nothing came of its request. */
#include "exchange_fixture.h"

#include <stdio.h>

#include "base/clock.h"

static const char *answer_now;
static int status_now;

static void answer_error(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, status_now, "application/json; charset=UTF-8", answer_now);
}

static void errors_of_the_request_pass_verbatim(void **state)
{
    struct fx fx;
    (void)state;
    status_now = 400;
    answer_now = "{\n  \"error\": {\n    \"code\": 400,\n    \"message\": \"Unknown name\",\n"
                 "    \"status\": \"INVALID_ARGUMENT\"\n  }\n}\n";
    fx_play(&fx, FX_NATIVE_UNARY, answer_error, 3, NULL);
    assert_int_equal(fx.client.status, 400);
    assert_string_equal(fx.client.type, "application/json; charset=UTF-8");
    assert_string_equal(fx_body(&fx), answer_now);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_NONE);
    assert_false(fx_has_header(&fx, "x-should-retry"));
    fx_close(&fx);
    fx_play(&fx, FX_NATIVE_STREAM, answer_error, 3, NULL);
    assert_int_equal(fx.client.status, 400);
    assert_string_equal(fx_body(&fx), answer_now);
    fx_close(&fx);
}

static void translated_errors_get_googles_words(void **state)
{
    struct fx fx;
    (void)state;
    status_now = 400;
    answer_now = GEMINI_ERROR(400, "INVALID_ARGUMENT", "Unknown name");
    fx_play(&fx, FX_TOY_STREAM, answer_error, 3, NULL);
    assert_int_equal(fx.client.status, 400);
    assert_string_equal(fx.client.type, "application/json; charset=UTF-8");
    assert_string_equal(fx_body(&fx), "ERROR 400 Unknown name|" GEMINI_ERROR(
                                          400, "INVALID_ARGUMENT", "Unknown name"));
    assert_true(fx_has_header(&fx, "x-should-retry: false\n"));
    assert_string_equal(fx.journal.request.error, "Unknown name");
    fx_close(&fx);
}

static void the_failed_request_can_be_kept(void **state)
{
    struct fx fx;
    (void)state;
    status_now = 400;
    answer_now = GEMINI_ERROR(400, "INVALID_ARGUMENT", "Unknown name");
    fx_open(&fx, FX_TOY_UNARY, answer_error, 3, "ERROR_LOG_RECORD_REQUEST_BODY=true");
    fx.request.body = "{\"a\":\"key=AIzaSyABCDEFGHIJKLMNOP\"}";
    fx.request.body_len = strlen(fx.request.body);
    fx_run(&fx);
    assert_non_null(fx.journal.error_body);
    assert_null(strstr(fx.journal.error_body, "ABCDEFGH"));
    fx_close(&fx);
}

static void nobody_learns_that_a_key_was_bad(void **state)
{
    static const enum fx_kind kinds[] = {FX_NATIVE_UNARY, FX_TOY_UNARY, FX_NATIVE_STREAM};
    (void)state;
    status_now = 400;
    answer_now =
        GEMINI_ERROR(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid key.");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct fx fx;
        fx_play(&fx, kinds[i], answer_error, 3, NULL);
        assert_int_equal(fx.client.status, 503);
        assert_null(strstr(fx_body(&fx), "API key not valid"));
        assert_non_null(
            strstr(fx_body(&fx), "none of the 3 keys of this server can serve: 3 dead"));
        assert_int_equal(fx.outcome.attempts, 3);
        assert_memory_equal(fx.words, "API key not valid", 17); /* but we do */
        fx_close(&fx);
    }
}

static void event_error(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_ERROR(400, "INVALID_ARGUMENT", "Bad image")));
    fake_chunked_end(conn);
}

static void an_error_event_becomes_a_proper_error(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_STREAM, event_error, 3, NULL);
    assert_int_equal(fx.client.status, 400);
    assert_string_equal(fx.client.type, "application/json; charset=UTF-8");
    assert_string_equal(fx_body(&fx), GEMINI_ERROR(400, "INVALID_ARGUMENT", "Bad image"));
    fx_close(&fx);
}

static void upstream_out_of_reach(void **state)
{
    struct fx fx;
    char url[64];
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_error, 3, "MAX_RETRIES=2");
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/x:generateContent", fake_closed_port());
    fx.request.url = url;
    fx_run(&fx);
    assert_int_equal(fx.client.status, 502);
    assert_non_null(
        strstr(fx_body(&fx), "ERROR 502 upstream could not be reached (net.connect): "));
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.pool.keys[0].effect.kind, EFFECT_NOT_SENT);
    assert_string_equal(fx.journal.attempts[0].outcome, "connect");
    fx_close(&fx);
}

static void proxies_are_told_of(void **state)
{
    struct fx fx;
    char proxy[64];
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_error, 2, "MAX_RETRIES=2");
    snprintf(proxy, sizeof(proxy), "http://me:secretword@127.0.0.1:%d", fake_closed_port());
    fx.pool.proxy = proxy;
    fx_run(&fx);
    assert_int_equal(fx.proxy_failed, 2);
    assert_int_equal(fx.proxy_worked, 0);
    assert_string_equal(fx.proxy_told, proxy);
    assert_string_equal(fx.outcome.rule, "net.proxy");
    assert_null(strstr(fx_body(&fx), "secretword"));
    assert_null(strstr(fx.journal.attempts[0].proxy, "secretword"));
    assert_memory_equal(fx.journal.attempts[0].proxy, "127.0.0.1:", 10);
    fx_close(&fx);
    fx_open(&fx, FX_TOY_UNARY, answer_error, 2, NULL);
    status_now = 404;
    answer_now = GEMINI_ERROR(404, "NOT_FOUND", "no such thing");
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", fake_server_port(fx.server));
    fx.pool.proxy = proxy;
    fx_run(&fx);
    assert_int_equal(fx.client.status, 404);
    assert_int_equal(fx.proxy_worked, 1);
    fx_close(&fx);
}

static void the_time_is_up(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_hang(conn);
}

static void the_whole_has_a_deadline(void **state)
{
    static const enum fx_kind kinds[] = {FX_TOY_UNARY, FX_TOY_STREAM};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct fx fx;
        fx_play(&fx, kinds[i], the_time_is_up, 3, "TIME_OUT=1");
        assert_int_equal(fx.client.status, 504);
        assert_int_equal(fx.outcome.attempts, 1);
        assert_in_range(fx.journal.request.duration_ms, 900, UNIT_AT_ONCE_MS);
        assert_true(fx.outcome.upstream_us > 800000);
        assert_in_range(fx.journal.request.own_us + fx.outcome.upstream_us, 900000,
                        (fx.journal.request.duration_ms + 1) * 1000);
        fx_close(&fx);
    }
}

static void what_must_not_be_done_twice(void **state)
{
    struct fx fx;
    (void)state;
    status_now = 500;
    answer_now = GEMINI_ERROR(500, "INTERNAL", "x");
    fx_open(&fx, FX_TOY_UNARY, answer_error, 3, NULL);
    fx.request.idempotent = false;
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.client.status, 500);
    fx_close(&fx);
}

static void an_unknown_refusal_costs_few_keys(void **state)
{
    struct fx fx;
    (void)state;
    status_now = 403;
    answer_now = GEMINI_ERROR(403, "PERMISSION_DENIED", "The caller does not have permission");
    fx_play(&fx, FX_TOY_UNARY, answer_error, 9, NULL);
    assert_int_equal(fx.outcome.attempts, 3);
    assert_int_equal(fx.client.status, 403);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_the_request_pass_verbatim),
        cmocka_unit_test(translated_errors_get_googles_words),
        cmocka_unit_test(the_failed_request_can_be_kept),
        cmocka_unit_test(nobody_learns_that_a_key_was_bad),
        cmocka_unit_test(an_error_event_becomes_a_proper_error),
        cmocka_unit_test(upstream_out_of_reach),
        cmocka_unit_test(proxies_are_told_of),
        cmocka_unit_test(the_whole_has_a_deadline),
        cmocka_unit_test(what_must_not_be_done_twice),
        cmocka_unit_test(an_unknown_refusal_costs_few_keys),
    };
    return UNIT_RUN(tests);
}
