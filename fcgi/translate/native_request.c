#include "translate/native_request.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/gemini_scan.h"
#include "translate/json_list.h"
#include "translate/json_scan.h"
#include "translate/model_family.h"
#include "translate/model_name.h"
#include "translate/request_facts.h"
#include "translate/thinking.h"

/* --- reading --------------------------------------------------------------------------------- */

/* What the client's body holds, by its slices. Nothing is copied. */
struct native_body {
    struct json_slice system, contents, tools, config, safety, cached;
    bool functions; /* declared, or called in the history */
    bool media;
    struct prompt_size size;
    uint64_t hash;
    bool hashing; /* texts count for the fingerprint */
};

static bool is_either(struct json_slice name, const char *camel, const char *snake)
{
    return json_slice_is(name, camel) || json_slice_is(name, snake);
}

static bool count_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct native_body *body = ctx;
    body->functions |= json_slice_is(name, "functionCall") ||
                       is_either(name, "functionDeclarations", "function_declarations") ||
                       json_slice_is(name, "function_call");
    if (prompt_size_scan_media(&body->size, scan, name))
        return body->media = true;
    if (!is_either(name, "thoughtSignature", "thought_signature"))
        return false;
    json_scan_skip(scan);
    return true;
}

static void count_text(struct json_slice text, void *ctx)
{
    struct native_body *body = ctx;
    body->size.text_bytes += (int64_t)text.len;
    if (body->hashing)
        body->hash = hash_bytes(body->hash, text.start, text.len);
}

static void count_value(struct json_scan *scan, struct native_body *body)
{
    struct json_text_walk walk = {.text = count_text, .member = count_member, .ctx = body};
    json_scan_texts(scan, &walk);
}

static void count_slice(struct native_body *body, struct json_slice slice, bool hashing)
{
    struct json_scan scan;
    json_scan_init(&scan, slice.start, slice.len);
    body->hashing = hashing;
    if (slice.len)
        count_value(&scan, body);
}

/* Only the first turn tells conversations apart for long. */
static void count_turn(struct json_scan *scan, void *ctx)
{
    struct native_body *body = ctx;
    count_value(scan, body);
    body->hashing = false;
}

static void count_contents(struct native_body *body)
{
    struct json_scan scan;
    json_scan_init(&scan, body->contents.start, body->contents.len);
    body->hashing = true;
    if (json_scan_peek(&scan) == '[')
        json_scan_items(&scan, count_turn, body);
    else
        count_slice(body, body->contents, true);
}

static void body_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct native_body *body = ctx;
    struct json_slice value = json_scan_value(scan);
    const struct {
        const char *camel;
        const char *snake;
        struct json_slice *slice;
    } members[] = {
        {"systemInstruction", "system_instruction", &body->system},
        {"contents", "contents", &body->contents},
        {"tools", "tools", &body->tools},
        {"generationConfig", "generation_config", &body->config},
        {"safetySettings", "safety_settings", &body->safety},
        {"cachedContent", "cached_content", &body->cached},
    };
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        if (is_either(name, members[i].camel, members[i].snake))
            *members[i].slice = value;
}

static int read_body(struct native_body *body, const char *text, size_t len, struct err *err)
{
    struct json_scan scan;
    *body = (struct native_body){.hash = HASH_START};
    json_scan_init(&scan, text, len);
    if (json_scan_peek(&scan) != '{')
        return err_set(err, ERR_INVALID, "the body must be a JSON object");
    json_scan_members(&scan, body_member, body);
    if (scan.deep)
        return err_set(err, ERR_INVALID, "the JSON body is nested deeper than %d levels",
                       LIMIT_JSON_DEPTH);
    if (!json_scan_done(&scan))
        return err_set(err, ERR_INVALID, "the body is not valid JSON");
    count_slice(body, body->system, true);
    count_contents(body);
    count_slice(body, body->tools, false);
    return 0;
}

/* True when an object slice has the member under either name. */
static bool slice_has(struct json_slice object, const char *camel, const char *snake)
{
    size_t start, end;
    return object.len && (gemini_scan_member(object.start, object.len, camel, &start, &end) == 1 ||
                          gemini_scan_member(object.start, object.len, snake, &start, &end) == 1);
}

static bool wants_json(const struct native_body *body)
{
    static const char *const names[] = {"responseMimeType", "response_mime_type"};
    size_t start, end;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (body->config.len &&
            gemini_scan_member(body->config.start, body->config.len, names[i], &start, &end) == 1 &&
            memmem(body->config.start + start, end - start, "json", 4))
            return true;
    return false;
}

/* --- what is added --------------------------------------------------------------------------- */

struct native_work {
    const struct translate_env *env;
    const struct model_family *family;
    const char *model;
    struct model_switches switches;
    struct native_body body;
    json_object *top;    /* members for the body; owned */
    json_object *config; /* members for generationConfig; owned */
    json_object *tools;  /* items for tools; owned */
};

static void add_safety(struct native_work *work)
{
    if (!work->body.safety.len && work->env->safety_settings)
        json_add(work->top, "safetySettings", json_raw_ref(work->env->safety_settings));
}

static void add_thinking(struct native_work *work)
{
    struct thinking_wish wish = {0};
    if (slice_has(work->body.config, "thinkingConfig", "thinking_config"))
        return;
    thinking_wish_default(&wish, work->env, work->model, work->switches.non_thinking);
    if (wish.kind == WISH_NONE)
        return;
    json_object *config = thinking_config_make(&wish, work->family, work->env);
    if (config)
        json_add(work->config, "thinkingConfig", config);
}

static void add_modalities(struct native_work *work)
{
    if (!work->switches.image ||
        slice_has(work->body.config, "responseModalities", "response_modalities"))
        return;
    json_object *list = json_object_new_array();
    json_object_array_add(list, json_object_new_string("TEXT"));
    json_object_array_add(list, json_object_new_string("IMAGE"));
    json_add(work->config, "responseModalities", list);
}

static void add_tool(struct native_work *work, const char *camel, const char *snake)
{
    json_object *tool = json_object_new_object();
    FREE_AUTO char *quoted_camel = xasprintf("\"%s\"", camel);
    FREE_AUTO char *quoted_snake = xasprintf("\"%s\"", snake);
    struct json_slice tools = work->body.tools;
    if (tools.len && (memmem(tools.start, tools.len, quoted_camel, strlen(quoted_camel)) ||
                      memmem(tools.start, tools.len, quoted_snake, strlen(quoted_snake)))) {
        json_object_put(tool);
        return;
    }
    json_add(tool, camel, json_object_new_object());
    json_object_array_add(work->tools, tool);
}

/* What settings switch on gives way to everything the client asks for. */
static void add_tools(struct native_work *work)
{
    const struct translate_env *env = work->env;
    const struct model_switches *switches = &work->switches;
    bool draws = switches->image || model_family_has(work->family, FAMILY_IMAGE) ||
                 model_family_has(work->family, FAMILY_AUDIO);
    if (work->body.functions || work->body.cached.len || wants_json(&work->body))
        return;
    if (switches->search)
        add_tool(work, "googleSearch", "google_search");
    if (env->code_execution && !switches->search && !switches->non_thinking && !draws &&
        !work->body.media)
        add_tool(work, "codeExecution", "code_execution");
    if (env->url_context && !draws &&
        (!env->may_read_urls || env->may_read_urls(env->ctx, work->model)))
        add_tool(work, "urlContext", "url_context");
}

/* --- splicing -------------------------------------------------------------------------------- */

/* Bytes of an object or array without its brackets. */
static void put_inside(struct strbuf *out, json_object *value)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_FORM);
    json_write(&text, value);
    if (text.len > 2)
        strbuf_append(out, text.data + 1, text.len - 2);
}

/* After an opening bracket at `at`: what is added, and a comma when something follows. */
static void put_added(struct strbuf *out, json_object *added, const char *at, const char *end)
{
    const char *next = at;
    put_inside(out, added);
    while (next < end && memchr(" \t\r\n", *next, 4))
        next++;
    if (next < end && *next != '}' && *next != ']')
        strbuf_putc(out, ',');
}

static bool is_empty(json_object *added)
{
    return json_object_is_type(added, json_type_array) ? json_list_len(added) == 0
                                                       : json_members(added) == 0;
}

/* A place in the client's bytes where something is put in. */
struct splice {
    const char *at; /* behind an opening bracket */
    const char *end;
    json_object *added;         /* members or items; or: */
    const struct strbuf *words; /* put there in the place of what stands before `end` */
};

/* Where the body has the object or list already, it is added to there; else it becomes a member of
 * the body. A value of another kind is left to Google. */
static struct splice splice_into(struct native_work *work, struct json_slice slice, char opening,
                                 const char *name, json_object *added)
{
    struct splice none = {0};
    if (is_empty(added))
        return none;
    if (slice.len && *slice.start == opening)
        return (struct splice){
            .at = slice.start + 1, .end = slice.start + slice.len, .added = added};
    if (!slice.len)
        json_add_ref(work->top, name, added);
    return none;
}

static void write_spliced(struct strbuf *out, const char *text, size_t len, struct splice splices[],
                          size_t count)
{
    const char *at = text;
    for (size_t done = 0; done < count; done++) {
        struct splice *next = NULL;
        for (size_t i = 0; i < count; i++)
            if (splices[i].at && splices[i].at > at && (!next || splices[i].at < next->at))
                next = &splices[i];
        if (!next)
            break;
        strbuf_append(out, at, (size_t)(next->at - at));
        if (next->added)
            put_added(out, next->added, next->at, next->end);
        else
            strbuf_append(out, strbuf_str(next->words), next->words->len);
        at = next->added ? next->at : next->end;
    }
    strbuf_append(out, at, (size_t)(text + len - at));
}

/* Models that draw refuse a system instruction: its words become the first turn. False when there
 * is nothing to move, or no place for it. */
static bool first_turn_of_system(const struct native_work *work, struct strbuf *turn)
{
    size_t start, end;
    struct json_slice system = work->body.system;
    struct json_slice contents = work->body.contents;
    if (!work->switches.image || !system.len || !contents.len || *contents.start != '[' ||
        gemini_scan_member(system.start, system.len, "parts", &start, &end) != 1)
        return false;
    bool list = system.start[start] == '[';
    strbuf_puts(turn, "{\"role\":\"user\",\"parts\":");
    strbuf_puts(turn, list ? "" : "[");
    strbuf_append(turn, system.start + start, end - start);
    strbuf_puts(turn, list ? "}" : "]}");
    const char *next = contents.start + 1;
    while (memchr(" \t\r\n", *next, 4))
        next++;
    if (*next != ']')
        strbuf_putc(turn, ',');
    return strbuf_ok(turn);
}

static void splice_all(struct native_work *work, struct strbuf *out, const char *text, size_t len)
{
    STRBUF_AUTO struct strbuf turn = STRBUF_INIT(len + 64);
    STRBUF_AUTO struct strbuf nothing = STRBUF_INIT(16);
    struct splice splices[5] = {
        splice_into(work, work->body.config, '{', "generationConfig", work->config),
        splice_into(work, work->body.tools, '[', "tools", work->tools),
    };
    strbuf_puts(&nothing, "null");
    if (first_turn_of_system(work, &turn)) {
        struct json_slice system = work->body.system;
        const char *first = work->body.contents.start + 1;
        splices[3] = (struct splice){.at = first, .end = first, .words = &turn};
        splices[4] = (struct splice){
            .at = system.start, .end = system.start + system.len, .words = &nothing};
    }
    const char *brace = memchr(text, '{', len);
    if (!is_empty(work->top))
        splices[2] = (struct splice){.at = brace + 1, .end = text + len, .added = work->top};
    strbuf_reserve(out, len + 1024);
    write_spliced(out, text, len, splices, ARRAY_LEN(splices));
}

int native_request_splice(struct strbuf *out, const char *body, size_t len, const char *model_name,
                          const struct translate_env *env, char gemini_model_r[256],
                          struct native_request_facts *facts_r, struct err *err)
{
    struct native_work work = {.env = env, .model = gemini_model_r};
    if (model_name_split(model_name, env, gemini_model_r, &work.switches) < 0)
        return err_set_param(err, ERR_INVALID, "model", "this is no name of a model");
    work.family = model_family_of(gemini_model_r);
    if (read_body(&work.body, body, len, err) < 0)
        return -1;
    work.top = json_object_new_object();
    work.config = json_object_new_object();
    work.tools = json_object_new_array();
    add_safety(&work);
    add_thinking(&work);
    add_modalities(&work);
    add_tools(&work);
    splice_all(&work, out, body, len);
    facts_r->affinity = work.body.hash;
    facts_r->size = work.body.size;
    json_object_put(work.top);
    json_object_put(work.config);
    json_object_put(work.tools);
    return 0;
}
