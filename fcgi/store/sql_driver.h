/* What a database behind sql.h has to offer. Private to store/.
 *
 * A driver knows connections and prepared statements and nothing of threads: sql.c sees to it
 * that one thread at a time uses a connection. Failures are put into `struct err` in the terms of
 * sql.h, so that no code of a database's own leaves its driver. */
#ifndef STORE_SQL_DRIVER_H
#define STORE_SQL_DRIVER_H

#include "store/sql.h"

enum sql_type { SQL_NULL, SQL_INT, SQL_NUM, SQL_TEXT, SQL_BLOB };

struct sql_value {
    enum sql_type type;
    int64_t integer;
    double number;
    const void *data; /* of TEXT and BLOB */
    size_t len;
};

/* A reader refuses to write. */
enum sql_role { SQL_READER, SQL_WRITER };

struct sql_driver {
    const char *name;
    unsigned caps; /* enum sql_caps */

    /* Makes the database if it is not there; called once, before the first connect. */
    int (*create)(const struct sql_options *options, struct err *err);
    /* True when all of a process must share one connection (":memory:"). */
    bool (*single)(const struct sql_options *options);
    void *(*connect)(const struct sql_options *options, enum sql_role role, struct err *err);
    void (*disconnect)(void *conn);
    /* The file was removed, or another took its place: what is written goes nowhere. */
    bool (*moved)(void *conn);

    /* Takes the write lock at once, or within `timeout_ms`. */
    int (*begin)(void *conn, int timeout_ms, struct err *err);
    int (*commit)(void *conn, struct err *err);
    void (*rollback)(void *conn);
    /* False once the database has rolled back by itself. */
    bool (*in_transaction)(void *conn);
    /* Makes another file of the driver's kind readable as schema "beside", outside a transaction. */
    int (*attach)(void *conn, const char *path, struct err *err);
    void (*detach)(void *conn);
    /* As sql_copy(). */
    int (*copy)(void *conn, const char *path, struct err *err);
    /* Runs several statements. */
    int (*script)(void *conn, const char *sql, struct err *err);

    int64_t (*data_version)(void *conn);
    int64_t (*size)(void *conn);
    int (*shrink)(void *conn, struct err *err); /* 1, 0 or -1, as sql_shrink() */
    int (*check)(void *conn, struct err *err);

    void *(*prepare)(void *conn, const struct sql_text *text, struct err *err);
    void (*finalize)(void *stmt);
    /* Ends a run and forgets the bound values. */
    void (*reset)(void *stmt);
    int (*param_count)(void *stmt);
    const char *(*param_name)(void *stmt, int index); /* without ":"; valid until the next call */
    int (*column_count)(void *stmt);
    const char *(*column_name)(void *stmt, int index); /* valid until the next call */
    /* Copies texts and blobs. */
    int (*bind)(void *stmt, int index, const struct sql_value *value, struct err *err);
    int (*step)(void *stmt, struct err *err); /* 1, 0 or -1 */
    bool (*col_is_null)(void *stmt, int index);
    int64_t (*col_int)(void *stmt, int index);
    double (*col_num)(void *stmt, int index);
    const char *(*col_text)(void *stmt, int index);
    const void *(*col_blob)(void *stmt, int index, size_t *len_r);
    int64_t (*changes)(void *stmt);
    int64_t (*insert_id)(void *stmt);
};

extern const struct sql_driver sql_sqlite_driver;

#endif
