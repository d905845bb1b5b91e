/* /api/keys/...: what the pages do to keys, for scripts. Keys are named by number, or whole in a body;
 * never in an address, which ends up in logs. */
#include <string.h>

#include "admin/audit.h"
#include "admin/json_answer.h"
#include "admin/key_changes.h"
#include "admin/key_json.h"
#include "admin/keys_work.h"
#include "base/clock.h"
#include "base/text.h"

/* --- which keys ---------------------------------------------------------------------------------- */

/* The number of a key named by its number or by itself; 0 when there is none such, -1. */
static int64_t id_of(struct http_call *call, json_object *name)
{
    static const enum store_key_kind kinds[] = {STORE_KEY_GEMINI, STORE_KEY_VERTEX, STORE_KEY_PAID};
    int64_t id = 0;
    if (json_is_num(name))
        return json_object_get_int64(name);
    const char *text = json_is_str(name) ? json_object_get_string(name) : "";
    if (text_to_int(text, &id) == 0)
        return id;
    for (size_t i = 0; i < ARRAY_LEN(kinds) && id == 0; i++) {
        if (store_key_find(call->admin->store, kinds[i], text, &id, &call->err) < 0)
            return -1;
    }
    return id;
}

/* Those of a list; the ones that are not there go to `missing`, as they were named (keys masked). */
static int read_list(struct http_call *call, json_object *list, struct key_ids *ids,
                     json_object *missing)
{
    size_t count = json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *name = json_object_array_get_idx(list, i);
        int64_t id = id_of(call, name);
        if (id < 0)
            return -1;
        if (id > 0)
            VEC_PUSH(ids, id);
        else
            json_object_array_add(missing, key_json_masked(name));
    }
    return 0;
}

static int read_filter(struct http_call *call, json_object *object, struct key_ids *ids)
{
    const struct keys_filter filter = key_json_filter(object);
    return keys_list_ids(ids, call->admin->store, &filter, clock_wall_ms(), &call->err);
}

/* `ids` or `keys` (lists), or `filter`. */
static int read_keys(struct http_call *call, json_object *body, struct key_ids *ids,
                     json_object *missing)
{
    json_object *list = json_get_arr(body, "ids");
    json_object *filter = json_get_obj(body, "filter");
    list = list ? list : json_get_arr(body, "keys");
    if (list)
        return read_list(call, list, ids, missing);
    if (filter)
        return read_filter(call, filter, ids);
    return err_set_param(&call->err, ERR_INVALID, "ids", "name keys by ids, keys or a filter");
}

/* --- one answer ---------------------------------------------------------------------------------- */

static json_object *said(bool success, const char *message)
{
    json_object *answer = json_object_new_object();
    json_add_bool(answer, "success", success);
    json_add_str(answer, "message", message);
    return answer;
}

static json_object *done_object(const struct http_call *call, const struct key_changes_done *done,
                                json_object *missing)
{
    int64_t gone = done->missing + (int64_t)json_object_array_length(missing);
    json_object *answer = said(done->changed > 0 || gone == 0,
                               arena_printf(call->req->arena, "keys changed: %lld, not found: %lld",
                                            (long long)done->changed, (long long)gone));
    json_add_int(answer, "changed", done->changed);
    json_add_int(answer, "missing", gone);
    return answer;
}

struct findings {
    json_object *works, *fails;
    int64_t valid, invalid;
};

static int add_finding(void *ctx, const struct key_verify_step *step)
{
    struct findings *findings = ctx;
    bool works = step->check->finding == KEY_WORKS || step->check->finding == KEY_RESTS;
    findings->valid += works;
    findings->invalid += !works;
    if (works) {
        json_object_array_add(findings->works, json_object_new_string(step->hint));
        return 0;
    }
    json_object *why = json_object_new_object();
    json_add_str(why, "finding", key_finding_word(step->check->finding));
    json_add_str(why, "error_message", step->check->text);
    json_add_int(why, "error_code", step->check->status);
    json_add(findings->fails, step->hint, why);
    return 0;
}

/* In the reference's shape, keys masked. */
static int verify(struct http_call *call, const struct key_ids *ids)
{
    struct findings findings = {json_object_new_array(), json_object_new_object(), 0, 0};
    json_object *answer = said(true, "verified");
    json_add(answer, "successful_keys", findings.works);
    json_add(answer, "failed_keys", findings.fails);
    if (keys_verify_each(call, ids, add_finding, &findings) < 0) {
        json_object_put(answer);
        return admin_status_of(&call->err);
    }
    json_add_int(answer, "valid_count", findings.valid);
    json_add_int(answer, "invalid_count", findings.invalid);
    return json_send_take(call, 200, answer);
}

/* --- POST /api/keys/action ------------------------------------------------------------------------ */

static int edit(struct http_call *call, json_object *body, const struct key_ids *ids,
                json_object *missing)
{
    struct key_options options;
    struct key_changes_done done;
    const struct key_option_source source = key_options_of_json(body, call->req->arena);
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0 ||
        key_changes_edit(call, &options, ids, &done) < 0)
        return admin_status_of(&call->err);
    return json_send_take(call, 200, done_object(call, &done, missing));
}

static int act(struct http_call *call, json_object *body, const struct key_ids *ids,
               json_object *missing)
{
    struct key_changes_done done;
    const char *word = json_get_str(body, "action", "");
    enum key_change change = key_change_of(word, strlen(word));
    if (text_eq(word, "verify"))
        return verify(call, ids);
    if (text_eq(word, "edit"))
        return edit(call, body, ids, missing);
    if (change == KEY_CHANGE_COUNT)
        return err_set_param(&call->err, ERR_INVALID, "action",
                             "pause, resume, reset, verify, edit or delete"),
               400;
    if (key_changes_make(call, change, ids, &done) < 0)
        return admin_status_of(&call->err);
    return json_send_take(call, 200, done_object(call, &done, missing));
}

int admin_api_keys_action(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    JSON_AUTO json_object *missing = json_object_new_array();
    struct key_ids ids = {0};
    if (!body)
        return admin_status_of(&call->err);
    int status = read_keys(call, body, &ids, missing) < 0 ? admin_status_of(&call->err)
                                                          : act(call, body, &ids, missing);
    VEC_FREE(&ids);
    return status;
}

/* --- the reference's way to delete ---------------------------------------------------------------- */

int admin_api_keys_delete(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    struct key_changes_done done = {0};
    struct key_ids ids = {0};
    if (!body)
        return admin_status_of(&call->err);
    json_object *list = json_get_arr(body, "keys");
    if (!list || json_object_array_length(list) == 0)
        return err_set_param(&call->err, ERR_INVALID, "keys", "a list of keys or their numbers"),
               400;
    json_object *missing = json_object_new_array();
    int result = read_list(call, list, &ids, missing);
    if (result == 0)
        result = key_changes_make(call, KEY_DELETE, &ids, &done);
    VEC_FREE(&ids);
    if (result < 0) {
        json_object_put(missing);
        return admin_status_of(&call->err);
    }
    json_object *answer =
        said(done.changed > 0,
             arena_printf(call->req->arena, "keys deleted: %lld", (long long)done.changed));
    json_add_int(answer, "deleted_count", done.changed);
    json_add(answer, "not_found_keys", missing);
    return json_send_take(call, 200, answer);
}

/* --- one key -------------------------------------------------------------------------------------- */

static int64_t captured_id(struct http_call *call)
{
    int64_t id;
    if (text_to_int(http_request_capture(call->req, "id"), &id) == 0 && id > 0)
        return id;
    return err_set(&call->err, ERR_NOT_FOUND, "there is no such key");
}

static int send_key(struct http_call *call, int64_t id)
{
    struct store_key key;
    int found = store_key_get(call->admin->store, id, false, call->req->arena, &key, &call->err);
    if (found == 1)
        return json_send_take(call, 200, key_json(&key));
    return found == 0 ? (err_set(&call->err, ERR_NOT_FOUND, "there is no such key"), 404)
                      : admin_status_of(&call->err);
}

int admin_api_key(struct http_call *call)
{
    int64_t id = captured_id(call);
    return id < 0 ? 404 : send_key(call, id);
}

int admin_api_key_edit(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    struct key_options options;
    int64_t id = captured_id(call);
    if (!body || id < 0)
        return admin_status_of(&call->err);
    const struct key_option_source source = key_options_of_json(body, call->req->arena);
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0 ||
        key_options_apply(&options, call->admin->store, id, &call->err) < 0)
        return admin_status_of(&call->err);
    keys_tell_pool(call);
    admin_audit(call, "key.edit", arena_printf(call->req->arena, "%lld", (long long)id), "");
    return send_key(call, id);
}

int admin_api_key_delete(struct http_call *call)
{
    int64_t id = captured_id(call);
    struct key_changes_done done;
    const struct key_ids ids = {&id, 1, 1};
    if (id < 0)
        return 404;
    if (key_changes_make(call, KEY_DELETE, &ids, &done) < 0)
        return admin_status_of(&call->err);
    if (done.changed == 0)
        return err_set(&call->err, ERR_NOT_FOUND, "there is no such key"), 404;
    return json_send_take(call, 200, said(true, "deleted"));
}
