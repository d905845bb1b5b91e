/* Calls of functions, given to the client. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/chat_server_parts.h"
#include "translate/chat_signatures.h"

#define CALL_ID_PREFIX "call_"
enum { CALL_ID_RANDOM = 24, CALL_ID_MAX = 40 };

/* Google's own id where there is one that every client can carry. */
static void call_id(const struct chat_reply *reply, json_object *call, char id_r[CALL_ID_MAX + 1])
{
    const char *given = json_get_str(call, "id", "");
    if (*given && strlen(given) <= CALL_ID_MAX) {
        text_copy(id_r, CALL_ID_MAX + 1, given);
        return;
    }
    memcpy(id_r, CALL_ID_PREFIX, sizeof(CALL_ID_PREFIX));
    reply->env->make_id(reply->env->ctx, id_r + strlen(CALL_ID_PREFIX), CALL_ID_RANDOM + 1);
}

static json_object *arguments_text(json_object *args)
{
    size_t len;
    if (!args)
        return json_object_new_string("{}");
    const char *text = json_object_to_json_string_length(
        args, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
    return json_object_new_string_len(text, (int)len);
}

static json_object *function_object(const char *name, json_object *args)
{
    json_object *function = json_object_new_object();
    json_add_str(function, "name", name);
    json_add(function, "arguments", arguments_text(args));
    return function;
}

static json_object *custom_object(const char *name, json_object *args)
{
    json_object *custom = json_object_new_object();
    json_object *input = json_member(args, "input");
    json_add_str(custom, "name", name);
    json_add(custom, "input", json_is_str(input) ? json_object_get(input) : arguments_text(args));
    return custom;
}

static void add_signature(json_object *call, const char *signature)
{
    json_object *extra = json_object_new_object();
    json_object *google = json_object_new_object();
    json_add_str(google, "thought_signature", signature);
    json_add(extra, "google", google);
    json_add(call, "extra_content", extra);
}

/* By the call's id, and for clients that change ids by the call itself. */
static void keep_signature(struct chat_reply *reply, json_object *function_call, const char *id,
                           const char *signature)
{
    char key[SIGNATURE_KEY_SIZE];
    const struct translate_env *env = reply->env;
    if (!env->signature_put)
        return;
    signature_key(reply->request->affinity, json_get_str(function_call, "name", ""),
                  json_get_obj(function_call, "args"), key);
    env->signature_put(env->ctx, id, signature);
    env->signature_put(env->ctx, key, signature);
}

static json_object *tool_call(struct chat_reply *reply, json_object *part, const char *name)
{
    char id[CALL_ID_MAX + 1];
    json_object *function_call = json_get_obj(part, "functionCall");
    json_object *args = json_get_obj(function_call, "args");
    const char *signature = json_get_str(part, "thoughtSignature", NULL);
    bool custom = json_member(reply->request->custom_tools, name) != NULL;
    json_object *call = json_object_new_object();
    call_id(reply, function_call, id);
    json_add_str(call, "id", id);
    json_add_str(call, "type", custom ? "custom" : "function");
    if (custom)
        json_add(call, "custom", custom_object(name, args));
    else
        json_add(call, "function", function_object(name, args));
    if (!text_empty(signature)) {
        add_signature(call, signature);
        keep_signature(reply, function_call, id, signature);
    }
    return call;
}

/* Consumes `call`. */
static void give_call(struct chat_reply *reply, struct chat_choice *choice, json_object *call)
{
    server_parts_keep(reply, choice, json_get_str(call, "id", ""));
    reply->deliver(reply, choice, DELTA_CALL, call);
}

void chat_reply_call(struct chat_reply *reply, struct chat_choice *choice, json_object *part)
{
    const struct openai_chat_request *request = reply->request;
    json_object *call = json_get_obj(part, "functionCall");
    json_object *args = json_get_obj(call, "args");
    const char *sent = json_get_str(call, "name", "");
    const char *name = json_get_str(request->tool_names, sent, sent);
    if (request->json_tool && text_eq(sent, JSON_ANSWER_TOOL)) {
        chat_reply_text(reply, choice, arguments_text(args));
        return;
    }
    if (choice->calls > 0 && (request->single_call || request->legacy_functions))
        return;
    chat_reply_end_thought(reply, choice);
    choice->visible = true;
    if (request->legacy_functions)
        reply->deliver(reply, choice, DELTA_FUNCTION, function_object(name, args));
    else
        give_call(reply, choice, tool_call(reply, part, name));
    choice->calls++;
}
