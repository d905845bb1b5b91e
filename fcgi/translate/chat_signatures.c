#include "translate/chat_signatures.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/request_facts.h"

enum { SIGNATURE_MAX = 256 * 1024 };

size_t call_id_len(const char *id)
{
    const char *mark = strstr(id, SIGNATURE_IN_ID);
    return mark ? (size_t)(mark - id) : strlen(id);
}

/* Google refuses the whole request for a signature that is no base64. */
static bool plausible(const char *signature)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789+/-_=";
    size_t len = signature ? strlen(signature) : 0;
    return len > 0 && len <= SIGNATURE_MAX && strspn(signature, letters) == len;
}

const char *signature_carried(json_object *object)
{
    static const char *const places[] = {
        "extra_content.google.thought_signature",
        "function.extra_content.google.thought_signature",
        "custom.extra_content.google.thought_signature",
        "provider_specific_fields.thought_signature",
        "function.provider_specific_fields.thought_signature",
        "thoughtSignature",
        "thought_signature",
        "function.thought_signature",
    };
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        json_object *value = json_path(object, places[i]);
        if (json_is_str(value) && plausible(json_object_get_string(value)))
            return json_object_get_string(value);
    }
    return NULL;
}

/* OpenRouter's carrier: an entry of type reasoning.encrypted with the id of the call. */
static const char *in_details(json_object *message, const char *id)
{
    json_object *details = json_get_arr(message, "reasoning_details");
    size_t count = json_list_len(details);
    for (size_t i = 0; i < count; i++) {
        json_object *detail = json_list_at(details, i);
        const char *data = json_get_str(detail, "data", NULL);
        if (text_eq(json_get_str(detail, "type", ""), "reasoning.encrypted") &&
            text_eq(json_get_str(detail, "id", ""), id) && plausible(data))
            return data;
    }
    return NULL;
}

static bool from_store(struct chat_build *build, json_object *part, const char *id)
{
    STRBUF_AUTO struct strbuf signature = STRBUF_INIT(SIGNATURE_MAX);
    if (!build->env->signature_get || !*id ||
        build->env->signature_get(build->env->ctx, id, &signature) != 1 ||
        !plausible(strbuf_str(&signature)))
        return false;
    json_add_str(part, "thoughtSignature", strbuf_str(&signature));
    return true;
}

void signature_add(struct chat_build *build, json_object *part, json_object *message,
                   json_object *call, const char *id)
{
    const char *behind_id = id + call_id_len(id);
    const char *signature = signature_carried(call);
    if (!signature && *behind_id && plausible(behind_id + strlen(SIGNATURE_IN_ID)))
        signature = behind_id + strlen(SIGNATURE_IN_ID);
    if (!signature)
        signature = in_details(message, id);
    if (signature)
        json_add_str(part, "thoughtSignature", signature);
    else
        from_store(build, part, id);
}

/* --- what is lost ---------------------------------------------------------------------------- */

void signature_key(uint64_t affinity, const char *name, json_object *args,
                   char key_r[SIGNATURE_KEY_SIZE])
{
    size_t len;
    const char *text = json_object_to_json_string_length(args, JSON_C_TO_STRING_PLAIN, &len);
    uint64_t hash = hash_bytes(affinity, name, strlen(name) + 1);
    snprintf(key_r, SIGNATURE_KEY_SIZE, "call:%016" PRIx64,
             hash_bytes(hash, args ? text : "{}", args ? len : 2));
}

static void stand_in(json_object *part)
{
    if (!json_member(part, "thoughtSignature"))
        json_add_str(part, "thoughtSignature", SIGNATURE_STAND_IN);
}

static void complete_call(struct chat_build *build, json_object *part)
{
    char key[SIGNATURE_KEY_SIZE];
    json_object *call = json_get_obj(part, "functionCall");
    if (json_member(part, "thoughtSignature"))
        return;
    signature_key(build->request->affinity, json_get_str(call, "name", ""),
                  json_member(call, "args"), key);
    if (!from_store(build, part, key))
        stand_in(part);
}

static void complete_turn(struct chat_build *build, json_object *parts)
{
    bool called = false;
    size_t count = json_list_len(parts);
    for (size_t i = 0; i < count; i++) {
        json_object *part = json_list_at(parts, i);
        if (json_member(part, "inlineData"))
            stand_in(part);
        if (!json_member(part, "functionCall") || called)
            continue;
        complete_call(build, part);
        called = true;
    }
}

void signatures_complete(struct chat_build *build, json_object *contents)
{
    size_t count = json_list_len(contents);
    for (size_t i = 0; i < count; i++) {
        json_object *content = json_list_at(contents, i);
        if (text_eq(json_get_str(content, "role", ""), "model"))
            complete_turn(build, json_get_arr(content, "parts"));
    }
}
