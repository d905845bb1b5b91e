/* Saved settings and their history. */
#include "store/store_settings.h"
#include "store_test.h"

static int join(void *ctx, const char *name, const char *value)
{
    strbuf_printf(ctx, "%s=%s;", name, value);
    return 0;
}

static void assert_settings(struct store *store, const char *expected)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(10000);
    assert_int_equal(store_settings_each(store, join, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), expected);
}

static int join_event(void *ctx, const struct store_setting_event *event)
{
    strbuf_printf(ctx, "%lld %s %s: %s -> %s%s\n", (long long)event->time_ms, event->who,
                  event->name, event->old_value ? event->old_value : "none",
                  event->new_value ? event->new_value : "none", event->secret ? " (secret)" : "");
    return 0;
}

static void test_saved_and_read(void **state)
{
    struct store *store = fixture_store(state);
    const struct store_setting_change first[] = {{"MAX_RETRIES", "3", false},
                                                 {"AUTH_TOKEN", "secret", true}};
    assert_int_equal(store_settings_save(store, first, 2, "admin", 10, NULL), 0);
    assert_settings(store, "AUTH_TOKEN=secret;MAX_RETRIES=3;");
    const struct store_setting_change second[] = {
        {"MAX_RETRIES", NULL, false}, {"AUTH_TOKEN", "other", true}, {"BASE_URL", "", false}};
    assert_int_equal(store_settings_save(store, second, 3, "gbctl", 20, NULL), 0);
    assert_settings(store, "AUTH_TOKEN=other;BASE_URL=;");

    STRBUF_AUTO struct strbuf text = STRBUF_INIT(10000);
    assert_int_equal(store_settings_history(store, 0, join_event, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), "20 gbctl BASE_URL: none -> \n"
                                           "20 gbctl AUTH_TOKEN: none -> none (secret)\n"
                                           "20 gbctl MAX_RETRIES: 3 -> none\n"
                                           "10 admin AUTH_TOKEN: none -> none (secret)\n"
                                           "10 admin MAX_RETRIES: none -> 3\n");
    strbuf_clear(&text);
    assert_int_equal(store_settings_history(store, 3, join_event, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), "10 admin AUTH_TOKEN: none -> none (secret)\n"
                                           "10 admin MAX_RETRIES: none -> 3\n");
}

static void test_what_is_saved_already_changes_nothing(void **state)
{
    struct store *store = fixture_store(state);
    const struct store_setting_change changes[] = {
        {"MAX_RETRIES", "3", false}, {"AUTH_TOKEN", "secret", true}, {"BASE_URL", NULL, false}};
    assert_int_equal(store_settings_save(store, changes, 3, "admin", 10, NULL), 0);
    int64_t generation = store_settings_generation(store);
    assert_int_equal(store_settings_save(store, changes, 3, "admin", 20, NULL), 0);
    assert_int_equal(store_settings_generation(store), generation);
    assert_int_equal(
        query_int(store_main(store), SQL("SELECT count(*) AS value FROM settings_history")), 2);
}

static void test_all_or_nothing(void **state)
{
    struct store *store = fixture_store(state);
    const size_t len = 3 * 1024 * 1024;
    FREE_AUTO char *huge = xcalloc(1, len + 1);
    memset(huge, 'x', len);
    const struct store_setting_change changes[] = {{"MAX_RETRIES", "3", false},
                                                   {"BASE_URL", huge, false}};
    int64_t generation = store_settings_generation(store);
    struct err err = ERR_INIT;
    assert_int_equal(store_settings_save(store, changes, 2, "admin", 10, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_string_equal(err.param, "BASE_URL");
    assert_settings(store, "");
    assert_int_equal(store_settings_generation(store), generation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_saved_and_read),
        STORE_TEST(test_what_is_saved_already_changes_nothing),
        STORE_TEST(test_all_or_nothing),
    };
    return UNIT_RUN(tests);
}
