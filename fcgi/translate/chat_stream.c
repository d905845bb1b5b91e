/* A streamed answer: chat.completion.chunk events. */
#include <string.h>

#include "base/json.h"
#include "translate/chat_reply.h"
#include "translate/error_body.h"
#include "translate/json_list.h"

static void write_event(struct strbuf *out, json_object *value)
{
    strbuf_puts(out, "data: ");
    json_write(out, value);
    strbuf_puts(out, "\n\n");
}

/* The frame is made once; only its choices change. */
static json_object *chunk_frame(struct chat_reply *reply)
{
    if (reply->chunk)
        return reply->chunk;
    reply->chunk = json_object_new_object();
    json_add_str(reply->chunk, "id", reply->id);
    json_add_str(reply->chunk, "object", "chat.completion.chunk");
    json_add_int(reply->chunk, "created", reply->created);
    json_add_str(reply->chunk, "model", reply->request->model);
    chat_served_add(reply, reply->chunk);
    json_add_null(reply->chunk, "choices");
    if (reply->request->include_usage)
        json_add_null(reply->chunk, "usage");
    return reply->chunk;
}

/* Takes the log probabilities that belong to the text at hand. */
static json_object *take_logprobs(struct chat_choice *choice)
{
    if (!choice->logprobs)
        return NULL;
    json_object *logprobs = json_object_new_object();
    json_add(logprobs, "content", choice->logprobs);
    json_add_null(logprobs, "refusal");
    choice->logprobs = NULL;
    return logprobs;
}

/* Consumes `delta`. */
static void send_delta(struct chat_reply *reply, struct chat_choice *choice, json_object *delta,
                       const char *finish_reason)
{
    json_object *frame = chunk_frame(reply);
    json_object *choices = json_object_new_array_ext(1);
    json_object *entry = json_object_new_object();
    json_add_int(entry, "index", choice->index);
    json_add(entry, "delta", delta);
    json_add(entry, "logprobs", json_members(delta) ? take_logprobs(choice) : NULL);
    if (finish_reason)
        json_add_str(entry, "finish_reason", finish_reason);
    else
        json_add_null(entry, "finish_reason");
    json_object_array_add(choices, entry);
    json_add(frame, "choices", choices);
    write_event(reply->out, frame);
    json_add_null(frame, "choices");
}

static void begin_choice(struct chat_reply *reply, struct chat_choice *choice)
{
    if (choice->begun)
        return;
    choice->begun = true;
    json_object *held = choice->logprobs;
    choice->logprobs = NULL;
    json_object *delta = json_object_new_object();
    json_add_str(delta, "role", "assistant");
    json_add_str(delta, "content", "");
    send_delta(reply, choice, delta, NULL);
    choice->logprobs = held;
}

/* Consumes `value`. */
static void send_member(struct chat_reply *reply, struct chat_choice *choice, const char *name,
                        json_object *value)
{
    json_object *delta = json_object_new_object();
    json_add(delta, name, value);
    send_delta(reply, choice, delta, NULL);
}

static json_object *list_of(json_object *item)
{
    json_object *list = json_object_new_array_ext(1);
    json_object_array_add(list, item);
    return list;
}

/* As OpenAI streams a call: first its name, then its arguments. The index counts over the whole
 * answer. Consumes `call`. */
static void send_call(struct chat_reply *reply, struct chat_choice *choice, json_object *call)
{
    bool custom = json_member(call, "custom") != NULL;
    const char *kind = custom ? "custom" : "function";
    const char *member = custom ? "input" : "arguments";
    json_object *head = json_object_new_object();
    json_object *tail = json_object_new_object();
    json_object *named = json_object_new_object();
    json_object *filled = json_object_new_object();
    json_add_int(head, "index", choice->calls);
    json_add_ref(head, "id", json_member(call, "id"));
    json_add_ref(head, "type", json_member(call, "type"));
    json_add_ref(named, "name", json_path(call, custom ? "custom.name" : "function.name"));
    json_add_str(named, member, "");
    json_add(head, kind, named);
    if (json_member(call, "extra_content"))
        json_add_ref(head, "extra_content", json_member(call, "extra_content"));
    json_add_int(tail, "index", choice->calls);
    json_add_ref(filled, member, json_member(json_member(call, kind), member));
    json_add(tail, kind, filled);
    send_member(reply, choice, "tool_calls", list_of(head));
    send_member(reply, choice, "tool_calls", list_of(tail));
    json_object_put(call);
}

void chat_stream_deliver(struct chat_reply *reply, struct chat_choice *choice,
                         enum chat_delta_kind kind, json_object *value)
{
    static const char *const members[] = {
        [DELTA_TEXT] = "content",
        [DELTA_THOUGHT] = "reasoning_content",
        [DELTA_LEAD] = "content",
        [DELTA_REFUSAL] = "refusal",
        [DELTA_FUNCTION] = "function_call",
        [DELTA_IMAGE] = "images",
        [DELTA_AUDIO] = "audio",
        [DELTA_EXTRA] = "extra_content",
        [DELTA_ANNOTATIONS] = "annotations",
    };
    begin_choice(reply, choice);
    if (kind == DELTA_CALL)
        send_call(reply, choice, value);
    else
        send_member(reply, choice, members[kind], kind == DELTA_IMAGE ? list_of(value) : value);
}

void chat_stream_flush(struct chat_reply *reply, struct chat_choice *choice)
{
    if (!choice->logprobs)
        return;
    begin_choice(reply, choice);
    send_member(reply, choice, "content", json_object_new_string(""));
}

static void send_usage(struct chat_reply *reply)
{
    json_object *frame = chunk_frame(reply);
    struct token_usage usage = chat_reply_usage(reply);
    if (!reply->request->include_usage)
        return;
    json_add(frame, "choices", json_object_new_array());
    json_add(frame, "usage", chat_usage(&usage, reply->usage_details));
    write_event(reply->out, frame);
}

void chat_stream_say_last(struct chat_reply *reply)
{
    send_usage(reply);
    strbuf_puts(reply->out, "data: [DONE]\n\n");
}

int chat_stream_end(struct reply_filter *filter, struct strbuf *out, struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    if (chat_reply_check_end(reply, true, err) < 0)
        return -1;
    reply->out = out;
    for (size_t i = 0; i < reply->choice_count; i++) {
        struct chat_choice *choice = reply->choices[i];
        if (!choice)
            continue;
        begin_choice(reply, choice);
        chat_reply_close(reply, choice);
        send_delta(reply, choice, json_object_new_object(), chat_finish_reason(reply, choice));
    }
    if (!reply->is_part)
        reply->say_last(reply);
    return 0;
}

void chat_stream_fail(struct reply_filter *filter, int status, const struct err *why,
                      struct strbuf *out)
{
    (void)filter;
    strbuf_puts(out, "data: ");
    openai_error_body(out, status, why, NULL, 0);
    strbuf_puts(out, "\n\n");
}
