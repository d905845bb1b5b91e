#include "demo/demo_answer.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

#define WORD_MAX 512

/* --- reading the request ------------------------------------------------------------------- */

static json_object *last_of(json_object *array)
{
    size_t count = array ? json_object_array_length(array) : 0;
    return count ? json_object_array_get_idx(array, count - 1) : NULL;
}

/* The text of the last content that has one. */
static const char *last_text(json_object *request)
{
    json_object *contents = json_get_arr(request, "contents");
    json_object *content = contents ? last_of(contents) : json_get_obj(request, "content");
    json_object *parts = json_get_arr(content, "parts");
    for (size_t i = parts ? json_object_array_length(parts) : 0; i > 0; i--) {
        const char *text = json_get_str(json_object_array_get_idx(parts, i - 1), "text", NULL);
        if (text)
            return text;
    }
    return "";
}

static bool ends_with_result(json_object *request)
{
    json_object *parts = json_get_arr(last_of(json_get_arr(request, "contents")), "parts");
    return json_member2(last_of(parts), "functionResponse", "function_response") != NULL;
}

/* The first declared function, or NULL. */
static json_object *first_function(json_object *request)
{
    json_object *tools = json_get_arr(request, "tools");
    for (size_t i = 0; tools && i < json_object_array_length(tools); i++) {
        json_object *list = json_member2(json_object_array_get_idx(tools, i),
                                         "functionDeclarations", "function_declarations");
        if (json_object_is_type(list, json_type_array) && json_object_array_length(list) > 0)
            return json_object_array_get_idx(list, 0);
    }
    return NULL;
}

int64_t demo_count_tokens(json_object *request)
{
    return (int64_t)strlen(json_object_to_json_string(request)) / 4 + 1;
}

/* --- the answer ---------------------------------------------------------------------------------
 */

static json_object *text_part(const char *text, size_t len)
{
    json_object *part = json_object_new_object();
    json_add_strn(part, "text", text, len);
    return part;
}

static json_object *event(json_object *part, const char *model, const char *finish_reason)
{
    json_object *parts = json_object_new_array();
    if (part)
        json_object_array_add(parts, part);
    json_object *content = json_object_new_object();
    json_add(content, "parts", parts);
    json_add_str(content, "role", "model");
    json_object *candidate = json_object_new_object();
    json_add(candidate, "content", content);
    json_add_str(candidate, "finishReason", finish_reason);
    json_add_int(candidate, "index", 0);
    json_object *candidates = json_object_new_array();
    json_object_array_add(candidates, candidate);
    json_object *body = json_object_new_object();
    json_add(body, "candidates", candidates);
    json_add_str(body, "modelVersion", model);
    json_add_str(body, "responseId", "demo");
    return body;
}

static void add_usage(json_object *body, int64_t prompt, int64_t output)
{
    json_object *usage = json_object_new_object();
    json_add_int(usage, "promptTokenCount", prompt);
    json_add_int(usage, "candidatesTokenCount", output);
    json_add_int(usage, "totalTokenCount", prompt + output);
    json_add(body, "usageMetadata", usage);
}

static void compose(struct strbuf *out, json_object *request, const char *model)
{
    if (ends_with_result(request)) {
        strbuf_puts(out, "This is the simulated Gemini. The result of the function has arrived.");
        return;
    }
    strbuf_printf(
        out,
        "This is the simulated Gemini that comes with Gemini Balance, standing in for %s. "
        "It only repeats what you said: ",
        model);
    const char *text = last_text(request);
    size_t len = strlen(text) < 2000 ? strlen(text) : 2000;
    strbuf_append(out, text, len);
}

/* Arguments that fit the declaration as far as a simulation can: a text for every required member.
 */
static json_object *call_part(json_object *function)
{
    json_object *parameters =
        json_member2(function, "parametersJsonSchema", "parameters_json_schema");
    if (!parameters)
        parameters = json_get_obj(function, "parameters");
    json_object *required = json_get_arr(parameters, "required");
    json_object *args = json_object_new_object();
    for (size_t i = 0; required && i < json_object_array_length(required); i++)
        json_add_str(args, json_object_get_string(json_object_array_get_idx(required, i)), "demo");
    json_object *call = json_object_new_object();
    json_add_str(call, "name", json_get_str(function, "name", "unnamed"));
    json_add(call, "args", args);
    json_object *part = json_object_new_object();
    json_add(part, "functionCall", call);
    return part;
}

static json_object *function_to_call(json_object *request)
{
    return ends_with_result(request) ? NULL : first_function(request);
}

json_object *demo_answer_create(json_object *request, const char *model)
{
    json_object *function = function_to_call(request);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(64 * KIB);
    compose(&text, request, model);
    json_object *part = function ? call_part(function) : text_part(text.data, text.len);
    json_object *body = event(part, model, "STOP");
    add_usage(body, demo_count_tokens(request), (int64_t)text.len / 4 + 1);
    return body;
}

json_object *demo_answer_pieces(json_object *request, const char *model)
{
    json_object *pieces = json_object_new_array();
    if (function_to_call(request)) {
        json_object_array_add(pieces, demo_answer_create(request, model));
        return pieces;
    }
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(64 * KIB);
    compose(&text, request, model);
    const char *at = strbuf_str(&text);
    while (*at) {
        size_t len = strcspn(at, " ");
        len += at[len] == ' ';
        if (len > WORD_MAX)
            len = utf8_prefix(at, WORD_MAX);
        json_object_array_add(pieces, event(text_part(at, len), model, NULL));
        at += len;
    }
    json_object *last = event(NULL, model, "STOP");
    add_usage(last, demo_count_tokens(request), (int64_t)text.len / 4 + 1);
    json_object_array_add(pieces, last);
    return pieces;
}

json_object *demo_embedding(json_object *request)
{
    const char *text = last_text(request);
    json_object *values = json_object_new_array();
    unsigned hash = 2166136261u;
    for (int i = 0; i < 8; i++) {
        for (const char *at = text; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 16777619u;
        hash ^= (unsigned)i;
        json_object_array_add(values, json_object_new_double((double)(hash % 2000) / 1000.0 - 1.0));
    }
    json_object *embedding = json_object_new_object();
    json_add(embedding, "values", values);
    return embedding;
}

/* --- models and errors --------------------------------------------------------------------------
 */

static const struct {
    const char *id;
    const char *display_name;
    const char *method;
} models[] = {
    {"gemini-3.8-flash", "Gemini 3.8 Flash (simulated)", "generateContent"},
    {"gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite (simulated)", "generateContent"},
    {"gemini-4-argon", "Gemini 4 Argon (simulated)", "generateContent"},
    {"gemini-embedding-001", "Gemini Embedding (simulated)", "embedContent"},
};

static json_object *model_object(size_t index)
{
    char name[64];
    snprintf(name, sizeof(name), "models/%s", models[index].id);
    json_object *methods = json_object_new_array();
    json_object_array_add(methods, json_object_new_string(models[index].method));
    json_object_array_add(methods, json_object_new_string("countTokens"));
    json_object *model = json_object_new_object();
    json_add_str(model, "name", name);
    json_add_str(model, "version", "demo");
    json_add_str(model, "displayName", models[index].display_name);
    json_add_str(model, "description", "Simulated: it only repeats what you say.");
    json_add_int(model, "inputTokenLimit", 1048576);
    json_add_int(model, "outputTokenLimit", 65536);
    json_add(model, "supportedGenerationMethods", methods);
    return model;
}

json_object *demo_model_list(void)
{
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        json_object_array_add(list, model_object(i));
    json_object *body = json_object_new_object();
    json_add(body, "models", list);
    return body;
}

json_object *demo_model_find(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(models); i++)
        if (text_eq(models[i].id, id))
            return model_object(i);
    return NULL;
}

json_object *demo_error(int status, const char *message)
{
    json_object *error = json_object_new_object();
    json_add_int(error, "code", status);
    json_add_str(error, "message", message);
    json_add_str(error, "status", status == 404 ? "NOT_FOUND" : "INVALID_ARGUMENT");
    json_object *body = json_object_new_object();
    json_add(body, "error", error);
    return body;
}
