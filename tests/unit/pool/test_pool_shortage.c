/* What is said when nobody can be lent. */
#include "pool_test.h"

static enum acquire_result ask(struct key_pool *pool, const struct key_query *query, int64_t now_ms,
                               struct key_shortage *shortage)
{
    struct key_lease lease;
    return key_pool_acquire(pool, query, now_ms, &lease, shortage);
}

static void test_no_keys(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    assert_int_equal(ask(pool, &query, NOON, &shortage), ACQUIRE_EMPTY);
    pool_test_add(pool, 1, KEY_VERTEX, 1);
    assert_int_equal(ask(pool, &query, NOON, &shortage), ACQUIRE_EMPTY);
    assert_int_equal(shortage.total, 0);
    key_pool_destroy(&pool);
}

static void test_counts_by_reason(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(7);
    key_pool_set_state(pool, 1, KEY_PAUSED, "", NOON);
    key_pool_set_state(pool, 2, KEY_DEAD, "key.invalid", NOON);
    for (int64_t id = 3; id <= 5; id++)
        key_pool_restore_rest(pool, id, MODEL, REST_DAY_QUOTA, NOON + HOUR_MS, 1);
    key_pool_restore_rest(pool, 6, MODEL, REST_MINUTE_QUOTA, NOON + 17 * SECOND_MS, 1);
    key_pool_restore_rest(pool, 7, "", REST_SPENT, NOON + 3 * HOUR_MS, 1);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    assert_int_equal(ask(pool, &query, NOON + 1, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.total, 7);
    assert_int_equal(shortage.paused, 1);
    assert_int_equal(shortage.dead, 1);
    assert_int_equal(shortage.resting[REST_DAY_QUOTA], 3);
    assert_int_equal(shortage.resting[REST_MINUTE_QUOTA], 1);
    assert_int_equal(shortage.resting[REST_SPENT], 1);
    assert_int_equal(shortage.earliest_ms, NOON + 17 * SECOND_MS);
    key_pool_destroy(&pool);
}

/* The earliest of those that this request has not tried. */
static void test_earliest_of_the_untried(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    for (int64_t id = 1; id <= 3; id++)
        key_pool_restore_rest(pool, id, MODEL, REST_MINUTE_QUOTA, NOON + id * SECOND_MS, 1);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    query.tried[query.tried_count++] = 1;
    assert_int_equal(ask(pool, &query, NOON, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.earliest_ms, NOON + 2 * SECOND_MS);
    query.tried[query.tried_count++] = 2;
    query.tried[query.tried_count++] = 3;
    assert_int_equal(ask(pool, &query, NOON, &shortage), ACQUIRE_TRIED);
    key_pool_destroy(&pool);
}

static void test_pinned(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    query.pinned_key = 2;
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    assert_int_equal(lease.key_id, 2);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON);
    key_pool_restore_rest(pool, 2, MODEL, REST_MINUTE_QUOTA, NOON + MINUTE_MS, 1);
    assert_int_equal(ask(pool, &query, NOON + 1, &shortage), ACQUIRE_PINNED);
    assert_int_equal(shortage.earliest_ms, NOON + MINUTE_MS);
    assert_int_equal(shortage.resting[REST_MINUTE_QUOTA], 1);
    key_pool_set_state(pool, 2, KEY_DEAD, "key.invalid", NOON + 2);
    assert_int_equal(ask(pool, &query, NOON + 3, &shortage), ACQUIRE_PINNED);
    assert_int_equal(shortage.earliest_ms, 0);
    assert_int_equal(shortage.dead, 1);
    query.pinned_key = 99;
    assert_int_equal(ask(pool, &query, NOON + 4, &shortage), ACQUIRE_PINNED);
    assert_int_equal(shortage.total, 0);
    key_pool_destroy(&pool);
}

static void test_asking_often_changes_nothing(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_DAY, 2);
    for (int i = 0; i < 8; i++)
        assert_int_not_equal(pool_test_call(pool, NOON + i), 0);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(ask(pool, &query, NOON + 100 + i, &shortage), ACQUIRE_WAIT);
        assert_int_equal(shortage.busy, 4);
        assert_in_range(shortage.earliest_ms, MIDNIGHT + DAY_MS, MIDNIGHT + DAY_MS + 10000);
    }
    assert_int_not_equal(pool_test_call(pool, shortage.earliest_ms), 0);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_keys),
        cmocka_unit_test(test_counts_by_reason),
        cmocka_unit_test(test_earliest_of_the_untried),
        cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_asking_often_changes_nothing),
    };
    return UNIT_RUN(tests);
}
