/* Conversations and the keys they are bound to. */
#include "pool_test.h"

#include <math.h>
#include <stdlib.h>

#include "pool/affinity.h"

/* Times are kept to some four seconds. */
static void test_binds_and_expires(void **state)
{
    (void)state;
    struct affinity affinity;
    affinity_init(&affinity, NULL);
    assert_int_equal(affinity_get(&affinity, 11, HOUR_MS, NOON), 0);
    affinity_bind(&affinity, 11, 5, NOON);
    assert_int_equal(affinity_get(&affinity, 11, HOUR_MS, NOON + HOUR_MS - 5000), 5);
    assert_int_equal(affinity_get(&affinity, 11, HOUR_MS, NOON + HOUR_MS + 5000), 0);
    affinity_bind(&affinity, 11, 6, NOON + HOUR_MS);
    assert_int_equal(affinity_get(&affinity, 11, HOUR_MS, NOON + HOUR_MS + 5000), 6);
    affinity_bind(&affinity, 0, 7, NOON); /* no conversation */
    assert_int_equal(affinity_get(&affinity, 0, HOUR_MS, NOON), 0);
    affinity_bind(&affinity, 12, INT64_MAX, NOON); /* an id without room is not kept at all */
    assert_int_equal(affinity_get(&affinity, 12, HOUR_MS, NOON), 0);
    affinity_free(&affinity);
}

/* All that a set of eight holds is found; the ninth takes the place of the one that was quiet longest. */
static void test_the_quiet_make_room(void **state)
{
    (void)state;
    struct affinity affinity;
    enum { MANY = 4 * AFFINITY_SLOTS, EARLY = 1000 };
    affinity_init(&affinity, NULL);
    for (uint64_t i = 1; i <= EARLY; i++)
        affinity_bind(&affinity, i, 1, NOON);
    for (uint64_t i = 1; i <= EARLY; i++)
        assert_int_equal(affinity_get(&affinity, i, HOUR_MS, NOON), 1);
    for (uint64_t i = EARLY + 1; i <= MANY; i++) {
        affinity_bind(&affinity, i, 2, NOON + 60000);
        if (i % 1000 == 0) /* in use all the time */
            affinity_bind(&affinity, 1, 1, NOON + 120000);
    }
    int left = 0;
    for (uint64_t i = 1; i <= EARLY; i++)
        left += affinity_get(&affinity, i, HOUR_MS, NOON + 120000) == 1;
    assert_int_equal(affinity_get(&affinity, 1, HOUR_MS, NOON + 120000), 1);
    assert_in_range(left, 1, 10);
    affinity_free(&affinity);
}

static void test_ratio_of_a_conversation(void **state)
{
    (void)state;
    struct affinity affinity;
    affinity_init(&affinity, NULL);
    affinity_learn(&affinity, 11, 0.5); /* unknown: nothing happens */
    assert_true(affinity_ratio(&affinity, 11) <= 0);
    affinity_bind(&affinity, 11, 5, NOON);
    affinity_learn(&affinity, 11, 0.5);
    assert_true(fabs(affinity_ratio(&affinity, 11) - 0.5) < 0.001);
    affinity_bind(&affinity, 11, 6, NOON + 1); /* another key, the same text */
    affinity_learn(&affinity, 11, 1.5);
    assert_true(affinity_ratio(&affinity, 11) > 0.6 && affinity_ratio(&affinity, 11) < 1.2);
    assert_int_equal(affinity_get(&affinity, 11, HOUR_MS, NOON + 1), 6);
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

/* As two processes do that map the same file. */
static void test_two_pools_share(void **state)
{
    (void)state;
    void *memory = xcalloc(1, KEY_POOL_AFFINITY_BYTES);
    struct key_pool *pools[2] = {pool_test_create(10), pool_test_create(10)};
    for (int i = 0; i < 2; i++)
        key_pool_share_affinity(pools[i], memory);
    pool_test_call(pools[1], NOON); /* so that they do not merely choose alike */
    for (uint64_t conversation = 1; conversation <= 10; conversation++) {
        int64_t id = turn(pools[0], conversation, NOON + 1);
        assert_int_equal(turn(pools[1], conversation, NOON + 2), id);
        assert_int_equal(turn(pools[0], conversation, NOON + 3), id);
    }
    key_pool_destroy(&pools[0]);
    key_pool_destroy(&pools[1]);
    free(memory);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_binds_and_expires),
                                       cmocka_unit_test(test_the_quiet_make_room),
                                       cmocka_unit_test(test_ratio_of_a_conversation),
                                       cmocka_unit_test(test_two_pools_share),
                                       cmocka_unit_test(test_conversation_stays),
                                       cmocka_unit_test(test_moves_when_the_key_rests),
                                       cmocka_unit_test(test_lead_is_bounded),
                                       cmocka_unit_test(test_switched_off),
                                       cmocka_unit_test(test_preferred)};
    return UNIT_RUN(tests);
}
