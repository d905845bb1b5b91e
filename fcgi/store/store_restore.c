#include "store/store_restore.h"

#include "base/scope.h"
#include "store/store_private.h"

/* The tables that are replaced, each after those that it refers to. Both databases went through the
 * same migrations, so their columns stand in the same order. */
#define MAIN_TABLES(row)                                                                          \
    row(keys) row(key_activity) row(key_tombstones) row(rests) row(learned_limits) row(rotation)  \
        row(tokens) row(token_activity) row(token_tombstones) row(settings) row(settings_history) \
            row(audit) row(pins) row(signatures) row(names) row(usage_key) row(usage_token)       \
                row(usage_total) row(tallies)
#define LOG_TABLES(row) row(names) row(requests) row(attempts) row(error_bodies)

/* Those that stay belong to the processes that run now: meta generations sessions login_failures
 * leases job_runs schema_versions. */

struct replaced_table {
    struct sql_text empty, fill;
};

#define REPLACED(table)                             \
    {{"empty_" #table, "DELETE FROM main." #table}, \
     {"fill_" #table, "INSERT INTO main." #table " SELECT * FROM beside." #table}},

static const struct replaced_table main_tables[] = {MAIN_TABLES(REPLACED)};
static const struct replaced_table log_tables[] = {LOG_TABLES(REPLACED)};

static const struct sql_text EPOCH_MOVE = {
    "names_epoch_move", "INSERT INTO main.meta (name, value) VALUES ('names_epoch', 1)"
                        " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"};

/* What one has and the other has not, or has otherwise: columns are copied by their place, and a view or
 * trigger of a stranger's must not stand where a table is expected. */
#define PARTS(database)                               \
    "SELECT type, name, tbl_name, sql FROM " database \
    ".sqlite_master WHERE substr(name, 1, 7) <> 'sqlite_'"
static const struct sql_text OTHER_PARTS = {
    "other_parts",
    "SELECT name FROM (SELECT * FROM (" PARTS("beside") " EXCEPT " PARTS(
        "main") ") UNION ALL SELECT * FROM (" PARTS("main") " EXCEPT " PARTS("beside") ")) LIMIT "
                                                                                       "1"};

static int check_form(struct sql_tx *tx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &OTHER_PARTS, err);
    int rc = stmt == NULL ? -1 : sql_step(stmt, err);
    if (rc == 1)
        return err_set(err, ERR_INVALID, "its \"%.60s\" is not this program's",
                       sql_col_text(stmt, "name"));
    return rc;
}

static int replace_tables(struct sql_tx *tx, const struct replaced_table *tables, size_t count,
                          struct err *err)
{
    if (check_form(tx, err) != 0)
        return -1;
    for (size_t i = count; i > 0; i--)
        if (store_tx_write(tx, &tables[i - 1].empty, NULL, err) < 0)
            return -1;
    for (size_t i = 0; i < count; i++)
        if (store_tx_write(tx, &tables[i].fill, NULL, err) < 0)
            return -1;
    return store_tx_write(tx, &EPOCH_MOVE, NULL, err) < 0 ? -1 : 0;
}

static int generations_move(struct sql_tx *tx, struct err *err)
{
    for (int generation = STORE_GEN_NONE + 1; generation <= STORE_GEN_SETTINGS; generation++)
        if (store_generation_move(tx, (enum store_generation)generation, err) != 0)
            return -1;
    return 0;
}

/* Replaces the tables of one database; NULL with err, else a transaction that lacks only its commit. */
static struct sql_tx *replace_in(struct sql_db *db, const char *dir, const char *name,
                                 const struct replaced_table *tables, size_t count, struct err *err)
{
    FREE_AUTO char *path = xasprintf("%s/%s", dir, name);
    struct sql_tx *tx = sql_begin_beside(db, path, err);
    if (tx != NULL && replace_tables(tx, tables, count, err) != 0)
        sql_rollback(&tx);
    if (tx == NULL)
        err_prefix(err, "%s", name);
    return tx;
}

int store_replace(struct store *store, const char *dir, bool log, struct err *err)
{
    /* The log first: it takes longest, and the keys' database must not be locked meanwhile. */
    TX_AUTO struct sql_tx *log_tx = NULL;
    if (log)
        log_tx =
            replace_in(store->log, dir, STORE_LOG_FILE, log_tables, ARRAY_LEN(log_tables), err);
    if (log && log_tx == NULL)
        return -1;
    TX_AUTO struct sql_tx *main_tx =
        replace_in(store->main, dir, STORE_MAIN_FILE, main_tables, ARRAY_LEN(main_tables), err);
    if (main_tx == NULL || generations_move(main_tx, err) != 0)
        return -1;
    if (log && sql_commit(&log_tx, err) != 0)
        return err_prefix(err, STORE_LOG_FILE);
    return sql_commit(&main_tx, err) == 0 ? 0 : err_prefix(err, STORE_MAIN_FILE);
}
