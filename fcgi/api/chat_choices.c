#include "api/chat_choices.h"

#include <string.h>

#include "api/openai_parts.h"
#include "api/parts_stream.h"
#include "base/json.h"
#include "base/redact.h"
#include "base/text.h"
#include "translate/openai_choices.h"

#define JSON_TYPE "application/json; charset=utf-8"

struct chat_choices;

struct choice_call {
    struct chat_choices *all;
    struct fan_out_part *part;
    int index;
    struct parts_writer writer;
    struct strbuf body; /* its own, where it is not shared */
};

struct chat_choices {
    struct api_call *call;
    const struct openai_chat_request *asked;
    int count;
    bool in_one; /* one call gives all choices */
    struct fan_out_part *parts;
    struct choice_call *calls;
    struct strbuf shared; /* a body without candidateCount */
    struct fan_out_watch watch;
    struct parts_stream stream;
    struct fan_out_part *failed; /* the first that failed: the others are of no use */
};

/* --- one choice ------------------------------------------------------------------------------ */

static struct reply_filter *make_filter(void *ctx)
{
    const struct choice_call *one = ctx;
    const struct exchange_request *request = &one->all->call->request;
    struct reply_filter *filter = request->make_filter(request->ctx);
    if (!one->all->in_one)
        openai_choice_filter(filter, one->index);
    return filter;
}

/* --- how the calls get on --------------------------------------------------------------------- */

static bool is_unwanted(void *ctx)
{
    struct chat_choices *all = ctx;
    LOCK_SCOPE(&all->stream.lock);
    return parts_stream_is_over(&all->stream);
}

/* A failure before the choice's first word is an error body; others speak already. One later has
 * told the stream itself. */
static void say_failure(struct chat_choices *all, const struct fan_out_part *part)
{
    STRBUF_AUTO struct strbuf event = STRBUF_INIT(part->body.len + 16);
    if (!all->stream.began || part->status < 400 || part->body.len == 0)
        return;
    strbuf_puts(&event, "data: ");
    strbuf_append(&event, part->body.data, part->body.len);
    strbuf_puts(&event, "\n\n");
    parts_stream_say(&all->stream, event.data, event.len);
}

static void one_ended(void *ctx, struct fan_out_part *part)
{
    struct chat_choices *all = ctx;
    LOCK_SCOPE(&all->stream.lock);
    if (part->status < 400 && !part->outcome.error[0])
        return;
    if (parts_stream_is_over(&all->stream))
        return;
    if (part->status == 499)
        all->stream.gone = true;
    else
        all->failed = part;
    all->stream.closed = all->failed != NULL;
    if (all->failed)
        say_failure(all, part);
}

/* --- the calls ------------------------------------------------------------------------------- */

/* The body of each choice: its own where it differs, else one for all. */
static int write_bodies(struct chat_choices *all)
{
    const struct exchange_request *request = &all->call->request;
    bool differ = openai_choices_differ(all->asked, request->body, request->body_len);
    for (int i = 0; i < all->count; i++) {
        struct strbuf *body = differ ? &all->calls[i].body : &all->shared;
        if ((differ || i == 0) &&
            openai_choice_body(body, all->asked, request->body, request->body_len, i) < 0)
            return err_set(&all->call->http->err, ERR_TOO_LARGE, "the request is too large");
        all->parts[i].request.body = body->data;
        all->parts[i].request.body_len = body->len;
    }
    return 0;
}

/* One prompt may be much longer than the first. */
static size_t body_room(const struct chat_choices *all)
{
    return all->asked->prompts ? api_body_room(all->call->settings, 2)
                               : all->call->request.body_len + 64;
}

/* `before` calls have been made already. */
static void aim(struct chat_choices *all, int before)
{
    const struct exchange_request *request = &all->call->request;
    for (int i = 0; i < all->count; i++) {
        struct choice_call *one = &all->calls[i];
        struct fan_out_part *part = &all->parts[i];
        *one = (struct choice_call){.all = all, .part = part, .index = i};
        *part = (struct fan_out_part){.request = *request, .watch = &all->watch};
        strbuf_init(&one->body, body_room(all));
        part->request.part = before + i + 1;
        part->request.make_filter = make_filter;
        part->request.ctx = one;
        if (i > 0) /* on different keys */
            part->request.affinity = 0;
        if (request->streamed)
            parts_stream_join(&all->stream, &one->writer, part);
    }
}

static void clear(struct chat_choices *all)
{
    fan_out_free(all->parts, all->count);
    for (int i = 0; i < all->count; i++)
        strbuf_free(&all->calls[i].body);
    strbuf_clear(&all->shared);
}

/* True when upstream does not give all choices at once (it says so, or gives fewer), and the client
 * has heard nothing. */
static bool is_refused(const struct chat_choices *all)
{
    return all->in_one && !all->stream.began && all->failed &&
           (all->failed->status == 400 || all->failed->status == 502) &&
           openai_choices_refused(strbuf_str(&all->failed->body));
}

static int run_calls(struct chat_choices *all)
{
    const struct exchange_request *call = &all->call->request;
    const struct openai_chat_request *request = all->asked;
    all->in_one = openai_choices_in_one(request, call->body, call->body_len);
    all->count = all->in_one ? 1 : request->choices;
    aim(all, 0);
    if (!all->in_one && write_bodies(all) < 0)
        return -1;
    openai_parts_run(all->call, all->parts, all->count);
    if (!is_refused(all))
        return 0;
    clear(all);
    all->failed = NULL;
    all->stream.closed = false;
    all->in_one = false;
    all->count = request->choices;
    aim(all, 1);
    if (write_bodies(all) < 0)
        return -1;
    openai_parts_run(all->call, all->parts, all->count);
    return 0;
}

/* --- the answer ------------------------------------------------------------------------------ */

static int send_bytes(struct chat_choices *all, const struct strbuf *bytes)
{
    return http_response_send(all->call->http->res, 200, JSON_TYPE, strbuf_str(bytes), bytes->len) <
                   0
               ? 499
               : 200;
}

static int send_joined(struct chat_choices *all)
{
    FREE_AUTO json_object **answers = xcalloc((size_t)all->count, sizeof(*answers));
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(4 * LIMIT_UNARY_ANSWER);
    for (int i = 0; i < all->count; i++) {
        struct strbuf *body = &all->parts[i].body;
        answers[i] = json_parse_text(strbuf_str(body), body->len, NULL);
        strbuf_free(body);
    }
    JSON_AUTO json_object *whole = openai_choices_join(answers, (size_t)all->count);
    json_write(&text, whole);
    for (int i = 0; i < all->count; i++)
        json_object_put(answers[i]);
    return send_bytes(all, &text);
}

static int end_stream(struct chat_choices *all)
{
    const struct exchange_request *request = &all->call->request;
    struct token_usage usage = {0};
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(64 * KIB);
    struct reply_filter *filter = request->make_filter(request->ctx);
    for (int i = 0; i < all->count; i++)
        token_usage_add(&usage, &all->parts[i].outcome.facts.usage);
    openai_choices_end(filter, &usage, &out);
    filter->ops->destroy(filter);
    return parts_stream_say(&all->stream, out.data, out.len) < 0 ? 499 : 200;
}

static int answer(struct chat_choices *all)
{
    if (all->stream.gone)
        return 499;
    if (all->failed && !all->stream.began)
        return openai_part_refuse(all->call, all->failed);
    if (all->failed)
        return 200; /* and the stream says how it ended */
    if (all->stream.began)
        return all->in_one ? 200 : end_stream(all);
    return all->in_one ? send_bytes(all, &all->parts[0].body) : send_joined(all);
}

static void log_all(struct chat_choices *all, int status)
{
    struct log_request *row = all->call->log;
    row->status = status;
    row->error[0] = '\0';
    if (all->failed)
        text_copy(row->error, sizeof(row->error), all->failed->outcome.error);
    for (int i = 0; i < all->count; i++) {
        int64_t first_ms = all->parts[i].outcome.first_token_ms;
        if (first_ms >= 0 && (row->first_token_ms < 0 || first_ms < row->first_token_ms))
            row->first_token_ms = first_ms;
    }
    redact_text(row->error);
    api_call_post(all->call);
}

int chat_choices_run(struct api_call *call, const struct openai_chat_request *request)
{
    size_t most = (size_t)request->choices;
    struct chat_choices all = {.call = call,
                               .asked = request,
                               .parts = xcalloc(most, sizeof(*all.parts)),
                               .calls = xcalloc(most, sizeof(*all.calls)),
                               .watch = {&all, is_unwanted, one_ended}};
    strbuf_init(&all.shared, call->request.body_len + 64);
    text_copy(call->log->served_model, sizeof(call->log->served_model), call->request.model);
    parts_stream_open(&all.stream, call->http->res);
    int status = run_calls(&all) < 0 ? 413 : answer(&all);
    log_all(&all, status);
    clear(&all);
    strbuf_free(&all.shared);
    parts_stream_close(&all.stream);
    free(all.parts);
    free(all.calls);
    return status;
}
