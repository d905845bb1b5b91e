#include "store/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/sql_private.h"

static void lane_init(struct sql_lane *lane, struct sql_conn *conns, size_t count,
                      enum sql_role role)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&lane->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    lane->conns = conns;
    lane->count = count;
    for (size_t i = 0; i < count; i++)
        conns[i].role = role;
}

static struct sql_db *db_create(const struct sql_options *options)
{
    struct sql_db *db = xcalloc(1, sizeof(*db));
    db->driver = &sql_sqlite_driver;
    db->path = xstrdup(options->path);
    db->options = *options;
    db->options.path = db->path;
    if (db->options.readers < 1)
        db->options.readers = 1;
    if (db->options.readers > SQL_MAX_READERS)
        db->options.readers = SQL_MAX_READERS;
    db->single = db->driver->single(&db->options);
    db->pid = getpid();
    pthread_mutex_init(&db->lock, NULL);
    lane_init(&db->readers, db->reader_conns, (size_t)db->options.readers, SQL_READER);
    lane_init(&db->writer, &db->writer_conn, 1, SQL_WRITER);
    lane_init(&db->watcher, &db->watcher_conn, 1, SQL_READER);
    return db;
}

static void db_destroy(struct sql_db *db)
{
    pthread_cond_destroy(&db->readers.freed);
    pthread_cond_destroy(&db->writer.freed);
    pthread_cond_destroy(&db->watcher.freed);
    pthread_mutex_destroy(&db->lock);
    free(db->path);
    free(db);
}

struct sql_db *sql_open(const struct sql_options *options, struct err *err)
{
    struct sql_db *db = db_create(options);
    struct sql_conn *conn = NULL;
    if (db->driver->create(&db->options, err) == 0)
        conn = sql_reader_take(db, err);
    if (conn == NULL) {
        err_prefix(err, "%s", options->path);
        db_destroy(db);
        return NULL;
    }
    sql_conn_give(db, sql_read_lane(db), conn);
    return db;
}

static void conn_close(struct sql_db *db, struct sql_conn *conn)
{
    sql_prepared_free_all(db, conn);
    db->driver->disconnect(conn->native);
    conn->native = NULL;
}

static void lane_close(struct sql_db *db, struct sql_lane *lane)
{
    for (size_t i = 0; i < lane->count; i++)
        if (lane->conns[i].native != NULL)
            conn_close(db, &lane->conns[i]);
}

void sql_close(struct sql_db **db_at)
{
    struct sql_db *db = *db_at;
    *db_at = NULL;
    if (db == NULL)
        return;
    /* What a child of fork() inherited is its parent's: it must not be touched, not even closed. */
    if (db->pid != getpid())
        return;
    lane_close(db, &db->watcher);
    lane_close(db, &db->readers);
    lane_close(db, &db->writer);
    db_destroy(db);
}

unsigned sql_caps(const struct sql_db *db)
{
    return db->driver->caps;
}

/* --- connections ----------------------------------------------------------------------------- */

struct sql_lane *sql_read_lane(struct sql_db *db)
{
    return db->single ? &db->writer : &db->readers;
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += timeout_ms / 1000;
    at.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (at.tv_nsec >= 1000000000L) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000L;
    }
    return at;
}

/* The connection that this thread holds already, else a free one (an open one first). */
static struct sql_conn *lane_claim(struct sql_lane *lane)
{
    struct sql_conn *idle = NULL;
    for (size_t i = 0; i < lane->count; i++) {
        struct sql_conn *conn = &lane->conns[i];
        if (conn->uses > 0 && pthread_equal(conn->owner, pthread_self()))
            return conn;
        if (conn->uses == 0 && (idle == NULL || (idle->native == NULL && conn->native != NULL)))
            idle = conn;
    }
    return idle;
}

static struct sql_conn *lane_wait(struct sql_db *db, struct sql_lane *lane, int timeout_ms)
{
    struct timespec deadline = deadline_in(timeout_ms);
    LOCK_SCOPE(&db->lock);
    struct sql_conn *conn = lane_claim(lane);
    int rc = 0;
    while (conn == NULL && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&lane->freed, &db->lock, &deadline);
        conn = lane_claim(lane);
    }
    if (conn != NULL) {
        conn->owner = pthread_self();
        conn->uses++;
    }
    return conn;
}

/* What the file that was opened would still take in nobody would read again. */
static void conn_let_go(struct sql_db *db, struct sql_conn *conn)
{
    char path[512];
    log_event(LOG_ERROR, "store.moved", "file=%s", log_quote(db->path, path, sizeof(path)));
    conn_close(db, conn);
    db->reopened++;
}

struct sql_conn *sql_conn_take(struct sql_db *db, struct sql_lane *lane, int timeout_ms,
                               struct err *err)
{
    if (db->pid != getpid()) {
        err_set(err, ERR_INTERNAL, "the database was opened before fork()");
        return NULL;
    }
    struct sql_conn *conn = lane_wait(db, lane, timeout_ms);
    if (conn == NULL) {
        err_set(err, ERR_BUSY, "no connection to the database became free within %d ms",
                timeout_ms);
        return NULL;
    }
    if (conn->native != NULL && conn->uses == 1 && db->driver->moved(conn->native))
        conn_let_go(db, conn);
    if (conn->native == NULL)
        conn->native = db->driver->connect(&db->options, conn->role, err);
    if (conn->native == NULL) {
        sql_conn_give(db, lane, conn);
        return NULL;
    }
    return conn;
}

struct sql_conn *sql_reader_take(struct sql_db *db, struct err *err)
{
    return sql_conn_take(db, sql_read_lane(db), db->options.busy_timeout_ms, err);
}

void sql_conn_give(struct sql_db *db, struct sql_lane *lane, struct sql_conn *conn)
{
    LOCK_SCOPE(&db->lock);
    if (--conn->uses == 0)
        pthread_cond_signal(&lane->freed);
}

/* --- transactions ---------------------------------------------------------------------------- */

struct sql_tx *sql_begin(struct sql_db *db, struct err *err)
{
    return sql_begin_within(db, db->options.busy_timeout_ms, err);
}

static int conn_begin_beside(struct sql_db *db, struct sql_conn *conn, const char *path,
                             int timeout_ms, struct err *err)
{
    if (path != NULL && db->driver->attach(conn->native, path, err) != 0)
        return -1;
    if (db->driver->begin(conn->native, timeout_ms, err) == 0)
        return 0;
    if (path != NULL)
        db->driver->detach(conn->native);
    return -1;
}

static struct sql_tx *tx_begin(struct sql_db *db, const char *beside, int timeout_ms,
                               struct err *err)
{
    struct sql_conn *conn = sql_conn_take(db, &db->writer, timeout_ms, err);
    if (conn == NULL)
        return NULL;
    int rc = conn->tx != NULL ? err_set(err, ERR_INTERNAL, "a transaction inside a transaction")
                              : conn_begin_beside(db, conn, beside, timeout_ms, err);
    if (rc != 0) {
        sql_conn_give(db, &db->writer, conn);
        return NULL;
    }
    struct sql_tx *tx = xcalloc(1, sizeof(*tx));
    tx->db = db;
    tx->conn = conn;
    tx->beside = beside != NULL;
    conn->tx = tx;
    return tx;
}

struct sql_tx *sql_begin_within(struct sql_db *db, int timeout_ms, struct err *err)
{
    return tx_begin(db, NULL, timeout_ms, err);
}

struct sql_tx *sql_begin_beside(struct sql_db *db, const char *path, struct err *err)
{
    return tx_begin(db, path, db->options.busy_timeout_ms, err);
}

/* What was compiled for tables of the other database goes with it. */
static void tx_part(struct sql_tx *tx)
{
    sql_prepared_free_all(tx->db, tx->conn);
    tx->db->driver->detach(tx->conn->native);
}

static void tx_end(struct sql_tx *tx)
{
    if (tx->beside)
        tx_part(tx);
    tx->conn->tx = NULL;
    sql_conn_give(tx->db, &tx->db->writer, tx->conn);
    free(tx);
}

static void tx_detach_all(struct sql_tx *tx)
{
    while (tx->stmts != NULL)
        sql_stmt_detach(tx->stmts);
}

int sql_commit(struct sql_tx **tx_at, struct err *err)
{
    struct sql_tx *tx = *tx_at;
    *tx_at = NULL;
    tx_detach_all(tx);
    int rc = tx->dead ? err_set(err, ERR_IO, "the transaction failed before its end")
                      : tx->db->driver->commit(tx->conn->native, err);
    if (rc != 0)
        tx->db->driver->rollback(tx->conn->native);
    tx_end(tx);
    return rc;
}

void sql_rollback(struct sql_tx **tx_at)
{
    struct sql_tx *tx = *tx_at;
    *tx_at = NULL;
    if (tx == NULL)
        return;
    tx_detach_all(tx);
    tx->db->driver->rollback(tx->conn->native);
    tx_end(tx);
}

void sql_scope_rollback(struct sql_tx **tx)
{
    sql_rollback(tx);
}

/* --- the whole ------------------------------------------------------------------------------- */

int64_t sql_data_version(struct sql_db *db)
{
    /* Versions of two connections cannot be compared, so one connection is kept for asking. */
    struct sql_lane *lane = db->single ? &db->writer : &db->watcher;
    struct sql_conn *conn = sql_conn_take(db, lane, db->options.busy_timeout_ms, NULL);
    if (conn == NULL)
        return -1;
    int64_t version = db->driver->data_version(conn->native);
    sql_conn_give(db, lane, conn);
    /* Another file begins to count anew. */
    return version < 0 ? version : version + ((int64_t)db->reopened << 32);
}

int64_t sql_size(struct sql_db *db)
{
    struct sql_conn *conn = sql_reader_take(db, NULL);
    if (conn == NULL)
        return -1;
    int64_t size = db->driver->size(conn->native);
    sql_conn_give(db, sql_read_lane(db), conn);
    return size;
}

int sql_shrink(struct sql_db *db, struct err *err)
{
    struct sql_conn *conn = sql_conn_take(db, &db->writer, db->options.busy_timeout_ms, err);
    if (conn == NULL)
        return -1;
    int rc = conn->tx != NULL ? err_set(err, ERR_INTERNAL, "shrinking inside a transaction")
                              : db->driver->shrink(conn->native, err);
    sql_conn_give(db, &db->writer, conn);
    return rc;
}

int sql_copy(struct sql_db *db, const char *path, struct err *err)
{
    struct sql_conn *conn = sql_reader_take(db, err);
    if (conn == NULL)
        return -1;
    int rc = db->driver->copy(conn->native, path, err);
    sql_conn_give(db, sql_read_lane(db), conn);
    return rc;
}

int sql_check(struct sql_db *db, struct err *err)
{
    struct sql_conn *conn = sql_reader_take(db, err);
    if (conn == NULL)
        return -1;
    int rc = db->driver->check(conn->native, err);
    sql_conn_give(db, sql_read_lane(db), conn);
    return rc;
}
