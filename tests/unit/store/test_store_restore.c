/* Another store in the place of the one in use. */
#include "store/store_restore.h"

#include <sys/stat.h>

#include "store/schema.h"
#include "store/store_keys.h"
#include "store/store_log_read.h"
#include "store/store_private.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"
#include "store_test.h"

struct pair {
    struct fixture live, kept;
};

static int set_up(void **state)
{
    struct pair *pair = xcalloc(1, sizeof(*pair));
    struct fixture *parts[] = {&pair->live, &pair->kept};
    for (size_t i = 0; i < 2; i++) {
        void *one = NULL;
        fixture_dir(&one);
        *parts[i] = *(struct fixture *)one;
        free(one);
        parts[i]->store = fixture_open(parts[i]);
        assert_non_null(parts[i]->store);
    }
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;
    struct fixture *parts[] = {&pair->live, &pair->kept};
    for (size_t i = 0; i < 2; i++) {
        void *one = xcalloc(1, sizeof(struct fixture));
        *(struct fixture *)one = *parts[i];
        fixture_tear_down(&one);
    }
    free(pair);
    return 0;
}

static int64_t add_key(struct store *store, const char *secret)
{
    int64_t id = 0;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
    return id;
}

static void fill(struct store *store, const char *mark)
{
    FREE_AUTO char *key = xasprintf("AIza-key-of-%s", mark);
    FREE_AUTO char *token = xasprintf("sk-token-of-%s", mark);
    int64_t id = add_key(store, key), token_id;
    struct store_key edit = {.id = id, .proxy = "http://user:pass@proxy.test:3128"};
    assert_int_equal(store_key_edit(store, &edit, NULL), 0);
    assert_int_equal(store_token_add(store, token, mark, false, &token_id, NULL), 1);
    struct store_setting_change changes[] = {{.name = "MAX_RETRIES", .value = mark},
                                             {.name = "AUTH_TOKEN", .value = mark, .secret = true}};
    assert_int_equal(store_settings_save(store, changes, 2, "test", 1000, NULL), 0);
    struct log_request row = {.id = store_log_id(1000), .time_ms = 1000, .status = 200};
    snprintf(row.model, sizeof(row.model), "model-of-%s", mark);
    struct log_batch batch = {.requests = &row, .request_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
}

static int64_t found(struct store *store, const char *secret)
{
    int64_t id = 0;
    return store_key_find(store, STORE_KEY_GEMINI, secret, &id, NULL) == 1 ? id : 0;
}

static int same_secret(void *ctx, const struct store_key *key)
{
    assert_string_equal(key->secret, ctx);
    assert_string_equal(key->proxy, "http://user:pass@proxy.test:3128");
    return 0;
}

static int same_setting(void *ctx, const char *name, const char *value)
{
    (void)name;
    assert_string_equal(value, ctx);
    return 0;
}

static void assert_is_kept(struct store *store)
{
    assert_int_equal(found(store, "AIza-key-of-live"), 0);
    assert_true(found(store, "AIza-key-of-kept") > 0);
    assert_int_equal(store_keys_each(store, true, same_secret, (void *)"AIza-key-of-kept", NULL),
                     0);
    assert_int_equal(store_settings_each(store, same_setting, (void *)"kept", NULL), 0);
    int64_t token_id;
    assert_int_equal(store_token_find(store, "sk-token-of-kept", &token_id, NULL), 1);
    assert_int_equal(store_check(store, NULL), 0);
}

static void assert_is_live(struct store *store)
{
    assert_true(found(store, "AIza-key-of-live") > 0);
    assert_int_equal(found(store, "AIza-key-of-kept"), 0);
    assert_int_equal(
        query_int(store_log_db(store),
                  SQL("SELECT count(*) AS value FROM request_rows WHERE model = 'model-of-live'")),
        1);
}

static void test_all_of_it_comes(void **state)
{
    struct pair *pair = *state;
    fill(pair->live.store, "live");
    fill(pair->kept.store, "kept");
    struct store_generations before, after;
    assert_int_equal(store_generations(pair->live.store, &before, NULL), 0);
    struct err err = ERR_INIT;
    assert_ok(store_replace(pair->live.store, pair->kept.dir, true, &err), &err);
    assert_int_equal(store_generations(pair->live.store, &after, NULL), 0);
    assert_true(after.keys > before.keys && after.rests > before.rests &&
                after.limits > before.limits && after.tokens > before.tokens &&
                after.settings > before.settings);
    assert_is_kept(pair->live.store);
    assert_int_equal(
        query_int(store_log_db(pair->live.store), SQL("SELECT count(*) AS value FROM request_rows"
                                                      " WHERE model = 'model-of-kept'")),
        1);
}

/* A process that was writing goes on with the names as they are now, not as it remembers them. */
static void test_a_writer_goes_on(void **state)
{
    struct pair *pair = *state;
    for (int i = 0; i < 3; i++)
        fill(pair->kept.store, i == 0 ? "a" : i == 1 ? "b" : "kept");
    fill(pair->live.store, "live");
    struct err err = ERR_INIT;
    assert_ok(store_replace(pair->live.store, pair->kept.dir, true, &err), &err);
    struct log_request row = {.id = store_log_id(2000),
                              .time_ms = 2000,
                              .status = 200,
                              .model = "model-of-live",
                              .served_model = "model-of-live"};
    struct log_batch batch = {.requests = &row, .request_count = 1};
    assert_ok(store_log_write(pair->live.store, &batch, true, &err), &err);
    struct log_request read;
    assert_int_equal(store_log_request(pair->live.store, row.id, &read, NULL), 1);
    assert_string_equal(read.model, "model-of-live");
}

static void test_without_the_log(void **state)
{
    struct pair *pair = *state;
    fill(pair->live.store, "live");
    fill(pair->kept.store, "kept");
    assert_int_equal(store_replace(pair->live.store, pair->kept.dir, false, NULL), 0);
    assert_is_kept(pair->live.store);
    assert_int_equal(
        query_int(store_log_db(pair->live.store), SQL("SELECT count(*) AS value FROM request_rows"
                                                      " WHERE model = 'model-of-live'")),
        1);
}

static void test_under_another_master_key(void **state)
{
    struct pair *pair = *state;
    fill(pair->kept.store, "kept");
    int64_t gone = add_key(pair->kept.store, "AIza-deleted"), forgotten = -1;
    assert_int_equal(store_key_delete(pair->kept.store, gone, NULL), 1);
    struct vault *other = vault_create("another master key", 18);
    struct err err = ERR_INIT;
    assert_ok(store_reseal(pair->kept.store, other, &forgotten, &err), &err);
    assert_int_equal(forgotten, 1);
    store_close(&pair->kept.store);
    vault_destroy(&pair->kept.vault);
    pair->kept.vault = other;
    pair->kept.store = fixture_open(&pair->kept);
    assert_true(store_opens(pair->kept.store));
    assert_is_kept(pair->kept.store);
}

static void test_a_secret_that_does_not_open(void **state)
{
    struct pair *pair = *state;
    fill(pair->kept.store, "kept");
    store_close(&pair->kept.store);
    vault_destroy(&pair->kept.vault);
    pair->kept.vault = vault_create("not the one it was made with", 28);
    pair->kept.store = fixture_open(&pair->kept);
    assert_false(store_opens(pair->kept.store));
    int64_t forgotten;
    struct err err = ERR_INIT;
    assert_int_equal(store_reseal(pair->kept.store, pair->live.vault, &forgotten, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
}

/* Columns at other places, and what a stranger put into the file. */
static void test_tables_of_another_form(void **state)
{
    static const struct sql_text changes[][2] = {
        {{"more_view",
          "CREATE VIEW more AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n)"
          " SELECT x FROM n"}},
        {{"more_trigger",
          "CREATE TRIGGER more AFTER INSERT ON audit BEGIN DELETE FROM audit; END"}},
        {{"more_table", "CREATE TABLE more (x)"}},
        {{"less", "DROP TABLE tallies"}},
        {{"less_1", "DROP TABLE tallies"},
         {"as_view", "CREATE VIEW tallies AS SELECT name, value FROM meta"}},
        {{"less_2", "DROP TABLE tallies"},
         {"turned", "CREATE TABLE tallies (value INTEGER, name TEXT)"}},
    };
    struct pair *pair = *state;
    struct err err = ERR_INIT;
    fill(pair->live.store, "live");
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        void *one = NULL;
        assert_int_equal(fixture_dir(&one), 0);
        struct fixture *kept = one;
        kept->store = fixture_open(kept);
        struct sql_tx *tx = sql_begin(store_main(kept->store), NULL);
        for (size_t k = 0; k < 2 && changes[i][k].name; k++)
            UNIT_ROW(store_tx_write(tx, &changes[i][k], NULL, NULL) >= 0, changes[i][k].name);
        assert_int_equal(sql_commit(&tx, NULL), 0);
        store_close(&kept->store);
        err.code = ERR_NONE;
        UNIT_ROW(store_replace(pair->live.store, kept->dir, true, &err) == -1, changes[i][0].name);
        UNIT_ROW(err.code == ERR_INVALID, changes[i][0].name);
        fixture_tear_down(&one);
    }
    assert_is_live(pair->live.store);
}

/* The log is filled before the keys' turn comes: without that turn it stays as it was. */
static void test_while_the_keys_are_locked(void **state)
{
    struct pair *pair = *state;
    fill(pair->live.store, "live");
    fill(pair->kept.store, "kept");
    struct store_options options = {
        .dir = pair->live.dir, .vault = pair->live.vault, .busy_timeout_ms = 100, .readers = 1};
    struct store *hurried = store_open(&options, NULL);
    struct sql_tx *tx = sql_begin(store_main(pair->live.store), NULL);
    struct err err = ERR_INIT;
    assert_int_equal(store_replace(hurried, pair->kept.dir, true, &err), -1);
    assert_int_equal(err.code, ERR_BUSY);
    sql_rollback(&tx);
    assert_is_live(pair->live.store);
    store_close(&hurried);
    assert_ok(store_replace(pair->live.store, pair->kept.dir, true, &err), &err);
    assert_is_kept(pair->live.store);
}

/* A table of a later migration must be either replaced or named as one that stays. */
static void test_no_table_is_forgotten(void **state)
{
    struct pair *pair = *state;
    static const char *const staying = " meta generations sessions login_failures leases job_runs "
                                       "schema_versions sqlite_sequence ";
    fill(pair->live.store, "live");
    struct sql_db *db = store_main(pair->live.store);
    struct sql_stmt *stmt =
        sql_query(db, SQL("SELECT name FROM sqlite_master WHERE type = 'table'"), NULL);
    FILE *source = fopen(GB_SRCDIR "/fcgi/store/store_restore.c", "r");
    assert_non_null(source);
    static char text[20000];
    assert_true(fread(text, 1, sizeof(text) - 1, source) > 0);
    fclose(source);
    while (sql_step(stmt, NULL) == 1) {
        const char *name = sql_col_text(stmt, "name");
        FREE_AUTO char *row = xasprintf("row(%s)", name);
        FREE_AUTO char *word = xasprintf(" %s ", name);
        UNIT_ROW(strstr(text, row) != NULL || strstr(staying, word) != NULL, name);
    }
    sql_stmt_done(&stmt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_of_it_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_writer_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_the_log, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_under_another_master_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_secret_that_does_not_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_of_another_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_while_the_keys_are_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_table_is_forgotten, set_up, tear_down),
    };
    return UNIT_RUN(tests);
}
