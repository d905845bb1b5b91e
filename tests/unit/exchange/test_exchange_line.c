/* When no key is free: waiting, and the honest refusal. */
#include "exchange_fixture.h"

#include <stdio.h>

#include "base/clock.h"

static void answer_text(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "application/json", GEMINI_TEXT("hello"));
}

static void rest(struct fx *fx, int key, enum rest_reason reason, int64_t ms)
{
    fx->pool.keys[key].reason = reason;
    fx->pool.keys[key].rests_until_ms = clock_wall_ms() + ms;
}

static void a_short_rest_is_waited_for(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_text, 2, "POOL_MAX_WAIT=5");
    rest(&fx, 0, REST_DAY_QUOTA, HOUR_MS);
    rest(&fx, 1, REST_MINUTE_QUOTA, 400);
    fx_run(&fx);
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.key_id, 2);
    assert_in_range(fx.journal.request.duration_ms, 390, UNIT_AT_ONCE_MS);
    assert_true(fx.outcome.upstream_us >= 350000);
    fx_close(&fx);
}

/* Those who have waited for longer are asked first: who has just come takes his place behind them. */
static void who_has_just_come_is_last(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_text, 1, "POOL_MAX_WAIT=60");
    rest(&fx, 0, REST_MINUTE_QUOTA, 300);
    fx_run(&fx);
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_in_range(fx.journal.request.duration_ms, 300 + 80, UNIT_AT_ONCE_MS);
    fx_close(&fx);
}

static void a_long_rest_is_told(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_text, 4, "POOL_MAX_WAIT=15");
    rest(&fx, 0, REST_DAY_QUOTA, HOUR_MS);
    rest(&fx, 1, REST_MINUTE_QUOTA, 17000);
    rest(&fx, 2, REST_DAY_QUOTA, HOUR_MS);
    fx.pool.keys[3].dead = true;
    fx_run(&fx);
    assert_int_equal(fx.client.status, 429);
    assert_true(fx_has_header(&fx, "Retry-After: 17\n"));
    assert_false(fx_has_header(&fx, "x-should-retry"));
    assert_string_equal(
        fx_body(&fx), "ERROR 429 no key is free for gemini-x: of 4 keys 1 used up for this minute, "
                      "2 used up for today, 1 dead; the first is back in 17 s|");
    assert_int_equal(fx.outcome.attempts, 0);
    assert_string_equal(fx.outcome.rule, "pool.rest");
    assert_int_equal(fx.journal.requests, 1);
    assert_true(fx.journal.request.duration_ms < UNIT_AT_ONCE_MS);
    fx_close(&fx);
}

static void a_rest_of_hours_is_hopeless(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_STREAM, answer_text, 1, NULL);
    rest(&fx, 0, REST_DAY_QUOTA, HOUR_MS);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 429);
    assert_true(fx_has_header(&fx, "Retry-After: 3600\n"));
    assert_true(fx_has_header(&fx, "x-should-retry: false\n"));
    fx_close(&fx);
    fx_open(&fx, FX_NATIVE_UNARY, answer_text, 1, NULL);
    rest(&fx, 0, REST_DAY_QUOTA, HOUR_MS);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 429);
    assert_false(fx_has_header(&fx, "x-should-retry"));
    assert_non_null(strstr(fx_body(&fx), "RESOURCE_EXHAUSTED"));
    fx_close(&fx);
}

static void faults_are_no_quota(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_text, 1, "POOL_MAX_WAIT=0");
    rest(&fx, 0, REST_FAULT, 30000);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 503);
    assert_true(fx_has_header(&fx, "Retry-After: 30\n"));
    fx_close(&fx);
}

static void no_keys_at_all(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, answer_text, 0, NULL);
    assert_int_equal(fx.client.status, 503);
    assert_non_null(strstr(fx_body(&fx), "has no keys"));
    assert_true(fx_has_header(&fx, "x-should-retry: false\n"));
    assert_string_equal(fx.outcome.rule, "pool.empty");
    fx_close(&fx);
    fx_open(&fx, FX_TOY_UNARY, answer_text, 1, NULL);
    fx.pool.keys[0].dead = true;
    fx_run(&fx);
    assert_int_equal(fx.client.status, 503);
    assert_non_null(strstr(fx_body(&fx), "none of the 1 keys of this server can serve: 1 dead"));
    fx_close(&fx);
}

static void a_pinned_key_is_waited_for_alone(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, answer_text, 3, "POOL_MAX_WAIT=5");
    fx.request.pinned_key = 2;
    rest(&fx, 1, REST_MINUTE_QUOTA, 300);
    fx_run(&fx);
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.key_id, 2);
    fx_close(&fx);
    fx_open(&fx, FX_TOY_UNARY, answer_text, 3, "POOL_MAX_WAIT=0");
    fx.request.pinned_key = 2;
    rest(&fx, 1, REST_MINUTE_QUOTA, 20000);
    fx_run(&fx);
    assert_int_equal(fx.client.status, 429);
    assert_non_null(strstr(fx_body(&fx), "the key that this resource belongs to"));
    assert_true(fx_has_header(&fx, "Retry-After: 20\n"));
    fx_close(&fx);
}

/* --- with attempts before -------------------------------------------------------------------- */

static void used_up_once(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (request->number == 1)
        fake_answer(conn, 429, "application/json",
                    GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "Please retry in 0.1s."));
    else
        answer_text(conn, request, ctx);
}

static void a_single_key_is_waited_for_after_its_429(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_UNARY, used_up_once, 1, "POOL_MAX_WAIT=5");
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_true(fx.journal.request.duration_ms >= 2000);
    fx_close(&fx);
}

#define USED_UP GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "Please retry in 30s.")

static void used_up(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 429, "application/json", USED_UP);
}

static void googles_own_refusal_goes_to_who_has_seen_all(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_UNARY, used_up, 2, "POOL_MAX_WAIT=1");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(fx.client.status, 429);
    assert_string_equal(fx_body(&fx), USED_UP);
    assert_true(fx_has_header(&fx, "Retry-After: 32\n"));
    fx_close(&fx);
}

static void counts_go_to_who_has_seen_one_of_many(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, used_up, 3, "POOL_MAX_WAIT=1");
    rest(&fx, 1, REST_DAY_QUOTA, HOUR_MS);
    rest(&fx, 2, REST_DAY_QUOTA, HOUR_MS);
    fx_run(&fx);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.client.status, 429);
    assert_non_null(strstr(fx_body(&fx), "1 used up for this minute, 2 used up for today"));
    assert_string_equal(fx.outcome.rule, "quota.delay");
    fx_close(&fx);
}

/* A key whose trouble was upstream's is tried again before anybody waits for the others. */
static void overloaded_once(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (request->number == 1)
        fake_answer(conn, 503, "application/json", GEMINI_ERROR(503, "UNAVAILABLE", "overloaded"));
    else
        answer_text(conn, request, ctx);
}

static void a_key_without_blame_comes_first(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_TOY_UNARY, overloaded_once, 2, "POOL_MAX_WAIT=60");
    rest(&fx, 1, REST_MINUTE_QUOTA, 40000);
    fx_run(&fx);
    assert_string_equal(fx_body(&fx), "[hello]");
    assert_int_equal(fx.outcome.key_id, 1);
    assert_true(fx.journal.request.duration_ms < UNIT_AT_ONCE_MS);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_rest_is_waited_for),
        cmocka_unit_test(who_has_just_come_is_last),
        cmocka_unit_test(a_long_rest_is_told),
        cmocka_unit_test(a_rest_of_hours_is_hopeless),
        cmocka_unit_test(faults_are_no_quota),
        cmocka_unit_test(no_keys_at_all),
        cmocka_unit_test(a_pinned_key_is_waited_for_alone),
        cmocka_unit_test(a_single_key_is_waited_for_after_its_429),
        cmocka_unit_test(googles_own_refusal_goes_to_who_has_seen_all),
        cmocka_unit_test(counts_go_to_who_has_seen_one_of_many),
        cmocka_unit_test(a_key_without_blame_comes_first),
    };
    return UNIT_RUN(tests);
}
