/* /api/keys: the pool for scripts. Keys are told by number and masked form, never whole. */
#include <limits.h>
#include <string.h>

#include "admin/audit.h"
#include "admin/json_answer.h"
#include "admin/key_json.h"
#include "admin/keys_list.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/text.h"
#include "keyring/key_paste.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 1000, PAGE_MOST = 100000 };

/* --- listing ---------------------------------------------------------------------------------- */

/* With the finer state that rests make. */
static json_object *key_object(const struct keys_row *row)
{
    json_object *object = key_json(&row->key);
    json_object *rests = json_object_new_array();
    json_add_str(object, "state", keys_state_word(row->state));
    for (size_t i = 0; i < row->rest_count; i++) {
        json_object *rest = json_object_new_object();
        json_add_str(rest, "model", row->rests[i].model);
        json_add_str(rest, "reason", row->rests[i].reason);
        json_add_int(rest, "until_ms", row->rests[i].until_ms);
        json_object_array_add(rests, rest);
    }
    json_add(object, "rests", rests);
    return object;
}

static const char *query(struct http_call *call, const char *name)
{
    const char *text = http_request_query(call->req, name);
    return text ? text : "";
}

static int kind_of(const char *word)
{
    for (int kind = STORE_KEY_GEMINI; kind <= STORE_KEY_PAID; kind++) {
        if (text_eq(word, keys_kind_word(kind)))
            return kind;
    }
    return -1;
}

int admin_api_keys(struct http_call *call)
{
    struct keys_filter filter = {
        .state = key_json_state(query(call, "status")),
        .kind = kind_of(query(call, "kind")),
        .reason = query(call, "reason"),
        .label = query(call, "label"),
        .project = query(call, "project"),
        .failures = json_query_int(call, "fail_count_threshold", 0, INT64_MAX),
        .text = query(call, "search"),
        .page = (int)json_query_int(call, "page", 1, PAGE_MOST),
        .size = (int)json_query_int(call, "limit", LIMIT_DEFAULT, LIMIT_MOST),
    };
    struct keys_list list;
    if (filter.page == 0 || filter.size == 0)
        return err_set_param(&call->err, ERR_INVALID, "page", "page and limit begin at 1"), 400;
    if (keys_list_read(&list, call->admin->store, &filter, call->req->arena, clock_wall_ms(),
                       &call->err) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_object *keys = json_object_new_array();
    for (size_t i = 0; i < list.count; i++)
        json_object_array_add(keys, key_object(&list.rows[i]));
    json_add(answer, "keys", keys);
    json_add_int(answer, "total_items", (int64_t)list.matching);
    json_add_int(answer, "total_pages", list.pages);
    json_add_int(answer, "current_page", list.page);
    return json_send_take(call, 200, answer);
}

/* The reference's two lists, masked. */
int admin_api_keys_all(struct http_call *call)
{
    struct keys_filter filter = {
        .state = KEYS_ALL, .kind = STORE_KEY_GEMINI, .page = 1, .size = INT_MAX, .text = ""};
    struct keys_list list;
    if (keys_list_read(&list, call->admin->store, &filter, call->req->arena, clock_wall_ms(),
                       &call->err) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_object *valid = json_object_new_array();
    json_object *invalid = json_object_new_array();
    for (size_t i = 0; i < list.count; i++)
        json_object_array_add(list.rows[i].state == KEYS_DEAD ? invalid : valid,
                              json_object_new_string(list.rows[i].key.hint));
    json_add(answer, "valid_keys", valid);
    json_add(answer, "invalid_keys", invalid);
    json_add_int(answer, "total_count", (int64_t)list.count);
    return json_send_take(call, 200, answer);
}

/* --- adding ----------------------------------------------------------------------------------- */

/* The keys of a body: a text, or a list of texts, joined by line breaks in the arena. */
static const char *keys_text(struct http_call *call, json_object *keys)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(call->req->body_len + 16);
    if (json_is_str(keys))
        return json_object_get_string(keys);
    size_t count = json_object_is_type(keys, json_type_array) ? json_object_array_length(keys) : 0;
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%s\n", json_object_get_string(json_object_array_get_idx(keys, i)));
    return arena_strdup(call->req->arena, strbuf_str(&text));
}

static int add_found(struct http_call *call, const struct pasted_keys *found, json_object *body,
                     int64_t *added_r)
{
    struct key_options options;
    const struct key_option_source source = key_options_of_json(body, call->req->arena);
    int kind = kind_of(json_get_str(body, "kind", ""));
    if (key_options_read(&options, &source, call->req->arena, &call->err) < 0)
        return -1;
    for (size_t i = 0; i < found->keys.len; i++) {
        int64_t id;
        int added = store_key_add(call->admin->store,
                                  kind < 0 ? STORE_KEY_GEMINI : (enum store_key_kind)kind,
                                  found->keys.items[i], "", false, &id, &call->err);
        if (added < 0 ||
            (added && key_options_apply(&options, call->admin->store, id, &call->err) < 0))
            return -1;
        *added_r += added;
    }
    return 0;
}

int admin_api_keys_add(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    struct pasted_keys found;
    int64_t added = 0;
    if (!body)
        return admin_status_of(&call->err);
    const char *text = keys_text(call, json_member(body, "keys"));
    pasted_keys_find(&found, call->req->arena, text, strlen(text));
    int result = add_found(call, &found, body, &added);
    int64_t known = (int64_t)found.keys.len - added;
    int64_t rejected = (int64_t)found.rejected.len;
    pasted_keys_free(&found);
    if (added > 0) {
        struct err ignored = ERR_INIT; /* the pool notices by itself a moment later */
        keyring_reload(call->admin->keyring, &ignored);
        admin_audit(call, "key.add", "",
                    arena_printf(call->req->arena, "keys: %lld", (long long)added));
    }
    if (result < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_add_int(answer, "added", added);
    json_add_int(answer, "known", known);
    json_add_int(answer, "rejected", rejected);
    return json_send_take(call, 200, answer);
}
