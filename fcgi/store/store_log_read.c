#include "store/store_log_read.h"

#include "store/log_shape.h"
#include "store/store_private.h"

static const struct sql_text LOG_REQUEST = {
    "log_request",
    "SELECT id, time_ms, token_id, route, dialect, model, served_model, client, agent, status,"
    " streamed, attempts, duration_ms, first_token_ms, own_us, prompt_tokens, output_tokens,"
    " thought_tokens, cached_tokens, error FROM request_rows WHERE id = :id"};
static const struct sql_text LOG_ATTEMPTS = {
    "log_attempts",
    "SELECT request_id, number, time_ms, key_id, model, proxy, outcome, status, rule, effect,"
    " duration_ms, first_byte_ms, prompt_tokens, output_tokens, thought_tokens, cached_tokens,"
    " error FROM attempt_rows WHERE request_id = :request_id ORDER BY number"};
static const struct sql_text LOG_BODY = {
    "log_body", "SELECT body FROM error_bodies WHERE request_id = :request_id"};

int store_log_request(struct store *store, int64_t id, struct log_request *row_r, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->log, &LOG_REQUEST, BINDS(BIND_INT("id", id)), &stmt, err);
    if (rc == 1)
        log_read(&log_request_shape, stmt, row_r);
    return rc;
}

int store_log_attempts(struct store *store, int64_t request_id, store_log_attempt_visit *visit,
                       void *ctx, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt =
        store_query(store->log, &LOG_ATTEMPTS, BINDS(BIND_INT("request_id", request_id)), err);
    return stmt ? log_each_attempt(stmt, visit, ctx, err) : -1;
}

int store_log_body(struct store *store, int64_t request_id, struct strbuf *out, struct err *err)
{
    STMT_AUTO struct sql_stmt *stmt = NULL;
    int rc = store_query_row(store->log, &LOG_BODY, BINDS(BIND_INT("request_id", request_id)),
                             &stmt, err);
    if (rc == 1)
        strbuf_puts(out, sql_col_text(stmt, "body"));
    return rc;
}
