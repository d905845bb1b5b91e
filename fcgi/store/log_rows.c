#include "store/log_rows.h"

#include "base/text.h"
#include "store/store_private.h"

static const struct sql_text REQUEST_ADD = {
    "request_add",
    "INSERT INTO requests (id, time_ms, token_id, route_id, dialect_id, model_id, served_model_id,"
    " client, agent, status, failed, streamed, attempts, duration_ms, first_token_ms, own_us,"
    " prompt_tokens, output_tokens, thought_tokens, cached_tokens, error)"
    " VALUES (:id, :time_ms, :token_id, :route_id, :dialect_id, :model_id, :served_model_id,"
    " :client, :agent, :status, :failed, :streamed, :attempts, :duration_ms, :first_token_ms,"
    " :own_us, :prompt_tokens, :output_tokens, :thought_tokens, :cached_tokens, :error)"
    " ON CONFLICT DO NOTHING"};
static const struct sql_text ATTEMPT_ADD = {
    "attempt_add",
    "INSERT INTO attempts (request_id, number, time_ms, key_id, model_id, proxy_id, outcome_id,"
    " status, failed, rule_id, effect_id, duration_ms, first_byte_ms, prompt_tokens,"
    " output_tokens, thought_tokens, cached_tokens, error)"
    " VALUES (:request_id, :number, :time_ms, :key_id, :model_id, :proxy_id, :outcome_id,"
    " :status, :failed, :rule_id, :effect_id, :duration_ms, :first_byte_ms, :prompt_tokens,"
    " :output_tokens, :thought_tokens, :cached_tokens, :error)"
    " ON CONFLICT DO NOTHING"};
static const struct sql_text BODY_ADD = {
    "body_add", "INSERT INTO error_bodies (request_id, body) VALUES (:request_id, :body)"
                " ON CONFLICT DO NOTHING"};

bool log_request_failed(const struct log_request *row)
{
    return row->status < 200 || row->status >= 400 || row->error[0] != '\0';
}

bool log_attempt_failed(const struct log_attempt *row)
{
    return row->status < 200 || row->status >= 300 || row->error[0] != '\0' ||
           !text_eq(row->outcome, "ok");
}

static int rows_prepare(struct log_rows *rows, struct err *err)
{
    if (names_follow(rows->store->log_names, rows->tx, err) != 0 ||
        (rows->request = sql_tx_stmt(rows->tx, &REQUEST_ADD, err)) == NULL ||
        (rows->attempt = sql_tx_stmt(rows->tx, &ATTEMPT_ADD, err)) == NULL ||
        (rows->body = sql_tx_stmt(rows->tx, &BODY_ADD, err)) == NULL)
        return -1;
    return 0;
}

int log_rows_begin(struct log_rows *rows, struct store *store, int timeout_ms, struct err *err)
{
    *rows = (struct log_rows){.store = store};
    rows->tx = sql_begin_within(store->log, timeout_ms, err);
    if (rows->tx == NULL)
        return -1;
    names_enter(store->log_names);
    if (rows_prepare(rows, err) == 0)
        return 0;
    return log_rows_end(rows, false, NULL);
}

int log_rows_request(struct log_rows *rows, const struct log_request *row, struct err *err)
{
    struct log_name_source source = {rows->store->log_names, rows->tx};
    if (log_bind(&log_request_shape, row, rows->request, &source, err) != 0)
        return -1;
    sql_bind_int(rows->request, "failed", log_request_failed(row));
    return sql_run(rows->request, err);
}

int log_rows_attempt(struct log_rows *rows, const struct log_attempt *row, struct err *err)
{
    struct log_name_source source = {rows->store->log_names, rows->tx};
    if (log_bind(&log_attempt_shape, row, rows->attempt, &source, err) != 0)
        return -1;
    sql_bind_int(rows->attempt, "failed", log_attempt_failed(row));
    return sql_run(rows->attempt, err);
}

int log_rows_body(struct log_rows *rows, const struct log_error_body *row, struct err *err)
{
    sql_bind_int(rows->body, "request_id", row->request_id);
    sql_bind_text(rows->body, "body", store_text(row->body));
    return sql_run(rows->body, err);
}

int log_rows_end(struct log_rows *rows, bool ok, struct err *err)
{
    sql_stmt_done(&rows->request);
    sql_stmt_done(&rows->attempt);
    sql_stmt_done(&rows->body);
    if (ok)
        ok = sql_commit(&rows->tx, err) == 0;
    else
        sql_rollback(&rows->tx);
    names_leave(rows->store->log_names, ok);
    return ok ? 0 : -1;
}
