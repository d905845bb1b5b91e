/* "The model is overloaded": the model rests, no key does. */
#include "pool_test.h"

static void overload(struct key_pool *pool, int64_t now_ms)
{
    struct key_effect effect = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    struct key_lease lease = pool_test_lend(pool, now_ms);
    assert_int_not_equal(lease.key_id, 0);
    key_pool_settle(pool, &lease, &effect, now_ms);
}

/* Nothing but overload since long ago; the model rests from `now_ms` on. */
static void overload_all(struct key_pool *pool, int64_t now_ms)
{
    for (int i = 2; i >= 0; i--)
        overload(pool, now_ms - i);
}

static void test_once_is_nothing(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    overload(pool, NOON);
    assert_int_not_equal(pool_test_call(pool, NOON + 1), 0);
    assert_int_equal(key_pool_count(pool, NOON + 2).ready, 5);
    key_pool_destroy(&pool);
}

static void test_model_rests_when_nothing_else_comes(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    overload_all(pool, NOON + 1);
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 2, &lease, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.resting[REST_OVERLOAD], 5);
    assert_int_equal(shortage.earliest_ms, NOON + 1 + SECOND_MS / 2);
    struct key_view view = pool_test_view(pool, 3, MODEL, NOON + 3);
    assert_int_equal(view.reason, REST_OVERLOAD);
    assert_int_equal(view.failures, 0);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_REST).key_id, 0); /* nothing to persist */
    query.model = "another";
    lease = pool_test_lend_query(pool, &query, NOON + 4);
    assert_int_not_equal(lease.key_id, 0);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 5);
    key_pool_destroy(&pool);
}

static void test_single_probes_longer_rests(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    overload_all(pool, NOON + 1);
    int64_t now = NOON + 2, span = 0;
    for (int i = 0; i < 6; i++) {
        key_pool_acquire(pool, &query, now, &lease, &shortage);
        assert_true(shortage.earliest_ms - now >= span - 1);
        span = shortage.earliest_ms - now;
        now = shortage.earliest_ms;
        lease = pool_test_lend(pool, now);
        assert_int_not_equal(lease.key_id, 0);
        assert_int_equal(pool_test_lend(pool, now).key_id, 0);
        struct key_effect effect = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
        key_pool_settle(pool, &lease, &effect, now);
    }
    assert_int_equal(span, 4 * SECOND_MS);
    now += span;
    assert_int_not_equal(pool_test_call(pool, now), 0); /* it works again: open for all */
    lease = pool_test_lend(pool, now + 1);
    struct key_lease other = pool_test_lend(pool, now + 1);
    assert_int_not_equal(other.key_id, 0);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, now + 2);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, now + 2);
    key_pool_destroy(&pool);
}

/* One call in three overloaded: retries find their way, nobody has to wait. */
static void test_some_overloaded_calls(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    for (int i = 0; i < 300; i++)
        if (i % 3 == 0)
            overload(pool, NOON + i * 100);
        else
            assert_int_not_equal(pool_test_call(pool, NOON + i * 100), 0);
    key_pool_destroy(&pool);
}

/* Twenty calls lent together, six of them refused at once: the others are silent because they are being
 * answered. When the refused are more than those still silent, nothing speaks for the model. */
static void test_silence_of_many_speaks_for_it(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_effect effect = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    struct key_lease leases[20], more;
    for (int i = 0; i < 20; i++)
        leases[i] = pool_test_lend(pool, NOON);
    for (int i = 0; i < 6; i++)
        key_pool_settle(pool, &leases[i], &effect, NOON + 100);
    more = pool_test_lend(pool, NOON + 110);
    assert_int_not_equal(more.key_id, 0);
    for (int i = 6; i < 14; i++)
        key_pool_settle(pool, &leases[i], &effect, NOON + 120);
    assert_int_equal(pool_test_lend(pool, NOON + 130).key_id, 0);
    for (int i = 14; i < 20; i++)
        pool_test_settle(pool, &leases[i], EFFECT_SUCCESS, NOON + 140);
    pool_test_settle(pool, &more, EFFECT_SUCCESS, NOON + 140);
    key_pool_destroy(&pool);
}

/* What is under way for long says nothing about now. */
static void test_old_silence_is_no_sign(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_lease old[10];
    for (int i = 0; i < 10; i++)
        old[i] = pool_test_lend(pool, NOON);
    overload_all(pool, NOON + 6001);
    assert_int_equal(pool_test_lend(pool, NOON + 6002).key_id, 0);
    for (int i = 0; i < 10; i++)
        pool_test_settle(pool, &old[i], EFFECT_SUCCESS, NOON + 7000);
    key_pool_destroy(&pool);
}

static void test_late_success_does_not_open(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_lease old = pool_test_lend(pool, NOON);
    overload_all(pool, NOON + 6001);
    pool_test_settle(pool, &old, EFFECT_SUCCESS, NOON + 6002); /* was lent before */
    assert_int_equal(pool_test_lend(pool, NOON + 6003).key_id, 0);
    key_pool_destroy(&pool);
}

/* One lent together with those that were refused speaks for the model. */
static void test_an_answer_meanwhile_opens(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_lease other = pool_test_lend(pool, NOON + 5000);
    overload_all(pool, NOON + 6001);
    assert_int_equal(pool_test_lend(pool, NOON + 6002).key_id, 0);
    key_pool_accepted(pool, &other, 10, "", NOON + 6100);
    assert_int_not_equal(pool_test_call(pool, NOON + 6101), 0);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, NOON + 7000);
    key_pool_destroy(&pool);
}

/* Where refusals come at once, a probe that is silent for a second is being answered. */
static void test_silent_probe_opens(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    overload_all(pool, NOON + 1);
    struct key_lease probe = pool_test_lend(pool, NOON + 1001);
    assert_int_not_equal(probe.key_id, 0);
    assert_int_equal(pool_test_lend(pool, NOON + 1990).key_id, 0);
    struct key_lease other = pool_test_lend(pool, NOON + 2001);
    assert_int_not_equal(other.key_id, 0);
    overload(pool, NOON + 2002); /* one of several does not close it again */
    assert_int_not_equal(pool_test_call(pool, NOON + 2003), 0);
    pool_test_settle(pool, &probe, EFFECT_SUCCESS, NOON + 9000);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, NOON + 9000);
    key_pool_destroy(&pool);
}

/* Where refusals take seconds, silence tells nothing for longer; only single calls go through. */
static void test_slow_refusals(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    struct key_effect effect = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    struct key_lease leases[6];
    for (int i = 0; i < 3; i++)
        leases[i] = pool_test_lend(pool, NOON);
    for (int i = 0; i < 3; i++)
        key_pool_settle(pool, &leases[i], &effect, NOON + 4000);
    leases[0] = pool_test_lend(pool, NOON + 5000);
    assert_int_not_equal(leases[0].key_id, 0);
    assert_int_equal(pool_test_lend(pool, NOON + 7499).key_id, 0);
    leases[1] = pool_test_lend(pool, NOON + 7500);
    assert_int_not_equal(leases[1].key_id, 0);
    assert_int_equal(pool_test_lend(pool, NOON + 7501).key_id, 0);
    for (int i = 2; i < 6; i++) { /* more than twice as long as refusals took */
        leases[i] = pool_test_lend(pool, NOON + 16001);
        assert_int_not_equal(leases[i].key_id, 0);
    }
    for (int i = 0; i < 6; i++)
        pool_test_settle(pool, &leases[i], EFFECT_SUCCESS, NOON + 20000);
    key_pool_destroy(&pool);
}

static void test_pinned_calls_wait_too(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(5);
    overload_all(pool, NOON + 1);
    struct key_query query = pool_test_query();
    query.pinned_key = 3;
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 2, &lease, &shortage), ACQUIRE_PINNED);
    assert_int_equal(shortage.earliest_ms, NOON + 1 + SECOND_MS / 2);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_is_nothing),
        cmocka_unit_test(test_model_rests_when_nothing_else_comes),
        cmocka_unit_test(test_single_probes_longer_rests),
        cmocka_unit_test(test_some_overloaded_calls),
        cmocka_unit_test(test_silence_of_many_speaks_for_it),
        cmocka_unit_test(test_old_silence_is_no_sign),
        cmocka_unit_test(test_late_success_does_not_open),
        cmocka_unit_test(test_an_answer_meanwhile_opens),
        cmocka_unit_test(test_silent_probe_opens),
        cmocka_unit_test(test_slow_refusals),
        cmocka_unit_test(test_pinned_calls_wait_too),
    };
    return UNIT_RUN(tests);
}
