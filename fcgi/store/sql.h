/* SQL, neutral of the database behind it.
 *
 *   sql_db      one database as this process uses it: a pool of connections for readers and one
 *               writer, behind a driver. Thread-safe.
 *   sql_stmt    a prepared statement borrowed for one use; belongs to the thread that took it.
 *   sql_tx      a write transaction: BEGIN IMMEDIATE ... COMMIT. One at a time in a process (the
 *               others queue here and not in the database); other processes contend in the
 *               database, within the busy timeout.
 *
 * Statements are named: one table of {id, text} per family of tables; parameters are bound by
 * name (":key"), columns read by name. Nothing is ever formatted into SQL. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct sql_db;
struct sql_stmt;
struct sql_tx;

/* What a driver can do; queries ask the flag, never the driver's name. */
enum sql_caps {
    SQL_CAP_ON_CONFLICT = 1 << 0,
    SQL_CAP_RETURNING = 1 << 1,
    SQL_CAP_DATA_VERSION = 1 << 2
};

/* One statement of a family's table, a constant that outlives the database; compiled on first use,
 * once per connection. */
struct sql_text {
    const char *name; /* for messages: "key_insert" */
    const char *text;
};

struct sql_options {
    const char *path;    /* file of the embedded store; ":memory:" for tests */
    int busy_timeout_ms; /* how long a write waits for another process: 5000 */
    int readers;         /* connections for reading, 1..64 */
    bool lean;           /* a small machine's: connections keep few pages */
};

/* Opens (and creates, mode 0600) a database. NULL with ERR_IO, ERR_FULL, ERR_BUSY or ERR_DAMAGED.
 *
 * Connections are made when they are first needed, and anew when the file was removed or another one
 * took its place; without a file every call fails with ERR_IO. A process that forks does so before it opens a
 * database: in a child of the opener every call fails with ERR_INTERNAL (closing is allowed). */
struct sql_db *sql_open(const struct sql_options *options, struct err *err);
/* All statements and transactions have ended before. */
void sql_close(struct sql_db **db);
unsigned sql_caps(const struct sql_db *db);

/* --- reading: a statement outside a transaction ---------------------------------------------- */

/* Takes a reader connection and the statement on it; sql_stmt_done() gives both back. A thread
 * that reads while it reads uses one connection for both. When all connections are taken for
 * longer than the busy timeout: NULL with ERR_BUSY. Writing here fails. */
struct sql_stmt *sql_query(struct sql_db *db, const struct sql_text *text, struct err *err);
void sql_stmt_done(struct sql_stmt **stmt);
void sql_scope_stmt(struct sql_stmt **stmt);
#define STMT_AUTO CLEANUP(sql_scope_stmt)

/* --- writing --------------------------------------------------------------------------------- */

/* Begins a write transaction. NULL with ERR_BUSY (locked beyond the timeout), ERR_FULL, ERR_IO. */
struct sql_tx *sql_begin(struct sql_db *db, struct err *err);
/* The same, waiting at most `timeout_ms` for another process. */
struct sql_tx *sql_begin_within(struct sql_db *db, int timeout_ms, struct err *err);
/* Commits; the transaction is over whatever is returned. Returns 0 or -1 (nothing written). */
int sql_commit(struct sql_tx **tx, struct err *err);
/* A transaction in which the tables of the database file at `path` are there too, for reading, as
 * `beside.<table>`. The file is of this program's own making. */
struct sql_tx *sql_begin_beside(struct sql_db *db, const char *path, struct err *err);
void sql_rollback(struct sql_tx **tx); /* NULL inside is allowed, so scopes can end with it */
void sql_scope_rollback(struct sql_tx **tx);
#define TX_AUTO CLEANUP(sql_scope_rollback)
/* A statement inside the transaction; sql_stmt_done() ends it, before or after the commit (after
 * it the handle only tells sql_changes() and sql_insert_id()). A thread holds one transaction at
 * a time: a second sql_begin() in it fails with ERR_INTERNAL. */
struct sql_stmt *sql_tx_stmt(struct sql_tx *tx, const struct sql_text *text, struct err *err);

/* --- using a statement ----------------------------------------------------------------------- */
/* Binds latch their failure; sql_step reports it. An unknown name is ERR_INTERNAL. */

void sql_bind_int(struct sql_stmt *stmt, const char *name, int64_t value);
void sql_bind_num(struct sql_stmt *stmt, const char *name, double value);
/* NULL binds SQL NULL. The text is copied. */
void sql_bind_text(struct sql_stmt *stmt, const char *name, const char *value);
void sql_bind_blob(struct sql_stmt *stmt, const char *name, const void *data, size_t len);
void sql_bind_null(struct sql_stmt *stmt, const char *name);

/* 1: a row is there; 0: no more (a write was done); -1: err (ERR_EXISTS for a duplicate,
 * ERR_INVALID for another constraint, ERR_BUSY, ERR_FULL, ERR_IO, ERR_INTERNAL). */
int sql_step(struct sql_stmt *stmt, struct err *err);
/* Runs a write to its end and makes the statement ready for other values. 0 or -1. */
int sql_run(struct sql_stmt *stmt, struct err *err);
int64_t sql_changes(struct sql_stmt *stmt);   /* rows changed by the last run */
int64_t sql_insert_id(struct sql_stmt *stmt); /* row id of the last insert */

/* Columns of the current row, by name; an unknown name aborts (a programming error). Texts are
 * valid until the next step; NULL columns give 0 / NULL. */
int64_t sql_col_int(struct sql_stmt *stmt, const char *column);
double sql_col_num(struct sql_stmt *stmt, const char *column);
const char *sql_col_text(struct sql_stmt *stmt, const char *column);
const void *sql_col_blob(struct sql_stmt *stmt, const char *column, size_t *len_r);
bool sql_col_is_null(struct sql_stmt *stmt, const char *column);

/* --- the whole ------------------------------------------------------------------------------- */

/* A number that changes whenever another connection or process has committed: asked every few
 * hundred milliseconds, costs microseconds. -1 on failure. */
int64_t sql_data_version(struct sql_db *db);
/* Bytes that the database holds, free pages not counted; -1 on failure. */
int64_t sql_size(struct sql_db *db);
/* Gives a slice of the free pages back to the file system: 1 when more are left, 0, or -1. */
int sql_shrink(struct sql_db *db, struct err *err);
/* Full integrity check; 0, or -1 with the first finding. */
int sql_check(struct sql_db *db, struct err *err);
/* Writes what is committed to the new file `path`, mode 0600, as a compact database of its own, while
 * others go on reading and writing. ERR_EXISTS when there is such a file; a failure leaves none. */
int sql_copy(struct sql_db *db, const char *path, struct err *err);
/* Runs `migrations` that are newer than the database, all in one transaction. A database newer
 * than the program is refused (ERR_UNSUPPORTED). Before anything is changed in a database that has
 * been used, a copy of it is put at "<keep>.v<its version>" (not with NULL); the last two such
 * copies stay. Where there is no room for the copy nothing is changed: ERR_FULL. */
struct sql_migration {
    int version; /* 1, 2, ... without gaps */
    const char *name;
    const char *sql; /* statements separated by semicolons */
};
struct sql_migrations {
    const struct sql_migration *items;
    size_t count;
};
int sql_migrate(struct sql_db *db, const struct sql_migrations *migrations, const char *keep,
                struct err *err);

#endif
