/* POST /v1/chat/completions and /v1/completions: OpenAI's dialect, translated. */
#include <string.h>

#include "api/api_call.h"
#include "api/chat_choices.h"
#include "api/fallback.h"
#include "api/media_fetch.h"
#include "api/pins.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/rand.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/openai_completions.h"

#define CHAT_ID_LEN 40

/* The two kinds of chat: how a request is read and its answers are written. */
struct chat_kind {
    const char *id_start;
    const char *chunk_object;
    bool has_deltas; /* pieces of an answer are deltas, not bare texts */
    int (*parse)(struct openai_chat_request *request, json_object *body, const char *model,
                 const struct translate_env *env, struct err *err);
    struct reply_filter *(*filter)(const struct openai_chat_request *request,
                                   const struct translate_env *env, const char *id);
};

static const struct chat_kind chat_kind = {"chatcmpl-", "chat.completion.chunk", true,
                                           openai_chat_request_parse, openai_chat_filter_create};
static const struct chat_kind completion_kind = {"cmpl-", "text_completion", false,
                                                 openai_completion_request_parse,
                                                 openai_completion_filter_create};

struct chat {
    struct api_call call;
    const struct chat_kind *kind;
    struct openai_chat_request request;
    const char
        *name; /* that is asked: the client's after aliases, or of the model that took over */
    char id[CHAT_ID_LEN];
};

static struct reply_filter *make_filter(void *ctx)
{
    struct chat *chat = ctx;
    return chat->kind->filter(&chat->request, &chat->call.translate, chat->id);
}

static void write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    (void)ctx;
    openai_error_body(out, status, why, google_body, google_len);
}

/* Parses the client's request, for `other` in place of its model unless that is NULL; what was parsed is freed
 * before the large copies are made. 0 or a status. */
static int parse(struct chat *chat, const char *other, struct strbuf *body_r)
{
    struct api_call *call = &chat->call;
    int status = 0;
    json_object *body = api_call_read_json(call, &status);
    if (!body)
        return status;
    const char *name = json_get_str(body, "model", "");
    text_copy(call->log->model, sizeof(call->log->model), name);
    chat->name = other ? other : api_call_model(call, name);
    int rc =
        chat->kind->parse(&chat->request, body, chat->name, &call->translate, &call->http->err);
    json_object_put(body);
    if (rc < 0)
        return 400;
    if (api_call_model_refused(call, chat->request.gemini_model)) {
        err_set_param(&call->http->err, ERR_NOT_FOUND, "model", "the model %s is not offered here",
                      chat->request.gemini_model);
        return 404;
    }
    status = media_fetch_all(call, chat->request.media);
    if (status)
        return status;
    openai_chat_request_write(&chat->request, body_r);
    if (!strbuf_ok(body_r))
        return 413;
    return pins_of_body(call->http, body_r->data, body_r->len, &call->request.pinned_key);
}

/* A chunk that says nothing, while a fake stream waits: some clients count events, not comments. */
static const char *empty_chunk(struct chat *chat)
{
    JSON_AUTO json_object *chunk = json_object_new_object();
    json_object *choices = json_object_new_array();
    json_object *choice = json_object_new_object();
    STRBUF_AUTO struct strbuf event = STRBUF_INIT(4 * KIB);
    json_add_int(choice, "index", 0);
    if (chat->kind->has_deltas)
        json_add(choice, "delta", json_object_new_object());
    else
        json_add_str(choice, "text", "");
    json_add_null(choice, "logprobs");
    json_add_null(choice, "finish_reason");
    json_object_array_add(choices, choice);
    json_add_str(chunk, "id", chat->id);
    json_add_str(chunk, "object", chat->kind->chunk_object);
    json_add_int(chunk, "created", chat->call.translate.now_ms / 1000);
    json_add_str(chunk, "model", chat->request.model);
    json_add(chunk, "choices", choices);
    if (chat->request.include_usage)
        json_add_null(chunk, "usage");
    strbuf_puts(&event, "data: ");
    json_write(&event, chunk);
    strbuf_puts(&event, "\n\n");
    return arena_strdup(chat->call.http->req->arena, strbuf_str(&event));
}

static void aim_stream(struct chat *chat)
{
    struct exchange_request *request = &chat->call.request;
    const struct settings *set = chat->call.settings;
    request->streamed = true;
    request->fake_stream = set->fake_stream_enabled;
    request->framing = request->fake_stream ? FRAMING_RAW : FRAMING_SSE;
    request->heartbeat = request->fake_stream ? empty_chunk(chat) : ": waiting\n\n";
    request->paced = chat->kind->has_deltas;
    chat->call.log->streamed = true;
}

static void aim(struct chat *chat, const struct strbuf *body)
{
    struct api_call *call = &chat->call;
    struct exchange_request *request = &call->request;
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    if (chat->request.stream)
        aim_stream(chat);
    bool streamed = request->framing == FRAMING_SSE;
    strbuf_puts(&path, "/models/");
    url_encode(&path, chat->request.gemini_model, strlen(chat->request.gemini_model), "");
    strbuf_puts(&path, streamed ? ":streamGenerateContent" : ":generateContent");
    request->url = api_call_url(call, strbuf_str(&path), streamed ? "alt=sse" : "");
    request->model = chat->request.gemini_model;
    request->body = body->data;
    request->body_len = body->len;
    request->affinity = call->settings->pool_affinity ? chat->request.affinity : 0;
    request->prompt_tokens = prompt_size_tokens(&chat->request.size);
    request->prompt_kind = prompt_size_kind(&chat->request.size);
    request->make_filter = make_filter;
    request->write_error = write_error;
    request->ctx = chat;
}

/* The request once more, for the model that takes over. 0 or a status. */
static int parse_again(struct chat *chat, const char *next, struct strbuf *body)
{
    const char *name = fallback_name(&chat->call, chat->name, chat->request.gemini_model, next);
    openai_chat_request_free(&chat->request);
    memset(&chat->request, 0, sizeof(chat->request));
    strbuf_clear(body);
    return parse(chat, name, body);
}

static int ask(struct chat *chat, struct strbuf *body)
{
    struct api_call *call = &chat->call;
    struct fallback fallback = {0};
    for (;;) {
        const char *next = fallback_next(&fallback, call, chat->request.gemini_model);
        aim(chat, body);
        if (chat->request.choices > 1)
            return chat_choices_run(call, &chat->request);
        call->request.stands_by = next != NULL;
        int status = api_call_run(call);
        if (!fallback_takes_over(call, next))
            return status;
        status = parse_again(chat, next, body);
        if (status)
            return status;
    }
}

static int answer(struct http_call *http, const struct chat_kind *kind)
{
    struct chat chat = {.kind = kind};
    api_call_begin(&chat.call, http);
    text_copy(chat.id, sizeof(chat.id), kind->id_start);
    rand_token(chat.id + strlen(chat.id), 30);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(api_body_room(chat.call.settings, 2));
    chat.call.keeps_body = json_object_object_length(chat.call.settings->model_fallbacks) > 0;
    int status = parse(&chat, NULL, &body);
    if (status == 0)
        status = ask(&chat, &body);
    openai_chat_request_free(&chat.request);
    return status;
}

int api_openai_chat(struct http_call *http)
{
    return answer(http, &chat_kind);
}

int api_openai_completions(struct http_call *http)
{
    return answer(http, &completion_kind);
}
