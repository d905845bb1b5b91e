/* A store of every earlier schema is brought to the newest, with all that is in it. */
#include <stdlib.h>

#include "store/schema.h"
#include "store/store_keys.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"
#include "store_test.h"

#define KEY "AIzaSyA-key-of-an-old-store"

/* What the first schema can hold; a later one gives its new columns their defaults. */
static const struct sql_text KEY_ROW = {
    "old_key",
    "INSERT INTO keys (kind, hash, sealed, hint, label, state, reason, state_since_ms,"
    " created_ms) VALUES ('gemini', :hash, :sealed, 'AIza', 'mine', 'dead', 'key.leaked',"
    " 5, 4)"};
static const struct sql_text REST_ROW = {
    "old_rest", "INSERT INTO rests (key_id, model, until_ms, since_ms, reason, streak)"
                " VALUES (1, 'gemini-3.8-flash', 9000000000000, 7, 'quota.day', 2)"};
static const struct sql_text SETTING_ROW = {"old_setting",
                                            "INSERT INTO settings (name, value, secret, changed_ms)"
                                            " VALUES ('MAX_RETRIES', '7', 0, 8)"};
static const struct sql_text *const plain_rows[] = {&REST_ROW, &SETTING_ROW};

static void run(struct sql_tx *tx, const struct sql_text *text, const char *hash,
                const char *sealed)
{
    struct sql_stmt *stmt = sql_tx_stmt(tx, text, NULL);
    assert_non_null(stmt);
    if (hash != NULL) {
        sql_bind_text(stmt, "hash", hash);
        sql_bind_text(stmt, "sealed", sealed);
    }
    assert_int_equal(sql_run(stmt, NULL), 0);
    sql_stmt_done(&stmt);
}

static void make_old(const struct fixture *fixture, const char *path, size_t version)
{
    struct sql_options options = {.path = path, .busy_timeout_ms = 1000, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    struct sql_migrations old = {schema_main.items, version};
    struct err err = ERR_INIT;
    assert_ok(sql_migrate(db, &old, NULL, &err), &err);
    char hash[SHA256_HEX];
    vault_lookup_hash(fixture->vault, KEY, strlen(KEY), hash);
    FREE_AUTO char *context = xasprintf("keys:%s", hash);
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(1000);
    vault_seal(fixture->vault, context, KEY, strlen(KEY), &sealed);
    struct sql_tx *tx = sql_begin(db, NULL);
    run(tx, &KEY_ROW, hash, strbuf_str(&sealed));
    for (size_t i = 0; i < ARRAY_LEN(plain_rows); i++)
        run(tx, plain_rows[i], NULL, NULL);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    sql_close(&db);
}

static int see_key(void *ctx, const struct store_key *key)
{
    ++*(int *)ctx;
    assert_string_equal(key->secret, KEY);
    assert_string_equal(key->label, "mine");
    assert_int_equal(key->state, STORE_KEY_DEAD);
    assert_string_equal(key->reason, "key.leaked");
    assert_int_equal(key->caps.share, 0);
    return 0;
}

static int see_rest(void *ctx, const struct store_rest *rest)
{
    ++*(int *)ctx;
    assert_int_equal(rest->key_id, 1);
    assert_int_equal(rest->streak, 2);
    return 0;
}

static int see_setting(void *ctx, const char *name, const char *value)
{
    ++*(int *)ctx;
    assert_string_equal(name, "MAX_RETRIES");
    assert_string_equal(value, "7");
    return 0;
}

static void assert_whole(struct store *store)
{
    int seen = 0;
    assert_int_equal(store_keys_each(store, true, see_key, &seen, NULL), 0);
    assert_int_equal(store_rests_each(store, 0, see_rest, &seen, NULL), 0);
    assert_int_equal(store_settings_each(store, see_setting, &seen, NULL), 0);
    assert_int_equal(seen, 3);
    assert_int_equal(store_check(store, NULL), 0);
}

static void test_from_every_version(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, STORE_MAIN_FILE);
    for (size_t version = 1; version <= schema_main.count; version++) {
        FREE_AUTO char *kept = xasprintf("%s.v%zu", path, version);
        make_old(fixture, path, version);
        struct store *store = fixture_open(fixture);
        assert_non_null(store);
        assert_whole(store);
        UNIT_ROW((access(kept, F_OK) == 0) == (version < schema_main.count), kept);
        store_close(&store);
        assert_int_equal(unlink(path), 0);
    }
}

/* The log may be lost, but an upgrade is no reason to lose it. */
static void test_the_log_from_every_version(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, STORE_LOG_FILE);
    for (size_t version = 1; version <= schema_log.count; version++) {
        struct sql_options options = {.path = path, .busy_timeout_ms = 1000, .readers = 1};
        struct sql_db *db = sql_open(&options, NULL);
        struct err err = ERR_INIT;
        assert_ok(sql_migrate(db, &(struct sql_migrations){schema_log.items, version}, NULL, &err),
                  &err);
        assert_ok(
            execute(db, SQL("INSERT INTO error_bodies (request_id, body) VALUES (1, 'x')"), &err),
            &err);
        sql_close(&db);
        struct store *store = fixture_open(fixture);
        assert_non_null(store);
        assert_int_equal(
            query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM error_bodies")), 1);
        store_close(&store);
        assert_int_equal(unlink(path), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_every_version, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_log_from_every_version, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
