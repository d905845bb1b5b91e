#include "translate/chat_server_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/request_facts.h"

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

/* Clients trim what they send back. */
static void make_said_key(uint64_t affinity, const char *text, size_t len, char key_r[KEY_SIZE])
{
    static const char blanks[] = " \t\r\n";
    size_t start = strspn(text, blanks);
    start = start < len ? start : len;
    while (len > start && strchr(blanks, text[len - 1]))
        len--;
    snprintf(key_r, KEY_SIZE, "said:%016" PRIx64, hash_bytes(affinity, text + start, len - start));
}

static void keep(struct chat_reply *reply, struct chat_choice *choice, const char *key)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(PARTS_MAX);
    if (reply->env->signature_put) {
        json_write(&text, choice->server_parts);
        if (strbuf_ok(&text))
            reply->env->signature_put(reply->env->ctx, key, strbuf_str(&text));
    }
    json_object_put(choice->server_parts);
    choice->server_parts = NULL;
}

void server_parts_keep(struct chat_reply *reply, struct chat_choice *choice, const char *call_id)
{
    char key[KEY_SIZE];
    if (!choice->server_parts)
        return;
    make_key(call_id, key);
    keep(reply, choice, key);
}

void server_parts_keep_said(struct chat_reply *reply, struct chat_choice *choice)
{
    char key[KEY_SIZE];
    if (!choice->server_parts || choice->calls > 0 || choice->text.len == 0 ||
        !strbuf_ok(&choice->text))
        return;
    make_said_key(reply->request->affinity, strbuf_str(&choice->text), choice->text.len, key);
    keep(reply, choice, key);
}

/* A list of parts, or NULL; put it. */
static json_object *kept_under(struct chat_build *build, const char *key)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(PARTS_MAX);
    const struct translate_env *env = build->env;
    if (!env->signature_get || env->signature_get(env->ctx, key, &text) != 1)
        return NULL;
    json_object *kept = json_parse_text(strbuf_str(&text), text.len, NULL);
    if (json_object_is_type(kept, json_type_array))
        return kept;
    json_object_put(kept);
    return NULL;
}

static void append_all(json_object *parts, json_object *more)
{
    for (size_t i = 0; i < json_list_len(more); i++)
        json_object_array_add(parts, json_object_get(json_list_at(more, i)));
}

void server_parts_restore(struct chat_build *build, json_object *parts, json_object *message)
{
    char key[KEY_SIZE];
    const char *id = json_get_str(json_path(message, "tool_calls.0"), "id", "");
    if (!*id || !chat_build_has(build, FAMILY_MIXED_TOOLS))
        return;
    make_key(id, key);
    JSON_AUTO json_object *kept = kept_under(build, key);
    append_all(parts, kept);
}

/* --- turns without calls --------------------------------------------------------------------- */

/* The text of a turn; false when it holds anything that is no text, or nothing. */
static bool plain_text(json_object *parts, struct strbuf *out)
{
    for (size_t i = 0; i < json_list_len(parts); i++) {
        json_object *text = json_member(json_list_at(parts, i), "text");
        if (!json_is_str(text))
            return false;
        strbuf_append(out, json_object_get_string(text), (size_t)json_object_get_string_len(text));
    }
    return out->len > 0 && strbuf_ok(out);
}

static void complete_turn(struct chat_build *build, json_object *content)
{
    char key[KEY_SIZE];
    json_object *parts = json_get_arr(content, "parts");
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    if (!text_eq(json_get_str(content, "role", ""), "model") || !plain_text(parts, &text))
        return;
    make_said_key(build->request->affinity, strbuf_str(&text), text.len, key);
    JSON_AUTO json_object *kept = kept_under(build, key);
    if (!kept)
        return;
    json_object *all = json_object_new_array();
    append_all(all, kept);
    append_all(all, parts);
    json_add(content, "parts", all);
}

void server_parts_complete(struct chat_build *build)
{
    json_object *contents = json_get_arr(build->gemini, "contents");
    json_object *config = json_get_obj(build->gemini, "toolConfig");
    if (!json_get_bool(config, "includeServerSideToolInvocations", false))
        return;
    for (size_t i = 0; i < json_list_len(contents); i++)
        complete_turn(build, json_list_at(contents, i));
}
