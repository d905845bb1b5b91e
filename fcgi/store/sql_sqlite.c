/* SQLite behind sql.h: what the program keeps goes through here.
 *
 * Write-ahead log, so that readers and the writer do not wait for each other; synchronous=NORMAL,
 * which survives the death of the process at any moment and loses at most the last commits when
 * the machine loses power. Foreign keys are enforced. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"
#include "store/sql_driver.h"

#define MEMORY ":memory:"
/* Pages given back at a time: 2 MiB, a few milliseconds. */
#define SHRINK_SQL "PRAGMA incremental_vacuum(512)"

struct sqlite_conn {
    sqlite3 *db;
    int timeout_ms;
    int64_t busy_since_ms;
};

/* --- errors ---------------------------------------------------------------------------------- */

/* SQLite does not keep the system's error of a failed commit: that is still in errno. */
static enum err_code code_of_io(sqlite3 *db)
{
    int problem = db == NULL ? 0 : sqlite3_system_errno(db);
    switch (problem != 0 ? problem : errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    default:
        return ERR_IO;
    }
}

static enum err_code code_of(sqlite3 *db, int rc)
{
    static const struct {
        int primary;
        enum err_code code;
    } codes[] = {
        {SQLITE_BUSY, ERR_BUSY},          {SQLITE_LOCKED, ERR_BUSY},
        {SQLITE_PROTOCOL, ERR_BUSY},      {SQLITE_FULL, ERR_FULL},
        {SQLITE_CONSTRAINT, ERR_INVALID}, {SQLITE_ERROR, ERR_INTERNAL},
        {SQLITE_MISUSE, ERR_INTERNAL},    {SQLITE_RANGE, ERR_INTERNAL},
        {SQLITE_TOOBIG, ERR_TOO_LARGE},   {SQLITE_CORRUPT, ERR_DAMAGED},
        {SQLITE_NOTADB, ERR_DAMAGED},
    };
    if (rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
        rc == SQLITE_CONSTRAINT_ROWID)
        return ERR_EXISTS;
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].primary == (rc & 0xff))
            return codes[i].code;
    return code_of_io(db);
}

static int fail(sqlite3 *db, int rc, struct err *err)
{
    enum err_code code = code_of(db, rc);
    if (code == ERR_FULL)
        return err_set(err, code, "the disk is full");
    return err_set(err, code, "%s", db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

/* --- connections ----------------------------------------------------------------------------- */

static bool conn_single(const struct sql_options *options)
{
    return text_eq(options->path, MEMORY);
}

/* SQLite would make the file with the mode that umask leaves; its log files take the mode of the
 * database. An existing file is not even opened: closing it would drop the process's locks. */
static int file_create(const struct sql_options *options, struct err *err)
{
    if (conn_single(options))
        return 0;
    int fd = open(options->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    else if (errno != EEXIST)
        return err_set(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO, "%s",
                       strerror(errno));
    return 0;
}

/* Waits for another process's lock: 0.25 ms doubling to 8 ms, half of it by chance so that
 * waiters do not march in step, until the timeout is over. */
static int busy_wait(void *ctx, int tries)
{
    struct sqlite_conn *conn = ctx;
    int64_t now = clock_mono_ms();
    if (tries == 0)
        conn->busy_since_ms = now;
    if (now - conn->busy_since_ms >= conn->timeout_ms)
        return 0;
    uint64_t pause_us = 250u << (tries < 5 ? tries : 5);
    pause_us = pause_us / 2 + rand_below(pause_us / 2 + 1);
    nanosleep(&(struct timespec){.tv_nsec = (long)pause_us * 1000}, NULL);
    return 1;
}

static int exec(struct sqlite_conn *conn, const char *sql, struct err *err)
{
    errno = 0;
    int rc = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : fail(conn->db, rc, err);
}

/* The first column of the first row. */
static int64_t exec_int(struct sqlite_conn *conn, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

/* Switches to the write-ahead log. While two processes make one database at once SQLite answers
 * "busy" without asking the busy handler, hence the loop. */
static int conn_set_journal(struct sqlite_conn *conn, struct err *err)
{
    int rc;
    int tries = 0;
    bool wal = false;
    do {
        sqlite3_stmt *stmt = NULL;
        rc = sqlite3_prepare_v2(conn->db, "PRAGMA journal_mode=WAL", -1, &stmt, NULL);
        if (rc == SQLITE_OK)
            rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
            wal = text_ieq((const char *)sqlite3_column_text(stmt, 0), "wal");
        sqlite3_finalize(stmt);
    } while ((rc & 0xff) == SQLITE_BUSY && busy_wait(conn, tries++));
    if (rc != SQLITE_ROW)
        return fail(conn->db, rc, err);
    /* Some network file systems cannot share the log's index: the old journal works there. */
    return exec(conn, wal ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL", err);
}

static int conn_set_up(struct sqlite_conn *conn, const struct sql_options *options,
                       enum sql_role role, struct err *err)
{
    static const char common[] = "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                                 "PRAGMA trusted_schema=OFF;"
                                 "PRAGMA journal_size_limit=8388608;";
    static const char *const usual_cache[] = {
        [SQL_WRITER] = "PRAGMA cache_size=-2048", [SQL_READER] = "PRAGMA cache_size=-1024"};
    static const char *const lean_cache[] = {
        [SQL_WRITER] = "PRAGMA cache_size=-256", [SQL_READER] = "PRAGMA cache_size=-128"};
    sqlite3_extended_result_codes(conn->db, 1);
    sqlite3_busy_handler(conn->db, busy_wait, conn);
    /* Only in a database that is still empty, and it would take the write lock of another: freed
     * pages can be given back later. */
    if (exec_int(conn, "PRAGMA page_count") == 0 &&
        exec(conn, "PRAGMA auto_vacuum=INCREMENTAL", err) != 0)
        return -1;
    if (conn_set_journal(conn, err) != 0 || exec(conn, common, err) != 0)
        return -1;
    const char *cache = options->lean ? lean_cache[role] : usual_cache[role];
    if (exec(conn, cache, err) != 0)
        return -1;
    return role == SQL_READER ? exec(conn, "PRAGMA query_only=ON", err) : 0;
}

static void conn_disconnect(void *native)
{
    struct sqlite_conn *conn = native;
    int rc = sqlite3_close(conn->db);
    if (rc != SQLITE_OK)
        log_event(LOG_ERROR, "sqlite.close", "error=%d", rc);
    free(conn);
}

/* Nobody asks SQLite how much memory it has, and its counting takes a lock of the whole process for
 * every piece. Nor need a connection begin with room for twenty pages, or have room of its own for small pieces, which
 * statements that are kept do not use: there are half a dozen connections, and some only ever look at one page.
 * Refused, without harm, where SQLite runs already. */
static void use_little_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

static void *conn_connect(const struct sql_options *options, enum sql_role role, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite_conn *conn = xcalloc(1, sizeof(*conn));
    pthread_once(&once, use_little_memory);
    conn->timeout_ms = options->busy_timeout_ms;
    /* NOMUTEX: sql.c gives a connection to one thread at a time. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (conn_single(options))
        flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    errno = 0;
    int rc = sqlite3_open_v2(options->path, &conn->db, flags, NULL);
    if (rc != SQLITE_OK)
        fail(conn->db, rc, err);
    else
        rc = conn_set_up(conn, options, role, err);
    if (rc == 0)
        return conn;
    conn_disconnect(conn);
    return NULL;
}

static bool conn_moved(void *native)
{
    struct sqlite_conn *conn = native;
    int moved = 0;
    int rc = sqlite3_file_control(conn->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return rc == SQLITE_OK && moved != 0;
}

static int conn_begin(void *native, int timeout_ms, struct err *err)
{
    struct sqlite_conn *conn = native;
    int usual_ms = conn->timeout_ms;
    conn->timeout_ms = timeout_ms;
    int rc = exec(conn, "BEGIN IMMEDIATE", err);
    conn->timeout_ms = usual_ms;
    return rc;
}

static int conn_commit(void *native, struct err *err)
{
    return exec(native, "COMMIT", err);
}

static bool conn_in_transaction(void *native)
{
    struct sqlite_conn *conn = native;
    return sqlite3_get_autocommit(conn->db) == 0;
}

static void conn_rollback(void *native)
{
    if (conn_in_transaction(native))
        exec(native, "ROLLBACK", NULL);
}

static int conn_script(void *native, const char *sql, struct err *err)
{
    return exec(native, sql, err);
}

/* Runs one statement with the path bound to it. */
static int exec_path(struct sqlite_conn *conn, const char *sql, const char *path, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    errno = 0;
    int rc = sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    int result = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : fail(conn->db, rc, err);
    sqlite3_finalize(stmt);
    return result;
}

static int conn_attach(void *native, const char *path, struct err *err)
{
    return exec_path(native, "ATTACH :path AS beside", path, err);
}

static void conn_detach(void *native)
{
    exec(native, "DETACH beside", NULL);
}

/* What failed with errno, about the file `path`. */
static int file_fail(const char *path, struct err *err)
{
    return err_set(err,
                   errno == EEXIST                      ? ERR_EXISTS
                   : errno == ENOSPC || errno == EDQUOT ? ERR_FULL
                                                        : ERR_IO,
                   "%s: %s", path, strerror(errno));
}

static int conn_copy(void *native, const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return file_fail(path, err);
    close(fd);
    /* To a reader the new file would be as forbidden as the old one. */
    bool reader = exec_int(native, "PRAGMA query_only") == 1;
    int rc = reader ? exec(native, "PRAGMA query_only=OFF", err) : 0;
    if (rc == 0)
        rc = exec_path(native, "VACUUM INTO :path", path, err);
    if (reader)
        exec(native, "PRAGMA query_only=ON", NULL);
    if (rc == 0)
        rc = file_flush(path) == 0 ? 0 : file_fail(path, err); /* SQLite leaves that to us */
    if (rc != 0)
        unlink(path);
    return rc;
}

static int64_t conn_data_version(void *native)
{
    return exec_int(native, "PRAGMA data_version");
}

static int64_t conn_size(void *native)
{
    return exec_int(native, "SELECT (c.page_count - f.freelist_count) * s.page_size"
                            " FROM pragma_page_count c, pragma_freelist_count f,"
                            " pragma_page_size s");
}

static int conn_shrink(void *native, struct err *err)
{
    int64_t before = exec_int(native, "PRAGMA freelist_count");
    if (before > 0 && exec(native, SHRINK_SQL, err) != 0)
        return -1;
    int64_t after = exec_int(native, "PRAGMA freelist_count");
    return after > 0 && after < before;
}

/* Runs a check that lists its findings: `good` is the row of a sound database, NULL for none. */
static int check_rows(struct sqlite_conn *conn, const char *sql, const char *good, struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(conn->db, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    int result = 0;
    if (rc == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);
        if (good == NULL || !text_eq(text, good))
            result = err_set(err, ERR_IO, "%s: %s",
                             good != NULL ? "integrity" : "a reference leads nowhere in table",
                             text != NULL ? text : "?");
    } else if (rc != SQLITE_DONE) {
        result = fail(conn->db, rc, err);
    }
    sqlite3_finalize(stmt);
    return result;
}

static int conn_check(void *native, struct err *err)
{
    if (check_rows(native, "PRAGMA integrity_check(1)", "ok", err) != 0)
        return -1;
    return check_rows(native, "PRAGMA foreign_key_check", NULL, err);
}

/* --- statements ------------------------------------------------------------------------------ */

static void *stmt_prepare(void *native, const struct sql_text *text, struct err *err)
{
    struct sqlite_conn *conn = native;
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v3(conn->db, text->text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (rc != SQLITE_OK) {
        fail(conn->db, rc, err);
        return NULL;
    }
    if (stmt == NULL)
        err_set(err, ERR_INTERNAL, "no statement in the text");
    return stmt;
}

static void stmt_finalize(void *stmt)
{
    sqlite3_finalize(stmt);
}

static void stmt_reset(void *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

static int stmt_param_count(void *stmt)
{
    return sqlite3_bind_parameter_count(stmt);
}

static const char *stmt_param_name(void *stmt, int index)
{
    const char *name = sqlite3_bind_parameter_name(stmt, index + 1);
    return name == NULL ? NULL : name + 1;
}

static int stmt_column_count(void *stmt)
{
    return sqlite3_column_count(stmt);
}

static const char *stmt_column_name(void *stmt, int index)
{
    return sqlite3_column_name(stmt, index);
}

static int stmt_bind(void *stmt, int index, const struct sql_value *value, struct err *err)
{
    int rc = SQLITE_OK;
    switch (value->type) {
    case SQL_NULL:
        rc = sqlite3_bind_null(stmt, index + 1);
        break;
    case SQL_INT:
        rc = sqlite3_bind_int64(stmt, index + 1, value->integer);
        break;
    case SQL_NUM:
        rc = sqlite3_bind_double(stmt, index + 1, value->number);
        break;
    case SQL_TEXT:
        rc = sqlite3_bind_text64(stmt, index + 1, value->data, value->len, SQLITE_TRANSIENT,
                                 SQLITE_UTF8);
        break;
    case SQL_BLOB:
        rc = sqlite3_bind_blob64(stmt, index + 1, value->data, value->len, SQLITE_TRANSIENT);
        break;
    }
    return rc == SQLITE_OK ? 0 : fail(sqlite3_db_handle(stmt), rc, err);
}

static int stmt_step(void *stmt, struct err *err)
{
    errno = 0;
    int rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return 1;
    return rc == SQLITE_DONE ? 0 : fail(sqlite3_db_handle(stmt), rc, err);
}

static bool stmt_col_is_null(void *stmt, int index)
{
    return sqlite3_column_type(stmt, index) == SQLITE_NULL;
}

static int64_t stmt_col_int(void *stmt, int index)
{
    return sqlite3_column_int64(stmt, index);
}

static double stmt_col_num(void *stmt, int index)
{
    return sqlite3_column_double(stmt, index);
}

static const char *stmt_col_text(void *stmt, int index)
{
    return (const char *)sqlite3_column_text(stmt, index);
}

static const void *stmt_col_blob(void *stmt, int index, size_t *len_r)
{
    const void *data = sqlite3_column_blob(stmt, index);
    *len_r = (size_t)sqlite3_column_bytes(stmt, index);
    return data;
}

static int64_t stmt_changes(void *stmt)
{
    return sqlite3_changes(sqlite3_db_handle(stmt));
}

static int64_t stmt_insert_id(void *stmt)
{
    return sqlite3_last_insert_rowid(sqlite3_db_handle(stmt));
}

const struct sql_driver sql_sqlite_driver = {
    .name = "sqlite",
    .caps = SQL_CAP_ON_CONFLICT | SQL_CAP_RETURNING | SQL_CAP_DATA_VERSION,
    .create = file_create,
    .single = conn_single,
    .connect = conn_connect,
    .disconnect = conn_disconnect,
    .moved = conn_moved,
    .begin = conn_begin,
    .commit = conn_commit,
    .rollback = conn_rollback,
    .in_transaction = conn_in_transaction,
    .attach = conn_attach,
    .detach = conn_detach,
    .copy = conn_copy,
    .script = conn_script,
    .data_version = conn_data_version,
    .size = conn_size,
    .shrink = conn_shrink,
    .check = conn_check,
    .prepare = stmt_prepare,
    .finalize = stmt_finalize,
    .reset = stmt_reset,
    .param_count = stmt_param_count,
    .param_name = stmt_param_name,
    .column_count = stmt_column_count,
    .column_name = stmt_column_name,
    .bind = stmt_bind,
    .step = stmt_step,
    .col_is_null = stmt_col_is_null,
    .col_int = stmt_col_int,
    .col_num = stmt_col_num,
    .col_text = stmt_col_text,
    .col_blob = stmt_col_blob,
    .changes = stmt_changes,
    .insert_id = stmt_insert_id,
};
