/* /api/logs and /api/stats: the log and the counters for scripts. */
#include <string.h>

#include "admin/audit.h"
#include "admin/json_answer.h"
#include "admin/log_filter.h"
#include "admin/log_json.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_read.h"
#include "store/store_usage.h"

/* --- the log ---------------------------------------------------------------------------------- */

static int add_request(void *ctx, const struct log_request *row)
{
    json_object_array_add(ctx, log_json_request(row));
    return 0;
}

/* Failures with what the reference tells of each: key, kind, code. */
static int add_origins(struct http_call *call, json_object *logs)
{
    for (size_t i = 0; i < json_object_array_length(logs); i++) {
        if (log_json_add_origin(call, json_object_array_get_idx(logs, i)) < 0)
            return -1;
    }
    return 0;
}

static int send_list(struct http_call *call, bool errors)
{
    struct http_form query;
    struct log_page page;
    if (http_form_parse(&query, call->req->arena, call->req->query, strlen(call->req->query),
                        &call->err) < 0)
        return admin_status_of(&call->err);
    const struct log_view view = log_view_read(&query, errors);
    struct log_filter filter = log_view_filter(&view, call->req->arena, clock_wall_ms());
    filter.limit = (int)json_query_int(call, "limit", filter.limit, 1000);
    json_object *answer = json_object_new_object();
    json_object *logs = json_object_new_array();
    json_add(answer, "logs", logs);
    if (store_log_list(call->admin->store, &filter, add_request, logs, &page, &call->err) < 0 ||
        (errors && add_origins(call, logs) < 0)) {
        json_object_put(answer);
        return admin_status_of(&call->err);
    }
    if (page.next.time_ms > 0)
        json_add_str(answer, "next",
                     arena_printf(call->req->arena, "%lld.%lld", (long long)page.next.time_ms,
                                  (long long)page.next.id));
    return json_send_take(call, 200, answer);
}

int admin_api_requests(struct http_call *call)
{
    return send_list(call, false);
}

int admin_api_errors(struct http_call *call)
{
    return send_list(call, true);
}

/* --- deleting, as the reference does: 204 and nothing else --------------------------------------- */

static int send_nothing(struct http_call *call)
{
    http_response_header(call->res, "Cache-Control", "no-store");
    http_response_send(call->res, 204, NULL, "", 0);
    return 204;
}

static int delete_ids(struct http_call *call, const int64_t *ids, size_t count)
{
    int64_t deleted = store_log_delete(call->admin->store, ids, count, &call->err);
    if (deleted < 0)
        return admin_status_of(&call->err);
    if (deleted == 0 && count == 1)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such request"), 404;
    admin_audit(call, "log.delete", "selected",
                arena_printf(call->req->arena, "requests: %lld", (long long)deleted));
    return send_nothing(call);
}

int admin_api_errors_delete(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    json_object *list = json_get_arr(body, "ids");
    size_t count = list ? json_object_array_length(list) : 0;
    if (!body)
        return admin_status_of(&call->err);
    if (count == 0)
        return err_set_param(&call->err, ERR_INVALID, "ids", "a list of numbers"), 400;
    int64_t *ids = ARENA_ARRAY(call->req->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        ids[i] = json_object_get_int64(json_object_array_get_idx(list, i));
    return delete_ids(call, ids, count);
}

int admin_api_error_delete(struct http_call *call)
{
    int64_t id;
    if (text_to_int(http_request_capture(call->req, "id"), &id) < 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such request"), 404;
    return delete_ids(call, &id, 1);
}

int admin_api_errors_clear(struct http_call *call)
{
    if (store_log_retain(call->admin->store, 0, clock_wall_ms() + DAY_MS, 0, &call->err) < 0)
        return admin_status_of(&call->err);
    admin_audit(call, "log.delete", "all", "failures only");
    return send_nothing(call);
}

/* --- counters --------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    int64_t span_ms;
} periods[] = {
    {"1m", MINUTE_MS}, {"1h", HOUR_MS}, {"8h", 8 * HOUR_MS}, {"24h", DAY_MS}, {"30d", 30 * DAY_MS}};

int admin_api_stats(struct http_call *call)
{
    int64_t now_ms = clock_wall_ms();
    json_object *answer = json_object_new_object();
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        struct usage_counters sum;
        if (store_usage_since(call->admin->store, now_ms - periods[i].span_ms, now_ms, &sum,
                              &call->err) < 0) {
            json_object_put(answer);
            return admin_status_of(&call->err);
        }
        json_object *one = json_object_new_object();
        json_add_int(one, "total", sum.requests);
        json_add_int(one, "success", sum.successes);
        json_add_int(one, "failure", sum.requests - sum.successes);
        json_add_int(one, "failed_429", sum.failed_429);
        json_add_int(one, "prompt_tokens", sum.prompt_tokens);
        json_add_int(one, "output_tokens", sum.output_tokens);
        json_add_int(one, "thought_tokens", sum.thought_tokens);
        json_add(answer, periods[i].word, one);
    }
    return json_send_take(call, 200, answer);
}

static int add_model_count(void *ctx, const struct usage_row *row)
{
    json_add_int(ctx, *row->model ? row->model : "-", row->counters.requests);
    return 0;
}

/* GET /api/key-usage-details/{id}: attempts of the last 24 hours by model. */
int admin_api_key_usage(struct http_call *call)
{
    int64_t id;
    int64_t now = store_usage_bucket(USAGE_KEY, USAGE_HOUR, clock_wall_ms());
    if (text_to_int(http_request_capture(call->req, "id"), &id) < 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such key"), 404;
    const struct usage_query query = {.subject = USAGE_KEY,
                                      .span = USAGE_HOUR,
                                      .from = now - 24,
                                      .to = now + 1,
                                      .id = id,
                                      .group = USAGE_BY_MODEL};
    json_object *answer = json_object_new_object();
    if (store_usage_each(call->admin->store, &query, add_model_count, answer, &call->err) == 0)
        return json_send_take(call, 200, answer);
    json_object_put(answer);
    return admin_status_of(&call->err);
}

struct attention {
    struct http_call *call;
    json_object *list;
    int status;
};

static int add_attention(void *ctx, int64_t key_id, int64_t count)
{
    struct attention *attention = ctx;
    struct store_key key;
    if (store_key_get(attention->call->admin->store, key_id, false, attention->call->req->arena,
                      &key, NULL) != 1)
        return 0;
    json_object *object = json_object_new_object();
    json_add_int(object, "id", key_id);
    json_add_str(object, "key", key.hint);
    json_add_int(object, "count", count);
    json_add_int(object, "status_code", attention->status);
    json_object_array_add(attention->list, object);
    return 0;
}

int admin_api_attention(struct http_call *call)
{
    struct attention attention = {.call = call, .list = json_object_new_array()};
    attention.status = (int)json_query_int(call, "status_code", 429, 599);
    const struct log_key_query query = {
        .status = attention.status,
        .since_ms = clock_wall_ms() - DAY_MS,
        .limit = (int)json_query_int(call, "limit", 20, 1000),
    };
    if (store_log_failing_keys(call->admin->store, &query, add_attention, &attention, &call->err) <
        0) {
        json_object_put(attention.list);
        return admin_status_of(&call->err);
    }
    return json_send_take(call, 200, attention.list);
}
