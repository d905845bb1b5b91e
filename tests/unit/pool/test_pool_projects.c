/* Keys of one project share its quotas, whether a person said so or they showed it. */
#include "pool_test.h"

static void put(struct key_pool *pool, int64_t id, const char *project)
{
    struct key_identity identity = {
        .id = id, .kind = KEY_GEMINI, .weight = 1, .project = project, .proxy = ""};
    key_pool_put(pool, &identity, NOON);
}

static void test_use_is_shared(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    put(pool, 1, "alpha");
    put(pool, 2, "alpha");
    put(pool, 3, "");
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 6);
    int counts[4] = {0};
    for (int i = 0; i < 40; i++)
        counts[pool_test_call(pool, NOON + i)]++;
    assert_int_equal(counts[1] + counts[2], 6);
    assert_int_equal(counts[3], 6);
    key_pool_destroy(&pool);
}

static void test_rests_are_shared(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    put(pool, 1, "alpha");
    put(pool, 2, "alpha");
    put(pool, 3, "beta");
    struct key_effect day = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
    pool_test_hit(pool, 1, &day, NOON);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pool_test_call(pool, NOON + 1 + i), 3);
    struct key_effect spent = pool_test_rest(REST_SPENT, SCOPE_PROJECT, 0);
    pool_test_hit(pool, 3, &spent, NOON + 10);
    assert_int_equal(pool_test_call(pool, NOON + 11), 0);
    key_pool_destroy(&pool);
}

static void test_relabelled(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_DAY, 10);
    put(pool, 1, "");
    put(pool, 2, "");
    for (int i = 0; i < 8; i++)
        pool_test_call(pool, NOON + i);
    put(pool, 2, "alpha");
    put(pool, 1, "alpha"); /* their use comes together: 8 of 10 */
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 10).day_requests, 8);
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 10).day_requests, 8);
    put(pool, 2, "beta");
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 10).day_requests, 8);
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 10).day_requests, 0);
    key_pool_remove(pool, 1);
    put(pool, 3, "alpha");
    assert_int_not_equal(pool_test_call(pool, NOON + 11), 0);
    key_pool_destroy(&pool);
}

/* Calls on keys 1 to n, of which 1 and 2 share one day's limit without our knowing. */
static int64_t play_day(struct key_pool *pool, int keys, int limit, int64_t start_ms)
{
    int used[10] = {0};
    int64_t guess = 0;
    for (int i = 0; i < 20 * keys * limit; i++) {
        int64_t now = start_ms + i * 100;
        struct key_lease lease = pool_test_lend(pool, now);
        if (lease.key_id == 0)
            continue;
        int project = lease.key_id <= 2 ? 1 : (int)lease.key_id;
        struct key_effect effect = pool_test_effect(EFFECT_SUCCESS);
        if (used[project] >= limit) {
            effect = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
            effect.limit = LIMIT_REQUESTS_DAY;
            effect.learned_value = limit;
        }
        used[project] += effect.kind == EFFECT_SUCCESS;
        key_pool_settle(pool, &lease, &effect, now);
        struct key_event event = pool_test_event(pool, KEY_EVENT_PROJECT_GUESS);
        if (event.key_id)
            guess = event.key_id * 100 + event.value;
    }
    return guess;
}

static void test_noticed_on_the_second_day(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(6);
    assert_int_equal(play_day(pool, 6, 20, NOON), 0); /* one coincidence proves nothing */
    int64_t guess = play_day(pool, 6, 20, NOON + DAY_MS);
    assert_true(guess == 102 || guess == 201);
    struct key_lease lease = pool_test_lend_key(pool, 1, NOON + 2 * DAY_MS);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 2 * DAY_MS);
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 2 * DAY_MS).day_requests, 1);
    put(pool, 2, ""); /* another proxy, say: what was noticed stays */
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 2 * DAY_MS).day_requests, 1);
    put(pool, 2, "own"); /* until a person knows better */
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 2 * DAY_MS).day_requests, 0);
    key_pool_destroy(&pool);
}

static void test_ordinary_keys_are_not_taken_for_kin(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    for (int64_t id = 3; id <= 8; id++)
        put(pool, id, "");
    for (int day = 0; day < 5; day++)
        assert_int_equal(play_day(pool, 6, 20, NOON + day * DAY_MS), 0);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use_is_shared),
        cmocka_unit_test(test_rests_are_shared),
        cmocka_unit_test(test_relabelled),
        cmocka_unit_test(test_noticed_on_the_second_day),
        cmocka_unit_test(test_ordinary_keys_are_not_taken_for_kin),
    };
    return UNIT_RUN(tests);
}
