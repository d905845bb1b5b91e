/* A whole answer: one chat.completion object. */
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_reply.h"

/* Most answers hold nothing but texts. */
static json_object *message_of(struct chat_choice *choice)
{
    if (!choice->message)
        choice->message = json_object_new_object();
    return choice->message;
}

/* Consumes `item`. */
static void add_to_list(struct chat_choice *choice, const char *name, json_object *item)
{
    json_object *list = json_get_arr(choice->message, name);
    if (!list) {
        list = json_object_new_array();
        json_add(message_of(choice), name, list);
    }
    json_object_array_add(list, item);
}

static void append(struct strbuf *out, json_object *text)
{
    strbuf_append(out, json_object_get_string(text), (size_t)json_object_get_string_len(text));
    json_object_put(text);
}

void chat_whole_deliver(struct chat_reply *reply, struct chat_choice *choice,
                        enum chat_delta_kind kind, json_object *value)
{
    static const char *const members[] = {
        [DELTA_REFUSAL] = "refusal",
        [DELTA_CALL] = "tool_calls",
        [DELTA_FUNCTION] = "function_call",
        [DELTA_IMAGE] = "images",
        [DELTA_AUDIO] = "audio",
        [DELTA_EXTRA] = "extra_content",
        [DELTA_ANNOTATIONS] = "annotations",
    };
    (void)reply;
    switch (kind) {
    case DELTA_TEXT: /* kept in choice->text already */
        json_object_put(value);
        break;
    case DELTA_LEAD:
        append(&choice->lead, value);
        break;
    case DELTA_THOUGHT:
        append(&choice->thoughts, value);
        break;
    case DELTA_CALL:
    case DELTA_IMAGE:
        add_to_list(choice, members[kind], value);
        break;
    default:
        json_add(message_of(choice), members[kind], value);
    }
}

/* Every answer is written as it goes, without a tree. */

/* Calls alone have no content; an answer that was cut before its first word has an empty one. */
static void put_content(struct strbuf *out, const struct chat_choice *choice)
{
    const struct strbuf *text = &choice->text;
    bool silent = choice->calls > 0 || json_member(choice->message, "refusal") ||
                  json_member(choice->message, "audio");
    if (text->len + choice->lead.len == 0 && silent) {
        json_put_value(out, "content", NULL);
        return;
    }
    if (choice->lead.len == 0) {
        json_put_strn(out, "content", strbuf_str(text), text->len);
        return;
    }
    /* Not put together in place: the answer may go on in another request. */
    STRBUF_AUTO struct strbuf content = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    strbuf_append(&content, choice->lead.data, choice->lead.len);
    strbuf_append(&content, strbuf_str(text), text->len);
    json_put_strn(out, "content", strbuf_str(&content), content.len);
}

/* What is no text, but for the refusal, which has a place in every message. */
static void put_more(struct strbuf *out, json_object *message)
{
    json_object_object_foreach(message, name, value)
    {
        if (!text_eq(name, "refusal"))
            json_put_value(out, name, value);
    }
}

static void put_message(struct strbuf *out, const struct chat_choice *choice)
{
    const struct strbuf *thoughts = &choice->thoughts;
    json_put_name(out, "message");
    strbuf_putc(out, '{');
    json_put_str(out, "role", "assistant");
    put_content(out, choice);
    json_put_value(out, "refusal", json_member(choice->message, "refusal"));
    if (thoughts->len > 0)
        json_put_strn(out, "reasoning_content", strbuf_str(thoughts), thoughts->len);
    if (choice->message)
        put_more(out, choice->message);
    if (!json_member(choice->message, "annotations")) {
        json_put_name(out, "annotations");
        strbuf_puts(out, "[]");
    }
    strbuf_putc(out, '}');
}

static void put_logprobs(struct strbuf *out, json_object *logprobs)
{
    json_put_name(out, "logprobs");
    if (!logprobs) {
        strbuf_puts(out, "null");
        return;
    }
    strbuf_putc(out, '{');
    json_put_value(out, "content", logprobs);
    json_put_value(out, "refusal", NULL);
    strbuf_putc(out, '}');
}

static void put_choice(struct strbuf *out, struct chat_reply *reply, struct chat_choice *choice)
{
    chat_reply_close(reply, choice);
    strbuf_putc(out, '{');
    json_put_int(out, "index", choice->index);
    put_message(out, choice);
    put_logprobs(out, choice->logprobs);
    json_put_str(out, "finish_reason", chat_finish_reason(reply, choice));
    strbuf_putc(out, '}');
}

static void put_choices(struct strbuf *out, struct chat_reply *reply)
{
    bool first = true;
    json_put_name(out, "choices");
    strbuf_putc(out, '[');
    for (size_t i = 0; i < reply->choice_count; i++) {
        if (!reply->choices[i])
            continue;
        strbuf_puts(out, first ? "" : ",");
        first = false;
        put_choice(out, reply, reply->choices[i]);
    }
    strbuf_putc(out, ']');
}

void chat_whole_write(struct chat_reply *reply, struct strbuf *out)
{
    enum { USUAL_LEN = 1024 }; /* of one with a short text */
    struct token_usage usage = chat_reply_usage(reply);
    strbuf_reserve(out, USUAL_LEN);
    strbuf_putc(out, '{');
    json_put_str(out, "id", reply->id);
    json_put_str(out, "object", "chat.completion");
    json_put_int(out, "created", reply->created);
    json_put_str(out, "model", reply->request->model);
    chat_served_put(reply, out);
    put_choices(out, reply);
    json_put_name(out, "usage");
    chat_usage_write(out, &usage, reply->usage_details);
    strbuf_putc(out, '}');
}
