#include "api/native_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum kind {
    OBJECT = 1 << 0,
    ARRAY = 1 << 1,
    STRING = 1 << 2,
    NUMBER = 1 << 3,
    BOOL = 1 << 4,
    NOTHING = 1 << 5 /* null counts as absent */
};
/* Google takes one item for a list of one. */
#define ITEMS (ARRAY | OBJECT)
#define WORDS (ARRAY | STRING)

/* --- the tables ------------------------------------------------------------------------------ */

/* A member, by any of its names (separated by |). */
struct field_rule {
    const char *pattern; /* of native_path.c */
    const char *names;
    unsigned kinds;
    bool required;
};

#define GENERATION(pattern)                                                                   \
    {pattern, "contents", ITEMS, true},                                                       \
        {pattern, "systemInstruction|system_instruction", OBJECT, false},                     \
        {pattern, "generationConfig|generation_config", OBJECT, false},                       \
        {pattern, "safetySettings|safety_settings", ITEMS, false},                            \
        {pattern, "tools", ITEMS, false}, {pattern, "toolConfig|tool_config", OBJECT, false}, \
    {                                                                                         \
        pattern, "cachedContent|cached_content", STRING, false                                \
    }

static const struct field_rule field_rules[] = {
    GENERATION("models/*:generateContent"),
    GENERATION("models/*:streamGenerateContent"),
    GENERATION("tunedModels/*:streamGenerateContent"),
    {"models/*:countTokens", "contents|generateContentRequest|generate_content_request", ITEMS,
     true},
    {"models/*:embedContent", "content", OBJECT, true},
    {"models/*:batchEmbedContents", "requests", ITEMS, true},
    {"models/*:batchGenerateContent", "batch", OBJECT, true},
    {"models/*:asyncBatchEmbedContent", "batch", OBJECT, true},
    {"models/*:predict", "instances", ITEMS, true},
    {"models/*:predict", "parameters", OBJECT, false},
    {"models/*:predictLongRunning", "instances", ITEMS, true},
    {"models/*:predictLongRunning", "parameters", OBJECT, false},
    {"cachedContents", "model", STRING, true},
    {"cachedContents", "contents", ITEMS, false},
    {"cachedContents", "ttl", STRING, false},
    {"cachedContents", "expireTime|expire_time", STRING, false},
    {"cachedContents/*", "ttl", STRING, false},
    {"cachedContents/*", "expireTime|expire_time", STRING, false},
    {"files", "file", OBJECT, false},
    {"files:register", "uris", WORDS, true},
    {"fileSearchStores", "displayName|display_name", STRING, false},
    {"interactions", "model|agent", STRING, true},
    {"interactions", "input", ITEMS | STRING, true},
    {"interactions", "stream", BOOL, false},
    {"interactions", "store", BOOL, false},
    {"interactions", "background", BOOL, false},
    {"interactions", "previous_interaction_id|previousInteractionId", STRING, false},
    {"interactions", "generation_config|generationConfig", OBJECT, false},
    {"interactions", "tools", ITEMS, false},
    {"decisions", "model", STRING, true},
    {"openai/chat/completions", "model", STRING, true},
    {"openai/chat/completions", "messages", ARRAY, true},
    {"openai/chat/completions", "stream", BOOL, false},
    {"openai/embeddings", "model", STRING, true},
    {"openai/embeddings", "input", ARRAY | STRING, true},
    {"openai/images/generations", "prompt", STRING, true},
};

/* Numbers of generationConfig; where a bound may move with the models there is none. */
static const struct config_rule {
    const char *names;
    double min, max;
    bool whole;
} config_rules[] = {
    {"temperature", 0, 2, false},
    {"topP|top_p", 0, 1, false},
    {"topK|top_k", 0, 1e9, false},
    {"candidateCount|candidate_count", 1, 1e9, true},
    {"maxOutputTokens|max_output_tokens", 1, 1e9, true},
    {"seed", -9e18, 9e18, true},
    {"logprobs", 0, 1e9, true},
    {"presencePenalty|presence_penalty", -2, 2, false},
    {"frequencyPenalty|frequency_penalty", -2, 2, false},
};

static const struct config_kind {
    const char *names;
    unsigned kinds;
} config_kinds[] = {
    {"stopSequences|stop_sequences", WORDS},    {"responseMimeType|response_mime_type", STRING},
    {"responseSchema|response_schema", OBJECT}, {"responseModalities|response_modalities", WORDS},
    {"thinkingConfig|thinking_config", OBJECT}, {"speechConfig|speech_config", OBJECT},
    {"imageConfig|image_config", OBJECT},
};

/* --- kinds ----------------------------------------------------------------------------------- */

static const char *kind_words(unsigned kinds)
{
    static const struct {
        unsigned kinds;
        const char *words;
    } rows[] = {
        {OBJECT, "an object"},
        {ARRAY, "an array"},
        {STRING, "a string"},
        {BOOL, "true or false"},
        {ITEMS, "a list of objects"},
        {WORDS, "a list of strings"},
        {ARRAY | STRING, "a string or a list"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].kinds == kinds)
            return rows[i].words;
    return "of another kind";
}

/* By the first byte of a value. */
static unsigned kind_of_byte(char c)
{
    static const char bytes[] = "{[\"tfn";
    static const unsigned kinds[] = {OBJECT, ARRAY, STRING, BOOL, BOOL, NOTHING};
    const char *at = c ? strchr(bytes, c) : NULL;
    return at ? kinds[at - bytes] : NUMBER;
}

static unsigned kind_of_value(json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return NOTHING;
    case json_type_boolean:
        return BOOL;
    case json_type_double:
    case json_type_int:
        return NUMBER;
    case json_type_object:
        return OBJECT;
    case json_type_array:
        return ARRAY;
    default:
        return STRING;
    }
}

/* "a|b": whether `name` is one of them. */
static bool is_one_of(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (len > 0 && strcspn(at, "|") == len && strncmp(at, name, len) == 0)
            return true;
    }
    return false;
}

static int wrong(struct native *native, const char *field, const char *what, const char *more)
{
    err_set_param(&native->call.http->err, ERR_INVALID, field, "%s %s%s", field, what, more);
    return 400;
}

static const char *first_name(struct native *native, const char *names)
{
    return arena_strndup(native->call.http->req->arena, names, strcspn(names, "|"));
}

/* --- members --------------------------------------------------------------------------------- */

static char byte_at(const struct native *native, int64_t offset)
{
    char byte = '\0';
    return body_spool_peek(native->spool, offset, &byte, 1) == 1 ? byte : '\0';
}

static const struct native_member *find_member(const struct native *native, const char *names)
{
    for (size_t i = 0; i < native->outline.count; i++) {
        const struct native_member *member = &native->outline.items[i];
        if (is_one_of(names, member->name) &&
            kind_of_byte(byte_at(native, member->start)) != NOTHING)
            return member;
    }
    return NULL;
}

/* The first item of a list says enough of the others. */
static unsigned kind_of_first(const struct native *native, const struct native_member *member)
{
    char piece[64];
    int64_t got = body_spool_peek(native->spool, member->start + 1, piece, sizeof(piece) - 1);
    piece[got > 0 ? got : 0] = '\0';
    char first = piece[strspn(piece, " \t\r\n")];
    return first && first != ']' ? kind_of_byte(first) : NOTHING;
}

static int check_list(struct native *native, const struct field_rule *rule,
                      const struct native_member *member)
{
    unsigned first = kind_of_first(native, member);
    if (first == NOTHING && rule->required && rule->kinds == ITEMS)
        return wrong(native, member->name, "must not be empty", "");
    if (rule->kinds == ITEMS && first != NOTHING && first != OBJECT)
        return wrong(native, member->name, "must be ", kind_words(ITEMS));
    if (rule->kinds == WORDS && first != NOTHING && first != STRING)
        return wrong(native, member->name, "must be ", kind_words(WORDS));
    return 0;
}

/* A body that is in memory is JSON down to its last byte. 0 or 400. */
static int check_json(struct native *native)
{
    size_t len = 0;
    const char *text = body_spool_memory(native->spool, &len);
    JSON_AUTO json_object *body = text ? json_parse_text(text, len, &native->call.http->err) : NULL;
    return text && !body ? 400 : 0;
}

/* What looks like a missing member may be no JSON at all. */
static int missing(struct native *native, const struct field_rule *rule)
{
    int status = check_json(native);
    if (status)
        return status;
    return wrong(native, first_name(native, rule->names), "is missing", "");
}

static int check_field(struct native *native, const struct field_rule *rule)
{
    const struct native_member *member = find_member(native, rule->names);
    if (!member && rule->required && !native->outline.crowded)
        return missing(native, rule);
    if (!member)
        return 0;
    unsigned kind = kind_of_byte(byte_at(native, member->start));
    if (!(kind & rule->kinds))
        return wrong(native, member->name, "must be ", kind_words(rule->kinds));
    return kind == ARRAY ? check_list(native, rule, member) : 0;
}

/* --- generationConfig ------------------------------------------------------------------------ */

/* A number, also one that is written as text, as Google reads it. */
static bool read_number(json_object *value, double *number_r)
{
    char *end = NULL;
    if (kind_of_value(value) == NUMBER) {
        *number_r = json_object_get_double(value);
        return true;
    }
    if (kind_of_value(value) != STRING)
        return false;
    const char *text = json_object_get_string(value);
    *number_r = strtod(text, &end);
    return end != text && *end == '\0';
}

static int check_number(struct native *native, const struct config_rule *rule, const char *name,
                        json_object *value)
{
    double number = 0;
    const char *field = arena_printf(native->call.http->req->arena, "generationConfig.%s", name);
    if (!read_number(value, &number))
        return wrong(native, field, "must be a number", "");
    /* The other way round NaN would pass. */
    if (!(number >= rule->min && number <= rule->max))
        return wrong(native, field, "is out of range", "");
    if (rule->whole && number != (double)(int64_t)number)
        return wrong(native, field, "must be a whole number", "");
    return 0;
}

static int check_config_member(struct native *native, const char *name, json_object *value)
{
    if (kind_of_value(value) == NOTHING)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(config_rules); i++)
        if (is_one_of(config_rules[i].names, name))
            return check_number(native, &config_rules[i], name, value);
    for (size_t i = 0; i < ARRAY_LEN(config_kinds); i++)
        if (is_one_of(config_kinds[i].names, name) &&
            !(kind_of_value(value) & config_kinds[i].kinds))
            return wrong(native,
                         arena_printf(native->call.http->req->arena, "generationConfig.%s", name),
                         "must be ", kind_words(config_kinds[i].kinds));
    return 0;
}

#define CONFIG_MAX ((int64_t)(64 * KIB))

static int check_config(struct native *native)
{
    const struct native_member *member = find_member(native, "generationConfig|generation_config");
    int64_t len = member ? member->end - member->start : 0;
    if (len == 0 || len > CONFIG_MAX)
        return 0;
    char *text = arena_alloc(native->call.http->req->arena, (size_t)len);
    if (body_spool_peek(native->spool, member->start, text, (size_t)len) != len)
        return 0; /* it lies on both sides of the front's end */
    JSON_AUTO json_object *config = json_parse_text(text, (size_t)len, NULL);
    if (!json_object_is_type(config, json_type_object))
        return 0;
    json_object_object_foreach(config, name, value)
    {
        int status = check_config_member(native, name, value);
        if (status)
            return status;
    }
    return 0;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool is_needed(const char *pattern)
{
    for (size_t i = 0; i < ARRAY_LEN(field_rules); i++)
        if (field_rules[i].required && text_eq(field_rules[i].pattern, pattern))
            return true;
    return false;
}

int native_check_body(struct native *native, const char *pattern)
{
    struct http_call *http = native->call.http;
    if (!(http->req->method & (HTTP_POST | HTTP_PATCH)))
        return 0;
    if (body_spool_length(native->spool) == 0 && !is_needed(pattern))
        return 0;
    int status = api_call_check_type(http);
    if (status == 0 && resource_scan_check_object(&native->asked, &http->err) < 0)
        status = 400;
    if (status == 0 && !text_starts(pattern, "models/*:"))
        status = check_json(native); /* prompts are read once already, and may be large */
    for (size_t i = 0; status == 0 && i < ARRAY_LEN(field_rules); i++)
        if (text_eq(field_rules[i].pattern, pattern))
            status = check_field(native, &field_rules[i]);
    return status ? status : check_config(native);
}
