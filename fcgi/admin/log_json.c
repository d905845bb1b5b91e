#include "admin/log_json.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "store/store_log_read.h"

static void add_id(json_object *object, const char *name, int64_t id)
{
    char text[24];
    json_object *number = json_object_new_int64(id);
    text_copy(text, sizeof(text), json_object_to_json_string(number));
    json_object_put(number);
    json_add_str(object, name, text);
}

json_object *log_json_request(const struct log_request *row)
{
    char time[40];
    json_object *object = json_object_new_object();
    add_id(object, "id", row->id);
    json_add_str(object, "request_time", clock_iso(row->time_ms, time, sizeof(time)));
    json_add_str(object, "model_name", row->model);
    json_add_str(object, "served_model", row->served_model);
    json_add_str(object, "route", row->route);
    json_add_int(object, "token_id", row->token_id);
    json_add_int(object, "status_code", row->status);
    json_add_bool(object, "streamed", row->streamed);
    json_add_int(object, "attempts", row->attempts);
    json_add_int(object, "latency_ms", row->duration_ms);
    json_add_int(object, "first_token_ms", row->first_token_ms);
    json_add_int(object, "prompt_tokens", row->prompt_tokens);
    json_add_int(object, "output_tokens", row->output_tokens);
    json_add_int(object, "thought_tokens", row->thought_tokens);
    json_add_int(object, "cached_tokens", row->cached_tokens);
    json_add_str(object, "error_log", row->error);
    return object;
}

struct origin {
    int64_t key_id;
    char rule[48];
};

static int take_attempt(void *ctx, const struct log_attempt *row)
{
    struct origin *origin = ctx; /* the last one stays */
    origin->key_id = row->key_id;
    text_copy(origin->rule, sizeof(origin->rule), row->rule);
    return 0;
}

int log_json_add_origin(struct http_call *call, json_object *request)
{
    struct store *store = call->admin->store;
    struct origin origin = {0};
    struct store_key key = {.hint = ""};
    int64_t id = 0;
    text_to_int(json_get_str(request, "id", ""), &id);
    if (store_log_attempts(store, id, take_attempt, &origin, &call->err) < 0 ||
        (origin.key_id > 0 &&
         store_key_get(store, origin.key_id, false, call->req->arena, &key, &call->err) < 0))
        return -1;
    json_add_str(request, "gemini_key", key.hint ? key.hint : "");
    json_add_str(request, "error_type", origin.rule);
    json_add_int(request, "error_code", json_get_int(request, "status_code", 0));
    return 0;
}
