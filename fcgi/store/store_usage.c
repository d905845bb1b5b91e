#include "store/store_usage.h"

#include "base/clock.h"
#include "store/store_private.h"
#include "store/usage_columns.h"

#define SUM(column) ", coalesce(sum(" #column "), 0) AS " #column
#define SUMS USAGE_ALL(SUM)
#define IN_SPAN " WHERE span = :span AND bucket >= :from AND bucket < :to"
#define MODEL_NAME "coalesce((SELECT text FROM names WHERE id = model_id), '')"

#define SELECT_BUCKETS "SELECT bucket, 0 AS id, '' AS model" SUMS " FROM "
#define SELECT_IDS(id) "SELECT 0 AS bucket, " id " AS id, '' AS model" SUMS " FROM "
#define SELECT_MODELS "SELECT 0 AS bucket, 0 AS id, " MODEL_NAME " AS model" SUMS " FROM "
#define SELECT_PAIRS(id) "SELECT 0 AS bucket, " id " AS id, " MODEL_NAME " AS model" SUMS " FROM "

#define BY_BUCKETS " GROUP BY bucket ORDER BY bucket"
#define BY_IDS(id) " GROUP BY " id " ORDER BY " id
#define BY_MODELS " GROUP BY model_id ORDER BY model"
#define BY_PAIRS(id) " GROUP BY " id ", model_id ORDER BY " id ", model"

static const struct sql_text total_by_bucket = {"usage_total_by_bucket",
                                                SELECT_BUCKETS "usage_total" IN_SPAN BY_BUCKETS};
static const struct sql_text total_sum = {
    "usage_total_sum", "SELECT 0 AS bucket, 0 AS id, '' AS model" SUMS " FROM usage_total" IN_SPAN};

/* By subject and group, of all ids and of one. */
static const struct sql_text usage_of_all[][USAGE_BY_ID_AND_MODEL + 1] = {
    [USAGE_KEY] = {{"usage_keys_by_bucket", SELECT_BUCKETS "usage_key" IN_SPAN BY_BUCKETS},
                   {"usage_keys_by_id", SELECT_IDS("key_id") "usage_key" IN_SPAN BY_IDS("key_id")},
                   {"usage_keys_by_model", SELECT_MODELS "usage_key" IN_SPAN BY_MODELS},
                   {"usage_keys_by_pair",
                    SELECT_PAIRS("key_id") "usage_key" IN_SPAN BY_PAIRS("key_id")}},
    [USAGE_TOKEN] = {{"usage_tokens_by_bucket", SELECT_BUCKETS "usage_token" IN_SPAN BY_BUCKETS},
                     {"usage_tokens_by_id",
                      SELECT_IDS("token_id") "usage_token" IN_SPAN BY_IDS("token_id")},
                     {"usage_tokens_by_model", SELECT_MODELS "usage_token" IN_SPAN BY_MODELS},
                     {"usage_tokens_by_pair",
                      SELECT_PAIRS("token_id") "usage_token" IN_SPAN BY_PAIRS("token_id")}},
};

/* Without statistics SQLite would walk the buckets of all keys to find those of one. */
#define OF_KEY " INDEXED BY usage_key_by_key" IN_SPAN " AND key_id = :id"
#define OF_TOKEN " INDEXED BY usage_token_by_token" IN_SPAN " AND token_id = :id"
static const struct sql_text usage_of_one[][USAGE_BY_ID_AND_MODEL + 1] = {
    [USAGE_KEY] = {{"usage_key_by_bucket", SELECT_BUCKETS "usage_key" OF_KEY BY_BUCKETS},
                   {"usage_key_by_id", SELECT_IDS("key_id") "usage_key" OF_KEY BY_IDS("key_id")},
                   {"usage_key_by_model", SELECT_MODELS "usage_key" OF_KEY BY_MODELS},
                   {"usage_key_by_pair",
                    SELECT_PAIRS("key_id") "usage_key" OF_KEY BY_PAIRS("key_id")}},
    [USAGE_TOKEN] = {{"usage_token_by_bucket", SELECT_BUCKETS "usage_token" OF_TOKEN BY_BUCKETS},
                     {"usage_token_by_id",
                      SELECT_IDS("token_id") "usage_token" OF_TOKEN BY_IDS("token_id")},
                     {"usage_token_by_model", SELECT_MODELS "usage_token" OF_TOKEN BY_MODELS},
                     {"usage_token_by_pair",
                      SELECT_PAIRS("token_id") "usage_token" OF_TOKEN BY_PAIRS("token_id")}},
};

int64_t store_usage_bucket(enum usage_subject subject, enum usage_span span, int64_t time_ms)
{
    switch (span) {
    case USAGE_MINUTE:
        return time_ms / MINUTE_MS;
    case USAGE_HOUR:
        return time_ms / HOUR_MS;
    default:
        return subject == USAGE_KEY ? clock_pacific_day(time_ms) : time_ms / DAY_MS;
    }
}

static void row_read(struct sql_stmt *stmt, struct usage_row *row)
{
    row->bucket = sql_col_int(stmt, "bucket");
    row->id = sql_col_int(stmt, "id");
    row->model = sql_col_text(stmt, "model");
#define READ_COUNTER(column) row->counters.column = sql_col_int(stmt, #column);
    USAGE_ALL(READ_COUNTER)
#undef READ_COUNTER
}

static struct sql_stmt *usage_query(struct store *store, const struct sql_text *text,
                                    const struct usage_query *query, struct err *err)
{
    bool one = query->subject != USAGE_TOTAL && query->id >= 0;
    return store_query(store->main, text,
                       BINDS(BIND_INT("span", query->span), BIND_INT("from", query->from),
                             BIND_INT("to", query->to), BIND_INT(one ? "id" : NULL, query->id)),
                       err);
}

static const struct sql_text *usage_text(const struct usage_query *query)
{
    if (query->subject == USAGE_TOTAL)
        return &total_by_bucket;
    return query->id >= 0 ? &usage_of_one[query->subject][query->group]
                          : &usage_of_all[query->subject][query->group];
}

int store_usage_each(struct store *store, const struct usage_query *query, store_usage_visit *visit,
                     void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = usage_query(store, usage_text(query), query, err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct usage_row row;
        row_read(stmt, &row);
        if (visit(ctx, &row) != 0)
            return 0;
    }
    return rc;
}

int store_usage_since(struct store *store, int64_t since_ms, int64_t now_ms,
                      struct usage_counters *counters_r, struct err *err)
{
    enum usage_span span = now_ms - since_ms <= USAGE_MINUTES_KEPT_MS ? USAGE_MINUTE
                           : now_ms - since_ms <= USAGE_HOURS_KEPT_MS ? USAGE_HOUR
                                                                      : USAGE_DAY;
    struct usage_query query = {
        .subject = USAGE_TOTAL,
        .span = span,
        .from = store_usage_bucket(USAGE_TOTAL, span, since_ms),
        .to = INT64_MAX,
    };
    STMT_AUTO struct sql_stmt *stmt = usage_query(store, &total_sum, &query, err);
    if (stmt == NULL || sql_step(stmt, err) != 1)
        return -1;
    struct usage_row row;
    row_read(stmt, &row);
    *counters_r = row.counters;
    return 0;
}

struct today_visit {
    store_usage_today_visit *visit;
    void *ctx;
};

static int today_row(void *ctx, const struct usage_row *row)
{
    struct today_visit *today = ctx;
    struct usage_today use = {.requests = row->counters.requests - row->counters.failed_429,
                              .tokens = row->counters.prompt_tokens};
    return today->visit(today->ctx, row->id, row->model, &use);
}

int store_usage_today(struct store *store, int64_t now_ms, store_usage_today_visit *visit,
                      void *ctx, struct err *err)
{
    int64_t day = clock_pacific_day(now_ms);
    struct usage_query query = {.subject = USAGE_KEY,
                                .span = USAGE_DAY,
                                .from = day,
                                .to = day + 1,
                                .id = -1,
                                .group = USAGE_BY_ID_AND_MODEL};
    return store_usage_each(store, &query, today_row, &(struct today_visit){visit, ctx}, err);
}
