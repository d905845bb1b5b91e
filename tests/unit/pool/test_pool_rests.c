/* When a key rests, for how long, and how that ends. */
#include "pool_test.h"

static void rest_key(struct key_pool *pool, int64_t id, enum rest_reason reason, int64_t until_ms,
                     int64_t now_ms)
{
    struct key_effect effect = pool_test_rest(reason, SCOPE_KEY_MODEL, until_ms);
    pool_test_hit(pool, id, &effect, now_ms);
}

static int64_t until(struct key_pool *pool, int64_t id, int64_t now_ms)
{
    return pool_test_view(pool, id, MODEL, now_ms).until_ms;
}

static void test_words(void **state)
{
    (void)state;
    for (int reason = REST_NONE; reason < REST_REASON_COUNT; reason++)
        assert_int_equal(rest_reason_of(rest_reason_word((enum rest_reason)reason)), reason);
    assert_int_equal(rest_reason_of("no such word"), REST_FAULT);
    assert_int_equal(rest_reason_of(NULL), REST_FAULT);
}

static void test_rests_until_told(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    rest_key(pool, 1, REST_MINUTE_QUOTA, NOON + 48 * SECOND_MS, NOON);
    assert_int_equal(pool_test_call(pool, NOON + 47 * SECOND_MS), 0);
    assert_int_equal(pool_test_call(pool, NOON + 48 * SECOND_MS), 1);
    key_pool_destroy(&pool);
}

/* Two calls under way come back with different times: the later one counts, whatever the order. */
static void test_never_shortened(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_lease first = pool_test_lend(pool, NOON);
    struct key_lease second = pool_test_lend(pool, NOON);
    struct key_effect longer = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + 60000);
    struct key_effect shorter = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + 5000);
    key_pool_settle(pool, &first, &longer, NOON + 10);
    key_pool_settle(pool, &second, &shorter, NOON + 20);
    assert_int_equal(until(pool, 1, NOON + 30), NOON + 60000);
    key_pool_restore_rest(pool, 1, MODEL, REST_MINUTE_QUOTA, NOON + 1000, 1);
    assert_int_equal(until(pool, 1, NOON + 30), NOON + 60000);
    key_pool_restore_rest(pool, 1, MODEL, REST_MINUTE_QUOTA, NOON + 70000, 1);
    assert_int_equal(until(pool, 1, NOON + 30), NOON + 70000);
    key_pool_destroy(&pool);
}

static void test_person_ends_it(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    rest_key(pool, 1, REST_DAY_QUOTA, 0, NOON);
    pool_test_event(pool, KEY_EVENT_REST);
    key_pool_reset_rest(pool, 1, MODEL, NOON + 1000);
    struct key_event event = pool_test_event(pool, KEY_EVENT_REST_CLEARED);
    assert_int_equal(event.key_id, 1);
    assert_string_equal(event.model, MODEL);
    assert_int_equal(pool_test_call(pool, NOON + 2000), 1);
    key_pool_destroy(&pool);
}

static void test_fault_streak_doubles(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_pool_options options = pool_test_options();
    options.max_failures = 0;
    key_pool_configure(pool, &options);
    struct key_effect fault = pool_test_effect(EFFECT_FAULT);
    int64_t now = NOON;
    int64_t before = 0;
    for (int i = 0; i < 5; i++) {
        pool_test_hit(pool, 1, &fault, now);
        int64_t span = until(pool, 1, now) - now;
        if (before)
            assert_in_range(span, before * 3 / 2, before * 3);
        before = span;
        now += span;
    }
    pool_test_call(pool, now);
    pool_test_hit(pool, 1, &fault, now + 1);
    assert_true(until(pool, 1, now + 1) - now < before / 4); /* a success begins anew */
    key_pool_destroy(&pool);
}

/* Ten calls that fail together are one piece of news. */
static void test_old_calls_do_not_lengthen_the_streak(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_lease leases[10];
    struct key_effect rest = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + 30000);
    for (int i = 0; i < 10; i++)
        leases[i] = pool_test_lend(pool, NOON);
    for (int i = 0; i < 10; i++)
        key_pool_settle(pool, &leases[i], &rest, NOON + 100 + i);
    assert_int_equal(until(pool, 1, NOON + 200), NOON + 30000);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_REST).streak, 1);
    key_pool_destroy(&pool);
}

static void test_minutes_in_a_row_grow(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    int64_t now = NOON;
    for (int i = 0; i < 5; i++) {
        rest_key(pool, 1, REST_MINUTE_QUOTA, now + 10000, now);
        int64_t span = until(pool, 1, now) - now;
        assert_int_equal(span, i < 2 ? 10000 : 10000 << (i - 1));
        now += span;
    }
    key_pool_destroy(&pool);
}

/* That a test of what is only assumed was refused is no sign of anything that lasts. */
static void test_refused_tests_are_no_streak(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    int64_t now = NOON;
    for (int i = 0; i < 6; i++) {
        struct key_lease lease = pool_test_lend(pool, now);
        assert_int_not_equal(lease.key_id, 0);
        lease.stretch = 1;
        struct key_effect refused =
            pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, now + 10 * SECOND_MS);
        key_pool_settle(pool, &lease, &refused, now);
        assert_int_equal(pool_test_view(pool, 1, MODEL, now).until_ms, now + 10 * SECOND_MS);
        now += 11 * SECOND_MS;
    }
    key_pool_destroy(&pool);
}

static void test_day_ends_at_midnight_pacific(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    rest_key(pool, 1, REST_DAY_QUOTA, 0, NOON);
    assert_in_range(until(pool, 1, NOON), MIDNIGHT + DAY_MS, MIDNIGHT + DAY_MS + 5 * MINUTE_MS);
    /* the day on which daylight saving begins has 23 hours */
    int64_t sunday = MIDNIGHT + 6 * DAY_MS;
    rest_key(pool, 2, REST_DAY_QUOTA, 0, sunday + 12 * HOUR_MS);
    int64_t end = until(pool, 2, sunday + 12 * HOUR_MS);
    assert_in_range(end, sunday + 23 * HOUR_MS, sunday + 23 * HOUR_MS + 5 * MINUTE_MS);
    key_pool_destroy(&pool);
}

/* Google's day may begin a little after ours: such a refusal is about yesterday. */
static void test_day_that_begins_late(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    int64_t now = MIDNIGHT + 10 * SECOND_MS;
    rest_key(pool, 1, REST_DAY_QUOTA, 0, now);
    assert_true(until(pool, 1, now) <= now + 10 * MINUTE_MS);
    /* the next day is expected as late: a key whose day is used up waits for that */
    rest_key(pool, 2, REST_DAY_QUOTA, 0, NOON);
    assert_true(until(pool, 2, NOON) >= MIDNIGHT + DAY_MS + MINUTE_MS);
    key_pool_destroy(&pool);
}

static void test_not_entitled(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    rest_key(pool, 1, REST_NOT_ENTITLED, 0, NOON);
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON);
    assert_int_equal(view.reason, REST_NOT_ENTITLED);
    assert_in_range(view.until_ms, NOON + 21 * HOUR_MS, NOON + 27 * HOUR_MS);
    assert_int_equal(view.failures, 0);
    struct key_query query = pool_test_query();
    query.model = "another";
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON + 1);
    assert_int_equal(lease.key_id, 1);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 1);
    key_pool_destroy(&pool);
}

static void test_whole_key(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect spent = pool_test_rest(REST_SPENT, SCOPE_KEY, NOON + HOUR_MS);
    pool_test_hit(pool, 1, &spent, NOON);
    struct key_query query = pool_test_query();
    query.model = "another";
    assert_int_equal(pool_test_lend_query(pool, &query, NOON + 1).key_id, 0);
    struct key_event event = pool_test_event(pool, KEY_EVENT_REST);
    assert_string_equal(event.model, "");
    assert_int_equal(event.reason, REST_SPENT);
    assert_string_equal(event.rule, "test.rule");
    key_pool_destroy(&pool);
}

static void test_one_probe_first(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_effect fault = pool_test_effect(EFFECT_FAULT);
    pool_test_hit(pool, 1, &fault, NOON);
    int64_t end = until(pool, 1, NOON);
    struct key_lease probe = pool_test_lend(pool, end);
    assert_true(probe.probe);
    assert_int_equal(pool_test_lend(pool, end + 1).key_id, 0);
    pool_test_settle(pool, &probe, EFFECT_NONE, end + 2); /* says nothing: another may try */
    probe = pool_test_lend(pool, end + 3);
    assert_true(probe.probe);
    pool_test_settle(pool, &probe, EFFECT_SUCCESS, end + 4);
    struct key_lease one = pool_test_lend(pool, end + 5);
    struct key_lease other = pool_test_lend(pool, end + 5);
    assert_int_equal(one.key_id, 1);
    assert_int_equal(other.key_id, 1);
    assert_false(one.probe);
    pool_test_settle(pool, &one, EFFECT_SUCCESS, end + 6);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, end + 6);
    key_pool_destroy(&pool);
}

static void test_what_others_ended(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    for (int64_t id = 1; id <= 3; id++)
        key_pool_restore_rest(pool, id, MODEL, REST_DAY_QUOTA, NOON + HOUR_MS, 1);
    rest_key(pool, 2, REST_DAY_QUOTA, NOON + 2 * HOUR_MS, NOON + 2 * HOUR_MS);
    key_pool_reload_begin(pool);
    key_pool_restore_rest(pool, 1, MODEL, REST_DAY_QUOTA, NOON + 5 * HOUR_MS, 1);
    key_pool_reload_end(pool, NOON + 90 * MINUTE_MS, NOON + 2 * HOUR_MS + 1);
    int64_t now = NOON + 2 * HOUR_MS + 2;
    assert_int_equal(pool_test_view(pool, 1, MODEL, now).until_ms, NOON + 5 * HOUR_MS);
    assert_false(pool_test_view(pool, 2, MODEL, now).eligible); /* younger than what is known */
    assert_true(pool_test_view(pool, 3, MODEL, now).eligible);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_rests_until_told),
        cmocka_unit_test(test_never_shortened),
        cmocka_unit_test(test_person_ends_it),
        cmocka_unit_test(test_fault_streak_doubles),
        cmocka_unit_test(test_old_calls_do_not_lengthen_the_streak),
        cmocka_unit_test(test_minutes_in_a_row_grow),
        cmocka_unit_test(test_refused_tests_are_no_streak),
        cmocka_unit_test(test_day_ends_at_midnight_pacific),
        cmocka_unit_test(test_day_that_begins_late),
        cmocka_unit_test(test_not_entitled),
        cmocka_unit_test(test_whole_key),
        cmocka_unit_test(test_one_probe_first),
        cmocka_unit_test(test_what_others_ended),
    };
    return UNIT_RUN(tests);
}
