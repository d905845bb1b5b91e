#include "store/store_keys.h"
#include "store/store_private.h"

static const struct sql_text REST_ALL = {
    "rest_all", "SELECT key_id, model, until_ms, reason, streak, since_ms FROM rests"
                " WHERE until_ms > :now_ms ORDER BY key_id, model"};
static const struct sql_text REST_COUNT = {
    "rest_count", "SELECT r.model, r.reason, count(*) AS keys FROM rests r JOIN keys k"
                  " ON k.id = r.key_id WHERE r.until_ms > :now_ms AND k.state = 'active'"
                  " GROUP BY r.model, r.reason"};
/* A rest that was over when the new one began starts anew in since_ms. */
static const struct sql_text REST_PUT = {
    "rest_put",
    "INSERT INTO rests (key_id, model, until_ms, since_ms, reason, streak)"
    " SELECT id, :model, :until_ms, :since_ms, :reason, :streak FROM keys WHERE id = :key_id"
    " ON CONFLICT (key_id, model) DO UPDATE SET"
    " since_ms = CASE WHEN rests.until_ms < excluded.since_ms THEN excluded.since_ms"
    "            ELSE rests.since_ms END,"
    " reason = CASE WHEN excluded.until_ms > rests.until_ms THEN excluded.reason"
    "          ELSE rests.reason END,"
    " until_ms = max(rests.until_ms, excluded.until_ms),"
    " streak = max(rests.streak, excluded.streak)"
    " WHERE excluded.until_ms > rests.until_ms OR excluded.streak > rests.streak"};
static const struct sql_text REST_CLEAR = {
    "rest_clear", "DELETE FROM rests WHERE key_id = :key_id AND model = :model"};
static const struct sql_text REST_CLEAR_ALL = {"rest_clear_all",
                                               "DELETE FROM rests WHERE key_id = :key_id"};
static const struct sql_text REST_EXPIRE = {"rest_expire",
                                            "DELETE FROM rests WHERE until_ms < :before_ms"};

int store_rests_count(struct store *store, int64_t now_ms, store_rest_count_visit *visit, void *ctx,
                      struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->main, &REST_COUNT, BINDS(BIND_INT("now_ms", now_ms)), err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        if (visit(ctx, sql_col_text(stmt, "model"), sql_col_text(stmt, "reason"),
                  sql_col_int(stmt, "keys")) != 0)
            return 0;
    }
    return rc;
}

int store_rests_each(struct store *store, int64_t now_ms, store_rest_visit *visit, void *ctx,
                     struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->main, &REST_ALL, BINDS(BIND_INT("now_ms", now_ms)), err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_rest rest = {
            .key_id = sql_col_int(stmt, "key_id"),
            .model = sql_col_text(stmt, "model"),
            .until_ms = sql_col_int(stmt, "until_ms"),
            .reason = sql_col_text(stmt, "reason"),
            .streak = sql_col_int(stmt, "streak"),
            .since_ms = sql_col_int(stmt, "since_ms"),
        };
        if (visit(ctx, &rest) != 0)
            return 0;
    }
    return rc;
}

int store_rest_put(struct store *store, const struct store_rest *rest, struct err *err)
{
    return store_run(
        store, &REST_PUT,
        BINDS(BIND_INT("key_id", rest->key_id), BIND_TEXT("model", store_text(rest->model)),
              BIND_INT("until_ms", rest->until_ms), BIND_INT("since_ms", rest->since_ms),
              BIND_TEXT("reason", store_text(rest->reason)), BIND_INT("streak", rest->streak)),
        STORE_GEN_RESTS, err);
}

int store_rest_clear(struct store *store, int64_t key_id, const char *model, struct err *err)
{
    /* The list ends at the first unnamed row: the model is bound where there is one. */
    const struct store_bind *binds =
        BINDS(BIND_INT("key_id", key_id), BIND_TEXT(model != NULL ? "model" : NULL, model));
    return store_run(store, model != NULL ? &REST_CLEAR : &REST_CLEAR_ALL, binds, STORE_GEN_RESTS,
                     err);
}

int store_rests_expire(struct store *store, int64_t before_ms, struct err *err)
{
    return store_run(store, &REST_EXPIRE, BINDS(BIND_INT("before_ms", before_ms)), STORE_GEN_NONE,
                     err);
}
