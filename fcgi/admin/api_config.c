/* /api/config: the settings for scripts. Secrets can be written, and are never told. */
#include <string.h>

#include "admin/json_answer.h"
#include "admin/page.h"
#include "admin/settings_form.h"
#include "admin/settings_save.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/setting_mask.h"

/* As the value is in JSON: a number, a list, an object; passwords in it masked. */
static json_object *value_of(const struct settings *set, const struct setting_def *def)
{
    FREE_AUTO char *text = setting_value_masked(set, def);
    bool flag = text_eq(text, "true");
    switch (def->type) {
    case SETTING_BOOL:
        return json_object_new_boolean(flag);
    case SETTING_INT:
    case SETTING_NUM:
    case SETTING_LIST:
    case SETTING_MAP:
    case SETTING_JSON:
        return *text ? json_parse_text(text, strlen(text), NULL) : NULL;
    default:
        return json_object_new_string(text);
    }
}

static json_object *config_object(const struct settings *set)
{
    json_object *object = json_object_new_object();
    for (size_t i = 0; i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        if (setting_is_visible(def) && !(def->flags & SET_SECRET))
            json_object_object_add(object, def->name, value_of(set, def));
    }
    return object;
}

int admin_api_config(struct http_call *call)
{
    return json_send_take(call, 200, config_object(call->settings));
}

/* Back to what environment and defaults say: the settings of `names`, or all. */
int admin_api_config_reset(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    json_object *names = json_get_arr(body, "names");
    size_t count = 0;
    if (!body)
        return admin_status_of(&call->err);
    struct store_setting_change *changes =
        ARENA_ARRAY(call->req->arena, struct store_setting_change,
                    setting_count() + (names ? json_object_array_length(names) : 0));
    for (size_t i = 0; names && i < json_object_array_length(names); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(names, i));
        const struct setting_def *def = name ? setting_find(name) : NULL;
        if (!def || !setting_is_editable(def))
            return err_set_param(&call->err, ERR_INVALID, "names", "no such setting"), 400;
        changes[count++] = (struct store_setting_change){def->name, NULL, def->flags & SET_SECRET};
    }
    for (size_t i = 0; !names && i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        if (setting_is_editable(def) && setting_source_of(call->settings, def) == SOURCE_STORE)
            changes[count++] =
                (struct store_setting_change){def->name, NULL, def->flags & SET_SECRET};
    }
    if (count && settings_save(call, changes, count) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_add_int(answer, "reset", (int64_t)count);
    return json_send_take(call, 200, answer);
}

/* In the reference's shape; nobody else is asked what the latest version is. */
int admin_api_version(struct http_call *call)
{
    json_object *answer = json_object_new_object();
    json_add_str(answer, "current_version", call->admin->version);
    json_add_null(answer, "latest_version");
    json_add_bool(answer, "update_available", false);
    json_add_null(answer, "error_message");
    return json_send_take(call, 200, answer);
}

/* A member as the text that settings are checked by; NULL (JSON null): back to the default. */
static const char *member_text(struct http_call *call, json_object *value)
{
    if (!value)
        return NULL;
    if (json_is_str(value))
        return json_object_get_string(value);
    return json_to_arena(call->req->arena, value, NULL);
}

static int read_change(struct http_call *call, const char *name, json_object *value,
                       struct store_setting_change *change)
{
    const struct setting_def *def = setting_find(name);
    if (!def || !setting_is_editable(def))
        return err_set_param(&call->err, ERR_INVALID, name, "%s cannot be set here", name);
    *change = (struct store_setting_change){def->name, member_text(call, value),
                                            (def->flags & SET_SECRET) != 0};
    if (!change->value)
        return 0;
    change->value =
        setting_unmasked(call->settings, def, change->value, call->req->arena, &call->err);
    return change->value ? setting_check(def, change->value, &call->err) : -1;
}

int admin_api_config_save(struct http_call *call)
{
    JSON_AUTO json_object *body = json_body(call);
    size_t count = 0;
    if (!body)
        return admin_status_of(&call->err);
    struct store_setting_change *changes = ARENA_ARRAY(
        call->req->arena, struct store_setting_change, json_object_object_length(body) + 1);
    json_object_object_foreach(body, name, value)
    {
        if (read_change(call, name, value, &changes[count++]) < 0)
            return 400;
    }
    if (settings_save(call, changes, count) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_add_int(answer, "saved", (int64_t)count);
    return json_send_take(call, 200, answer);
}
