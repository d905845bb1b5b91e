/* Processes that serve one request each know the minute's use from what they tell one another. */
#include "pool_test.h"

#include "pool/lessons.h"

enum { RPM = 5, TPM = 1000 };

static struct key_pool *start(void *memory, uint64_t seed, int64_t now_ms)
{
    struct key_pool_options options = pool_test_options();
    options.seed = seed;
    struct key_pool *pool = key_pool_create(&options);
    pool_test_add(pool, 1, KEY_GEMINI, 1);
    key_pool_share_lessons(pool, memory);
    key_pool_follow_calls(pool, now_ms);
    return pool;
}

/* The use of each minute as the store's counters have it, which is not needed here: too much. */
static void tell_of_minutes(struct key_pool *pool, int64_t now_ms)
{
    const struct key_others_use use = {
        .last_minute = {RPM, TPM}, .clock_minute = {RPM, TPM}, .day = {RPM, TPM}};
    key_pool_set_others_use(pool, 1, MODEL, &use, now_ms);
}

static void *new_memory(void)
{
    return xcalloc(1, KEY_POOL_LESSONS_BYTES);
}

/* One process for each call, a second apart: the sixth must wait for the first one's return, and for no longer. */
static void test_each_call_has_its_process(void **state)
{
    (void)state;
    void *memory = new_memory();
    for (int i = 0; i < RPM; i++) {
        int64_t now = NOON + i * SECOND_MS;
        struct key_pool *pool = start(memory, (uint64_t)now, now);
        key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
        tell_of_minutes(pool, now);
        assert_int_equal(pool_test_call(pool, now), 1);
        key_pool_destroy(&pool);
    }
    int64_t later = NOON + 50 * SECOND_MS;
    struct key_pool *pool = start(memory, 7, later);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    tell_of_minutes(pool, later);
    struct key_query query = pool_test_query();
    struct key_lease lease;
    struct key_shortage shortage;
    assert_int_equal(key_pool_acquire(pool, &query, later, &lease, &shortage), ACQUIRE_WAIT);
    assert_in_range(shortage.earliest_ms, NOON + MINUTE_MS, NOON + MINUTE_MS + SECOND_MS / 2);
    assert_int_equal(pool_test_call(pool, shortage.earliest_ms), 1);
    assert_int_equal(pool_test_call(pool, shortage.earliest_ms + 1), 0);
    key_pool_destroy(&pool);
    free(memory);
}

/* Those that run at the same time see each other's calls at once, and none twice. */
static void test_side_by_side(void **state)
{
    (void)state;
    void *memory = new_memory();
    struct key_pool *pools[2];
    for (int i = 0; i < 2; i++) {
        pools[i] = start(memory, (uint64_t)i + 1, NOON);
        key_pool_set_limit(pools[i], KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    }
    for (int i = 0; i < RPM; i++)
        assert_int_equal(pool_test_call(pools[i % 2], NOON + i), 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pool_test_call(pools[i], NOON + 10), 0);
    for (int i = 0; i < 2; i++)
        key_pool_destroy(&pools[i]);
    free(memory);
}

static bool has_room_for(void *memory, int64_t tokens, int64_t now_ms)
{
    struct key_pool *pool = start(memory, (uint64_t)now_ms, now_ms);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_TOKENS_MINUTE, TPM);
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .tokens = tokens};
    struct key_lease lease = pool_test_lend_query(pool, &query, now_ms);
    static const struct key_effect not_sent = {.kind = EFFECT_NOT_SENT};
    bool has = lease.key_id != 0;
    if (has)
        key_pool_settle(pool, &lease, &not_sent, now_ms);
    key_pool_destroy(&pool);
    return has;
}

/* Tokens are those that the call turned out to have; what was not counted is not. */
static void test_tokens_turn_out(void **state)
{
    (void)state;
    void *memory = new_memory();
    struct key_pool *pool = start(memory, 1, NOON);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_TOKENS_MINUTE, TPM);
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .tokens = 900};
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    assert_int_equal(lease.key_id, 1);
    assert_false(has_room_for(memory, 500, NOON + 1));
    struct key_effect effect = pool_test_effect(EFFECT_SUCCESS);
    effect.prompt_tokens = 300;
    key_pool_settle(pool, &lease, &effect, NOON + 2);
    assert_true(has_room_for(memory, 500, NOON + 3));
    assert_true(has_room_for(memory, 500, NOON + 4)); /* that of before was not sent */
    assert_false(has_room_for(memory, 900, NOON + 5));
    key_pool_destroy(&pool);
    free(memory);
}

/* More calls in a minute than the memory holds: then the counters' word is taken. */
static void test_too_many(void **state)
{
    (void)state;
    struct lesson_book *book = new_memory();
    struct key_pool *pool = start(book, 1, NOON);
    for (int i = 0; i < RECENT_CALLS + 10; i++)
        assert_int_equal(pool_test_call(pool, NOON + i), 1);
    key_pool_destroy(&pool);
    assert_false(recent_is_complete(&book->calls, NOON + 5 * SECOND_MS));
    pool = start(book, 2, NOON + 5 * SECOND_MS);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    tell_of_minutes(pool, NOON + 5 * SECOND_MS);
    assert_int_equal(pool_test_call(pool, NOON + 5 * SECOND_MS), 0);
    key_pool_destroy(&pool);
    assert_true(recent_is_complete(&book->calls, NOON + 2 * MINUTE_MS));
    free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_has_its_process),
        cmocka_unit_test(test_side_by_side),
        cmocka_unit_test(test_tokens_turn_out),
        cmocka_unit_test(test_too_many),
    };
    return UNIT_RUN(tests);
}
