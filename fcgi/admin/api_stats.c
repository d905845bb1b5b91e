/* /api/stats/details and /api/stats/key-details: single calls of a period, for scripts that knew the
 * reference's. Keys are masked, and named by their number: no secret stands in a URL. */
#include <string.h>

#include "admin/json_answer.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_list.h"
#include "store/store_log_read.h"

enum { ROWS_MOST = 1000 };

struct details {
    struct http_call *call;
    json_object *list;
    int64_t since_ms;
    int64_t *requests; /* by index in `list` */
};

/* The beginning of ?period=; -1 when it is none of the words. */
static int64_t period_start(struct http_call *call)
{
    static const struct {
        const char *word;
        int64_t span_ms;
    } periods[] = {{"1m", MINUTE_MS}, {"1h", HOUR_MS}, {"8h", 8 * HOUR_MS}, {"24h", DAY_MS}};
    const char *period = http_request_query(call->req, "period");
    for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
        if (text_eq(period, periods[i].word))
            return clock_wall_ms() - periods[i].span_ms;
    }
    return err_set_param(&call->err, ERR_INVALID, "period", "one of 1m, 1h, 8h, 24h"), -1;
}

static const char *hint_of(struct http_call *call, int64_t key_id)
{
    struct store_key key;
    bool known =
        store_key_get(call->admin->store, key_id, false, call->req->arena, &key, NULL) == 1;
    return known ? key.hint : "";
}

static json_object *add_row(struct details *details, int64_t time_ms, const char *model, int status)
{
    char time[40];
    bool works = status >= 200 && status < 300;
    json_object *object = json_object_new_object();
    json_add_str(object, "timestamp", clock_iso(time_ms, time, sizeof(time)));
    json_add_str(object, "model", model);
    json_add_str(object, "status", works ? "success" : "failure");
    json_add_int(object, "status_code", status);
    json_object_array_add(details->list, object);
    return object;
}

static int add_request(void *ctx, const struct log_request *row)
{
    struct details *details = ctx;
    details->requests[json_object_array_length(details->list)] = row->id;
    json_object *object = add_row(details, row->time_ms, row->model, row->status);
    json_add_int(object, "latency_ms", row->duration_ms);
    return 0;
}

static int take_key(void *ctx, const struct log_attempt *row)
{
    *(int64_t *)ctx = row->key_id; /* the last one answered */
    return 0;
}

/* GET /api/stats/details?period=: the newest requests, with the key that answered. */
int admin_api_stats_details(struct http_call *call)
{
    struct log_page page;
    struct details details = {.call = call, .since_ms = period_start(call)};
    if (details.since_ms < 0)
        return 400;
    struct log_filter filter = {.since_ms = details.since_ms,
                                .token_id = -1,
                                .model = "",
                                .route = "",
                                .error = "",
                                .limit = ROWS_MOST};
    details.requests = ARENA_ARRAY(call->req->arena, int64_t, ROWS_MOST);
    details.list = json_object_new_array();
    int result =
        store_log_list(call->admin->store, &filter, add_request, &details, &page, &call->err);
    for (size_t i = 0; result == 0 && i < json_object_array_length(details.list); i++) {
        int64_t key_id = 0;
        result = store_log_attempts(call->admin->store, details.requests[i], take_key, &key_id,
                                    &call->err);
        json_add_str(json_object_array_get_idx(details.list, i), "key", hint_of(call, key_id));
    }
    if (result == 0)
        return json_send_take(call, 200, details.list);
    json_object_put(details.list);
    return admin_status_of(&call->err);
}

static int add_attempt(void *ctx, const struct log_attempt *row)
{
    struct details *details = ctx;
    if (row->time_ms < details->since_ms)
        return 1;
    json_object *object = add_row(details, row->time_ms, row->model, row->status);
    json_add_int(object, "latency_ms", row->duration_ms);
    json_add_str(object, "key", hint_of(details->call, row->key_id));
    return 0;
}

/* GET /api/stats/key-details?id=&period=: the newest calls on one key. */
int admin_api_stats_key_details(struct http_call *call)
{
    struct details details = {.call = call, .since_ms = period_start(call)};
    int64_t id = json_query_int(call, "id", 0, INT64_MAX);
    struct store_key key;
    if (details.since_ms < 0)
        return 400;
    int found = store_key_get(call->admin->store, id, false, call->req->arena, &key, &call->err);
    if (found == 0)
        return err_set_param(&call->err, ERR_NOT_FOUND, "id", "there is no such key"), 404;
    details.list = json_object_new_array();
    if (found > 0 && store_log_attempts_of_key(call->admin->store, id, ROWS_MOST, add_attempt,
                                               &details, &call->err) == 0)
        return json_send_take(call, 200, details.list);
    json_object_put(details.list);
    return admin_status_of(&call->err);
}
