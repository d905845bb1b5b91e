/* Generations: what there is to read anew, and what does not disturb. */
#include "log_rows_test.h"
#include "store/store_keys.h"
#include "store/store_rotation.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"

static struct store_generations now(struct store *store)
{
    struct store_generations generations;
    struct err err = ERR_INIT;
    assert_ok(store_generations(store, &generations, &err), &err);
    return generations;
}

static void test_each_kind_moves_its_own(void **state)
{
    struct store *store = fixture_store(state);
    struct store_generations before = now(store);
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "key", "", false, &id, NULL), 1);
    struct store_generations after = now(store);
    assert_true(after.keys > before.keys);
    after.keys = before.keys;
    assert_memory_equal(&after, &before, sizeof(after));

    before = now(store);
    struct store_rest rest = {.key_id = id, .model = "m", .until_ms = 100, .reason = "r"};
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
    after = now(store);
    assert_true(after.rests > before.rests);
    assert_int_equal(after.keys, before.keys);
    rest.until_ms = 50; /* changes nothing */
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
    assert_int_equal(now(store).rests, after.rests);

    before = now(store);
    struct store_setting_change change = {.name = "MAX_RETRIES", .value = "1"};
    assert_int_equal(store_settings_save(store, &change, 1, "admin", 1, NULL), 0);
    assert_true(now(store).settings > before.settings);
    assert_int_equal(now(store).settings, store_settings_generation(store));
    assert_int_equal(now(store).tokens, store_tokens_generation(store));
}

static int plan(void *ctx, const struct store_progress *stored, size_t count,
                struct store_progress **changed_r, size_t *changed_count_r)
{
    (void)ctx;
    (void)stored;
    (void)count;
    *changed_r = xcalloc(1, sizeof(**changed_r));
    (*changed_r)[0] = (struct store_progress){.key_id = 1, .progress = 1};
    *changed_count_r = 1;
    return 0;
}

static void test_traffic_moves_none(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "key", "", false, &id, NULL), 1);
    struct store_generations before = now(store);
    int64_t version = store_version(store);
    struct log_request request = request_row(1, 1000, "m", 200);
    struct log_attempt attempt = attempt_row(1, 1000, id, "m", 200);
    struct log_batch batch = {
        .requests = &request, .request_count = 1, .attempts = &attempt, .attempt_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    assert_int_equal(store_rotation_lease(store, "m", plan, NULL, NULL), 0);
    struct store_generations after = now(store);
    assert_memory_equal(&after, &before, sizeof(after));
    assert_int_not_equal(store_version(store), version);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_each_kind_moves_its_own),
        STORE_TEST(test_traffic_moves_none),
    };
    return UNIT_RUN(tests);
}
