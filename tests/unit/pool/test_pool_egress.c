/* The guard of the way out: Google limits an address, and no key is to suffer for it. */
#include "pool_test.h"

static void put(struct key_pool *pool, int64_t id, const char *proxy)
{
    struct key_identity identity = {.id = id, .kind = KEY_GEMINI, .weight = 1, .proxy = proxy};
    key_pool_put(pool, &identity, NOON);
}

static struct key_effect throttled(const char *egress)
{
    struct key_effect effect = pool_test_rest(REST_THROTTLED, SCOPE_KEY_MODEL, 0);
    effect.egress = egress;
    return effect;
}

static struct key_pool *throttle_three(const char *egress)
{
    struct key_pool *pool = pool_test_create(10);
    struct key_effect effect = throttled(egress);
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &effect, NOON + id * 100);
    return pool;
}

static void test_one_key_rests_shortly(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(10);
    struct key_effect effect = throttled("");
    pool_test_hit(pool, 1, &effect, NOON);
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON + 1);
    assert_int_equal(view.reason, REST_THROTTLED);
    assert_in_range(view.until_ms, NOON + 5000, NOON + 10000);
    assert_int_not_equal(pool_test_call(pool, NOON + 2), 0);
    key_pool_destroy(&pool);
}

static void test_three_keys_blame_the_way_out(void **state)
{
    (void)state;
    struct key_pool *pool = throttle_three("");
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 400, &lease, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.resting[REST_EGRESS], 10);
    assert_int_equal(shortage.resting[REST_THROTTLED], 0); /* taken back */
    assert_true(shortage.earliest_ms <= NOON + 16000);
    query.model = "another"; /* only this model rests */
    lease = pool_test_lend_query(pool, &query, NOON + 500);
    assert_int_not_equal(lease.key_id, 0);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 600);
    key_pool_destroy(&pool);
}

/* Where two keys are all that can serve, nobody else can bear witness. */
static void test_two_keys_are_enough_when_they_are_all(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect effect = throttled("");
    struct key_lease lease;
    struct key_shortage shortage;
    struct key_query query = pool_test_query();
    for (int64_t id = 3; id <= 4; id++)
        key_pool_restore_rest(pool, id, MODEL, REST_DAY_QUOTA, NOON + 5 * HOUR_MS, 1);
    for (int64_t id = 1; id <= 2; id++)
        pool_test_hit(pool, id, &effect, NOON + id * 100);
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 400, &lease, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.resting[REST_EGRESS], 2);
    assert_int_equal(shortage.resting[REST_THROTTLED], 0);
    key_pool_destroy(&pool);
}

static void test_rests_are_taken_back_in_the_store_too(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(10);
    struct key_effect effect = throttled("");
    int cleared = 0;
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &effect, NOON + id);
    struct key_event event;
    while (key_pool_drain_events(pool, &event, 1))
        cleared += event.kind == KEY_EVENT_REST_CLEARED;
    assert_int_equal(cleared, 2); /* the third never rested */
    key_pool_destroy(&pool);
}

static void test_success_is_a_veto(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(10);
    struct key_effect effect = throttled("");
    struct key_effect success = pool_test_effect(EFFECT_SUCCESS);
    pool_test_hit(pool, 1, &effect, NOON);
    pool_test_hit(pool, 2, &effect, NOON + 1);
    pool_test_hit(pool, 3, &success, NOON + 2);
    pool_test_hit(pool, 4, &effect, NOON + 3);
    assert_int_not_equal(pool_test_call(pool, NOON + 4), 0);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 5).reason, REST_THROTTLED);
    key_pool_destroy(&pool);
}

static void test_spread_out_is_no_sign(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(10);
    struct key_effect effect = throttled("");
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &effect, NOON + id * 11 * SECOND_MS);
    assert_int_not_equal(pool_test_call(pool, NOON + MINUTE_MS), 0);
    key_pool_destroy(&pool);
}

/* Asks as often as it is told to, until a call may go; when that is, is left in *now. */
static struct key_lease wait_for_probe(struct key_pool *pool, int64_t *now)
{
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    for (int i = 0; i < 1000; i++) {
        if (key_pool_acquire(pool, &query, *now, &lease, &shortage) == ACQUIRE_OK)
            return lease;
        assert_true(shortage.earliest_ms > *now);
        *now = shortage.earliest_ms;
    }
    fail_msg("no call may go");
    return lease;
}

static void test_single_probes_until_one_succeeds(void **state)
{
    (void)state;
    struct key_pool *pool = throttle_three("");
    int64_t now = NOON + 400;
    for (int round = 0; round < 6; round++) {
        int64_t before = now;
        struct key_lease probe = wait_for_probe(pool, &now);
        assert_in_range(now - before, 4 * SECOND_MS, MINUTE_MS);
        assert_int_equal(pool_test_lend(pool, now + 10).key_id, 0);
        struct key_effect again = throttled("");
        key_pool_settle(pool, &probe, &again, now + 200);
        now += 201;
    }
    struct key_lease probe = wait_for_probe(pool, &now);
    pool_test_settle(pool, &probe, EFFECT_SUCCESS, now + 1);
    now += 500;
    struct key_lease one = pool_test_lend(pool, now);
    struct key_lease other = pool_test_lend(pool, now);
    assert_int_not_equal(one.key_id, 0);
    assert_int_not_equal(other.key_id, 0);
    pool_test_settle(pool, &one, EFFECT_SUCCESS, now + 3);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, now + 3);
    key_pool_destroy(&pool);
}

/* Refusals come at once: a probe that is silent for a second is being answered. */
static void test_silent_probe_opens(void **state)
{
    (void)state;
    struct key_pool *pool = throttle_three("");
    struct key_lease probe = pool_test_lend(pool, NOON + 20 * SECOND_MS);
    assert_int_not_equal(probe.key_id, 0);
    assert_int_equal(pool_test_call(pool, NOON + 21 * SECOND_MS - 1), 0);
    assert_int_not_equal(pool_test_call(pool, NOON + 21 * SECOND_MS + 200), 0);
    pool_test_settle(pool, &probe, EFFECT_SUCCESS, NOON + 30 * SECOND_MS);
    key_pool_destroy(&pool);
}

static void test_other_ways_out_go_on(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    for (int64_t id = 1; id <= 8; id++)
        put(pool, id, id <= 4 ? "http://one" : "http://two");
    struct key_effect effect = throttled("http://one");
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &effect, NOON + id);
    for (int i = 0; i < 12; i++)
        assert_in_range(pool_test_call(pool, NOON + 10 + i), 5, 8);
    put(pool, 2, "http://two"); /* its proxy was changed: it may serve again */
    bool back = false;
    for (int i = 0; i < 6; i++)
        back |= pool_test_call(pool, NOON + 100 + i) == 2;
    assert_true(back);
    key_pool_destroy(&pool);
}

static void test_way_out_chosen_per_call(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    for (int64_t id = 1; id <= 6; id++)
        put(pool, id, NULL);
    struct key_effect effect = throttled("http://one");
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &effect, NOON + id);
    assert_int_not_equal(pool_test_call(pool, NOON + 10), 0);
    assert_int_not_equal(key_pool_egress_wait(pool, MODEL, "http://one", NOON + 10), 0);
    assert_int_equal(key_pool_egress_wait(pool, MODEL, "http://two", NOON + 10), 0);
    assert_int_equal(key_pool_egress_wait(pool, "another", "http://one", NOON + 10), 0);
    int64_t later = key_pool_egress_wait(pool, MODEL, "http://one", NOON + 10);
    assert_int_equal(key_pool_egress_wait(pool, MODEL, "http://one", later), 0); /* the probe */
    assert_int_not_equal(key_pool_egress_wait(pool, MODEL, "http://one", later + 1), 0);
    key_pool_destroy(&pool);
}

static void test_told_outright(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    struct key_effect effect =
        pool_test_rest(REST_EGRESS, SCOPE_EGRESS_MODEL, NOON + 20 * SECOND_MS);
    pool_test_hit(pool, 1, &effect, NOON);
    assert_int_equal(pool_test_call(pool, NOON + 1), 0);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_REST).key_id, 0);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key_rests_shortly),
        cmocka_unit_test(test_three_keys_blame_the_way_out),
        cmocka_unit_test(test_two_keys_are_enough_when_they_are_all),
        cmocka_unit_test(test_rests_are_taken_back_in_the_store_too),
        cmocka_unit_test(test_success_is_a_veto),
        cmocka_unit_test(test_spread_out_is_no_sign),
        cmocka_unit_test(test_single_probes_until_one_succeeds),
        cmocka_unit_test(test_silent_probe_opens),
        cmocka_unit_test(test_other_ways_out_go_on),
        cmocka_unit_test(test_way_out_chosen_per_call),
        cmocka_unit_test(test_told_outright),
    };
    return UNIT_RUN(tests);
}
