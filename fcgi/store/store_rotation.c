#include "store/store_rotation.h"

#include <stdlib.h>

#include "base/vec.h"
#include "store/store_private.h"

VEC(progress_rows, struct store_progress);

static const struct sql_text PROGRESS_GET = {
    "progress_get", "SELECT key_id, progress FROM rotation WHERE model = :model ORDER BY key_id"};
static const struct sql_text PROGRESS_PUT = {
    "progress_put", "INSERT INTO rotation (model, key_id, progress)"
                    " SELECT :model, id, :progress FROM keys WHERE id = :key_id"
                    " ON CONFLICT (model, key_id) DO UPDATE SET progress = excluded.progress"};

/* NULL: the statement could not be made. */
static int progress_rows(struct sql_stmt *stmt, const char *model, struct progress_rows *rows,
                         struct err *err)
{
    if (stmt == NULL)
        return -1;
    sql_bind_text(stmt, "model", model);
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_progress row = {.key_id = sql_col_int(stmt, "key_id"),
                                     .progress = sql_col_num(stmt, "progress")};
        VEC_PUSH(rows, row);
    }
    return rc;
}

static int progress_read(struct sql_tx *tx, const char *model, struct progress_rows *rows,
                         struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &PROGRESS_GET, err);
    return progress_rows(stmt, model, rows, err);
}

static int progress_write(struct sql_tx *tx, const char *model, const struct progress_rows *rows,
                          struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, &PROGRESS_PUT, err);
    if (stmt == NULL)
        return -1;
    for (size_t i = 0; i < rows->len; i++) {
        sql_bind_text(stmt, "model", model);
        sql_bind_num(stmt, "progress", rows->items[i].progress);
        sql_bind_int(stmt, "key_id", rows->items[i].key_id);
        if (sql_run(stmt, err) != 0)
            return -1;
    }
    return 0;
}

static void progress_free(struct progress_rows *rows)
{
    VEC_FREE(rows);
}

/* In the transaction, which it ends; NULL: it could not begin. */
static int lease_in(struct sql_tx *begun, const char *model, store_rotation_plan *plan, void *ctx,
                    struct err *err)
{
    CLEANUP(progress_free) struct progress_rows stored = {0};
    CLEANUP(progress_free) struct progress_rows changed = {0};
    TX_AUTO struct sql_tx *tx = begun;
    if (tx == NULL || progress_read(tx, model, &stored, err) != 0)
        return -1;
    if (plan(ctx, stored.items, stored.len, &changed.items, &changed.len) != 0)
        return err_set(err, ERR_INTERNAL, "the rotation of %s could not be planned", model);
    if (progress_write(tx, model, &changed, err) != 0)
        return -1;
    return sql_commit(&tx, err);
}

int store_rotation_lease_within(struct store *store, int timeout_ms, const char *model,
                                store_rotation_plan *plan, void *ctx, struct err *err)
{
    return lease_in(sql_begin_within(store->main, timeout_ms, err), model, plan, ctx, err);
}

int store_rotation_peek(struct store *store, const char *model, store_rotation_plan *plan,
                        void *ctx, struct err *err)
{
    CLEANUP(progress_free) struct progress_rows stored = {0};
    CLEANUP(progress_free) struct progress_rows changed = {0};
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &PROGRESS_GET, err);
    if (progress_rows(stmt, model, &stored, err) != 0)
        return -1;
    return plan(ctx, stored.items, stored.len, &changed.items, &changed.len);
}

int store_rotation_lease(struct store *store, const char *model, store_rotation_plan *plan,
                         void *ctx, struct err *err)
{
    return lease_in(sql_begin(store->main, err), model, plan, ctx, err);
}
