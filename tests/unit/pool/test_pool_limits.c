/* Limits: given by the settings, learned from refusals, assumed for other keys. */
#include "pool_test.h"

static void set(struct key_pool *pool, const char *pattern, enum limit_kind which, int64_t value)
{
    key_pool_set_limit(pool, KEY_GEMINI, pattern, which, value);
}

static int64_t limit_of(struct key_pool *pool, int64_t id, const char *model, enum limit_kind which)
{
    return pool_test_view(pool, id, model, NOON).limits[which];
}

static void refuse_minute(struct key_pool *pool, int64_t id, int64_t limit, int64_t now_ms)
{
    struct key_effect effect =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, now_ms + MINUTE_MS);
    effect.limit = LIMIT_REQUESTS_MINUTE;
    effect.learned_value = limit;
    pool_test_hit(pool, id, &effect, now_ms);
}

static void test_no_room_no_call(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    set(pool, "*", LIMIT_REQUESTS_MINUTE, 5);
    int counts[4] = {0};
    for (int i = 0; i < 15; i++)
        counts[pool_test_call(pool, NOON + i)]++;
    for (int id = 1; id <= 3; id++)
        assert_int_equal(counts[id], 5);
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, NOON + 20, &lease, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.busy, 3);
    assert_in_range(shortage.earliest_ms, NOON + MINUTE_MS, NOON + MINUTE_MS + 1000);
    assert_int_equal(pool_test_call(pool, shortage.earliest_ms), 1);
    key_pool_destroy(&pool);
}

static void test_longest_pattern_counts(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    set(pool, "*", LIMIT_REQUESTS_DAY, 1);
    set(pool, "gemini-3.8-*", LIMIT_REQUESTS_DAY, 20);
    set(pool, "gemini-*", LIMIT_REQUESTS_DAY, 7);
    pool_test_call(pool, NOON);
    assert_int_equal(limit_of(pool, 1, MODEL, LIMIT_REQUESTS_DAY), 20);
    key_pool_clear_limits(pool);
    assert_int_equal(limit_of(pool, 1, MODEL, LIMIT_REQUESTS_DAY), 0);
    key_pool_destroy(&pool);
}

static void test_share_of_a_limit(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    struct key_identity capped = {.id = 1, .kind = KEY_GEMINI, .weight = 1, .cap_share = 40};
    struct key_identity plain = {.id = 2, .kind = KEY_GEMINI, .weight = 1};
    key_pool_put(pool, &capped, NOON);
    key_pool_put(pool, &plain, NOON);
    struct key_pool_options options = pool_test_options();
    options.limit_share = 80;
    key_pool_configure(pool, &options);
    set(pool, "*", LIMIT_REQUESTS_MINUTE, 5);
    int counts[3] = {0};
    for (int i = 0; i < 20; i++)
        counts[pool_test_call(pool, NOON + i)]++;
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 4);
    key_pool_destroy(&pool);
}

/* A person's cap holds without any known limit, below a known one, beside keys without, and is not
 * stretched; a raised one counts at once. */
static void test_a_persons_caps(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    struct key_identity capped = {.id = 1, .kind = KEY_GEMINI, .weight = 1};
    capped.caps[LIMIT_REQUESTS_DAY] = 2;
    struct key_identity plain = {.id = 2, .kind = KEY_GEMINI, .weight = 1};
    key_pool_put(pool, &capped, NOON);
    key_pool_put(pool, &plain, NOON);
    int counts[3] = {0};
    for (int i = 0; i < 20; i++)
        counts[pool_test_call(pool, NOON + i * HOUR_MS / 10)]++;
    assert_int_equal(counts[1], 2);
    assert_int_equal(counts[2], 18);
    set(pool, "*", LIMIT_REQUESTS_DAY, 1000);
    assert_int_equal(limit_of(pool, 1, MODEL, LIMIT_REQUESTS_DAY), 2);
    capped.caps[LIMIT_REQUESTS_DAY] = 5000; /* Google's number stays the smaller one */
    key_pool_put(pool, &capped, NOON + 2 * HOUR_MS);
    assert_int_equal(limit_of(pool, 1, MODEL, LIMIT_REQUESTS_DAY), 1000);
    key_pool_remove(pool, 2);
    assert_int_equal(pool_test_call(pool, NOON + 2 * HOUR_MS), 1);
    key_pool_destroy(&pool);
}

static void test_a_cap_of_tokens_a_minute(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(0);
    struct key_identity capped = {.id = 1, .kind = KEY_GEMINI, .weight = 1};
    capped.caps[LIMIT_TOKENS_MINUTE] = 10000;
    key_pool_put(pool, &capped, NOON);
    struct key_query query = pool_test_query();
    query.tokens = 6000;
    assert_int_equal(pool_test_lend_query(pool, &query, NOON).key_id, 1);
    for (int i = 1; i < 50; i++)
        assert_int_equal(pool_test_lend_query(pool, &query, NOON + i * SECOND_MS).key_id, 0);
    assert_int_equal(pool_test_lend_query(pool, &query, NOON + MINUTE_MS + SECOND_MS).key_id, 1);
    key_pool_destroy(&pool);
}

static void test_not_sent_is_given_back(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    set(pool, "*", LIMIT_REQUESTS_DAY, 1);
    for (int i = 0; i < 10; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i);
        assert_int_equal(lease.key_id, 1);
        pool_test_settle(pool, &lease, EFFECT_NOT_SENT, NOON + i);
    }
    assert_int_equal(pool_test_call(pool, NOON + 20), 1);
    assert_int_equal(pool_test_call(pool, NOON + 21), 0);
    key_pool_destroy(&pool);
}

static void test_tokens_true_up(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    set(pool, "*", LIMIT_TOKENS_MINUTE, 10000);
    struct key_query query = pool_test_query();
    query.tokens = 6000;
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    assert_int_equal(pool_test_lend_query(pool, &query, NOON + 1).key_id, 0);
    struct key_effect effect = pool_test_effect(EFFECT_SUCCESS);
    effect.prompt_tokens = 1000;
    key_pool_settle(pool, &lease, &effect, NOON + 2);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 3).minute_tokens, 1000);
    lease = pool_test_lend_query(pool, &query, NOON + 4);
    assert_int_equal(lease.key_id, 1);
    key_pool_settle(pool, &lease, &effect, NOON + 5);
    key_pool_destroy(&pool);
}

/* A call that needs more than one key has left goes to another, and smaller calls are not held up. */
static void test_large_call_looks_further(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    set(pool, "*", LIMIT_TOKENS_MINUTE, 10000);
    struct key_query large = pool_test_query(), small = pool_test_query();
    large.tokens = 8000;
    small.tokens = 10;
    struct key_lease first = pool_test_lend_query(pool, &large, NOON);
    struct key_lease second = pool_test_lend_query(pool, &large, NOON + 1);
    assert_int_equal(first.key_id + second.key_id, 3);
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &large, NOON + 2, &lease, &shortage), ACQUIRE_WAIT);
    assert_int_equal(shortage.busy, 2);
    assert_true(shortage.earliest_ms > NOON + 2);
    struct key_lease third = pool_test_lend_query(pool, &small, NOON + 3);
    assert_int_not_equal(third.key_id, 0);
    pool_test_settle(pool, &first, EFFECT_NOT_SENT, NOON + 4); /* its room comes back at once */
    struct key_lease fourth = pool_test_lend_query(pool, &large, NOON + 5);
    assert_int_not_equal(fourth.key_id, 0);
    pool_test_settle(pool, &second, EFFECT_SUCCESS, NOON + 6);
    pool_test_settle(pool, &third, EFFECT_SUCCESS, NOON + 6);
    pool_test_settle(pool, &fourth, EFFECT_SUCCESS, NOON + 6);
    key_pool_destroy(&pool);
}

static void test_learned_from_a_refusal(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    refuse_minute(pool, 1, 5, NOON);
    struct key_event event = pool_test_event(pool, KEY_EVENT_LIMIT);
    assert_int_equal(event.key_id, 1);
    assert_int_equal(event.limit, LIMIT_REQUESTS_MINUTE);
    assert_int_equal(event.value, 5);
    assert_string_equal(event.model, MODEL);
    int64_t now = NOON + 5 * MINUTE_MS;
    int served = 0;
    for (int i = 0; i < 20; i++)
        served += pool_test_call(pool, now + i) != 0;
    assert_int_equal(served, 5);
    key_pool_destroy(&pool);
}

/* One key's lesson is assumed for its kind; a key that goes beyond it is believed. */
static void test_assumed_for_the_others(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    pool_test_add(pool, 7, KEY_PAID, 1);
    refuse_minute(pool, 1, 5, NOON);
    assert_int_equal(limit_of(pool, 2, MODEL, LIMIT_REQUESTS_MINUTE), 5);
    assert_int_equal(limit_of(pool, 7, MODEL, LIMIT_REQUESTS_MINUTE), 0);
    key_pool_remove(pool, 7);
    int served = 0;
    for (int i = 0; i < 40;
         i++) /* key 1 rests; key 2 is put to the test when nobody else is left */
        served += pool_test_call(pool, NOON + 1000 + i) == 2;
    assert_int_equal(served, 40);
    assert_int_equal(limit_of(pool, 2, MODEL, LIMIT_REQUESTS_MINUTE), 0);
    key_pool_destroy(&pool);
}

/* Tests that are lost are few: the assumption holds, and clients are turned away honestly. */
static void test_few_tests_are_lost(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(30);
    int refused = 0;
    int counts[31] = {0};
    for (int i = 0; i < 2000; i++) {
        int64_t now = NOON + i * 10;
        struct key_lease lease = pool_test_lend(pool, now);
        if (lease.key_id == 0)
            continue;
        int64_t id = lease.key_id;
        struct key_effect effect = pool_test_effect(EFFECT_SUCCESS);
        if (counts[id] >= 5) {
            effect = pool_test_rest(REST_DAY_QUOTA, SCOPE_KEY_MODEL, 0);
            effect.limit = LIMIT_REQUESTS_DAY;
            effect.learned_value = 5;
            refused++;
        }
        counts[id] += effect.kind == EFFECT_SUCCESS;
        key_pool_settle(pool, &lease, &effect, now);
    }
    for (int id = 1; id <= 30; id++)
        assert_int_equal(counts[id], 5);
    assert_in_range(refused, 1, 10);
    key_pool_destroy(&pool);
}

static void test_restored(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(2);
    key_pool_restore_limit(pool, 1, MODEL, LIMIT_REQUESTS_DAY, 3);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_LIMIT).key_id, 0); /* not told back */
    key_pool_set_foreign_use(pool, 1, MODEL, 0, 0, 2, 0, NOON);
    key_pool_set_state(pool, 2, KEY_PAUSED, "", NOON);
    assert_int_equal(pool_test_call(pool, NOON + 1), 1);
    assert_int_equal(pool_test_call(pool, NOON + 2), 0);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 3).day_requests, 3);
    key_pool_destroy(&pool);
}

/* A person's reset forgets what was learned: the tier may have changed. */
static void test_forgotten_by_a_reset(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    key_pool_restore_limit(pool, 1, MODEL, LIMIT_REQUESTS_DAY, 3);
    key_pool_reset_rest(pool, 1, NULL, NOON);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pool_test_call(pool, NOON + i), 1);
    key_pool_destroy(&pool);
}

/* Whether calls that fail count is found out when nobody else is left, and then believed of all keys. */
static void test_failed_calls_turn_out_free(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    set(pool, "*", LIMIT_REQUESTS_DAY, 5);
    int served = 0, failed = 0;
    for (int i = 0; i < 60; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i * SECOND_MS);
        if (lease.key_id == 0)
            continue;
        bool fails = i < 8;
        failed += fails;
        served += !fails;
        pool_test_settle(pool, &lease, fails ? EFFECT_NONE : EFFECT_SUCCESS, NOON + i * SECOND_MS);
    }
    assert_int_equal(failed, 8);
    assert_int_equal(served, 20);
    key_pool_destroy(&pool);
}

/* A search through all who are busy is not repeated for a moment, but a call that fails meanwhile, and which
 * Google has perhaps not counted, gives its key something to try. */
static void test_a_failed_call_is_thought_of_at_once(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(3);
    struct key_effect overloaded = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    set(pool, "*", LIMIT_REQUESTS_MINUTE, 1);
    struct key_lease lease = pool_test_lend(pool, NOON + 2000);
    assert_int_not_equal(pool_test_call(pool, NOON + 3000), 0);
    assert_int_not_equal(pool_test_call(pool, NOON + 4000), 0);
    assert_int_equal(pool_test_call(pool, NOON + 10000), 0); /* all busy, nothing in doubt */
    int64_t failed = lease.key_id;
    key_pool_settle(pool, &lease, &overloaded, NOON + 10100);
    lease = pool_test_lend(pool, NOON + 10101);
    assert_int_equal(lease.key_id, failed);
    assert_int_equal(pool_test_lend(pool, NOON + 10102).key_id, 0);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 10200);
    key_pool_destroy(&pool);
}

/* That failed calls count is no belief for ever: what spoke for it may have had another cause. */
static void test_failed_calls_are_asked_about_again(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    set(pool, "*", LIMIT_REQUESTS_MINUTE, 2);
    for (int i = 0; i < 2; i++) {
        int64_t minute = NOON + i * 5 * MINUTE_MS + 10000;
        struct key_lease lease = pool_test_lend(pool, minute);
        pool_test_settle(pool, &lease, EFFECT_NONE, minute);
        pool_test_call(pool, minute + 1000);
        lease = pool_test_lend(pool, minute + 20000); /* beyond what would fit if both counted */
        assert_int_not_equal(lease.key_id, 0);
        struct key_effect refused =
            pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, minute + 61000);
        key_pool_settle(pool, &lease, &refused, minute + 20001);
    }
    for (int hours = 0; hours < 2; hours++) {
        int64_t minute = NOON + 30 * MINUTE_MS + hours * HOUR_MS + 10000;
        struct key_lease lease = pool_test_lend(pool, minute);
        pool_test_settle(pool, &lease, EFFECT_NONE, minute);
        pool_test_call(pool, minute + 1000);
        lease = pool_test_lend(pool, minute + 20000);
        assert_int_equal(lease.key_id != 0, hours > 0);
        if (lease.key_id)
            pool_test_settle(pool, &lease, EFFECT_SUCCESS, minute + 20001);
    }
    key_pool_destroy(&pool);
}

/* Another program on the same key: refused below the limit, the pool takes less for a while. */
static void test_stranger_on_the_key(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    set(pool, "*", LIMIT_REQUESTS_MINUTE, 10);
    pool_test_call(pool, NOON - 2 * MINUTE_MS);
    pool_test_call(pool, NOON);
    refuse_minute(pool, 1, 10, NOON + 1);
    assert_in_range(pool_test_view(pool, 1, MODEL, NOON + 2).limits[LIMIT_REQUESTS_MINUTE], 1, 3);
    int64_t later = NOON + 2 * HOUR_MS;
    assert_int_equal(pool_test_view(pool, 1, MODEL, later).limits[LIMIT_REQUESTS_MINUTE], 10);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_room_no_call),
        cmocka_unit_test(test_longest_pattern_counts),
        cmocka_unit_test(test_share_of_a_limit),
        cmocka_unit_test(test_a_persons_caps),
        cmocka_unit_test(test_a_cap_of_tokens_a_minute),
        cmocka_unit_test(test_not_sent_is_given_back),
        cmocka_unit_test(test_tokens_true_up),
        cmocka_unit_test(test_large_call_looks_further),
        cmocka_unit_test(test_learned_from_a_refusal),
        cmocka_unit_test(test_assumed_for_the_others),
        cmocka_unit_test(test_few_tests_are_lost),
        cmocka_unit_test(test_restored),
        cmocka_unit_test(test_forgotten_by_a_reset),
        cmocka_unit_test(test_failed_calls_turn_out_free),
        cmocka_unit_test(test_a_failed_call_is_thought_of_at_once),
        cmocka_unit_test(test_failed_calls_are_asked_about_again),
        cmocka_unit_test(test_stranger_on_the_key),
    };
    return UNIT_RUN(tests);
}
