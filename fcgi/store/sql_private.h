/* The insides of sql.h, shared by sql.c, sql_stmt.c and sql_migrate.c.
 *
 *   sql_db      two lanes of connections and what is known of the process that opened it
 *   sql_lane    connections of one role, taken and given back under the database's lock
 *   sql_conn    a connection and the statements that were compiled on it; belongs to the thread
 *               that took it, which may take it again (uses counts how often)
 *   sql_prepared  a compiled statement, kept as long as its connection
 *   sql_stmt    one use of a prepared statement */
#ifndef STORE_SQL_PRIVATE_H
#define STORE_SQL_PRIVATE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "store/sql_driver.h"

#define SQL_MAX_READERS 64

struct sql_prepared {
    struct sql_prepared *next;
    const struct sql_text *text;
    void *native;
    int param_count, column_count;
    char **params, **columns;    /* copies: a change of the schema compiles the statement anew */
    int param_next, column_next; /* where the next name is expected */
    bool busy;
};

struct sql_conn {
    void *native; /* NULL until first needed */
    enum sql_role role;
    pthread_t owner; /* while uses > 0 */
    unsigned uses;
    struct sql_prepared *prepared;
    struct sql_tx *tx;
};

struct sql_lane {
    struct sql_conn *conns;
    size_t count;
    pthread_cond_t freed;
};

struct sql_db {
    const struct sql_driver *driver;
    struct sql_options options;
    char *path;
    bool single;         /* readers use the writer's connection */
    pid_t pid;           /* who opened it */
    atomic_int reopened; /* connections that found another file in the place of theirs */
    pthread_mutex_t lock;
    struct sql_conn reader_conns[SQL_MAX_READERS];
    struct sql_conn writer_conn, watcher_conn;
    struct sql_lane readers, writer, watcher;
};

struct sql_tx {
    struct sql_db *db;
    struct sql_conn *conn;
    struct sql_stmt *stmts; /* those not yet done */
    bool dead;              /* the database has rolled back by itself */
    bool beside;            /* another database is attached */
};

struct sql_stmt {
    struct sql_db *db;
    struct sql_conn *conn; /* NULL once its transaction is over */
    struct sql_prepared *prepared;
    struct sql_tx *tx; /* NULL for a read */
    struct sql_stmt *next, *previous;
    struct err failure; /* of a bind, until the step */
    bool has_row;
    int64_t changes, insert_id;
};

/* Takes a connection of the lane, opened; waits at most `timeout_ms` for one. */
struct sql_conn *sql_conn_take(struct sql_db *db, struct sql_lane *lane, int timeout_ms,
                               struct err *err);
/* The same of the lane that reads go through, within the busy timeout. */
struct sql_conn *sql_reader_take(struct sql_db *db, struct err *err);
void sql_conn_give(struct sql_db *db, struct sql_lane *lane, struct sql_conn *conn);
/* The lane that reads go through. */
struct sql_lane *sql_read_lane(struct sql_db *db);

/* Compiles `text` on `conn`, or finds it compiled and not in use. */
struct sql_prepared *sql_prepared_take(struct sql_db *db, struct sql_conn *conn,
                                       const struct sql_text *text, struct err *err);
void sql_prepared_free_all(struct sql_db *db, struct sql_conn *conn);
/* Cuts a statement off its transaction, which is ending. */
void sql_stmt_detach(struct sql_stmt *stmt);

#endif
