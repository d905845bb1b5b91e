/* What the pool tells its owner is enough to go on after a restart: no rest, death or lesson is lost. */
#include "pool_test.h"

static void replay(struct key_pool *from, struct key_pool *into)
{
    struct key_event event;
    while (key_pool_drain_events(from, &event, 1)) {
        switch (event.kind) {
        case KEY_EVENT_REST:
            key_pool_restore_rest(into, event.key_id, event.model, event.reason, event.until_ms,
                                  event.streak);
            break;
        case KEY_EVENT_REST_CLEARED:
            key_pool_reset_rest(into, event.key_id, event.model, NOON);
            break;
        case KEY_EVENT_STATE:
            key_pool_set_state(into, event.key_id, event.state, event.rule, NOON);
            break;
        case KEY_EVENT_FAILURES:
            key_pool_restore_failures(into, event.key_id, event.failures);
            break;
        case KEY_EVENT_LIMIT:
            key_pool_restore_limit(into, event.key_id, event.model, event.limit, event.value);
            break;
        case KEY_EVENT_PROJECT:
            break;
        }
    }
}

static void test_nothing_is_forgotten(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(8);
    struct key_effect effects[] = {
        pool_test_rest(REST_DAY_QUOTA, SCOPE_KEY_MODEL, 0),
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, NOON + MINUTE_MS),
        pool_test_rest(REST_NOT_ENTITLED, SCOPE_KEY_MODEL, 0),
        pool_test_rest(REST_SPENT, SCOPE_KEY, 0),
        pool_test_effect(EFFECT_DEAD),
        pool_test_effect(EFFECT_FAULT),
    };
    effects[0].limit = LIMIT_REQUESTS_DAY;
    effects[0].learned_value = 20;
    effects[4].rule = "key.leaked";
    for (size_t i = 0; i < ARRAY_LEN(effects); i++)
        pool_test_hit(pool, (int64_t)i + 1, &effects[i], NOON + (int64_t)i);
    struct key_pool *next = pool_test_create(8);
    replay(pool, next);
    for (int64_t id = 1; id <= 8; id++) {
        struct key_view before = pool_test_view(pool, id, MODEL, NOON + 100);
        struct key_view after = pool_test_view(next, id, MODEL, NOON + 100);
        assert_int_equal(after.state, before.state);
        assert_int_equal(after.eligible, before.eligible);
        assert_int_equal(after.reason, before.reason);
        assert_int_equal(after.until_ms, before.until_ms);
        assert_int_equal(after.failures, before.failures);
        assert_memory_equal(after.limits, before.limits, sizeof(after.limits));
    }
    key_pool_destroy(&pool);
    key_pool_destroy(&next);
}

static void test_owner_that_never_asks(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_pool_options options = pool_test_options();
    options.max_failures = 0;
    key_pool_configure(pool, &options);
    struct key_effect fault = pool_test_effect(EFFECT_FAULT);
    for (int i = 0; i < 70000; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i * HOUR_MS);
        if (lease.key_id)
            key_pool_settle(pool, &lease, &fault, NOON + i * HOUR_MS);
    }
    size_t count = 0;
    struct key_event event;
    while (key_pool_drain_events(pool, &event, 1))
        count++;
    assert_true(count <= 70000);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nothing_is_forgotten),
                                       cmocka_unit_test(test_owner_that_never_asks)};
    return UNIT_RUN(tests);
}
