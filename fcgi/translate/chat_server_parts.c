#include "translate/chat_server_parts.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"

/* Larger ones (whole pages that were read) are not kept. */
#define PARTS_MAX (128 * KIB)
enum { KEY_SIZE = 64 };

bool server_part_note(struct chat_choice *choice, json_object *part)
{
    if (!json_get_obj(part, "toolCall") && !json_get_obj(part, "toolResponse"))
        return false;
    if (!choice->server_parts)
        choice->server_parts = json_object_new_array();
    json_object_array_add(choice->server_parts, json_object_get(part));
    return true;
}

static void make_key(const char *call_id, char key_r[KEY_SIZE])
{
    snprintf(key_r, KEY_SIZE, "parts:%s", call_id);
}

void server_parts_keep(struct chat_reply *reply, struct chat_choice *choice, const char *call_id)
{
    char key[KEY_SIZE];
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(PARTS_MAX);
    if (!choice->server_parts || !reply->env->signature_put)
        return;
    json_write(&text, choice->server_parts);
    make_key(call_id, key);
    if (strbuf_ok(&text))
        reply->env->signature_put(reply->env->ctx, key, strbuf_str(&text));
    json_object_put(choice->server_parts);
    choice->server_parts = NULL;
}

void server_parts_restore(struct chat_build *build, json_object *parts, json_object *message)
{
    char key[KEY_SIZE];
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(PARTS_MAX);
    const struct translate_env *env = build->env;
    const char *id = json_get_str(json_path(message, "tool_calls.0"), "id", "");
    if (!*id || !env->signature_get || !chat_build_has(build, FAMILY_MIXED_TOOLS))
        return;
    make_key(id, key);
    if (env->signature_get(env->ctx, key, &text) != 1)
        return;
    JSON_AUTO json_object *kept = json_parse_text(strbuf_str(&text), text.len, NULL);
    for (size_t i = 0; i < json_list_len(kept); i++)
        json_object_array_add(parts, json_object_get(json_list_at(kept, i)));
}
