#include "translate/openai_completions.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/json_list.h"

/* --- the request ----------------------------------------------------------------------------- */

/* Fields that mean the same in both. */
static const char *const shared_fields[] = {
    "model",
    "temperature",
    "top_p",
    "top_k",
    "max_tokens",
    "n",
    "stop",
    "seed",
    "presence_penalty",
    "stream",
    "stream_options",
    "frequency_penalty",
    "user",
    "reasoning_effort",
    "extra_body",
    "google",
    "thinking",
    "reasoning",
    "safety_settings",
    "generationConfig",
    "thinking_budget",
    "enable_thinking",
    "include_reasoning",
    "chat_template_kwargs",
    "safetySettings",
    "generation_config",
};

/* The prompts as a list of texts, owned by the caller: a text alone is a list of one. */
static json_object *prompts_of(json_object *prompt, struct err *err)
{
    json_object *prompts = json_object_new_array();
    size_t count = json_is_str(prompt) ? 1 : json_list_len(prompt);
    for (size_t i = 0; i < count; i++) {
        json_object *text = json_is_str(prompt) ? prompt : json_list_at(prompt, i);
        if (json_is_str(text)) {
            json_object_array_add(prompts, json_object_get(text));
            continue;
        }
        bool tokens = json_is_num(text) || json_object_is_type(text, json_type_array);
        json_object_put(prompts);
        err_set_param(err, ERR_INVALID, "prompt", "%s",
                      tokens ? "a prompt of tokens cannot be read here: send it as text"
                             : "prompt must be a text or a list of texts");
        return NULL;
    }
    if (count > 0)
        return prompts;
    json_object_put(prompts);
    err_set_param(err, ERR_INVALID, "prompt", "prompt must be a text or a list of texts");
    return NULL;
}

static json_object *fill_in(const char *prompt, const char *suffix)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    strbuf_puts(&text, "Something is missing in the following text, at the place that is marked "
                       "<FILL_HERE>. Answer with exactly what belongs there, and with nothing "
                       "else: no explanation, no Markdown around it.\n\n");
    strbuf_puts(&text, prompt);
    strbuf_puts(&text, "<FILL_HERE>");
    strbuf_puts(&text, suffix);
    return json_object_new_string_len(strbuf_str(&text), (int)text.len);
}

/* logprobs is the number of alternatives here. */
static int add_logprobs(json_object *chat, json_object *body, struct err *err)
{
    enum { LOGPROBS_MAX = 20 }; /* Google's limit; OpenAI's is 5 */
    json_object *logprobs = json_member(body, "logprobs");
    if (!logprobs)
        return 0;
    if (!json_object_is_type(logprobs, json_type_int) || json_object_get_int64(logprobs) < 0 ||
        json_object_get_int64(logprobs) > LOGPROBS_MAX)
        return err_set_param(err, ERR_INVALID, "logprobs",
                             "logprobs must be an integer from 0 to %d", LOGPROBS_MAX);
    json_add_bool(chat, "logprobs", true);
    json_add_ref(chat, "top_logprobs", logprobs);
    return 0;
}

/* No client can see how many texts its answer is the best of, and Google has no measure to choose by:
 * as many are made as are given. */
static int check_best_of(json_object *body, struct err *err)
{
    enum { BEST_MAX = 20 };
    json_object *best = json_member(body, "best_of");
    int64_t n = json_get_int(body, "n", 1);
    if (!best)
        return 0;
    if (!json_object_is_type(best, json_type_int) || json_object_get_int64(best) < n ||
        json_object_get_int64(best) > BEST_MAX)
        return err_set_param(err, ERR_INVALID, "best_of", "best_of must be an integer from n to %d",
                             BEST_MAX);
    if (json_object_get_int64(best) > n && json_get_bool(body, "stream", false))
        return err_set_param(err, ERR_INVALID, "best_of",
                             "best_of above n is not to be had as a stream");
    return 0;
}

/* The chat request that asks the same. */
static json_object *chat_body(json_object *body, json_object *prompt)
{
    json_object *chat = json_object_new_object();
    json_object *messages = json_object_new_array();
    json_object *message = json_object_new_object();
    for (size_t i = 0; i < ARRAY_LEN(shared_fields); i++)
        if (json_member(body, shared_fields[i]))
            json_add_ref(chat, shared_fields[i], json_member(body, shared_fields[i]));
    json_add_str(message, "role", "user");
    json_add_ref(message, "content", prompt);
    json_object_array_add(messages, message);
    json_add(chat, "messages", messages);
    return chat;
}

/* `asked`: what the model gets for each of the prompts. */
static int note_prompts(struct openai_chat_request *request, json_object *prompts,
                        json_object *asked, struct err *err)
{
    size_t count = json_list_len(prompts);
    size_t each = request->choices > 1 ? (size_t)request->choices : 1;
    if (count == 1)
        return 0;
    if (count * each > CHAT_CHOICES_MAX)
        return err_set_param(err, ERR_INVALID, "prompt",
                             "prompts times n may be %d at most, these are %zu", CHAT_CHOICES_MAX,
                             count * each);
    request->choices = (int)(count * each);
    request->prompts = json_object_get(asked);
    return 0;
}

static int parse_prompts(struct openai_chat_request *request, json_object *body, const char *model,
                         const struct translate_env *env, struct err *err)
{
    JSON_AUTO json_object *prompts = prompts_of(json_member(body, "prompt"), err);
    const char *suffix = json_get_str(body, "suffix", "");
    if (!prompts || check_best_of(body, err) < 0)
        return -1;
    JSON_AUTO json_object *asked = *suffix ? json_object_new_array() : json_object_get(prompts);
    for (size_t i = 0; *suffix && i < json_list_len(prompts); i++)
        json_object_array_add(asked,
                              fill_in(json_object_get_string(json_list_at(prompts, i)), suffix));
    JSON_AUTO json_object *chat = chat_body(body, json_list_at(asked, 0));
    if (add_logprobs(chat, body, err) < 0 ||
        openai_chat_request_parse(request, chat, model, env, err) < 0)
        return -1;
    request->legacy_completion = true;
    if (json_get_bool(body, "echo", false))
        request->echo = json_object_get(prompts);
    return note_prompts(request, prompts, asked, err);
}

int openai_completion_request_parse(struct openai_chat_request *request, json_object *body,
                                    const char *model, const struct translate_env *env,
                                    struct err *err)
{
    *request = (struct openai_chat_request){0};
    if (!json_object_is_type(body, json_type_object))
        return err_set(err, ERR_INVALID, "the body must be a JSON object");
    int rc = parse_prompts(request, body, model, env, err);
    if (rc < 0)
        openai_chat_request_free(request);
    return rc;
}

/* --- the answer ------------------------------------------------------------------------------ */

static json_object *frame_of(struct chat_reply *reply)
{
    json_object *frame = json_object_new_object();
    json_add_str(frame, "id", reply->id);
    json_add_str(frame, "object", "text_completion");
    json_add_int(frame, "created", reply->created);
    json_add_str(frame, "model", reply->request->model);
    json_add_null(frame, "choices");
    if (*reply->fingerprint)
        json_add_str(frame, "system_fingerprint", reply->fingerprint);
    return frame;
}

/* OpenAI's older shape: parallel lists instead of entries. Offsets count characters of the text that
 * the client gets. */
static json_object *legacy_logprobs(struct chat_choice *choice)
{
    json_object *entries = choice->logprobs;
    json_object *offsets = json_object_new_array();
    json_object *out = json_object_new_object();
    json_object *tokens = json_object_new_array();
    json_object *values = json_object_new_array();
    json_object *tops = json_object_new_array();
    for (size_t i = 0; i < json_list_len(entries); i++) {
        json_object *entry = json_list_at(entries, i);
        json_object *alternatives = json_get_arr(entry, "top_logprobs");
        json_object *top = json_object_new_object();
        const char *token = json_get_str(entry, "token", "");
        json_object_array_add(offsets, json_object_new_int64(choice->logprob_chars));
        choice->logprob_chars += (int64_t)utf8_count(token, strlen(token));
        json_object_array_add(tokens, json_object_get(json_member(entry, "token")));
        json_object_array_add(values, json_object_get(json_member(entry, "logprob")));
        for (size_t j = 0; j < json_list_len(alternatives); j++) {
            json_object *other = json_list_at(alternatives, j);
            json_add_ref(top, json_get_str(other, "token", ""), json_member(other, "logprob"));
        }
        json_object_array_add(tops, top);
    }
    json_add(out, "text_offset", offsets);
    json_add(out, "tokens", tokens);
    json_add(out, "token_logprobs", values);
    json_add(out, "top_logprobs", tops);
    return out;
}

/* Consumes `text`. */
static json_object *choice_entry(struct chat_choice *choice, json_object *text, const char *finish)
{
    json_object *entry = json_object_new_object();
    json_add(entry, "text", text);
    json_add_int(entry, "index", choice->index);
    json_add(entry, "logprobs", choice->logprobs ? legacy_logprobs(choice) : NULL);
    json_object_put(choice->logprobs);
    choice->logprobs = NULL;
    if (finish)
        json_add_str(entry, "finish_reason", finish);
    else
        json_add_null(entry, "finish_reason");
    return entry;
}

/* Consumes `choices`, and `usage` (may be NULL). */
static void write_frame(struct chat_reply *reply, struct strbuf *out, json_object *choices,
                        json_object *usage)
{
    bool stream = reply->request->stream;
    if (!reply->chunk)
        reply->chunk = frame_of(reply);
    json_add(reply->chunk, "choices", choices);
    if (usage || reply->request->include_usage)
        json_add(reply->chunk, "usage", usage);
    strbuf_puts(out, stream ? "data: " : "");
    json_write(out, reply->chunk);
    strbuf_puts(out, stream ? "\n\n" : "");
    json_add_null(reply->chunk, "choices");
}

static void send_text(struct chat_reply *reply, struct chat_choice *choice, json_object *text,
                      const char *finish)
{
    json_object *choices = json_object_new_array();
    json_object_array_add(choices, choice_entry(choice, text, finish));
    write_frame(reply, reply->out, choices, NULL);
}

/* The prompt that the choice answers, where it is to be told; NULL where not. The request may be
 * shared by threads: no reference to its parts is taken. */
static json_object *echo_of(const struct chat_reply *reply, const struct chat_choice *choice)
{
    const struct openai_chat_request *request = reply->request;
    size_t prompts = json_list_len(request->echo);
    size_t each = prompts > 1 ? (size_t)request->choices / prompts : 1;
    return prompts ? json_list_at(request->echo, prompts > 1 ? (size_t)choice->index / each : 0)
                   : NULL;
}

static void skip_echo(struct chat_reply *reply, struct chat_choice *choice)
{
    json_object *echo = echo_of(reply, choice);
    if (echo)
        choice->logprob_chars = (int64_t)utf8_count(json_object_get_string(echo),
                                                    (size_t)json_object_get_string_len(echo));
}

static void send_echo(struct chat_reply *reply, struct chat_choice *choice)
{
    json_object *echo = choice->begun ? NULL : echo_of(reply, choice);
    choice->begun = true;
    if (!echo)
        return;
    skip_echo(reply, choice);
    send_text(
        reply, choice,
        json_object_new_string_len(json_object_get_string(echo), json_object_get_string_len(echo)),
        NULL);
}

/* Only text has a place. A whole answer finds it in choice->text. */
static void deliver(struct chat_reply *reply, struct chat_choice *choice, enum chat_delta_kind kind,
                    json_object *value)
{
    if (kind != DELTA_TEXT || !reply->request->stream) {
        json_object_put(value);
        return;
    }
    send_echo(reply, choice);
    send_text(reply, choice, value, NULL);
}

static const char *finish_of(const struct chat_reply *reply, const struct chat_choice *choice)
{
    return choice->calls > 0 ? "stop" : chat_finish_reason(reply, choice);
}

static json_object *usage_of(struct chat_reply *reply)
{
    struct token_usage usage = chat_reply_usage(reply);
    return chat_usage(&usage, reply->usage_details);
}

static int completion_event(struct reply_filter *filter, const char *data, size_t len,
                            const char *raw, size_t raw_len, struct strbuf *out,
                            struct reply_facts *facts_r, struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    (void)raw;
    (void)raw_len;
    reply->out = out;
    return chat_filter_take(reply, data, len, facts_r, err);
}

static void say_last(struct chat_reply *reply)
{
    if (reply->request->include_usage)
        write_frame(reply, reply->out, json_object_new_array(), usage_of(reply));
    strbuf_puts(reply->out, "data: [DONE]\n\n");
}

static int completion_end(struct reply_filter *filter, struct strbuf *out, struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    if (chat_reply_check_end(reply, true, err) < 0)
        return -1;
    reply->out = out;
    for (size_t i = 0; i < reply->choice_count; i++) {
        struct chat_choice *choice = reply->choices[i];
        if (!choice)
            continue;
        chat_reply_close(reply, choice);
        send_echo(reply, choice);
        send_text(reply, choice, json_object_new_string(""), finish_of(reply, choice));
    }
    if (!reply->is_part)
        reply->say_last(reply);
    return 0;
}

static json_object *whole_text(const struct chat_reply *reply, const struct chat_choice *choice)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    json_object *echo = echo_of(reply, choice);
    if (echo)
        strbuf_append(&text, json_object_get_string(echo),
                      (size_t)json_object_get_string_len(echo));
    strbuf_append(&text, strbuf_str(&choice->text), choice->text.len);
    return json_object_new_string_len(strbuf_str(&text), (int)text.len);
}

static int completion_whole(struct reply_filter *filter, const char *body, size_t len,
                            struct strbuf *out, struct reply_facts *facts_r, struct err *err)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    int rc = chat_filter_take(reply, body, len, facts_r, err);
    if (rc < 0 || facts_r->has_error)
        return rc;
    if (chat_filter_check_whole(reply, facts_r, err) < 0)
        return -1;
    json_object *choices = json_object_new_array();
    for (size_t i = 0; i < reply->choice_count; i++) {
        struct chat_choice *choice = reply->choices[i];
        if (!choice)
            continue;
        chat_reply_close(reply, choice);
        skip_echo(reply, choice);
        json_object_array_add(
            choices, choice_entry(choice, whole_text(reply, choice), finish_of(reply, choice)));
    }
    write_frame(reply, out, choices, usage_of(reply));
    return 0;
}

static const struct reply_filter_ops completion_ops = {
    .event = completion_event,
    .end = completion_end,
    .fail = chat_stream_fail,
    .whole = completion_whole,
    .destroy = chat_filter_destroy,
    .text_so_far = chat_filter_text_so_far,
    .resume = chat_filter_resume,
};

struct reply_filter *openai_completion_filter_create(const struct openai_chat_request *request,
                                                     const struct translate_env *env,
                                                     const char *id)
{
    struct reply_filter *filter = openai_chat_filter_create(request, env, id);
    filter->ops = &completion_ops;
    ((struct chat_reply *)filter)->deliver = deliver;
    ((struct chat_reply *)filter)->say_last = say_last;
    return filter;
}
