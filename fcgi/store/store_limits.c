#include "store/store_limits.h"

#include "base/text.h"
#include "store/store_private.h"

static const struct sql_text LIMIT_ALL = {
    "limit_all", "SELECT key_id, project, model, metric, quota_id, value, learned_ms"
                 " FROM learned_limits ORDER BY key_id, project, model, metric"};
static const struct sql_text LIMIT_PUT = {
    "limit_put",
    "INSERT INTO learned_limits (key_id, project, model, metric, quota_id, value, learned_ms)"
    " VALUES (:key_id, :project, :model, :metric, :quota_id, :value, :learned_ms)"
    " ON CONFLICT (key_id, project, model, metric) DO UPDATE SET quota_id = excluded.quota_id,"
    " value = excluded.value, learned_ms = excluded.learned_ms"
    " WHERE excluded.learned_ms > learned_limits.learned_ms"};
static const struct sql_text LIMIT_SEEN = {
    "limit_seen", "UPDATE learned_limits SET learned_ms = :learned_ms WHERE key_id = :key_id"
                  " AND project = :project AND model = :model AND metric = :metric"
                  " AND value = :value AND learned_ms <= :learned_ms"};
static const struct sql_text LIMIT_EXPIRE = {
    "limit_expire", "DELETE FROM learned_limits WHERE learned_ms < :before_ms"};

static const struct sql_text LIMIT_FORGET = {"limit_forget",
                                             "DELETE FROM learned_limits WHERE key_id = :key_id"};

static const char *const metric_words[] = {[STORE_REQUESTS_MINUTE] = "requests_minute",
                                           [STORE_TOKENS_MINUTE] = "tokens_minute",
                                           [STORE_REQUESTS_DAY] = "requests_day",
                                           [STORE_TOKENS_DAY] = "tokens_day"};

static enum store_metric metric_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(metric_words); i++)
        if (text_eq(metric_words[i], word))
            return (enum store_metric)i;
    return STORE_REQUESTS_MINUTE;
}

int store_limit_put(struct store *store, const struct store_limit *limit, struct err *err)
{
    const struct store_bind same[] = {BIND_INT("learned_ms", limit->learned_ms),
                                      BIND_INT("key_id", limit->key_id),
                                      BIND_TEXT("project", store_text(limit->project)),
                                      BIND_TEXT("model", limit->model),
                                      BIND_TEXT("metric", metric_words[limit->metric]),
                                      BIND_INT("value", limit->value),
                                      {.name = NULL}};
    TX_AUTO struct sql_tx *tx = sql_begin(store->main, err);
    if (tx == NULL)
        return -1;
    int64_t changes = store_tx_write(tx, &LIMIT_SEEN, same, err);
    if (changes != 0)
        return changes < 0 ? -1 : sql_commit(&tx, err);
    STMT_AUTO struct sql_stmt *put = sql_tx_stmt(tx, &LIMIT_PUT, err);
    if (put == NULL)
        return -1;
    store_bind(put, same);
    sql_bind_text(put, "quota_id", store_text(limit->quota_id));
    if (sql_run(put, err) != 0)
        return -1;
    if (sql_changes(put) > 0 && store_generation_move(tx, STORE_GEN_LIMITS, err) != 0)
        return -1;
    return sql_commit(&tx, err);
}

int store_limits_each(struct store *store, store_limit_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->main, &LIMIT_ALL, err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct store_limit limit = {
            .key_id = sql_col_int(stmt, "key_id"),
            .project = sql_col_text(stmt, "project"),
            .model = sql_col_text(stmt, "model"),
            .metric = metric_of(sql_col_text(stmt, "metric")),
            .quota_id = sql_col_text(stmt, "quota_id"),
            .value = sql_col_int(stmt, "value"),
            .learned_ms = sql_col_int(stmt, "learned_ms"),
        };
        if (visit(ctx, &limit) != 0)
            return 0;
    }
    return rc;
}

int store_limits_forget(struct store *store, int64_t key_id, struct err *err)
{
    return store_run(store, &LIMIT_FORGET, BINDS(BIND_INT("key_id", key_id)), STORE_GEN_LIMITS,
                     err);
}

int store_limits_expire(struct store *store, int64_t before_ms, struct err *err)
{
    return store_run(store, &LIMIT_EXPIRE, BINDS(BIND_INT("before_ms", before_ms)),
                     STORE_GEN_LIMITS, err);
}
