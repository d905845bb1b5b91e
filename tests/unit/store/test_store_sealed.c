/* Sealed values: bound to their row, and not opened when they were changed. */
#include "store/store_keys.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"
#include "store_test.h"

#define SECRET_A "AIzaSyA-test-key-aaaaaaaaaaaaaaaaaaaaaa"
#define SECRET_B "AIzaSyA-test-key-bbbbbbbbbbbbbbbbbbbbbb"

struct seen {
    int keys, opened, settings;
};

static int see_key(void *ctx, const struct store_key *key)
{
    struct seen *seen = ctx;
    seen->keys++;
    seen->opened += key->secret != NULL;
    return 0;
}

static int see_token(void *ctx, const struct store_token *token)
{
    struct seen *seen = ctx;
    seen->keys++;
    seen->opened += token->secret != NULL;
    return 0;
}

static int see_setting(void *ctx, const char *name, const char *value)
{
    (void)name;
    (void)value;
    ((struct seen *)ctx)->settings++;
    return 0;
}

static struct seen walk(struct store *store)
{
    struct seen seen = {0};
    assert_int_equal(store_keys_each(store, true, see_key, &seen, NULL), 0);
    assert_int_equal(store_tokens_each(store, true, see_token, &seen, NULL), 0);
    assert_int_equal(store_settings_each(store, see_setting, &seen, NULL), 0);
    return seen;
}

static void fill(struct store *store)
{
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET_A, "", false, &id, NULL), 1);
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET_B, "", false, &id, NULL), 1);
    assert_int_equal(store_token_add(store, "sk-one-token-of-the-tests", "", false, &id, NULL), 1);
    struct store_setting_change change = {
        .name = "SMMS_SECRET_TOKEN", .value = "hidden", .secret = true};
    assert_int_equal(store_settings_save(store, &change, 1, "admin", 1, NULL), 0);
}

static void test_rows_that_were_exchanged(void **state)
{
    struct store *store = fixture_store(state);
    fill(store);
    assert_int_equal(walk(store).opened, 3);
    assert_int_equal(execute(store_main(store),
                             SQL("UPDATE keys SET sealed = (SELECT sealed FROM keys WHERE id = 1)"
                                 " WHERE id = 2"),
                             NULL),
                     1);
    struct seen seen = walk(store);
    assert_int_equal(seen.keys, 3);
    assert_int_equal(seen.opened, 2);
}

static void test_values_that_were_changed(void **state)
{
    struct store *store = fixture_store(state);
    fill(store);
    const struct sql_text *damages[] = {
        SQL("UPDATE keys SET sealed = substr(sealed, 1, 20) || 'AAAA' || substr(sealed, 25)"),
        SQL("UPDATE tokens SET sealed = 'v1:'"),
        SQL("UPDATE settings SET value = 'hidden'"),
    };
    for (size_t i = 0; i < ARRAY_LEN(damages); i++)
        assert_true(execute(store_main(store), damages[i], NULL) > 0);
    struct seen seen = walk(store);
    assert_int_equal(seen.keys, 3);
    assert_int_equal(seen.opened, 0);
    assert_int_equal(seen.settings, 0);
}

static void test_another_master_key(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture->store);
    store_close(&fixture->store);
    vault_destroy(&fixture->vault);
    fixture->vault = vault_create("another master key", 18);
    fixture->store = fixture_open(fixture);
    assert_non_null(fixture->store);
    struct seen seen = walk(fixture->store);
    assert_int_equal(seen.keys, 3);
    assert_int_equal(seen.opened, 0);
}

/* Neither file holds a secret in the clear, nor do their logs. */
static void test_nothing_lies_open_on_the_disk(void **state)
{
    struct fixture *fixture = *state;
    fill(fixture->store);
    const char *names[] = {"gemini-balance.db", "gemini-balance.db-wal"};
    const char *secrets[] = {SECRET_A, SECRET_B, "sk-one-token-of-the-tests", "hidden"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        FREE_AUTO char *path = fixture_path(fixture, names[i]);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        FREE_AUTO char *bytes = xcalloc(1, 4000000);
        size_t len = fread(bytes, 1, 4000000, file);
        fclose(file);
        for (size_t k = 0; k < ARRAY_LEN(secrets); k++)
            UNIT_ROW(memmem(bytes, len, secrets[k], strlen(secrets[k])) == NULL, secrets[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_rows_that_were_exchanged),
        STORE_TEST(test_values_that_were_changed),
        STORE_TEST(test_another_master_key),
        STORE_TEST(test_nothing_lies_open_on_the_disk),
    };
    return UNIT_RUN(tests);
}
