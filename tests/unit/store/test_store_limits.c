/* Learned limits: the newest lesson counts. */
#include "store/store_limits.h"
#include "store_test.h"

struct seen {
    int64_t value, learned_ms;
    enum store_metric metric;
    int count;
};

static int see(void *ctx, const struct store_limit *limit)
{
    struct seen *seen = ctx;
    seen->value = limit->value;
    seen->learned_ms = limit->learned_ms;
    seen->metric = limit->metric;
    seen->count++;
    return 0;
}

static struct seen walk(struct store *store)
{
    struct seen seen = {0};
    assert_int_equal(store_limits_each(store, see, &seen, NULL), 0);
    return seen;
}

static int64_t generation(struct store *store)
{
    struct store_generations generations;
    assert_int_equal(store_generations(store, &generations, NULL), 0);
    return generations.limits;
}

static void put(struct store *store, struct store_limit limit, int64_t value, int64_t learned_ms)
{
    limit.value = value;
    limit.learned_ms = learned_ms;
    assert_int_equal(store_limit_put(store, &limit, NULL), 0);
}

static void test_newer_lessons_replace_older_ones(void **state)
{
    struct store *store = fixture_store(state);
    const struct store_limit key = {.key_id = 3,
                                    .model = "m",
                                    .metric = STORE_REQUESTS_DAY,
                                    .quota_id =
                                        "GenerateRequestsPerDayPerProjectPerModel-FreeTier"};
    put(store, key, 20, 100);
    put(store, key, 50, 90); /* older */
    assert_int_equal(walk(store).value, 20);
    put(store, key, 25, 200);
    struct seen seen = walk(store);
    assert_int_equal(seen.value, 25);
    assert_int_equal(seen.metric, STORE_REQUESTS_DAY);
    assert_int_equal(seen.count, 1);
    /* The same again: the time moves, and nobody has to read anew. */
    int64_t before = generation(store);
    put(store, key, 25, 300);
    assert_int_equal(generation(store), before);
    assert_int_equal(walk(store).learned_ms, 300);
    put(store, key, 26, 400);
    assert_true(generation(store) > before);
}

static void test_keys_projects_models_and_metrics_are_apart(void **state)
{
    struct store *store = fixture_store(state);
    put(store, (struct store_limit){.key_id = 1, .model = "m", .metric = STORE_REQUESTS_DAY}, 1, 1);
    put(store, (struct store_limit){.key_id = 1, .model = "m", .metric = STORE_TOKENS_DAY}, 1, 1);
    put(store, (struct store_limit){.key_id = 1, .model = "n", .metric = STORE_TOKENS_DAY}, 1, 1);
    put(store, (struct store_limit){.project = "p", .model = "m", .metric = STORE_TOKENS_DAY}, 1,
        2);
    assert_int_equal(walk(store).count, 4);
    assert_int_equal(store_limits_expire(store, 2, NULL), 0);
    assert_int_equal(walk(store).count, 1);
}

static void test_a_persons_reset_forgets_one_key(void **state)
{
    struct store *store = fixture_store(state);
    put(store, (struct store_limit){.key_id = 1, .model = "m", .metric = STORE_REQUESTS_DAY}, 1, 1);
    put(store, (struct store_limit){.key_id = 1, .model = "n", .metric = STORE_TOKENS_DAY}, 1, 1);
    put(store, (struct store_limit){.key_id = 2, .model = "m", .metric = STORE_TOKENS_DAY}, 7, 1);
    int64_t before = generation(store);
    assert_int_equal(store_limits_forget(store, 1, NULL), 0);
    assert_true(generation(store) > before); /* others have to know */
    struct seen seen = walk(store);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.value, 7);
    before = generation(store);
    assert_int_equal(store_limits_forget(store, 1, NULL), 0); /* nothing left: nobody has to look */
    assert_int_equal(generation(store), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_newer_lessons_replace_older_ones),
        STORE_TEST(test_keys_projects_models_and_metrics_are_apart),
        STORE_TEST(test_a_persons_reset_forgets_one_key),
    };
    return UNIT_RUN(tests);
}
