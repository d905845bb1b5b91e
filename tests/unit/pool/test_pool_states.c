/* Ready, paused, dead: who says so, and what it takes. */
#include "pool_test.h"

static void test_paused_and_back(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    key_pool_set_state(pool, 1, KEY_PAUSED, "", NOON);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pool_test_call(pool, NOON + i), 2);
    key_pool_set_state(pool, 1, KEY_READY, "", NOON + 10);
    int first = 0;
    for (int i = 0; i < 10; i++)
        first += pool_test_call(pool, NOON + 20 + i) == 1;
    assert_in_range(first, 4, 6);
    key_pool_destroy(&pool);
}

static void test_dead_at_once(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect leaked = pool_test_effect(EFFECT_DEAD);
    leaked.rule = "key.leaked";
    pool_test_hit(pool, 1, &leaked, NOON);
    struct key_event event = pool_test_event(pool, KEY_EVENT_STATE);
    assert_int_equal(event.state, KEY_DEAD);
    assert_string_equal(event.rule, "key.leaked");
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 1, &lease, &shortage), ACQUIRE_EMPTY);
    assert_int_equal(shortage.dead, 1);
    assert_string_equal(pool_test_view(pool, 1, MODEL, NOON + 1).rule, "key.leaked");
    key_pool_destroy(&pool);
}

static void test_confirmed_twice(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect invalid = pool_test_effect(EFFECT_DEAD);
    invalid.confirm_twice = true;
    struct key_lease one = pool_test_lend(pool, NOON);
    struct key_lease other = pool_test_lend(pool, NOON); /* both under way: one piece of news */
    key_pool_settle(pool, &one, &invalid, NOON + 100);
    key_pool_settle(pool, &other, &invalid, NOON + 200);
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON + 300);
    assert_int_equal(view.state, KEY_READY);
    assert_false(view.eligible);
    pool_test_hit(pool, 1, &invalid, NOON + 2 * MINUTE_MS);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 2 * MINUTE_MS).state, KEY_DEAD);
    key_pool_destroy(&pool);
}

static void test_success_between_dispels_the_doubt(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect invalid = pool_test_effect(EFFECT_DEAD);
    invalid.confirm_twice = true;
    int64_t now = NOON;
    for (int i = 0; i < 5; i++, now += HOUR_MS) {
        pool_test_hit(pool, 1, &invalid, now);
        assert_int_equal(pool_test_call(pool, now + 30 * MINUTE_MS), 1);
    }
    assert_int_equal(pool_test_view(pool, 1, MODEL, now).state, KEY_READY);
    key_pool_destroy(&pool);
}

static void test_too_many_failures(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect fault = pool_test_effect(EFFECT_FAULT);
    fault.rule = "key.denied";
    pool_test_hit(pool, 1, &fault, NOON);
    pool_test_hit(pool, 1, &fault, NOON + MINUTE_MS);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_FAILURES).failures, 2);
    pool_test_call(pool, NOON + 3 * MINUTE_MS); /* clears the count */
    assert_int_equal(pool_test_event(pool, KEY_EVENT_FAILURES).failures, 0);
    for (int i = 0; i < 3; i++)
        pool_test_hit(pool, 1, &fault, NOON + (10 + i * 5) * MINUTE_MS);
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON + HOUR_MS);
    assert_int_equal(view.state, KEY_DEAD);
    assert_string_equal(view.rule, "key.denied");
    key_pool_destroy(&pool);
}

static void test_failures_together_count_once(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect fault = pool_test_effect(EFFECT_FAULT);
    struct key_lease leases[6];
    for (int i = 0; i < 6; i++)
        leases[i] = pool_test_lend(pool, NOON);
    for (int i = 0; i < 6; i++)
        key_pool_settle(pool, &leases[i], &fault, NOON + 10 + i);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 20).failures, 1);
    key_pool_destroy(&pool);
}

/* Blame: none of these is the key's. */
static void test_spared(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    static const enum key_effect_kind kinds[] = {EFFECT_NONE, EFFECT_NOT_SENT};
    for (int i = 0; i < 20; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i);
        pool_test_settle(pool, &lease, kinds[i % 2], NOON + i);
    }
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON + 100);
    assert_true(view.eligible);
    assert_int_equal(view.failures, 0);
    assert_int_equal(view.in_flight, 0);
    key_pool_destroy(&pool);
}

static void test_revived_key_is_fresh(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect invalid = pool_test_effect(EFFECT_DEAD);
    invalid.confirm_twice = true;
    pool_test_hit(pool, 1, &invalid, NOON);
    pool_test_hit(pool, 1, &invalid, NOON + 2 * MINUTE_MS);
    key_pool_set_state(pool, 1, KEY_READY, "", NOON + 3 * MINUTE_MS);
    assert_int_equal(pool_test_call(pool, NOON + 3 * MINUTE_MS + 1), 1);
    key_pool_destroy(&pool);
}

static void test_removed_while_lent(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    struct key_lease lease = pool_test_lend_key(pool, 1, NOON);
    key_pool_remove(pool, 1);
    pool_test_add(pool, 3, KEY_GEMINI, 1); /* takes the same place */
    struct key_effect dead = pool_test_effect(EFFECT_DEAD);
    key_pool_settle(pool, &lease, &dead, NOON + 1);
    assert_int_equal(pool_test_view(pool, 3, MODEL, NOON + 2).state, KEY_READY);
    assert_int_equal(pool_test_view(pool, 3, MODEL, NOON + 2).in_flight, 0);
    assert_int_equal(key_pool_count(pool, NOON + 2).total, 2);
    key_pool_destroy(&pool);
}

static void test_counts(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    key_pool_set_state(pool, 1, KEY_PAUSED, "", NOON);
    key_pool_set_state(pool, 2, KEY_DEAD, "key.invalid", NOON);
    key_pool_restore_rest(pool, 3, MODEL, REST_DAY_QUOTA, NOON + HOUR_MS, 1);
    key_pool_restore_rest(pool, 3, "", REST_MINUTE_QUOTA, NOON + HOUR_MS, 1);
    struct key_pool_counts counts = key_pool_count(pool, NOON + 1);
    assert_int_equal(counts.total, 5);
    assert_int_equal(counts.paused, 1);
    assert_int_equal(counts.dead, 1);
    assert_int_equal(counts.ready, 2);
    assert_int_equal(counts.resting[REST_DAY_QUOTA], 1);
    key_pool_destroy(&pool);
}

/* A clock that was wrong by days, and is corrected, locks nobody out: not what is used up, nor rests, nor a
 * model that seemed overloaded. */
static void test_clock_set_back_by_days(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_DAY, 2);
    int64_t wrong = NOON + 30 * DAY_MS;
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(pool_test_call(pool, wrong + i), 0);
    struct key_effect rests = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, wrong + MINUTE_MS);
    struct key_lease lease = pool_test_lend(pool, wrong + 10);
    int64_t rested = lease.key_id;
    key_pool_settle(pool, &lease, &rests, wrong + 10);
    struct key_effect overload = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    lease = pool_test_lend(pool, wrong + 11);
    key_pool_settle(pool, &lease, &overload, wrong + 11);
    int served = 0;
    for (int i = 0; i < 6; i++)
        served += pool_test_call(pool, NOON + i) > 0;
    assert_int_equal(served, 4); /* the third still rests ... */
    assert_in_range(pool_test_view(pool, rested, MODEL, NOON + 10).until_ms, NOON + 50 * SECOND_MS,
                    NOON + 70 * SECOND_MS); /* ... for as long as it was told */
    assert_int_equal(pool_test_call(pool, NOON + 2 * MINUTE_MS), rested);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paused_and_back),
        cmocka_unit_test(test_dead_at_once),
        cmocka_unit_test(test_confirmed_twice),
        cmocka_unit_test(test_success_between_dispels_the_doubt),
        cmocka_unit_test(test_too_many_failures),
        cmocka_unit_test(test_failures_together_count_once),
        cmocka_unit_test(test_spared),
        cmocka_unit_test(test_revived_key_is_fresh),
        cmocka_unit_test(test_removed_while_lent),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_clock_set_back_by_days),
    };
    return UNIT_RUN(tests);
}
