/* Names of models come from clients: they must not grow the pool, nor push out what is in use. */
#include <stdio.h>

#include "pool_test.h"

#include "pool/key_pool_priv.h"

static int64_t call_model(struct key_pool *pool, const char *model, enum key_effect_kind kind,
                          int64_t now_ms)
{
    struct key_query query = pool_test_query();
    query.model = model;
    struct key_lease lease = pool_test_lend_query(pool, &query, now_ms);
    int64_t id = lease.key_id;
    if (id)
        pool_test_settle(pool, &lease, kind, now_ms);
    return id;
}

static void test_made_up_names(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    struct key_effect gone = pool_test_rest(REST_MODEL_GONE, SCOPE_KEY_MODEL, 0);
    pool_test_hit(pool, 2, &gone, NOON);
    pool_test_call(pool, NOON);
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "made-up-%d", i);
        assert_int_not_equal(call_model(pool, name, EFFECT_NONE, NOON + i), 0);
    }
    assert_in_range(pool->model_count, 2, 20);
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 5001).reason, REST_MODEL_GONE);
    key_pool_destroy(&pool);
}

static void test_many_real_models(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    char name[32];
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "model-%d", i);
        assert_int_not_equal(call_model(pool, name, EFFECT_SUCCESS, NOON + i), 0);
    }
    assert_true(pool->model_count <= MODELS_MAX + 1);
    assert_null(pool_model_find(pool, "model-0"));
    assert_non_null(pool_model_find(pool, "model-599"));
    key_pool_destroy(&pool);
}

/* More models under way at once than there are places: they share one. */
static void test_all_under_way(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    enum { CALLS = 400 };
    static struct key_lease leases[CALLS];
    char name[32];
    for (int i = 0; i < CALLS; i++) {
        snprintf(name, sizeof(name), "model-%d", i);
        struct key_query query = pool_test_query();
        query.model = name;
        leases[i] = pool_test_lend_query(pool, &query, NOON + i);
        assert_int_not_equal(leases[i].key_id, 0);
    }
    assert_true(pool->model_count <= MODELS_MAX + 1);
    for (int i = 0; i < CALLS; i++)
        pool_test_settle(pool, &leases[i], EFFECT_SUCCESS, NOON + 1000);
    for (uint32_t i = 0; i < pool->model_count; i++)
        assert_int_equal(pool->models[i]->in_flight, 0);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 1001).in_flight, 0);
    key_pool_destroy(&pool);
}

static void test_calls_without_a_model(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_query query = {.kind = KEY_GEMINI, .model = ""};
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    struct key_effect rest = pool_test_rest(REST_THROTTLED, SCOPE_KEY_MODEL, NOON + MINUTE_MS);
    rest.egress = NULL;
    key_pool_settle(pool, &lease, &rest, NOON + 1);
    assert_string_equal(pool_test_event(pool, KEY_EVENT_REST).model, "-");
    assert_int_equal(pool_test_call(pool, NOON + 2), 1); /* models are not concerned */
    assert_int_equal(call_model(pool, NULL, EFFECT_SUCCESS, NOON + 3), 0);
    key_pool_destroy(&pool);
}

static void test_long_names(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    char name[2000];
    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    for (int i = 0; i < 5; i++)
        assert_int_equal(call_model(pool, name, EFFECT_SUCCESS, NOON + i), 1);
    assert_int_equal(pool->model_count, 1);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_up_names), cmocka_unit_test(test_many_real_models),
        cmocka_unit_test(test_all_under_way), cmocka_unit_test(test_calls_without_a_model),
        cmocka_unit_test(test_long_names),
    };
    return UNIT_RUN(tests);
}
