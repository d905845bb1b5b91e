/* Who is chosen when several can serve. */
#include "pool_test.h"

static void test_equal_keys(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(7);
    int counts[8] = {0};
    for (int i = 0; i < 1000; i++) {
        counts[pool_test_call(pool, NOON + i)]++;
        int low = counts[1], high = counts[1];
        for (int id = 2; id <= 7; id++) {
            low = counts[id] < low ? counts[id] : low;
            high = counts[id] > high ? counts[id] : high;
        }
        assert_in_range(high - low, 0, 1);
    }
    key_pool_destroy(&pool);
}

static void test_weights(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    pool_test_add(pool, 1, KEY_GEMINI, 1);
    pool_test_add(pool, 2, KEY_GEMINI, 2.5);
    pool_test_add(pool, 3, KEY_GEMINI, 0.5);
    int counts[4] = {0};
    for (int i = 0; i < 4000; i++)
        counts[pool_test_call(pool, NOON + i)]++;
    assert_in_range(counts[1], 995, 1005);
    assert_in_range(counts[2], 2495, 2505);
    assert_in_range(counts[3], 495, 505);
    key_pool_destroy(&pool);
}

/* A key that was away while the others did 300 calls gets its share again at once, no more. */
static void test_returning_key(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect rest =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + 10 * MINUTE_MS);
    pool_test_hit(pool, 2, &rest, NOON);
    for (int i = 0; i < 300; i++)
        assert_int_not_equal(pool_test_call(pool, NOON + i), 2);
    int counts[5] = {0};
    for (int i = 0; i < 40; i++)
        counts[pool_test_call(pool, NOON + 11 * MINUTE_MS + i)]++;
    for (int id = 1; id <= 4; id++)
        assert_in_range(counts[id], 9, 11);
    key_pool_destroy(&pool);
}

static void test_new_key(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    for (int i = 0; i < 300; i++)
        pool_test_call(pool, NOON + i);
    pool_test_add(pool, 4, KEY_GEMINI, 1);
    int counts[5] = {0};
    for (int i = 0; i < 40; i++)
        counts[pool_test_call(pool, NOON + 1000 + i)]++;
    for (int id = 1; id <= 4; id++)
        assert_in_range(counts[id], 9, 11);
    key_pool_destroy(&pool);
}

static void test_free_before_paid(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    pool_test_add(pool, 9, KEY_PAID, 1);
    for (int i = 0; i < 20; i++)
        assert_in_range(pool_test_call(pool, NOON + i), 1, 2);
    key_pool_set_state(pool, 1, KEY_PAUSED, "", NOON);
    key_pool_set_state(pool, 2, KEY_PAUSED, "", NOON);
    assert_int_equal(pool_test_call(pool, NOON + 30), 9);
    struct key_query query = pool_test_query();
    query.need_paid = true;
    key_pool_set_state(pool, 1, KEY_READY, "", NOON);
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON + 40);
    assert_int_equal(lease.key_id, 9);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 40);
    key_pool_destroy(&pool);
}

static void test_free_and_paid_alike(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    pool_test_add(pool, 9, KEY_PAID, 1);
    for (int i = 0; i < 100; i++) /* free first, for a while */
        pool_test_call(pool, NOON + i);
    struct key_pool_options options = pool_test_options();
    options.free_first = false;
    key_pool_configure(pool, &options);
    int paid = 0;
    for (int i = 0; i < 30; i++)
        paid += pool_test_call(pool, NOON + 200 + i) == 9;
    assert_in_range(paid, 9, 11); /* its share, and not what it missed */
    key_pool_destroy(&pool);
}

static void test_kinds_are_apart(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    pool_test_add(pool, 5, KEY_VERTEX, 1);
    struct key_query query = pool_test_query();
    query.kind = KEY_VERTEX;
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    assert_int_equal(lease.key_id, 5);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON);
    for (int i = 0; i < 10; i++)
        assert_in_range(pool_test_call(pool, NOON + i), 1, 2);
    key_pool_destroy(&pool);
}

static void test_tried_keys_are_spared(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    struct key_query query = pool_test_query();
    struct key_shortage shortage;
    struct key_lease lease;
    bool seen[4] = {false};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(key_pool_acquire(pool, &query, NOON, &lease, &shortage), ACQUIRE_OK);
        assert_false(seen[lease.key_id]);
        seen[lease.key_id] = true;
        query.tried[query.tried_count++] = lease.key_id;
        pool_test_settle(pool, &lease, EFFECT_NONE, NOON);
    }
    assert_int_equal(key_pool_acquire(pool, &query, NOON, &lease, &shortage), ACQUIRE_TRIED);
    assert_int_equal(lease.key_id, 0);
    /* the tried ones are back in their places for others */
    for (int i = 0; i < 6; i++)
        assert_int_not_equal(pool_test_call(pool, NOON + 1 + i), 0);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_keys),       cmocka_unit_test(test_weights),
        cmocka_unit_test(test_returning_key),    cmocka_unit_test(test_new_key),
        cmocka_unit_test(test_free_before_paid), cmocka_unit_test(test_free_and_paid_alike),
        cmocka_unit_test(test_kinds_are_apart),  cmocka_unit_test(test_tried_keys_are_spared),
    };
    return UNIT_RUN(tests);
}
