#include "store/store_settings.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "store/store_private.h"

/* The longest value: thousands of keys or proxies in one list. */
#define SETTING_MAX (2 * MIB)
#define HISTORY_PAGE 200

static const struct sql_text SETTING_ALL = {
    "setting_all", "SELECT name, value, secret FROM settings ORDER BY name"};
static const struct sql_text SETTING_GET = {
    "setting_get", "SELECT value, secret FROM settings WHERE name = :name"};
static const struct sql_text SETTING_PUT = {
    "setting_put", "INSERT INTO settings (name, value, secret, changed_ms)"
                   " VALUES (:name, :value, :secret, :now_ms)"
                   " ON CONFLICT (name) DO UPDATE SET value = excluded.value,"
                   " secret = excluded.secret, changed_ms = excluded.changed_ms"};
static const struct sql_text SETTING_DELETE = {"setting_delete",
                                               "DELETE FROM settings WHERE name = :name"};
static const struct sql_text HISTORY_ADD = {
    "history_add", "INSERT INTO settings_history (time_ms, who, name, secret, old_value, new_value)"
                   " VALUES (:now_ms, :who, :name, :secret, :old_value, :new_value)"};
static const struct sql_text HISTORY_PAGE_TEXT = {
    "history_page", "SELECT id, time_ms, who, name, secret, old_value, new_value"
                    " FROM settings_history WHERE id < :before_id ORDER BY id DESC LIMIT :limit"};

int64_t store_settings_generation(struct store *store)
{
    return store_generation_get(store, STORE_GEN_SETTINGS);
}

/* The value of a row, opened into `buf` when it is sealed; NULL when it does not open. */
static const char *setting_value(struct store *store, struct sql_stmt *stmt, const char *name,
                                 struct strbuf *buf)
{
    const char *value = sql_col_text(stmt, "value");
    if (sql_col_int(stmt, "secret") == 0)
        return value;
    strbuf_clear(buf);
    return store_unseal(store, STORE_SEAL_SETTING, name, value, buf) == 0 ? strbuf_str(buf) : NULL;
}

int store_settings_each(struct store *store, store_setting_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &SETTING_ALL, err);
    if (stmt == NULL)
        return -1;
    CLEANUP(strbuf_wipe) struct strbuf opened = STRBUF_INIT(SETTING_MAX);
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        const char *name = sql_col_text(stmt, "name");
        const char *value = setting_value(store, stmt, name, &opened);
        if (value != NULL && visit(ctx, name, value) != 0)
            return 0;
    }
    return rc;
}

/* --- saving ---------------------------------------------------------------------------------- */

struct setting_save {
    struct store *store;
    struct sql_tx *tx;
    const char *who;
    int64_t now_ms;
    size_t changed;
};

/* What is saved now, into `old` (wiped by the caller). 1 there is a row, 0 none, -1. A row that
 * does not open counts as another value than any. */
static int setting_saved(struct setting_save *save, const char *name, struct strbuf *old,
                         bool *secret_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(save->tx, &SETTING_GET, err);
    if (stmt == NULL)
        return -1;
    sql_bind_text(stmt, "name", name);
    int rc = sql_step(stmt, err);
    if (rc != 1)
        return rc;
    *secret_r = sql_col_int(stmt, "secret") != 0;
    CLEANUP(strbuf_wipe) struct strbuf opened = STRBUF_INIT(SETTING_MAX);
    const char *value = setting_value(save->store, stmt, name, &opened);
    strbuf_puts(old, value != NULL ? value : "\x01unreadable");
    return 1;
}

static int setting_write(struct setting_save *save, const struct store_setting_change *change,
                         struct err *err)
{
    if (change->value == NULL)
        return store_tx_write(save->tx, &SETTING_DELETE, BINDS(BIND_TEXT("name", change->name)),
                              err) < 0
                   ? -1
                   : 0;
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(2 * SETTING_MAX);
    if (change->secret)
        store_seal(save->store, STORE_SEAL_SETTING, change->name, change->value, &sealed);
    const char *value = change->secret ? strbuf_str(&sealed) : change->value;
    return store_tx_write(save->tx, &SETTING_PUT,
                          BINDS(BIND_TEXT("name", change->name), BIND_TEXT("value", value),
                                BIND_INT("secret", change->secret),
                                BIND_INT("now_ms", save->now_ms)),
                          err) < 0
               ? -1
               : 0;
}

static int setting_change(struct setting_save *save, const struct store_setting_change *change,
                          struct err *err)
{
    if (change->value != NULL && strlen(change->value) >= SETTING_MAX)
        return err_set_param(err, ERR_TOO_LARGE, change->name, "the value is too long");
    CLEANUP(strbuf_wipe) struct strbuf old = STRBUF_INIT(SETTING_MAX);
    bool was_secret = false;
    int found = setting_saved(save, change->name, &old, &was_secret, err);
    if (found < 0)
        return -1;
    const char *old_value = found == 1 ? strbuf_str(&old) : NULL;
    if (text_eq(old_value, change->value) && (found == 0 || was_secret == change->secret))
        return 0;
    save->changed++;
    bool secret = change->secret || was_secret;
    if (setting_write(save, change, err) != 0)
        return -1;
    return store_tx_write(save->tx, &HISTORY_ADD,
                          BINDS(BIND_INT("now_ms", save->now_ms), BIND_TEXT("who", save->who),
                                BIND_TEXT("name", change->name), BIND_INT("secret", secret),
                                BIND_TEXT("old_value", secret ? NULL : old_value),
                                BIND_TEXT("new_value", secret ? NULL : change->value)),
                          err) < 0
               ? -1
               : 0;
}

int store_settings_save(struct store *store, const struct store_setting_change *changes,
                        size_t count, const char *who, int64_t now_ms, struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    struct setting_save save = {.store = store, .tx = tx, .who = who, .now_ms = now_ms};
    for (size_t i = 0; i < count; i++)
        if (setting_change(&save, &changes[i], err) != 0)
            return -1;
    if (save.changed == 0)
        return 0;
    if (store_generation_move(tx, STORE_GEN_SETTINGS, err) != 0)
        return -1;
    return sql_commit(&tx, err);
}

int store_settings_history(struct store *store, int64_t before_id, store_setting_event_visit *visit,
                           void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->main, &HISTORY_PAGE_TEXT,
                    BINDS(BIND_INT("before_id", before_id > 0 ? before_id : INT64_MAX),
                          BIND_INT("limit", HISTORY_PAGE)),
                    err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_setting_event event = {
            .id = sql_col_int(stmt, "id"),
            .time_ms = sql_col_int(stmt, "time_ms"),
            .who = sql_col_text(stmt, "who"),
            .name = sql_col_text(stmt, "name"),
            .secret = sql_col_int(stmt, "secret") != 0,
            .old_value = sql_col_text(stmt, "old_value"),
            .new_value = sql_col_text(stmt, "new_value"),
        };
        if (visit(ctx, &event) != 0)
            return 0;
    }
    return rc;
}
