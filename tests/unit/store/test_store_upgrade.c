/* A store of every earlier schema is brought to the newest, with all that is in it. */
#include <stdlib.h>

#include "store/schema.h"
#include "store/store_keys.h"
#include "store/store_pins.h"
#include "store/store_settings.h"
#include "store/store_tokens.h"
#include "store_test.h"

#define KEY "AIzaSyA-key-of-an-old-store"
#define TOKEN "sk-a-token-of-an-old-store"
#define FAR "9000000000000"

/* A row that a store of schema `since` or later can hold: how it comes into the old one, how many
 * such rows there are, and how many the upgraded one lacks or has changed. */
struct old_row {
    size_t since;
    const char *table;
    struct sql_text put, kept, lost;
    const char *sealed_as, *secret; /* of rows with :hash and :sealed */
};
#define ROW(since_version, name, columns, values, ...)                                           \
    {                                                                                            \
        .since = (since_version), .table = (name),                                               \
        .put = {"old_" name, "INSERT INTO " name " (" columns ") VALUES (" values ")"},          \
        .kept = {"kept_" name, "SELECT count(*) AS value FROM beside." name},                    \
        .lost = {"lost_" name, "SELECT count(*) AS value FROM (SELECT " columns " FROM "         \
                               "beside." name " EXCEPT SELECT " columns " FROM main." name ")"}, \
        __VA_ARGS__                                                                              \
    }
#define USAGE                                                                            \
    "requests, successes, failed_429, failed_403, failed_400, failed_5xx, failed_other," \
    " prompt_tokens, output_tokens, thought_tokens, cached_tokens, first_ms_sum,"        \
    " first_count, duration_ms_sum"
#define USAGE_VALUES "21, 6, 5, 4, 3, 2, 1, 100, 200, 30, 40, 1800, 6, 9000"
#define LEARNED "key_id, project, model, metric, quota_id, value, learned_ms"

static const struct old_row main_rows[] = {
    ROW(1, "keys",
        "id, kind, hash, sealed, hint, label, project, proxy_sealed, weight, state, reason,"
        " state_since_ms, failures, last_error, last_error_ms, created_ms",
        "1, 'gemini', :hash, :sealed, 'AIza', 'mine', 'garden', '', 2.5, 'dead', 'key.leaked',"
        " 5, 3, 'leaked', 6, 4",
        .sealed_as = "keys", .secret = KEY),
    ROW(2, "keys",
        "id, kind, hash, sealed, hint, state_since_ms, created_ms, cap_share,"
        " cap_requests_minute, cap_tokens_minute, cap_requests_day, cap_tokens_day",
        "2, 'paid', :hash, :sealed, 'AIza', 5, 4, 90, 5, 6, 7, 8", .sealed_as = "keys",
        .secret = KEY "-with-caps"),
    ROW(1, "key_activity", "key_id, last_used_ms", "1, 77"),
    ROW(1, "key_tombstones", "kind, hash, deleted_ms", "'gemini', 'ab12', 78"),
    ROW(1, "rests", "key_id, model, until_ms, since_ms, reason, streak",
        "1, 'gemini-3.8-flash', " FAR ", 7, 'quota.day', 2"),
    ROW(1, "learned_limits", LEARNED,
        "1, '', 'gemini-3.8-flash', 'requests_day', 'PerDay', 250, 9"),
    ROW(1, "rotation", "model, key_id, progress", "'gemini-3.8-flash', 1, 12.5"),
    ROW(1, "tokens",
        "id, hash, sealed, hint, name, seeded, paused, created_ms, expires_ms, models,"
        " requests_per_minute, requests_per_day, tokens_per_day",
        "1, :hash, :sealed, 'sk-a', 'a friend', 1, 1, 4, " FAR ", '[\"gemini-*\"]', 5, 100, 9000",
        .sealed_as = "tokens", .secret = TOKEN),
    ROW(1, "token_activity", "token_id, last_used_ms", "1, 79"),
    ROW(1, "token_tombstones", "hash, deleted_ms", "'cd34', 80"),
    ROW(1, "settings", "name, value, secret, changed_ms", "'MAX_RETRIES', '7', 0, 8"),
    ROW(1, "settings_history", "id, time_ms, who, name, secret, old_value, new_value",
        "1, 8, 'admin', 'MAX_RETRIES', 0, NULL, '7'"),
    ROW(1, "sessions", "id_hash, csrf, created_ms, expires_ms, address",
        "'ef56', '0123', 10, " FAR ", '192.0.2.7'"),
    ROW(1, "login_failures", "id, time_ms, address", "1, 11, '192.0.2.8'"),
    ROW(1, "audit", "id, time_ms, who, address, action, subject, detail",
        "1, 12, 'admin', '192.0.2.7', 'key.pause', '1', 'by hand'"),
    ROW(1, "pins", "name, kind, key_id, token_id, created_ms, expires_ms, detail",
        "'files/abc', 'file', 1, 1, 13, " FAR ", '{\"size\":3}'"),
    ROW(1, "signatures", "call_id, signature, expires_ms", "'call_1', 'c2lnbmVk', " FAR),
    ROW(1, "leases", "name, owner, until_ms", "'recheck', 'host:1', 14"),
    ROW(1, "job_runs", "name, ended_ms, result", "'recheck', 15, 'ok'"),
    ROW(1, "names", "id, kind, text", "1, 'model', 'gemini-3.8-flash'"),
    ROW(1, "usage_key", "span, bucket, key_id, model_id, " USAGE, "2, 20000, 1, 1, " USAGE_VALUES),
    ROW(1, "usage_token", "span, bucket, token_id, model_id, " USAGE,
        "2, 20000, 1, 1, " USAGE_VALUES),
    ROW(1, "usage_total", "span, bucket, " USAGE, "2, 20000, " USAGE_VALUES),
    ROW(1, "meta", "name, value", "'an_old_fact', 'true'"),
    ROW(1, "generations", "name, value", "'of_old', 16"),
    ROW(3, "tallies", "name, value", "'rule.success', 17"),
};

static const struct old_row log_rows[] = {
    ROW(1, "meta", "name, value", "'an_old_fact', 1"),
    ROW(1, "names", "id, kind, text", "1, 'model', 'gemini-3.8-flash'"),
    ROW(1, "requests",
        "id, time_ms, token_id, route_id, dialect_id, model_id, served_model_id, client, agent,"
        " status, failed, streamed, attempts, duration_ms, first_token_ms, own_us, prompt_tokens,"
        " output_tokens, thought_tokens, cached_tokens, error",
        "1, 5, 1, 2, 3, 1, 1, '192.0.2.7', 'test/1.0', 503, 1, 0, 2, 900, -1, 150, 10, 20, 5, 2,"
        " 'no key is ready'"),
    ROW(1, "attempts",
        "request_id, number, time_ms, key_id, model_id, proxy_id, outcome_id, status, failed,"
        " rule_id, effect_id, duration_ms, first_byte_ms, prompt_tokens, output_tokens,"
        " thought_tokens, cached_tokens, error",
        "1, 1, 6, 1, 1, 2, 3, 429, 1, 4, 5, 800, -1, 10, 20, 5, 2, 'the day is used up'"),
    ROW(1, "error_bodies", "request_id, body", "1, 'what was asked'"),
};

struct old_store {
    const char *path, *before; /* `before`: what it held when it was old */
    const struct sql_migrations *schema;
    const struct old_row *rows;
    size_t row_count, version;
};

static void put_row(const struct fixture *fixture, struct sql_tx *tx, const struct old_row *row)
{
    struct err err = ERR_INIT;
    struct sql_stmt *stmt = sql_tx_stmt(tx, &row->put, &err);
    assert_ok(stmt != NULL ? 0 : -1, &err);
    if (row->secret != NULL) {
        char hash[SHA256_HEX];
        vault_lookup_hash(fixture->vault, row->secret, strlen(row->secret), hash);
        FREE_AUTO char *context = xasprintf("%s:%s", row->sealed_as, hash);
        STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(1000);
        vault_seal(fixture->vault, context, row->secret, strlen(row->secret), &sealed);
        sql_bind_text(stmt, "hash", hash);
        sql_bind_text(stmt, "sealed", strbuf_str(&sealed));
    }
    assert_ok(sql_run(stmt, &err), &err);
    sql_stmt_done(&stmt);
}

static void make_old(const struct fixture *fixture, const struct old_store *old)
{
    struct sql_options options = {.path = old->path, .busy_timeout_ms = 1000, .readers = 1};
    struct err err = ERR_INIT;
    struct sql_db *db = sql_open(&options, &err);
    assert_non_null(db);
    struct sql_migrations schema = {old->schema->items, old->version};
    assert_ok(sql_migrate(db, &schema, NULL, &err), &err);
    struct sql_tx *tx = sql_begin(db, &err);
    for (size_t i = 0; i < old->row_count; i++)
        if (old->rows[i].since <= old->version)
            put_row(fixture, tx, &old->rows[i]);
    assert_ok(sql_commit(&tx, &err), &err);
    assert_ok(sql_copy(db, old->before, &err), &err);
    sql_close(&db);
}

static int64_t number(struct sql_tx *tx, const struct sql_text *text)
{
    struct err err = ERR_INIT;
    struct sql_stmt *stmt = sql_tx_stmt(tx, text, &err);
    assert_ok(stmt != NULL ? sql_step(stmt, &err) : -1, &err);
    int64_t value = sql_col_int(stmt, "value");
    sql_stmt_done(&stmt);
    return value;
}

static bool has_row(const struct old_store *old, const char *table)
{
    for (size_t i = 0; i < old->row_count; i++)
        if (strcmp(old->rows[i].table, table) == 0)
            return true;
    return false;
}

/* A table that comes with a later schema is to have its row here, too. */
static void assert_every_table_has_a_row(struct sql_tx *tx, const struct old_store *old)
{
    struct sql_stmt *stmt =
        sql_tx_stmt(tx,
                    SQL("SELECT name FROM main.sqlite_master WHERE type = 'table'"
                        " AND name NOT LIKE 'sqlite%' AND name <> 'schema_versions'"),
                    NULL);
    assert_non_null(stmt);
    int tables = 0;
    while (sql_step(stmt, NULL) == 1) {
        const char *table = sql_col_text(stmt, "name");
        UNIT_ROW(has_row(old, table), table);
        tables++;
    }
    assert_true(tables >= 5);
    sql_stmt_done(&stmt);
}

/* Every row of before is there with the values that it had. */
static void assert_nothing_is_lost(const struct old_store *old)
{
    struct sql_options options = {.path = old->path, .busy_timeout_ms = 1000, .readers = 1};
    struct err err = ERR_INIT;
    struct sql_db *db = sql_open(&options, &err);
    struct sql_tx *tx = sql_begin_beside(db, old->before, &err);
    assert_ok(tx != NULL ? 0 : -1, &err);
    assert_every_table_has_a_row(tx, old);
    for (size_t i = 0; i < old->row_count; i++) {
        if (old->rows[i].since > old->version)
            continue;
        UNIT_ROW(number(tx, &old->rows[i].kept) > 0, old->rows[i].table);
        UNIT_ROW(number(tx, &old->rows[i].lost) == 0, old->rows[i].table);
    }
    sql_rollback(&tx);
    sql_close(&db);
}

static int see_key(void *ctx, const struct store_key *key)
{
    ++*(int *)ctx;
    assert_non_null(key->secret);
    if (key->id != 1)
        return 0;
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

static int see_token(void *ctx, const struct store_token *token)
{
    ++*(int *)ctx;
    assert_string_equal(token->secret, TOKEN);
    assert_string_equal(token->models, "[\"gemini-*\"]");
    assert_int_equal(token->requests_per_minute, 5);
    return 0;
}

/* The program of today makes of it what it is. */
static void assert_understood(struct store *store, size_t version)
{
    int seen = 0;
    assert_int_equal(store_keys_each(store, true, see_key, &seen, NULL), 0);
    assert_int_equal(store_rests_each(store, 0, see_rest, &seen, NULL), 0);
    assert_int_equal(store_settings_each(store, see_setting, &seen, NULL), 0);
    assert_int_equal(store_tokens_each(store, true, see_token, &seen, NULL), 0);
    assert_int_equal(seen, version < 2 ? 4 : 5);
    struct arena *arena = arena_create(4096);
    struct store_pin pin = {.name = "files/abc"};
    assert_int_equal(store_pin_get(store, 20, arena, &pin, NULL), 1);
    assert_int_equal(pin.key_id, 1);
    arena_destroy(&arena);
    assert_int_equal(store_check(store, NULL), 0);
}

static void test_from_every_version(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, STORE_MAIN_FILE);
    FREE_AUTO char *before = fixture_path(fixture, "before.db");
    struct old_store old = {path, before, &schema_main, main_rows, ARRAY_LEN(main_rows), 0};
    for (old.version = 1; old.version <= schema_main.count; old.version++) {
        FREE_AUTO char *kept = xasprintf("%s.v%zu", path, old.version);
        make_old(fixture, &old);
        struct store *store = fixture_open(fixture);
        assert_non_null(store);
        assert_understood(store, old.version);
        UNIT_ROW((access(kept, F_OK) == 0) == (old.version < schema_main.count), kept);
        store_close(&store);
        assert_nothing_is_lost(&old);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(unlink(before), 0);
    }
}

/* The log may be lost, but an upgrade is no reason to lose it. */
static void test_the_log_from_every_version(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, STORE_LOG_FILE);
    FREE_AUTO char *before = fixture_path(fixture, "before.db");
    struct old_store old = {path, before, &schema_log, log_rows, ARRAY_LEN(log_rows), 0};
    for (old.version = 1; old.version <= schema_log.count; old.version++) {
        make_old(fixture, &old);
        struct store *store = fixture_open(fixture);
        assert_non_null(store);
        assert_int_equal(
            query_int(store_log_db(store), SQL("SELECT status AS value FROM request_rows"
                                               " WHERE model = 'gemini-3.8-flash'")),
            503);
        store_close(&store);
        assert_nothing_is_lost(&old);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(unlink(before), 0);
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
