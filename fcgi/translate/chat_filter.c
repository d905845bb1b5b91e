/* The reply filter of OpenAI's chat dialect. */
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/gemini_scan.h"
#include "translate/json_list.h"

/* Reads the facts, and parses what is worth translating: NULL for the rest (an error event, which
 * the caller answers for). */
static json_object *read_answer(struct chat_reply *reply, const char *text, size_t len,
                                struct reply_facts *facts_r, struct err *err)
{
    gemini_scan_reply(text, len, facts_r);
    if (facts_r->usage.known)
        reply->usage = facts_r->usage;
    if (facts_r->has_error)
        return NULL;
    json_object *answer = json_parse_text(text, len, err);
    if (json_object_is_type(answer, json_type_object) ||
        json_object_is_type(answer, json_type_array))
        return answer;
    if (answer)
        err_set(err, ERR_INVALID, "the answer is no JSON object");
    json_object_put(answer);
    facts_r->malformed = true;
    return NULL;
}

/* A whole stream that was asked for without framing is a list with all its events. */
static void take_all(struct chat_reply *reply, json_object *answer)
{
    if (!json_object_is_type(answer, json_type_array)) {
        chat_reply_take(reply, answer);
        return;
    }
    reply->in_events = true;
    for (size_t i = 0; i < json_list_len(answer); i++)
        chat_reply_take(reply, json_list_at(answer, i));
}

/* Google ends its streams without a word; what stands between may add OpenAI's. */
static bool is_done_mark(const char *text, size_t len)
{
    return len == strlen("[DONE]") && memcmp(text, "[DONE]", len) == 0;
}

int chat_filter_take(struct chat_reply *reply, const char *text, size_t len,
                     struct reply_facts *facts_r, struct err *err)
{
    if (is_done_mark(text, len)) {
        *facts_r = (struct reply_facts){0};
        return 0;
    }
    JSON_AUTO json_object *answer = read_answer(reply, text, len, facts_r, err);
    if (!answer)
        return facts_r->has_error ? 0 : -1;
    take_all(reply, answer);
    return reply->broken ? err_set(err, ERR_IO, "%s", reply->broken) : 0;
}

static int chat_event(struct reply_filter *filter, const char *data, size_t len, const char *raw,
                      size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                      struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    (void)raw;
    (void)raw_len;
    reply->out = out;
    reply->deliver = chat_stream_deliver;
    if (chat_filter_take(reply, data, len, facts_r, err) < 0)
        return -1;
    for (size_t i = 0; i < reply->choice_count; i++)
        if (reply->choices[i])
            chat_stream_flush(reply, reply->choices[i]);
    return 0;
}

int chat_filter_check_whole(const struct chat_reply *reply, struct reply_facts *facts_r,
                            struct err *err)
{
    if (reply->choice_count == 0) {
        facts_r->malformed = true;
        return err_set(err, ERR_IO, "Gemini's answer holds no candidate");
    }
    return chat_reply_check_end(reply, false, err);
}

static int chat_whole(struct reply_filter *filter, const char *body, size_t len, struct strbuf *out,
                      struct reply_facts *facts_r, struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    reply->deliver = chat_whole_deliver;
    int rc = chat_filter_take(reply, body, len, facts_r, err);
    if (rc < 0 || facts_r->has_error)
        return rc;
    if (chat_filter_check_whole(reply, facts_r, err) < 0)
        return -1;
    chat_whole_write(reply, out);
    return reply->broken ? err_set(err, ERR_IO, "%s", reply->broken) : 0;
}

/* --- answers in several requests ------------------------------------------------------------- */

const struct strbuf *chat_filter_text_so_far(struct reply_filter *filter)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    struct chat_choice *choice = reply->choices[0];
    if (reply->choice_count != 1 || !choice->plain || *choice->finish || choice->text.len == 0 ||
        !strbuf_ok(&choice->text))
        return NULL;
    return &choice->text;
}

void chat_filter_resume(struct reply_filter *filter, bool truncated)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    token_usage_add(&reply->earlier, &reply->usage);
    reply->usage = (struct token_usage){0};
    for (size_t i = 0; i < reply->choice_count; i++) {
        struct chat_choice *choice = reply->choices[i];
        if (!choice)
            continue;
        *choice->finish = '\0';
        if (!truncated)
            continue;
        choice->joining = true;
        strbuf_clear(&choice->held); /* not given to the client: it will come again */
    }
}

void chat_filter_destroy(struct reply_filter *filter)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    for (size_t i = 0; i < reply->choice_count; i++)
        chat_choice_free(reply->choices[i]);
    json_object_put(reply->usage_details);
    json_object_put(reply->chunk);
    free(reply);
}

static const struct reply_filter_ops chat_ops = {
    .event = chat_event,
    .end = chat_stream_end,
    .fail = chat_stream_fail,
    .whole = chat_whole,
    .destroy = chat_filter_destroy,
    .text_so_far = chat_filter_text_so_far,
    .resume = chat_filter_resume,
};

struct reply_filter *openai_chat_filter_create(const struct openai_chat_request *request,
                                               const struct translate_env *env, const char *id)
{
    struct chat_reply *reply = xcalloc(1, sizeof(*reply));
    reply->base.ops = &chat_ops;
    reply->request = request;
    reply->env = env;
    reply->created = env->now_ms / 1000;
    reply->say_last = chat_stream_say_last;
    text_copy(reply->id, sizeof(reply->id), id);
    return &reply->base;
}
