#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/sql_private.h"

/* --- compiled statements --------------------------------------------------------------------- */

static struct sql_prepared *prepared_compile(struct sql_db *db, struct sql_conn *conn,
                                             const struct sql_text *text, struct err *err)
{
    const struct sql_driver *driver = db->driver;
    void *native = driver->prepare(conn->native, text, err);
    if (native == NULL) {
        err_prefix(err, "%s", text->name);
        return NULL;
    }
    struct sql_prepared *prepared = xcalloc(1, sizeof(*prepared));
    prepared->text = text;
    prepared->native = native;
    prepared->param_count = driver->param_count(native);
    prepared->params = xcalloc((size_t)prepared->param_count, sizeof(char *));
    for (int i = 0; i < prepared->param_count; i++)
        prepared->params[i] = xstrdup(driver->param_name(native, i));
    prepared->column_count = driver->column_count(native);
    prepared->columns = xcalloc((size_t)prepared->column_count, sizeof(char *));
    for (int i = 0; i < prepared->column_count; i++)
        prepared->columns[i] = xstrdup(driver->column_name(native, i));
    prepared->next = conn->prepared;
    conn->prepared = prepared;
    return prepared;
}

struct sql_prepared *sql_prepared_take(struct sql_db *db, struct sql_conn *conn,
                                       const struct sql_text *text, struct err *err)
{
    struct sql_prepared *prepared = conn->prepared;
    while (prepared != NULL && (prepared->busy || prepared->text->text != text->text))
        prepared = prepared->next;
    if (prepared == NULL)
        prepared = prepared_compile(db, conn, text, err);
    if (prepared != NULL)
        prepared->busy = true;
    return prepared;
}

static void prepared_free(struct sql_db *db, struct sql_prepared *prepared)
{
    for (int i = 0; i < prepared->param_count; i++)
        free(prepared->params[i]);
    for (int i = 0; i < prepared->column_count; i++)
        free(prepared->columns[i]);
    free(prepared->columns);
    free(prepared->params);
    db->driver->finalize(prepared->native);
    free(prepared);
}

void sql_prepared_free_all(struct sql_db *db, struct sql_conn *conn)
{
    while (conn->prepared != NULL) {
        struct sql_prepared *prepared = conn->prepared;
        conn->prepared = prepared->next;
        prepared_free(db, prepared);
    }
}

/* Names are asked for in the order in which a statement lists them, so the search begins where
 * the last one ended and nearly always finds at once. */
static int name_index(char *const *names, int count, int *next, const char *name)
{
    for (int i = 0; i < count; i++) {
        int index = (*next + i) % count;
        if (names[index] != NULL && strcmp(names[index], name) == 0) {
            *next = index + 1;
            return index;
        }
    }
    return -1;
}

/* --- one use --------------------------------------------------------------------------------- */

static struct sql_stmt *stmt_create(struct sql_db *db, struct sql_conn *conn,
                                    const struct sql_text *text, struct err *err)
{
    struct sql_prepared *prepared = sql_prepared_take(db, conn, text, err);
    if (prepared == NULL)
        return NULL;
    struct sql_stmt *stmt = xcalloc(1, sizeof(*stmt));
    stmt->db = db;
    stmt->conn = conn;
    stmt->prepared = prepared;
    return stmt;
}

struct sql_stmt *sql_query(struct sql_db *db, const struct sql_text *text, struct err *err)
{
    struct sql_conn *conn = sql_reader_take(db, err);
    if (conn == NULL)
        return NULL;
    struct sql_stmt *stmt = stmt_create(db, conn, text, err);
    if (stmt == NULL)
        sql_conn_give(db, sql_read_lane(db), conn);
    return stmt;
}

static int tx_dead(struct err *err)
{
    return err_set(err, ERR_IO, "the database has given the transaction up");
}

struct sql_stmt *sql_tx_stmt(struct sql_tx *tx, const struct sql_text *text, struct err *err)
{
    if (tx->dead) {
        tx_dead(err);
        return NULL;
    }
    struct sql_stmt *stmt = stmt_create(tx->db, tx->conn, text, err);
    if (stmt == NULL)
        return NULL;
    stmt->tx = tx;
    stmt->next = tx->stmts;
    if (tx->stmts != NULL)
        tx->stmts->previous = stmt;
    tx->stmts = stmt;
    return stmt;
}

static void stmt_release(struct sql_stmt *stmt)
{
    stmt->db->driver->reset(stmt->prepared->native);
    stmt->prepared->busy = false;
    stmt->prepared = NULL;
    stmt->has_row = false;
}

void sql_stmt_detach(struct sql_stmt *stmt)
{
    stmt_release(stmt);
    if (stmt->previous != NULL)
        stmt->previous->next = stmt->next;
    else
        stmt->tx->stmts = stmt->next;
    if (stmt->next != NULL)
        stmt->next->previous = stmt->previous;
    stmt->tx = NULL;
    stmt->conn = NULL;
}

void sql_stmt_done(struct sql_stmt **stmt_at)
{
    struct sql_stmt *stmt = *stmt_at;
    *stmt_at = NULL;
    if (stmt == NULL)
        return;
    if (stmt->tx != NULL) {
        sql_stmt_detach(stmt);
    } else if (stmt->conn != NULL) {
        stmt_release(stmt);
        sql_conn_give(stmt->db, sql_read_lane(stmt->db), stmt->conn);
    }
    free(stmt);
}

void sql_scope_stmt(struct sql_stmt **stmt)
{
    sql_stmt_done(stmt);
}

/* --- binding --------------------------------------------------------------------------------- */

static void stmt_bind(struct sql_stmt *stmt, const char *name, const struct sql_value *value)
{
    struct sql_prepared *prepared = stmt->prepared;
    if (prepared == NULL || stmt->failure.code != ERR_NONE)
        return;
    if (name[0] == ':')
        name++;
    int index = name_index(prepared->params, prepared->param_count, &prepared->param_next, name);
    if (index < 0)
        err_set(&stmt->failure, ERR_INTERNAL, "%s: there is no parameter \"%s\"",
                prepared->text->name, name);
    else if (stmt->db->driver->bind(prepared->native, index, value, &stmt->failure) != 0)
        err_prefix(&stmt->failure, "%s: %s", prepared->text->name, name);
}

void sql_bind_int(struct sql_stmt *stmt, const char *name, int64_t value)
{
    stmt_bind(stmt, name, &(struct sql_value){.type = SQL_INT, .integer = value});
}

void sql_bind_num(struct sql_stmt *stmt, const char *name, double value)
{
    stmt_bind(stmt, name, &(struct sql_value){.type = SQL_NUM, .number = value});
}

void sql_bind_text(struct sql_stmt *stmt, const char *name, const char *value)
{
    struct sql_value bound = {.type = SQL_NULL};
    if (value != NULL)
        bound = (struct sql_value){.type = SQL_TEXT, .data = value, .len = strlen(value)};
    stmt_bind(stmt, name, &bound);
}

void sql_bind_blob(struct sql_stmt *stmt, const char *name, const void *data, size_t len)
{
    struct sql_value bound = {.type = SQL_NULL};
    if (data != NULL)
        bound = (struct sql_value){.type = SQL_BLOB, .data = data, .len = len};
    stmt_bind(stmt, name, &bound);
}

void sql_bind_null(struct sql_stmt *stmt, const char *name)
{
    stmt_bind(stmt, name, &(struct sql_value){.type = SQL_NULL});
}

/* --- running --------------------------------------------------------------------------------- */

/* What stands in the way of a step: a bind that failed, or a transaction that is over. */
static int stmt_ready(struct sql_stmt *stmt, struct err *err)
{
    if (stmt->prepared == NULL)
        return err_set(err, ERR_INTERNAL, "a statement used after its transaction");
    if (stmt->failure.code != ERR_NONE)
        return err_set(err, stmt->failure.code, "%s", stmt->failure.text);
    return stmt->tx != NULL && stmt->tx->dead ? tx_dead(err) : 0;
}

int sql_step(struct sql_stmt *stmt, struct err *err)
{
    const struct sql_driver *driver = stmt->db->driver;
    stmt->has_row = false;
    if (stmt_ready(stmt, err) != 0)
        return -1;
    void *native = stmt->prepared->native;
    int rc = driver->step(native, err);
    stmt->has_row = rc == 1;
    if (rc == 0 && stmt->tx != NULL) {
        stmt->changes = driver->changes(native);
        stmt->insert_id = driver->insert_id(native);
    } else if (rc < 0) {
        err_prefix(err, "%s", stmt->prepared->text->name);
        /* A full disk makes SQLite roll back by itself; what follows must not run outside. */
        if (stmt->tx != NULL)
            stmt->tx->dead = !driver->in_transaction(stmt->conn->native);
    }
    return rc;
}

int sql_run(struct sql_stmt *stmt, struct err *err)
{
    int rc;
    do {
        rc = sql_step(stmt, err);
    } while (rc == 1);
    if (stmt->prepared != NULL)
        stmt->db->driver->reset(stmt->prepared->native);
    err_clear(&stmt->failure);
    return rc;
}

int64_t sql_changes(struct sql_stmt *stmt)
{
    return stmt->changes;
}

int64_t sql_insert_id(struct sql_stmt *stmt)
{
    return stmt->insert_id;
}

/* --- columns --------------------------------------------------------------------------------- */

/* The index of a column, or -1 when there is no row to read. */
static int stmt_column(struct sql_stmt *stmt, const char *column)
{
    if (!stmt->has_row)
        return -1;
    struct sql_prepared *prepared = stmt->prepared;
    int index =
        name_index(prepared->columns, prepared->column_count, &prepared->column_next, column);
    if (index < 0) {
        log_event(LOG_CRITICAL, "sql.unknown_column", "statement=%s column=%s",
                  prepared->text->name, column);
        abort();
    }
    return index;
}

int64_t sql_col_int(struct sql_stmt *stmt, const char *column)
{
    int index = stmt_column(stmt, column);
    return index < 0 ? 0 : stmt->db->driver->col_int(stmt->prepared->native, index);
}

double sql_col_num(struct sql_stmt *stmt, const char *column)
{
    int index = stmt_column(stmt, column);
    return index < 0 ? 0 : stmt->db->driver->col_num(stmt->prepared->native, index);
}

const char *sql_col_text(struct sql_stmt *stmt, const char *column)
{
    int index = stmt_column(stmt, column);
    return index < 0 ? NULL : stmt->db->driver->col_text(stmt->prepared->native, index);
}

const void *sql_col_blob(struct sql_stmt *stmt, const char *column, size_t *len_r)
{
    *len_r = 0;
    int index = stmt_column(stmt, column);
    return index < 0 ? NULL : stmt->db->driver->col_blob(stmt->prepared->native, index, len_r);
}

bool sql_col_is_null(struct sql_stmt *stmt, const char *column)
{
    int index = stmt_column(stmt, column);
    return index < 0 || stmt->db->driver->col_is_null(stmt->prepared->native, index);
}
