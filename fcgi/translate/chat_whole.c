/* A whole answer: one chat.completion object. */
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "translate/chat_reply.h"

/* Consumes `item`. */
static void add_to_list(struct chat_choice *choice, const char *name, json_object *item)
{
    json_object *list = json_get_arr(choice->message, name);
    if (!list) {
        list = json_object_new_array();
        json_add(choice->message, name, list);
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
        json_add(choice->message, members[kind], value);
    }
}

/* Calls alone have no content; an answer that was cut before its first word has an empty one. */
static void add_content(json_object *message, struct chat_choice *choice)
{
    bool silent = choice->calls > 0 || json_member(choice->message, "refusal") ||
                  json_member(choice->message, "audio");
    if (choice->text.len + choice->lead.len == 0 && silent) {
        json_add_null(message, "content");
        return;
    }
    if (choice->lead.len == 0) {
        json_add_strn(message, "content", strbuf_str(&choice->text), choice->text.len);
        return;
    }
    /* Not put together in place: the answer may go on in another request. */
    STRBUF_AUTO struct strbuf content = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    strbuf_append(&content, choice->lead.data, choice->lead.len);
    strbuf_append(&content, strbuf_str(&choice->text), choice->text.len);
    json_add_strn(message, "content", content.data, content.len);
}

static json_object *message_of(struct chat_choice *choice)
{
    json_object *message = json_object_new_object();
    json_add_str(message, "role", "assistant");
    add_content(message, choice);
    json_add_null(message, "refusal");
    if (choice->thoughts.len > 0)
        json_add_strn(message, "reasoning_content", strbuf_str(&choice->thoughts),
                      choice->thoughts.len);
    json_object_object_foreach(choice->message, name, value)
    {
        json_add_ref(message, name, value);
    }
    if (!json_member(message, "annotations"))
        json_add(message, "annotations", json_object_new_array());
    return message;
}

static json_object *choice_of(struct chat_reply *reply, struct chat_choice *choice)
{
    json_object *entry = json_object_new_object();
    chat_reply_close(reply, choice);
    json_add_int(entry, "index", choice->index);
    json_add(entry, "message", message_of(choice));
    if (choice->logprobs) {
        json_object *logprobs = json_object_new_object();
        json_add_ref(logprobs, "content", choice->logprobs);
        json_add_null(logprobs, "refusal");
        json_add(entry, "logprobs", logprobs);
    } else {
        json_add_null(entry, "logprobs");
    }
    json_add_str(entry, "finish_reason", chat_finish_reason(reply, choice));
    return entry;
}

void chat_whole_write(struct chat_reply *reply, struct strbuf *out)
{
    struct token_usage usage = chat_reply_usage(reply);
    json_object *choices = json_object_new_array();
    JSON_AUTO json_object *answer = json_object_new_object();
    json_add_str(answer, "id", reply->id);
    json_add_str(answer, "object", "chat.completion");
    json_add_int(answer, "created", reply->created);
    json_add_str(answer, "model", reply->request->model);
    chat_served_add(reply, answer);
    for (size_t i = 0; i < reply->choice_count; i++)
        if (reply->choices[i])
            json_object_array_add(choices, choice_of(reply, reply->choices[i]));
    json_add(answer, "choices", choices);
    json_add(answer, "usage", chat_usage(&usage, reply->usage_details));
    json_write(out, answer);
}
