#include "admin/key_json.h"

#include "base/redact.h"
#include "base/text.h"

json_object *key_json(const struct store_key *key)
{
    static const char *const states[] = {"active", "paused", "dead"};
    json_object *object = json_object_new_object();
    json_add_int(object, "id", key->id);
    json_add_str(object, "key", key->hint);
    json_add_str(object, "kind", keys_kind_word((int)key->kind));
    json_add_str(object, "state", states[key->state]);
    json_add_str(object, "reason", key->reason ? key->reason : "");
    json_add_str(object, "label", key->label ? key->label : "");
    json_add_str(object, "project", key->project ? key->project : "");
    json_add_num(object, "weight", key->weight);
    json_add_bool(object, "own_proxy", !text_empty(key->proxy));
    for (size_t i = 0; i < ARRAY_LEN(key_cap_names); i++)
        json_add_int(object, key_cap_names[i], i ? key->caps.most[i - 1] : key->caps.share);
    json_add_int(object, "failures", key->failures);
    json_add_int(object, "created_ms", key->created_ms);
    json_add_int(object, "last_used_ms", key->last_used_ms);
    json_add_str(object, "last_error", key->last_error ? key->last_error : "");
    return object;
}

json_object *key_json_masked(json_object *name)
{
    char hint[REDACTED_LEN];
    return json_is_str(name) ? json_object_new_string(redact(json_object_get_string(name), hint))
                             : json_object_get(name);
}

enum keys_state key_json_state(const char *word)
{
    for (int i = 0; i < KEYS_STATE_COUNT; i++) {
        if (text_eq(word, keys_state_word((enum keys_state)i)))
            return (enum keys_state)i;
    }
    if (text_eq(word, "valid"))
        return KEYS_READY;
    return text_eq(word, "invalid") ? KEYS_DEAD : KEYS_ALL;
}

static int kind_of(const char *word)
{
    for (int kind = STORE_KEY_GEMINI; kind <= STORE_KEY_PAID; kind++) {
        if (text_eq(word, keys_kind_word(kind)))
            return kind;
    }
    return -1;
}

struct keys_filter key_json_filter(json_object *object)
{
    return (struct keys_filter){
        .state = key_json_state(json_get_str(object, "status", "")),
        .kind = kind_of(json_get_str(object, "kind", "")),
        .reason = json_get_str(object, "reason", ""),
        .label = json_get_str(object, "label", ""),
        .project = json_get_str(object, "project", ""),
        .failures = json_get_int(object, "fail_count_threshold", 0),
        .text = json_get_str(object, "search", ""),
        .page = 1,
        .size = 1,
    };
}

/* --- options ------------------------------------------------------------------------------------- */

static const char *of_json(void *ctx, const char *name)
{
    json_object *value;
    if (!json_object_object_get_ex(ctx, name, &value))
        return NULL;
    return value ? json_object_get_string(value) : "";
}

struct key_option_source key_options_of_json(json_object *object, struct arena *arena)
{
    (void)arena;
    return (struct key_option_source){of_json, object, true};
}
