/* Rotation that several processes share: each plans its picks from where the others are. */
#include "pool_test.h"

enum { KEYS = 20, BLOCK = 16, PROCESSES = 3 };

/* What the store keeps between them. */
struct shared {
    struct key_progress rows[64];
    size_t count;
};

struct process {
    struct key_pool *pool;
    int64_t picks[64];
    size_t len, next;
};

static void store_rows(struct shared *shared, const struct key_progress *changed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < shared->count && shared->rows[at].key_id != changed[i].key_id)
            at++;
        shared->rows[at] = changed[i];
        shared->count += at == shared->count;
    }
}

static void plan(struct process *process, struct shared *shared, size_t block, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    struct key_progress changed[64];
    size_t changed_count = 0;
    process->len = key_pool_plan(process->pool, &query, block, shared->rows, shared->count, now_ms,
                                 process->picks, changed, 64, &changed_count);
    process->next = 0;
    store_rows(shared, changed, changed_count);
}

/* One call by the plan; the key that served. */
static int64_t call(struct process *process, struct shared *shared, size_t block, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    for (int tries = 0; tries < 200; tries++) {
        if (process->next == process->len)
            plan(process, shared, block, now_ms);
        if (process->len == 0)
            return 0;
        struct key_lease lease;
        int64_t pick = process->picks[process->next++];
        if (key_pool_acquire_planned(process->pool, &query, pick, now_ms, &lease) != ACQUIRE_OK)
            continue;
        assert_int_equal(lease.key_id, pick);
        pool_test_settle(process->pool, &lease, EFFECT_SUCCESS, now_ms);
        return pick;
    }
    return 0;
}

static void rotate(size_t block, int calls)
{
    struct shared shared = {.count = 0};
    struct process processes[PROCESSES] = {0};
    int counts[KEYS + 1] = {0};
    for (int p = 0; p < PROCESSES; p++)
        processes[p].pool = pool_test_create(KEYS);
    uint64_t random = 3;
    for (int i = 0; i < calls; i++) {
        random = random * 6364136223846793005u + 1;
        counts[call(&processes[(random >> 40) % PROCESSES], &shared, block, NOON + i)]++;
    }
    int low = calls, high = 0;
    for (int id = 1; id <= KEYS; id++) {
        low = counts[id] < low ? counts[id] : low;
        high = counts[id] > high ? counts[id] : high;
    }
    assert_in_range(high - low, 0, PROCESSES + 1);
    for (int p = 0; p < PROCESSES; p++)
        key_pool_destroy(&processes[p].pool);
}

static void test_blocks(void **state)
{
    (void)state;
    rotate(BLOCK, 2000);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    rotate(1, 2000);
}

/* A process that starts later does not begin again with the first key, and owes nobody anything. */
static void test_late_process(void **state)
{
    (void)state;
    struct shared shared = {.count = 0};
    struct process old = {.pool = pool_test_create(KEYS)};
    for (int i = 0; i < 500; i++)
        call(&old, &shared, BLOCK, NOON + i);
    struct process young = {.pool = pool_test_create(KEYS + 1)}; /* and one key is new */
    int counts[KEYS + 2] = {0};
    for (int i = 0; i < 420; i++)
        counts[call(&young, &shared, BLOCK, NOON + 1000 + i)]++;
    for (int id = 1; id <= KEYS + 1; id++)
        assert_in_range(counts[id], 18, 22);
    key_pool_destroy(&old.pool);
    key_pool_destroy(&young.pool);
}

static void test_returning_key_after_a_restart(void **state)
{
    (void)state;
    struct shared shared = {.count = 0};
    struct process old = {.pool = pool_test_create(4)};
    for (int i = 0; i < 40; i++)
        call(&old, &shared, 4, NOON + i);
    key_pool_restore_rest(old.pool, 2, MODEL, REST_MINUTE_QUOTA, NOON + HOUR_MS, 1);
    for (int i = 0; i < 300; i++)
        assert_int_not_equal(call(&old, &shared, 4, NOON + 100 + i), 2);
    struct process young = {.pool = pool_test_create(4)};
    int second = 0;
    for (int i = 0; i < 40; i++)
        second += call(&young, &shared, 4, NOON + 2 * HOUR_MS + i) == 2;
    assert_in_range(second, 9, 11);
    key_pool_destroy(&old.pool);
    key_pool_destroy(&young.pool);
}

static void test_resting_pick_is_passed_over(void **state)
{
    (void)state;
    struct shared shared = {.count = 0};
    struct process process = {.pool = pool_test_create(4)};
    plan(&process, &shared, 8, NOON);
    assert_int_equal(process.len, 8); /* two rounds */
    key_pool_restore_rest(process.pool, 3, MODEL, REST_DAY_QUOTA, NOON + HOUR_MS, 1);
    for (int i = 0; i < 6; i++)
        assert_int_not_equal(call(&process, &shared, 8, NOON + i), 3);
    key_pool_destroy(&process.pool);
}

static void test_free_keys_are_back(void **state)
{
    (void)state;
    struct shared shared = {.count = 0};
    struct process process = {.pool = pool_test_create(2)};
    pool_test_add(process.pool, 9, KEY_PAID, 1);
    for (int64_t id = 1; id <= 2; id++)
        key_pool_restore_rest(process.pool, id, MODEL, REST_MINUTE_QUOTA, NOON + 1000, 1);
    assert_int_equal(call(&process, &shared, 8, NOON), 9);
    assert_in_range(call(&process, &shared, 8, NOON + 2000), 1, 2); /* not the next paid pick */
    key_pool_destroy(&process.pool);
}

static void test_plan_is_kept_while_the_model_rests(void **state)
{
    (void)state;
    struct shared shared = {.count = 0};
    struct process process = {.pool = pool_test_create(4)};
    struct key_effect overloaded = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    pool_test_hit(process.pool, 1, &overloaded, NOON);
    pool_test_hit(process.pool, 2, &overloaded, NOON);
    pool_test_hit(process.pool, 3, &overloaded, NOON + 1);
    plan(&process, &shared, 4, NOON + 2);
    struct key_query query = pool_test_query();
    struct key_lease lease;
    assert_int_equal(
        key_pool_acquire_planned(process.pool, &query, process.picks[0], NOON + 3, &lease),
        ACQUIRE_WAIT);
    key_pool_destroy(&process.pool);
}

static void test_tried_and_unknown_picks(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    struct key_query query = pool_test_query();
    query.tried[query.tried_count++] = 1;
    struct key_lease lease;
    assert_int_equal(key_pool_acquire_planned(pool, &query, 1, NOON, &lease), ACQUIRE_TRIED);
    assert_int_equal(key_pool_acquire_planned(pool, &query, 77, NOON, &lease), ACQUIRE_TRIED);
    assert_int_equal(key_pool_acquire_planned(pool, &query, 2, NOON, &lease), ACQUIRE_OK);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_late_process),
        cmocka_unit_test(test_returning_key_after_a_restart),
        cmocka_unit_test(test_resting_pick_is_passed_over),
        cmocka_unit_test(test_free_keys_are_back),
        cmocka_unit_test(test_plan_is_kept_while_the_model_rests),
        cmocka_unit_test(test_tried_and_unknown_picks),
    };
    return UNIT_RUN(tests);
}
