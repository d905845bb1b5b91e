/* Conversations and the keys they are bound to. */
#include "pool_test.h"

#include "pool/affinity.h"

static void test_binds_and_expires(void **state)
{
    (void)state;
    struct affinity affinity;
    affinity_init(&affinity);
    affinity_bind(&affinity, 11, 5, 1000);
    assert_int_equal(affinity_get(&affinity, 11, 100, 1099), 5);
    assert_int_equal(affinity_get(&affinity, 11, 100, 1100), 0);
    affinity_bind(&affinity, 11, 6, 1100);
    assert_int_equal(affinity_get(&affinity, 11, 100, 1150), 6);
    affinity_free(&affinity);
}

static void test_oldest_makes_room(void **state)
{
    (void)state;
    struct affinity affinity;
    affinity_init(&affinity);
    for (uint64_t i = 1; i <= AFFINITY_MAX; i++)
        affinity_bind(&affinity, i, (int64_t)i, 1);
    affinity_bind(&affinity, 1, 1, 2); /* used again: no longer the oldest */
    affinity_bind(&affinity, AFFINITY_MAX + 1, 9, 3);
    assert_int_equal(affinity_get(&affinity, 1, 1000, 3), 1);
    assert_int_equal(affinity_get(&affinity, 2, 1000, 3), 0);
    assert_int_equal(affinity_get(&affinity, AFFINITY_MAX + 1, 1000, 3), 9);
    assert_int_equal(affinity.index.len, AFFINITY_MAX);
    affinity_free(&affinity);
}

static int64_t turn(struct key_pool *pool, uint64_t conversation, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    query.affinity = conversation;
    struct key_lease lease = pool_test_lend_query(pool, &query, now_ms);
    int64_t id = lease.key_id;
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, now_ms);
    return id;
}

static void test_conversation_stays(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(10);
    enum { CONVERSATIONS = 30, TURNS = 20 };
    int64_t last[CONVERSATIONS] = {0};
    int stayed = 0;
    for (int i = 0; i < TURNS; i++)
        for (int c = 0; c < CONVERSATIONS; c++) {
            int64_t id = turn(pool, (uint64_t)c + 1, NOON + i * MINUTE_MS + c);
            stayed += id == last[c];
            last[c] = id;
        }
    assert_int_equal(stayed, CONVERSATIONS * (TURNS - 1));
    key_pool_destroy(&pool);
}

static void test_moves_when_the_key_rests(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    int64_t first = turn(pool, 1, NOON);
    key_pool_restore_rest(pool, first, MODEL, REST_MINUTE_QUOTA, NOON + MINUTE_MS, 1);
    int64_t second = turn(pool, 1, NOON + 1);
    assert_int_not_equal(second, first);
    assert_int_equal(turn(pool, 1, NOON + 2 * MINUTE_MS), second); /* bound anew */
    key_pool_destroy(&pool);
}

/* One conversation that never ends does not use up one key for ever. */
static void test_lead_is_bounded(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    int counts[5] = {0};
    int moves = 0;
    int64_t last = 0;
    for (int i = 0; i < 400; i++) {
        int64_t id = turn(pool, 1, NOON + i * 1000);
        counts[id]++;
        moves += last != 0 && id != last;
        last = id;
    }
    for (int id = 1; id <= 4; id++)
        assert_in_range(counts[id], 60, 140);
    assert_in_range(moves, 1, 20);
    key_pool_destroy(&pool);
}

static void test_switched_off(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    struct key_pool_options options = pool_test_options();
    options.affinity = false;
    key_pool_configure(pool, &options);
    assert_int_not_equal(turn(pool, 1, NOON), turn(pool, 1, NOON + 1));
    struct key_query query = pool_test_query();
    query.affinity = 1;
    assert_false(key_pool_has_affinity(pool, &query, NOON + 2));
    key_pool_destroy(&pool);
}

/* Rather this key, as long as it can serve; no lead is too long, and no affinity is needed. */
static void test_preferred(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_pool_options options = pool_test_options();
    options.affinity = false;
    key_pool_configure(pool, &options);
    struct key_query query = pool_test_query();
    query.preferred_key = 3;
    for (int i = 0; i < 100; i++) {
        struct key_lease lease = pool_test_lend_query(pool, &query, NOON + i);
        assert_int_equal(lease.key_id, 3);
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + i);
    }
    assert_true(key_pool_has_affinity(pool, &query, NOON + 100));
    query.tried[query.tried_count++] = 3;
    assert_int_not_equal(pool_test_lend_query(pool, &query, NOON + 100).key_id, 3);
    query.tried_count = 0;
    key_pool_restore_rest(pool, 3, MODEL, REST_MINUTE_QUOTA, NOON + MINUTE_MS, 1);
    int64_t other = pool_test_lend_query(pool, &query, NOON + 101).key_id;
    assert_true(other > 0 && other != 3);
    query.preferred_key = 99; /* gone */
    assert_true(pool_test_lend_query(pool, &query, NOON + 102).key_id > 0);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_binds_and_expires),  cmocka_unit_test(test_oldest_makes_room),
        cmocka_unit_test(test_conversation_stays), cmocka_unit_test(test_moves_when_the_key_rests),
        cmocka_unit_test(test_lead_is_bounded),    cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_preferred)};
    return UNIT_RUN(tests);
}
