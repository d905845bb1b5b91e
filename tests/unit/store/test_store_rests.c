/* Rests: only ever longer, and the streak with them. */
#include "store/store_keys.h"
#include "store_test.h"

static int64_t add(struct store *store, const char *secret)
{
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
    return id;
}

static void put(struct store *store, int64_t key_id, const char *model, int64_t since_ms,
                int64_t until_ms)
{
    struct store_rest rest = {.key_id = key_id,
                              .model = model,
                              .since_ms = since_ms,
                              .until_ms = until_ms,
                              .reason = until_ms > 1000 ? "day" : "minute",
                              .streak = 1};
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
}

struct seen {
    struct store_rest last;
    char reason[32];
    int count;
};

static int see(void *ctx, const struct store_rest *rest)
{
    struct seen *seen = ctx;
    seen->last = *rest;
    snprintf(seen->reason, sizeof(seen->reason), "%s", rest->reason);
    seen->count++;
    return 0;
}

static struct seen walk(struct store *store, int64_t now_ms)
{
    struct seen seen = {0};
    assert_int_equal(store_rests_each(store, now_ms, see, &seen, NULL), 0);
    return seen;
}

static void test_a_rest_is_never_made_shorter(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, "key-one");
    put(store, id, "m", 100, 5000);
    put(store, id, "m", 200, 900);
    struct seen seen = walk(store, 300);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.until_ms, 5000);
    assert_int_equal(seen.last.since_ms, 100);
    assert_string_equal(seen.reason, "day");
    put(store, id, "m", 300, 7000);
    assert_int_equal(walk(store, 300).last.until_ms, 7000);
    /* A later rest, after the first is over, begins anew. */
    put(store, id, "m", 8000, 9000);
    seen = walk(store, 8500);
    assert_int_equal(seen.last.since_ms, 8000);
    assert_int_equal(walk(store, 9000).count, 0);
}

static void test_the_streak_grows_without_the_end_moving(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, "key-one");
    put(store, id, "m", 100, 5000);
    struct store_rest rest = {
        .key_id = id, .model = "m", .since_ms = 200, .until_ms = 400, .reason = "r", .streak = 3};
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
    struct seen seen = walk(store, 300);
    assert_int_equal(seen.last.streak, 3);
    assert_int_equal(seen.last.until_ms, 5000);
}

static void test_clearing(void **state)
{
    struct store *store = fixture_store(state);
    int64_t one = add(store, "key-one"), two = add(store, "key-two");
    put(store, one, "m", 1, 100);
    put(store, one, "n", 1, 100);
    put(store, one, "", 1, 100);
    put(store, two, "m", 1, 100);
    assert_int_equal(walk(store, 5).count, 4);
    assert_int_equal(store_rest_clear(store, one, "m", NULL), 0);
    assert_int_equal(walk(store, 5).count, 3);
    assert_int_equal(store_rest_clear(store, one, NULL, NULL), 0);
    struct seen seen = walk(store, 5);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.last.key_id, two);
}

static void test_old_rests_are_forgotten(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, "key-one");
    put(store, id, "m", 1, 100);
    put(store, id, "n", 1, 200);
    assert_int_equal(store_rests_expire(store, 150, NULL), 0);
    assert_int_equal(query_int(store_main(store), SQL("SELECT count(*) AS value FROM rests")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_rest_is_never_made_shorter),
        STORE_TEST(test_the_streak_grows_without_the_end_moving),
        STORE_TEST(test_clearing),
        STORE_TEST(test_old_rests_are_forgotten),
    };
    return UNIT_RUN(tests);
}
