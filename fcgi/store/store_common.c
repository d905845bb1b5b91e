#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "store/store_private.h"

static const char *const generation_names[] = {
    [STORE_GEN_NONE] = "",         [STORE_GEN_KEYS] = "keys",     [STORE_GEN_RESTS] = "rests",
    [STORE_GEN_LIMITS] = "limits", [STORE_GEN_TOKENS] = "tokens", [STORE_GEN_SETTINGS] = "settings",
};

static const struct sql_text GENERATION_MOVE = {
    "generation_move", "UPDATE generations SET value = value + 1 WHERE name = :name"};
static const struct sql_text GENERATION_GET = {"generation_get",
                                               "SELECT value FROM generations WHERE name = :name"};
static const struct sql_text GENERATION_ALL = {
    "generation_all", "SELECT"
                      " max(CASE name WHEN 'keys' THEN value END) AS keys,"
                      " max(CASE name WHEN 'rests' THEN value END) AS rests,"
                      " max(CASE name WHEN 'limits' THEN value END) AS limits,"
                      " max(CASE name WHEN 'tokens' THEN value END) AS tokens,"
                      " max(CASE name WHEN 'settings' THEN value END) AS settings"
                      " FROM generations"};

const char *store_text(const char *text)
{
    return text == NULL ? "" : text;
}

/* --- statements ------------------------------------------------------------------------------ */

void store_bind(struct sql_stmt *stmt, const struct store_bind *binds)
{
    for (; binds != NULL && binds->name != NULL; binds++) {
        switch (binds->type) {
        case STORE_BIND_INT:
            sql_bind_int(stmt, binds->name, binds->integer);
            break;
        case STORE_BIND_NUM:
            sql_bind_num(stmt, binds->name, binds->number);
            break;
        case STORE_BIND_TEXT:
            sql_bind_text(stmt, binds->name, binds->text);
            break;
        }
    }
}

struct sql_stmt *store_query(struct sql_db *db, const struct sql_text *text,
                             const struct store_bind *binds, struct err *err)
{
    struct sql_stmt *stmt = sql_query(db, text, err);
    if (stmt != NULL)
        store_bind(stmt, binds);
    return stmt;
}

int store_query_row(struct sql_db *db, const struct sql_text *text, const struct store_bind *binds,
                    struct sql_stmt **stmt_r, struct err *err)
{
    *stmt_r = store_query(db, text, binds, err);
    return *stmt_r == NULL ? -1 : sql_step(*stmt_r, err);
}

int64_t store_tx_write(struct sql_tx *tx, const struct sql_text *text,
                       const struct store_bind *binds, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, text, err);
    if (stmt == NULL)
        return -1;
    store_bind(stmt, binds);
    return sql_run(stmt, err) != 0 ? -1 : sql_changes(stmt);
}

int64_t store_write(struct store *store, const struct sql_text *text,
                    const struct store_bind *binds, enum store_generation generation,
                    struct err *err)
{
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    int64_t changes = store_tx_write(tx, text, binds, err);
    if (changes < 0 || (changes > 0 && store_generation_move(tx, generation, err) != 0))
        return -1;
    return sql_commit(&tx, err) != 0 ? -1 : changes;
}

int store_run(struct store *store, const struct sql_text *text, const struct store_bind *binds,
              enum store_generation generation, struct err *err)
{
    return store_write(store, text, binds, generation, err) < 0 ? -1 : 0;
}

/* --- generations ----------------------------------------------------------------------------- */

int store_generation_move(struct sql_tx *tx, enum store_generation generation, struct err *err)
{
    if (generation == STORE_GEN_NONE)
        return 0;
    int64_t changes = store_tx_write(tx, &GENERATION_MOVE,
                                     BINDS(BIND_TEXT("name", generation_names[generation])), err);
    return changes < 0 ? -1 : 0;
}

int64_t store_generation_get(struct store *store, enum store_generation generation)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->main, &GENERATION_GET,
                        BINDS(BIND_TEXT("name", generation_names[generation])), &stmt, NULL) != 1)
        return -1;
    return sql_col_int(stmt, "value");
}

int store_generations(struct store *store, struct store_generations *generations_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->main, &GENERATION_ALL, NULL, &stmt, err) != 1)
        return -1;
    *generations_r = (struct store_generations){
        .keys = sql_col_int(stmt, "keys"),
        .rests = sql_col_int(stmt, "rests"),
        .limits = sql_col_int(stmt, "limits"),
        .tokens = sql_col_int(stmt, "tokens"),
        .settings = sql_col_int(stmt, "settings"),
    };
    return 0;
}

/* --- sealing --------------------------------------------------------------------------------- */

static char *seal_context(const char *family, const char *id)
{
    return xasprintf("%s:%s", family, id);
}

void store_seal(const struct store *store, const char *family, const char *id, const char *value,
                struct strbuf *out)
{
    FREE_AUTO char *context = seal_context(family, id);
    vault_seal(store->vault, context, value, strlen(value), out);
}

int store_unseal(struct store *store, const char *family, const char *id, const char *sealed,
                 struct strbuf *out)
{
    FREE_AUTO char *context = seal_context(family, id);
    struct err err = ERR_INIT;
    if (vault_open(store->vault, context, sealed, out, &err) == 0)
        return 0;
    if (!atomic_flag_test_and_set(&store->unreadable_told)) {
        char quoted[sizeof(err.text) + 16];
        log_event(LOG_ERROR, "store.unreadable", "table=%s error=%s", family,
                  log_quote(err.text, quoted, sizeof(quoted)));
    }
    return -1;
}
