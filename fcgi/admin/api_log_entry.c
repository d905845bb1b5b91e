/* One entry of the log for scripts: its attempts, its details, and the one that a time names. */
#include <stdlib.h>

#include "admin/json_answer.h"
#include "admin/log_filter.h"
#include "admin/log_json.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_list.h"
#include "store/store_log_read.h"

enum { WINDOW_DEFAULT = 100, WINDOW_MOST = 300 };

/* --- attempts --------------------------------------------------------------------------------- */

struct tries {
    struct http_call *call;
    json_object *list;
};

static int add_attempt(void *ctx, const struct log_attempt *row)
{
    struct tries *tries = ctx;
    struct store_key key;
    json_object *object = json_object_new_object();
    bool known = store_key_get(tries->call->admin->store, row->key_id, false,
                               tries->call->req->arena, &key, NULL) == 1;
    json_add_int(object, "number", row->number);
    json_add_int(object, "key_id", row->key_id);
    json_add_str(object, "key", known ? key.hint : "");
    json_add_str(object, "model", row->model);
    json_add_str(object, "outcome", row->outcome);
    json_add_int(object, "status_code", row->status);
    json_add_str(object, "rule", row->rule);
    json_add_str(object, "effect", row->effect);
    json_add_int(object, "latency_ms", row->duration_ms);
    json_add_int(object, "first_byte_ms", row->first_byte_ms);
    json_add_str(object, "error_log", row->error);
    json_object_array_add(tries->list, object);
    return 0;
}

/* The attempts as a member of `answer`: 0, or -1. */
static int add_tries(struct http_call *call, json_object *answer, int64_t id)
{
    struct tries tries = {call, json_object_new_array()};
    json_add(answer, "tries", tries.list);
    return store_log_attempts(call->admin->store, id, add_attempt, &tries, &call->err);
}

/* GET /api/logs/requests/{id}/attempts: empty as long as nothing is written of it. */
int admin_api_attempts(struct http_call *call)
{
    int64_t id;
    json_object *answer = json_object_new_object();
    bool is_number = text_to_int(http_request_capture(call->req, "id"), &id) == 0;
    if (add_tries(call, answer, is_number ? id : 0) == 0)
        return json_send_take(call, 200, answer);
    json_object_put(answer);
    return admin_status_of(&call->err);
}

/* --- one request ------------------------------------------------------------------------------ */

static int add_body(struct http_call *call, json_object *answer, int64_t id)
{
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(1 * MIB);
    if (store_log_body(call->admin->store, id, &body, &call->err) < 0)
        return -1;
    json_add_str(answer, "request_msg", strbuf_str(&body));
    return 0;
}

static int send_details(struct http_call *call, int64_t id)
{
    struct log_request row;
    int found = id ? store_log_request(call->admin->store, id, &row, &call->err) : 0;
    if (found == 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such request"), 404;
    if (found < 0)
        return admin_status_of(&call->err);
    json_object *answer = log_json_request(&row);
    if (log_json_add_origin(call, answer) == 0 && add_body(call, answer, id) == 0 &&
        add_tries(call, answer, id) == 0)
        return json_send_take(call, 200, answer);
    json_object_put(answer);
    return admin_status_of(&call->err);
}

int admin_api_log_details(struct http_call *call)
{
    int64_t id;
    bool is_number = text_to_int(http_request_capture(call->req, "id"), &id) == 0;
    return send_details(call, is_number ? id : 0);
}

/* --- the one that a time names ---------------------------------------------------------------- */

struct lookup {
    int64_t time_ms;
    int status;            /* 0: any */
    int64_t nearest, with; /* of any status, of that status: the request, 0 none */
    int64_t nearest_off, with_off;
};

static int compare(void *ctx, const struct log_attempt *row)
{
    struct lookup *lookup = ctx;
    int64_t off = llabs(row->time_ms - lookup->time_ms);
    bool failed = row->status < 200 || row->status >= 300 || *row->error;
    if (failed && (!lookup->nearest || off < lookup->nearest_off)) {
        lookup->nearest = row->request_id;
        lookup->nearest_off = off;
    }
    if (failed && row->status == lookup->status && (!lookup->with || off < lookup->with_off)) {
        lookup->with = row->request_id;
        lookup->with_off = off;
    }
    return 0;
}

/* GET /api/logs/errors/lookup?key_id=&timestamp=: the failure of that key that lies nearest, one with
 * `status_code` before any other. The key is named by its number: no secret stands in a URL. */
int admin_api_log_lookup(struct http_call *call)
{
    const char *timestamp = http_request_query(call->req, "timestamp");
    struct lookup lookup = {.time_ms = log_moment(timestamp ? timestamp : ""),
                            .status = (int)json_query_int(call, "status_code", 0, 599)};
    int64_t window_ms =
        json_query_int(call, "window_seconds", WINDOW_DEFAULT, WINDOW_MOST) * SECOND_MS;
    int64_t key_id = json_query_int(call, "key_id", 0, INT64_MAX);
    if (key_id == 0)
        return err_set_param(&call->err, ERR_INVALID, "key_id", "the number of a key"), 400;
    if (lookup.time_ms == 0)
        return err_set_param(&call->err, ERR_INVALID, "timestamp", "a time, 2026-01-31T08:00:00Z"),
               400;
    const struct log_span span = {lookup.time_ms - window_ms, lookup.time_ms + window_ms + 1};
    if (store_log_attempts_within(call->admin->store, key_id, &span, compare, &lookup, &call->err) <
        0)
        return admin_status_of(&call->err);
    return send_details(call, lookup.with ? lookup.with : lookup.nearest);
}
