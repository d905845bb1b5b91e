#include "store/store_log_list.h"

#include "base/text.h"
#include "store/log_shape.h"
#include "store/store_private.h"

/* The index that a list walks. */
enum log_walk { WALK_TIME, WALK_TOKEN, WALK_ROUTE, WALK_MODEL, WALK_FAILED, WALK_STATUS, WALK_KEY };

#define OF_MODEL "model_id = (SELECT id FROM names WHERE kind = 'model' AND text = :model)"
#define OF_ROUTE "route_id = (SELECT id FROM names WHERE kind = 'route' AND text = :route)"
#define OLDER " AND time_ms >= :since AND (time_ms, id) < (:before_ms, :before_id)"
#define NEWEST " ORDER BY time_ms DESC, id DESC "

/* The rows that are looked at; `columns` of those, by `index`, that meet `condition`. */
#define WALK(columns, index, condition) \
    "SELECT " columns " FROM requests INDEXED BY " index " WHERE " condition OLDER NEWEST

#define SHOWN                                                                                     \
    "SELECT r.id, r.time_ms, r.token_id, route.text AS route, dialect.text AS dialect,"           \
    " model.text AS model, served.text AS served_model, r.client, r.agent, r.status, r.streamed," \
    " r.attempts, r.duration_ms, r.first_token_ms, r.own_us, r.prompt_tokens, r.output_tokens,"   \
    " r.thought_tokens, r.cached_tokens, r.error FROM ("
#define NAMED                                               \
    ") r LEFT JOIN names route ON route.id = r.route_id"    \
    " LEFT JOIN names dialect ON dialect.id = r.dialect_id" \
    " LEFT JOIN names model ON model.id = r.model_id"       \
    " LEFT JOIN names served ON served.id = r.served_model_id"
/* What the index did not decide. The order is that of the walk. */
#define CHECKED                                                                          \
    " WHERE (:token < 0 OR r.token_id = :token) AND (:status = 0 OR r.status = :status)" \
    " AND (:model = '' OR r." OF_MODEL ") AND (:route = '' OR r." OF_ROUTE ")"           \
    " AND (:error = '' OR instr(lower(r.error), :error) > 0)"
#define FAILED_OR_NOT " AND (:failed = 0 OR r.failed = 1)"

#define LIST(name, index, condition)                                                    \
    {                                                                                   \
        "log_list_" name,                                                               \
            SHOWN WALK("*", index, condition) "LIMIT :scan" NAMED CHECKED FAILED_OR_NOT \
                                              " LIMIT :limit"                           \
    }
/* Failures: all that a filter asks for stands in the index, so that only the rows that are found are
 * looked up. */
#define LIST_OF_FAILURES                                                                        \
    SHOWN "SELECT whole.* FROM (SELECT r.id FROM (" WALK(                                       \
        "id, time_ms, status, token_id, route_id, model_id, error", "requests_failed",          \
        "failed = 1") "LIMIT :scan) r" CHECKED " LIMIT :limit) found CROSS JOIN requests whole" \
                      " ON whole.id = found.id AND (:failed = 0 OR whole.failed = 1)" NAMED
#define EDGE(name, index, condition)                                                       \
    {                                                                                      \
        "log_edge_" name, WALK("time_ms, id", index, condition) "LIMIT 1 OFFSET :scan - 1" \
    }
/* A key's attempts lead to its requests; one with two attempts on the key comes twice. */
#define KEY_WALK                                                                             \
    "SELECT r.* FROM attempts a INDEXED BY attempts_by_key CROSS JOIN requests r"            \
    " ON r.id = a.request_id WHERE a.key_id = :key AND a.time_ms >= :since"                  \
    " AND a.time_ms < :before_ms + 3600000 AND (r.time_ms, r.id) < (:before_ms, :before_id)" \
    " ORDER BY a.time_ms DESC "

static const struct sql_text lists[] = {
    [WALK_TIME] = LIST("time", "requests_by_time", "1"),
    [WALK_TOKEN] = LIST("token", "requests_by_token", "token_id = :token"),
    [WALK_ROUTE] = LIST("route", "requests_by_route", OF_ROUTE),
    [WALK_MODEL] = LIST("model", "requests_by_model", OF_MODEL),
    [WALK_FAILED] = {"log_list_failed", LIST_OF_FAILURES},
    [WALK_STATUS] = LIST("status", "requests_failed_by_status", "failed = 1 AND status = :status"),
    [WALK_KEY] = {"log_list_key",
                  SHOWN KEY_WALK "LIMIT :scan" NAMED CHECKED FAILED_OR_NOT " LIMIT :limit"},
};
static const struct sql_text edges[] = {
    [WALK_TIME] = EDGE("time", "requests_by_time", "1"),
    [WALK_TOKEN] = EDGE("token", "requests_by_token", "token_id = :token"),
    [WALK_ROUTE] = EDGE("route", "requests_by_route", OF_ROUTE),
    [WALK_MODEL] = EDGE("model", "requests_by_model", OF_MODEL),
    [WALK_FAILED] = EDGE("failed", "requests_failed", "failed = 1"),
    [WALK_STATUS] = EDGE("status", "requests_failed_by_status", "failed = 1 AND status = :status"),
    [WALK_KEY] = {"log_edge_key", "SELECT time_ms, id FROM (" KEY_WALK "LIMIT 1 OFFSET :scan - 1)"},
};

static const struct sql_text LOG_NAMES = {
    "log_names", "SELECT text FROM names WHERE kind = :kind ORDER BY text LIMIT 500"};
static const struct sql_text LOG_OLDEST = {
    "log_oldest", "SELECT coalesce(min(time_ms), 0) AS time_ms FROM requests"};
static const struct sql_text LOG_CUTOFF = {
    "log_cutoff", "SELECT time_ms FROM requests INDEXED BY requests_by_time"
                  " ORDER BY time_ms DESC LIMIT 1 OFFSET :rows - 1"};
static const struct sql_text FAILING_KEYS = {
    "log_failing_keys",
    "SELECT key_id, count(*) AS count FROM (SELECT key_id FROM attempts"
    " INDEXED BY attempts_failed_by_status WHERE failed = 1 AND status = :status"
    " AND time_ms >= :since ORDER BY time_ms DESC LIMIT :scan)"
    " GROUP BY key_id ORDER BY count DESC, key_id LIMIT :limit"};
#define ATTEMPTS                                                                                \
    "SELECT request_id, number, time_ms, key_id, model, proxy, outcome, status, rule, effect,"  \
    " duration_ms, first_byte_ms, prompt_tokens, output_tokens, thought_tokens, cached_tokens," \
    " error FROM attempt_rows WHERE key_id = :key"
static const struct sql_text ATTEMPTS_OF_KEY = {"log_attempts_of_key",
                                                ATTEMPTS " ORDER BY time_ms DESC LIMIT :limit"};
static const struct sql_text ATTEMPTS_WITHIN = {"log_attempts_within", ATTEMPTS
                                                " AND time_ms >= :since AND time_ms < :until"
                                                " ORDER BY time_ms DESC LIMIT :limit"};

const struct sql_text *store_log_list_text(size_t index)
{
    if (index < ARRAY_LEN(lists))
        return &lists[index];
    index -= ARRAY_LEN(lists);
    return index < ARRAY_LEN(edges) ? &edges[index] : NULL;
}

const struct sql_text *store_log_failing_text(void)
{
    return &FAILING_KEYS;
}

/* --- the list -------------------------------------------------------------------------------- */

static int parts_of(const struct log_filter *filter)
{
    return (filter->key_id > 0) + (filter->status != 0) + !text_empty(filter->error) +
           !text_empty(filter->model) + (filter->token_id >= 0) + !text_empty(filter->route) +
           (filter->failed && filter->status < 400);
}

/* The parts of a filter from the most selective on. Every failure is in the index of failures by
 * status, and only they have a status of 400 and more. */
static enum log_walk walk_of(const struct log_filter *filter)
{
    if (filter->key_id > 0)
        return WALK_KEY;
    if (filter->status >= 400 && parts_of(filter) == 1)
        return WALK_STATUS;
    if (filter->failed || filter->status >= 400 || !text_empty(filter->error))
        return WALK_FAILED;
    if (!text_empty(filter->model))
        return WALK_MODEL;
    if (filter->token_id >= 0)
        return WALK_TOKEN;
    return text_empty(filter->route) ? WALK_TIME : WALK_ROUTE;
}

static bool is_walk_alone(const struct log_filter *filter)
{
    return parts_of(filter) <= 1 && text_empty(filter->error);
}

/* How many rows are looked at: fewer where each has to be fetched from where it lies. */
static int64_t reach_of(enum log_walk walk)
{
    return walk == WALK_FAILED ? LOG_LIST_SCAN : LOG_LIST_FETCH;
}

static void bind_walk(struct sql_stmt *stmt, enum log_walk walk, const struct log_filter *filter)
{
    int64_t before_ms = filter->until_ms > 0 ? filter->until_ms : INT64_MAX / 4;
    int64_t before_id = 0;
    if (filter->before.time_ms > 0) {
        before_ms = filter->before.time_ms;
        before_id = filter->before.id;
    }
    store_bind(stmt, BINDS(BIND_INT("since", filter->since_ms), BIND_INT("before_ms", before_ms),
                           BIND_INT("before_id", before_id), BIND_INT("scan", reach_of(walk)),
                           BIND_INT(walk == WALK_KEY ? "key" : NULL, filter->key_id)));
}

static void bind_checks(struct sql_stmt *stmt, const struct log_filter *filter)
{
    store_bind(stmt, BINDS(BIND_INT("token", filter->token_id), BIND_INT("status", filter->status),
                           BIND_INT("failed", filter->failed),
                           BIND_TEXT("model", store_text(filter->model)),
                           BIND_TEXT("route", store_text(filter->route)),
                           BIND_TEXT("error", store_text(filter->error)),
                           BIND_INT("limit", filter->limit)));
}

/* Where the walk ended for its length; a page that is not full goes on there. */
static int find_edge(struct store *store, enum log_walk walk, const struct log_filter *filter,
                     struct log_page *page, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->log, &edges[walk], err);
    if (stmt == NULL)
        return -1;
    bind_walk(stmt, walk, filter);
    const struct store_bind own[] = {
        [WALK_TIME] = {.name = NULL},
        [WALK_TOKEN] = BIND_INT("token", filter->token_id),
        [WALK_ROUTE] = BIND_TEXT("route", store_text(filter->route)),
        [WALK_MODEL] = BIND_TEXT("model", store_text(filter->model)),
        [WALK_FAILED] = {.name = NULL},
        [WALK_STATUS] = BIND_INT("status", filter->status),
        [WALK_KEY] = {.name = NULL},
    };
    store_bind(stmt, (const struct store_bind[]){own[walk], {.name = NULL}});
    int rc = sql_step(stmt, err);
    if (rc == 1) {
        page->cut = true;
        page->looked = reach_of(walk);
        page->next = (struct log_cursor){sql_col_int(stmt, "time_ms"), sql_col_int(stmt, "id")};
    }
    return rc < 0 ? -1 : 0;
}

int store_log_list(struct store *store, const struct log_filter *filter,
                   store_log_request_visit *visit, void *ctx, struct log_page *page_r,
                   struct err *err)
{
    enum log_walk walk = walk_of(filter);
    struct log_cursor last = {0};
    int rows = 0;
    *page_r = (struct log_page){0};
    STMT_AUTO struct sql_stmt *stmt = sql_query(store->log, &lists[walk], err);
    if (stmt == NULL)
        return -1;
    bind_walk(stmt, walk, filter);
    bind_checks(stmt, filter);
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        struct log_request row;
        log_read(&log_request_shape, stmt, &row);
        rows++;
        bool repeated = row.id == last.id;
        last = (struct log_cursor){row.time_ms, row.id};
        if (repeated)
            continue;
        page_r->count++;
        if (visit(ctx, &row) != 0)
            break;
    }
    if (rc < 0)
        return -1;
    if (rows >= filter->limit) {
        page_r->next = last;
        return 0;
    }
    return rc == 1 || is_walk_alone(filter) ? 0 : find_edge(store, walk, filter, page_r, err);
}

/* --- what there is --------------------------------------------------------------------------- */

int store_log_names(struct store *store, const char *kind, store_log_name_visit *visit, void *ctx,
                    struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->log, &LOG_NAMES, BINDS(BIND_TEXT("kind", kind)), err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        if (visit(ctx, sql_col_text(stmt, "text")) != 0)
            return 0;
    }
    return rc;
}

int store_log_extent(struct store *store, struct log_extent *extent_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (store_query_row(store->log, &LOG_OLDEST, NULL, &stmt, err) != 1)
        return -1;
    *extent_r = (struct log_extent){sql_size(store->log), sql_col_int(stmt, "time_ms")};
    return extent_r->bytes < 0 ? err_set(err, ERR_IO, "the size of the log cannot be read") : 0;
}

int64_t store_log_rows_cutoff(struct store *store, int64_t max_rows, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    if (max_rows <= 0)
        return 0;
    int rc =
        store_query_row(store->log, &LOG_CUTOFF, BINDS(BIND_INT("rows", max_rows)), &stmt, err);
    return rc <= 0 ? rc : sql_col_int(stmt, "time_ms");
}

int store_log_failing_keys(struct store *store, const struct log_key_query *query,
                           store_log_key_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->log, &FAILING_KEYS,
                    BINDS(BIND_INT("status", query->status), BIND_INT("since", query->since_ms),
                          BIND_INT("scan", LOG_LIST_SCAN), BIND_INT("limit", query->limit)),
                    err);
    if (stmt == NULL)
        return -1;
    int rc;
    while ((rc = sql_step(stmt, err)) == 1) {
        if (visit(ctx, sql_col_int(stmt, "key_id"), sql_col_int(stmt, "count")) != 0)
            return 0;
    }
    return rc;
}

int store_log_attempts_of_key(struct store *store, int64_t key_id, int limit,
                              store_log_attempt_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->log, &ATTEMPTS_OF_KEY,
                    BINDS(BIND_INT("key", key_id), BIND_INT("limit", limit)), err);
    return stmt ? log_each_attempt(stmt, visit, ctx, err) : -1;
}

int store_log_attempts_within(struct store *store, int64_t key_id, const struct log_span *span,
                              store_log_attempt_visit *visit, void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->log, &ATTEMPTS_WITHIN,
                    BINDS(BIND_INT("key", key_id), BIND_INT("since", span->since_ms),
                          BIND_INT("until", span->until_ms), BIND_INT("limit", LOG_LIST_FETCH)),
                    err);
    return stmt ? log_each_attempt(stmt, visit, ctx, err) : -1;
}
