#include "store/foreign.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64
/* Its program may be writing at this moment. */
#define BUSY_TIMEOUT_MS 5000

static const char HAS_TABLE[] = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1";

const char *foreign_row_get(const struct foreign_row *row, const char *name)
{
    for (size_t i = 0; i < row->count; i++)
        if (strcmp(row->names[i], name) == 0)
            return row->values[i];
    return NULL;
}

static int fail(sqlite3 *db, const char *path, int rc, struct err *err)
{
    return err_set(err, (rc & 0xff) == SQLITE_NOTADB ? ERR_INVALID : ERR_IO, "%s: %s", path,
                   db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static int has_table(sqlite3 *db, const char *name, int *rc_r)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, HAS_TABLE, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    *rc_r = rc;
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static int visit_row(sqlite3_stmt *stmt, foreign_row_visit *visit, void *ctx)
{
    const char *names[COLUMNS_MAX], *values[COLUMNS_MAX];
    struct foreign_row row = {(size_t)sqlite3_column_count(stmt), names, values};
    if (row.count > COLUMNS_MAX)
        row.count = COLUMNS_MAX;
    for (size_t i = 0; i < row.count; i++) {
        names[i] = sqlite3_column_name(stmt, (int)i);
        values[i] = (const char *)sqlite3_column_text(stmt, (int)i);
    }
    return visit(ctx, &row);
}

static int walk(sqlite3 *db, const struct foreign_table *table, foreign_row_visit *visit, void *ctx)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, table->select, -1, &stmt, NULL);
    while (rc == SQLITE_OK || rc == SQLITE_ROW) {
        rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW && visit_row(stmt, visit, ctx) != 0)
            rc = SQLITE_DONE;
    }
    sqlite3_finalize(stmt);
    return rc;
}

int foreign_sqlite_each(const char *path, const struct foreign_table *table,
                        foreign_row_visit *visit, void *ctx, struct err *err)
{
    sqlite3 *db = NULL;
    int found = -1;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
        found = has_table(db, table->name, &rc);
    }
    if (found == 1)
        rc = walk(db, table, visit, ctx);
    int result = rc == SQLITE_DONE || found == 0 ? found : fail(db, path, rc, err);
    sqlite3_close(db);
    return result;
}
