/* Keys of one project share its quotas, whether a person or Google said so. */
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

/* What one used counts for one that was never used. */
static void test_use_counts_for_the_unused(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    put(pool, 1, "alpha");
    put(pool, 2, "alpha");
    put(pool, 3, "alpha");
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 2);
    for (int i = 0; i < 2; i++) {
        struct key_lease lease = pool_test_lend_key(pool, 1, NOON + 2000 + i);
        assert_int_equal(lease.key_id, 1);
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 2001 + i);
    }
    assert_int_equal(pool_test_call(pool, NOON + 3000), 0);
    assert_int_equal(pool_test_view(pool, 3, MODEL, NOON + 3000).minute_requests, 2);
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

static struct key_effect told(const char *project)
{
    struct key_effect effect =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, NOON + MINUTE_MS);
    effect.limit = LIMIT_REQUESTS_MINUTE;
    effect.learned_value = 5;
    effect.project = project;
    return effect;
}

/* Google names the project in a refusal: the key is of it at once, and of no other. */
static void test_told(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect effect = told("projects/12345");
    pool_test_hit(pool, 1, &effect, NOON);
    struct key_event event = pool_test_event(pool, KEY_EVENT_PROJECT);
    assert_int_equal(event.key_id, 1);
    assert_string_equal(event.project, "projects/12345");
    pool_test_hit(pool, 3, &effect, NOON + 1);
    int64_t ids[4];
    assert_int_equal(key_pool_siblings(pool, 1, ids, 4), 1);
    assert_int_equal(ids[0], 3);
    pool_test_hit(pool, 2, &effect, NOON + 2);
    assert_int_equal(key_pool_siblings(pool, 1, ids, 4), 2);
    assert_int_equal(key_pool_siblings(pool, 4, ids, 4), 0);
    while (pool_test_event(pool, KEY_EVENT_PROJECT).key_id)
        continue;
    effect = told("projects/99999"); /* the first word counts: keys do not change their project */
    pool_test_hit(pool, 3, &effect, NOON + 2 * MINUTE_MS);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_PROJECT).key_id, 0);
    assert_int_equal(key_pool_siblings(pool, 1, ids, 4), 2);
    key_pool_destroy(&pool);
}

static void test_told_against_other_words(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    put(pool, 1, "alpha");
    put(pool, 2, "with key 2"); /* noticed */
    put(pool, 3, "with key 2");
    struct key_effect effect = told("projects/12345");
    pool_test_hit(pool, 1, &effect, NOON); /* a person knows better */
    assert_int_equal(pool_test_event(pool, KEY_EVENT_PROJECT).key_id, 0);
    pool_test_hit(pool, 2, &effect, NOON);
    int64_t ids[4];
    assert_int_equal(key_pool_siblings(pool, 2, ids, 4), 0);
    struct key_event event = pool_test_event(pool, KEY_EVENT_PROJECT);
    assert_int_equal(event.key_id, 3); /* alone, so of none */
    assert_string_equal(event.project, "");
    key_pool_destroy(&pool);
}

static void test_names_that_the_pool_gives(void **state)
{
    (void)state;
    assert_true(key_project_is_noticed("with key 7"));
    assert_true(key_project_is_noticed("with key 123456789"));
    assert_false(key_project_is_noticed("with key"));
    assert_false(key_project_is_noticed("with key "));
    assert_false(key_project_is_noticed("with key 7 and 8"));
    assert_false(key_project_is_noticed("With key 7"));
    assert_false(key_project_is_noticed("projects/7"));
    assert_false(key_project_is_noticed(""));
    assert_false(key_project_is_noticed(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use_is_shared),
        cmocka_unit_test(test_use_counts_for_the_unused),
        cmocka_unit_test(test_rests_are_shared),
        cmocka_unit_test(test_relabelled),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_told_against_other_words),
        cmocka_unit_test(test_names_that_the_pool_gives),
    };
    return UNIT_RUN(tests);
}
