/* /api/keys: the pool for scripts. Keys are told by number and masked form, never whole. */
#include <string.h>

#include "admin/audit.h"
#include "admin/json_answer.h"
#include "admin/keys_list.h"
#include "admin/page.h"
#include "base/clock.h"
#include "base/text.h"
#include "keyring/key_paste.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 1000, PAGE_MOST = 100000 };

/* --- listing ---------------------------------------------------------------------------------- */

/* The reference's words for a state beside our own. */
static enum keys_state state_of(const char *word)
{
    for (int i = 0; i < KEYS_STATE_COUNT; i++) {
        if (text_eq(word, keys_state_word((enum keys_state)i)))
            return (enum keys_state)i;
    }
    if (text_eq(word, "valid"))
        return KEYS_READY;
    return text_eq(word, "invalid") ? KEYS_DEAD : KEYS_ALL;
}

static json_object *key_object(const struct keys_row *row)
{
    json_object *object = json_object_new_object();
    json_add_int(object, "id", row->key.id);
    json_add_str(object, "key", row->key.hint);
    json_add_str(object, "kind", keys_kind_word((int)row->key.kind));
    json_add_str(object, "state", keys_state_word(row->state));
    json_add_str(object, "reason", row->key.reason);
    json_add_str(object, "label", row->key.label);
    json_add_str(object, "project", row->key.project);
    json_add_num(object, "weight", row->key.weight);
    json_add_int(object, "failures", row->key.failures);
    json_add_int(object, "last_used_ms", row->key.last_used_ms);
    json_add_str(object, "last_error", row->key.last_error);
    json_object *rests = json_object_new_array();
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

int admin_api_keys(struct http_call *call)
{
    const char *search = http_request_query(call->req, "search");
    struct keys_filter filter = {
        .state = state_of(http_request_query(call->req, "status")),
        .kind = -1,
        .failures = json_query_int(call, "fail_count_threshold", 0, INT64_MAX),
        .text = search ? search : "",
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

static int add_found(struct http_call *call, const struct pasted_keys *found, const char *label,
                     int64_t *added_r)
{
    for (size_t i = 0; i < found->keys.len; i++) {
        int64_t id;
        int added = store_key_add(call->admin->store, STORE_KEY_GEMINI, found->keys.items[i], label,
                                  false, &id, &call->err);
        if (added < 0)
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
    int result = add_found(call, &found, json_get_str(body, "label", ""), &added);
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
