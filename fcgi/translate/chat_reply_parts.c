#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/chat_server_parts.h"
#include "translate/text_join.h"

/* --- text and thoughts ----------------------------------------------------------------------- */

static size_t text_len(json_object *text)
{
    return (size_t)json_object_get_string_len(text);
}

static void deliver_text(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    size_t len = text_len(text);
    chat_reply_end_thought(reply, choice);
    choice->visible = true;
    choice->last = json_object_get_string(text)[len - 1];
    strbuf_append(&choice->text, json_object_get_string(text), len);
    reply->deliver(reply, choice, DELTA_TEXT, text);
}

void chat_reply_settle(struct chat_reply *reply, struct chat_choice *choice)
{
    const struct strbuf *old = &choice->text;
    const struct strbuf *held = &choice->held;
    if (!choice->joining)
        return;
    choice->joining = false;
    size_t skip = text_join_overlap(strbuf_str(old), old->len, strbuf_str(held), held->len);
    if (held->len > skip)
        deliver_text(reply, choice,
                     json_object_new_string_len(held->data + skip, (int)(held->len - skip)));
    strbuf_clear(&choice->held);
}

/* The beginning of a text that goes on is held until it is clear where it joins. */
static void join_text(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    const struct strbuf *old = &choice->text;
    strbuf_append(&choice->held, json_object_get_string(text), text_len(text));
    json_object_put(text);
    if (!text_join_open(strbuf_str(old), old->len, choice->held.data, choice->held.len))
        chat_reply_settle(reply, choice);
}

void chat_reply_text(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    if (text_len(text) == 0)
        json_object_put(text);
    else if (choice->joining)
        join_text(reply, choice, text);
    else
        deliver_text(reply, choice, text);
}

static void lead(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    if (choice->text.len == 0)
        choice->lead_chars += (int64_t)utf8_count(json_object_get_string(text), text_len(text));
    reply->deliver(reply, choice, DELTA_LEAD, text);
}

void chat_reply_end_thought(struct chat_reply *reply, struct chat_choice *choice)
{
    if (!choice->in_thought)
        return;
    choice->in_thought = false;
    lead(reply, choice, json_object_new_string("\n</think>\n\n"));
}

static void tagged_thought(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    if (!choice->in_thought)
        lead(reply, choice, json_object_new_string("<think>\n"));
    choice->in_thought = true;
    lead(reply, choice, json_object_get(text));
}

static void thought(struct chat_reply *reply, struct chat_choice *choice, json_object *text)
{
    if (!json_is_str(text) || text_len(text) == 0 || !reply->request->show_thoughts ||
        text_eq(reply->env->thinking_format, "hidden"))
        return;
    if (text_eq(reply->env->thinking_format, "think_tags"))
        tagged_thought(reply, choice, text);
    else
        reply->deliver(reply, choice, DELTA_THOUGHT, json_object_get(text));
}

/* --- code ------------------------------------------------------------------------------------ */

/* A fence longer than any run of backticks inside. */
static void put_fence(struct strbuf *out, const char *text)
{
    size_t longest = 2;
    for (const char *at = strchr(text, '`'); at; at = strchr(at, '`')) {
        size_t run = strspn(at, "`");
        if (run > longest)
            longest = run;
        at += run;
    }
    for (size_t i = 0; i <= longest; i++)
        strbuf_putc(out, '`');
}

static void fenced(struct chat_reply *reply, struct chat_choice *choice, const char *language,
                   const char *code)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    size_t len = strlen(code);
    if (choice->last)
        strbuf_puts(&text, choice->last == '\n' ? "\n" : "\n\n");
    put_fence(&text, code);
    strbuf_printf(&text, "%s\n%s%s", language, code, len && code[len - 1] == '\n' ? "" : "\n");
    put_fence(&text, code);
    strbuf_puts(&text, "\n\n");
    chat_reply_text(reply, choice, json_object_new_string_len(strbuf_str(&text), (int)text.len));
}

/* --- the table ------------------------------------------------------------------------------- */

typedef void part_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                       json_object *part);

static void text_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                      json_object *part)
{
    (void)part;
    if (json_is_str(value))
        chat_reply_text(reply, choice, json_object_get(value));
}

static void call_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                      json_object *part)
{
    (void)value;
    chat_reply_call(reply, choice, part);
}

static void media_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                       json_object *part)
{
    (void)part;
    chat_reply_media(reply, choice, value);
}

static void code_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                      json_object *part)
{
    (void)part;
    bool python = text_eq(json_get_str(value, "language", "PYTHON"), "PYTHON");
    fenced(reply, choice, python ? "python" : "", json_get_str(value, "code", ""));
}

static void result_rule(struct chat_reply *reply, struct chat_choice *choice, json_object *value,
                        json_object *part)
{
    (void)part;
    fenced(reply, choice, "output", json_get_str(value, "output", ""));
}

static const struct {
    const char *member;
    part_rule *rule;
} part_rules[] = {
    {"text", text_rule},           {"functionCall", call_rule},          {"inlineData", media_rule},
    {"executableCode", code_rule}, {"codeExecutionResult", result_rule},
};

static json_object *signature_extra(const char *signature)
{
    json_object *extra = json_object_new_object();
    json_object *google = json_object_new_object();
    json_add_str(google, "thought_signature", signature);
    json_add(extra, "google", google);
    return extra;
}

void chat_reply_part(struct chat_reply *reply, struct chat_choice *choice, json_object *part)
{
    const char *signature = json_get_str(part, "thoughtSignature", NULL);
    if (json_get_bool(part, "thought", false)) {
        thought(reply, choice, json_member(part, "text"));
        return;
    }
    if (server_part_note(choice, part)) {
        choice->plain = false;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(part_rules); i++) {
        json_object *value = json_member(part, part_rules[i].member);
        if (!value)
            continue;
        if (part_rules[i].rule != text_rule) {
            chat_reply_settle(reply, choice);
            choice->plain = false;
        }
        part_rules[i].rule(reply, choice, value, part);
    }
    if (!text_empty(signature) && !json_member(part, "functionCall"))
        reply->deliver(reply, choice, DELTA_EXTRA, signature_extra(signature));
}
