#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
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

static int newest_of(const struct sql_migrations *migrations)
{
    return migrations->count == 0 ? 0 : migrations->items[migrations->count - 1].version;
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

/* --- the copy before ------------------------------------------------------------------------- */

static char *kept_path(const char *keep, int version)
{
    return xasprintf("%s.v%d", keep, version);
}

/* Copies what is there before the first change. The caller holds the write lock, so what is
 * committed is still of the old version, whoever else starts at this moment. */
static int keep_copy(struct sql_db *db, const char *keep, int version, struct err *err)
{
    FREE_AUTO char *path = kept_path(keep, version);
    FREE_AUTO char *part = xasprintf("%s.part", path);
    unlink(part); /* of a start that was cut short */
    if (sql_copy(db, part, err) != 0)
        return err_prefix(err, "cannot keep a copy of the old database, so it stays as it is");
    if (rename(part, path) != 0) {
        int problem = errno;
        unlink(part);
        return err_set(err, ERR_IO, "%s: %s", path, strerror(problem));
    }
    log_event(LOG_INFO, "store.copied", "path=%s reason=\"before the migration\"", path);
    return 0;
}

static void drop_old_copies(const char *keep, int version)
{
    for (int old = 1; old < version - 1; old++) {
        FREE_AUTO char *path = kept_path(keep, old);
        unlink(path);
    }
}

/* --- the whole ------------------------------------------------------------------------------- */

static int migrate_locked(struct sql_tx *tx, const struct sql_migrations *migrations,
                          const char *keep, struct err *err)
{
    int version = version_locked(tx, err);
    if (version < 0)
        return -1;
    if (version > newest_of(migrations))
        return refuse_newer(version, newest_of(migrations), err);
    bool used = version > 0 && version < newest_of(migrations);
    if (used && keep != NULL && keep_copy(tx->db, keep, version, err) != 0)
        return -1;
    for (size_t i = 0; i < migrations->count; i++)
        if (migrations->items[i].version > version &&
            migrate_one(tx, &migrations->items[i], err) != 0)
            return -1;
    if (used && keep != NULL)
        drop_old_copies(keep, version);
    return 0;
}

int sql_migrate(struct sql_db *db, const struct sql_migrations *migrations, const char *keep,
                struct err *err)
{
    int version = version_now(db);
    if (version == newest_of(migrations))
        return 0;
    if (version > newest_of(migrations))
        return refuse_newer(version, newest_of(migrations), err);
    TX_AUTO struct sql_tx *tx = sql_begin(db, err);
    if (tx == NULL || migrate_locked(tx, migrations, keep, err) != 0)
        return -1;
    return sql_commit(&tx, err);
}
