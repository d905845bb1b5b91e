#include "base/clock.h"
#include "store/sql_private.h"

static const struct sql_text MIGRATE_TABLE = {
    "migrate_table",
    "CREATE TABLE IF NOT EXISTS schema_versions ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL)"};
static const struct sql_text MIGRATE_VERSION = {
    "migrate_version", "SELECT coalesce(max(version), 0) AS version FROM schema_versions"};
static const struct sql_text MIGRATE_DONE = {
    "migrate_done", "INSERT INTO schema_versions (version, name, applied_ms)"
                    " VALUES (:version, :name, :applied_ms)"};

static int stmt_version(struct sql_stmt *stmt, struct err *err)
{
    if (stmt == NULL || sql_step(stmt, err) != 1)
        return -1;
    return (int)sql_col_int(stmt, "version");
}

/* The version without a lock; -1 when the table is not there yet. */
static int version_now(struct sql_db *db)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(db, &MIGRATE_VERSION, NULL);
    return stmt_version(stmt, NULL);
}

static int version_locked(struct sql_tx *tx, struct err *err)
{
    STMT_AUTO struct sql_stmt *table = sql_tx_stmt(tx, &MIGRATE_TABLE, err);
    if (table == NULL || sql_run(table, err) != 0)
        return -1;
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &MIGRATE_VERSION, err);
    return stmt_version(stmt, err);
}

static int refuse_newer(int version, int newest, struct err *err)
{
    return err_set(err, ERR_UNSUPPORTED,
                   "the database has schema version %d and this program knows up to %d: it was "
                   "written by a newer version of the program",
                   version, newest);
}

static int migrate_one(struct sql_tx *tx, const struct sql_migration *migration, struct err *err)
{
    if (tx->db->driver->script(tx->conn->native, migration->sql, err) != 0)
        return err_prefix(err, "migration %s", migration->name);
    STMT_AUTO struct sql_stmt *done = sql_tx_stmt(tx, &MIGRATE_DONE, err);
    if (done == NULL)
        return -1;
    sql_bind_int(done, "version", migration->version);
    sql_bind_text(done, "name", migration->name);
    sql_bind_int(done, "applied_ms", clock_wall_ms());
    return sql_run(done, err);
}

int sql_migrate(struct sql_db *db, const struct sql_migration *migrations, size_t count,
                struct err *err)
{
    int newest = count == 0 ? 0 : migrations[count - 1].version;
    int version = version_now(db);
    if (version == newest)
        return 0;
    if (version > newest)
        return refuse_newer(version, newest, err);

    TX_AUTO struct sql_tx *tx = sql_begin(db, err);
    if (tx == NULL)
        return -1;
    version = version_locked(tx, err);
    if (version < 0)
        return -1;
    if (version > newest)
        return refuse_newer(version, newest, err);
    for (size_t i = 0; i < count; i++)
        if (migrations[i].version > version && migrate_one(tx, &migrations[i], err) != 0)
            return -1;
    return sql_commit(&tx, err);
}
