/* Calls that not every key can serve: one that cannot is given back unused. */
#include "exchange_fixture.h"

#include "base/clock.h"

static int asked;

static void answer_text(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    asked++;
    fake_answer(conn, 200, "application/json", GEMINI_TEXT("hello"));
}

/* The first key fails, the next one is for its turn. */
static void fail_first(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    asked++;
    if (fx_key_of(request) == 1)
        fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "once"));
    else
        fake_answer(conn, 200, "application/json", GEMINI_TEXT("hello"));
}

static bool none(const char *secret)
{
    assert_int_equal(strncmp(secret, "KEY", 3), 0);
    return false;
}

static bool all(const char *secret)
{
    (void)secret;
    return true;
}

static bool the_first(const char *secret)
{
    return strcmp(secret, "KEY1.") == 0;
}

static void open_with(struct fx *fx, fake_handler *handler, bool (*suits)(const char *secret))
{
    asked = 0;
    fx_open(fx, FX_NATIVE_UNARY, handler, 2, "MAX_RETRIES=3");
    fx->request.suits = suits;
}

/* Nothing was sent with the key, and nothing of the call is held against it. */
static void assert_unused(const struct fx *fx, int key)
{
    assert_int_equal(fx->pool.keys[key - 1].lent, fx->pool.keys[key - 1].settled);
    assert_int_equal(fx->pool.keys[key - 1].effect.kind, EFFECT_NOT_SENT);
    assert_false(fx->pool.keys[key - 1].dead);
    assert_int_equal(fx->pool.keys[key - 1].rests_until_ms, 0);
}

static void an_unsuited_key_is_given_back(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, answer_text, none);
    fx_run(&fx);
    assert_true(fx.outcome.unsuited);
    assert_int_equal(fx.outcome.attempts, 0);
    assert_int_equal(fx.outcome.key_id, 1);
    assert_int_equal(asked, 0);
    assert_int_equal(fx.pool.acquired, 1);
    assert_int_equal(fx.pool.keys[0].lent, 1);
    assert_unused(&fx, 1);
    fx_close(&fx);
}

/* Who asked answers in another way, which tells the client and writes the row. */
static void not_a_word_to_the_client_or_the_log(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, answer_text, none);
    fx_run(&fx);
    assert_int_equal(fx.client.begun, 0);
    assert_int_equal(fx.client.writes, 0);
    assert_int_equal(fx.journal.requests, 0);
    assert_int_equal(fx.journal.attempt_count, 0);
    fx_close(&fx);
}

static void a_suited_key_serves(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, answer_text, all);
    fx_run(&fx);
    assert_false(fx.outcome.unsuited);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx_body(&fx), GEMINI_TEXT("hello"));
    assert_int_equal(asked, 1);
    assert_int_equal(fx.journal.requests, 1);
    fx_close(&fx);
}

/* The first key's failure is held against it; the second was not used. */
static void a_second_key_that_cannot(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, fail_first, the_first);
    fx_run(&fx);
    assert_true(fx.outcome.unsuited);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_int_equal(fx.outcome.key_id, 2);
    assert_int_equal(asked, 1);
    assert_int_equal(fx.client.begun, 0);
    assert_int_equal(fx.journal.requests, 0);
    assert_int_equal(fx.journal.attempt_count, 1);
    assert_unused(&fx, 2);
    fx_close(&fx);
}

static void a_pinned_key_that_cannot(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, answer_text, the_first);
    fx.request.pinned_key = 2;
    fx_run(&fx);
    assert_true(fx.outcome.unsuited);
    assert_int_equal(fx.outcome.key_id, 2);
    assert_int_equal(fx.pool.keys[0].lent, 0);
    assert_unused(&fx, 2);
    assert_int_equal(asked, 0);
    fx_close(&fx);
}

static void no_free_key_is_told_as_ever(void **state)
{
    struct fx fx;
    (void)state;
    open_with(&fx, answer_text, none);
    for (int i = 0; i < 2; i++) {
        fx.pool.keys[i].reason = REST_DAY_QUOTA;
        fx.pool.keys[i].rests_until_ms = clock_wall_ms() + HOUR_MS;
    }
    fx_run(&fx);
    assert_false(fx.outcome.unsuited);
    assert_int_equal(fx.client.status, 429);
    assert_int_equal(fx.journal.requests, 1);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_unsuited_key_is_given_back),
                                       cmocka_unit_test(not_a_word_to_the_client_or_the_log),
                                       cmocka_unit_test(a_suited_key_serves),
                                       cmocka_unit_test(a_second_key_that_cannot),
                                       cmocka_unit_test(a_pinned_key_that_cannot),
                                       cmocka_unit_test(no_free_key_is_told_as_ever)};
    return UNIT_RUN(tests);
}
