#include "api/image_streams.h"

#include <string.h>

#include "api/parts_stream.h"
#include "base/redact.h"
#include "base/text.h"

struct image_streams;

struct image_call {
    struct image_streams *all;
    struct fan_out_part *part;
    int image;
    struct parts_writer writer;
};

struct image_streams {
    struct api_call *call;
    const struct image_request *request;
    struct parts_stream stream;
    struct image_call calls[IMAGES_MAX];
    int count;
    struct fan_out_watch watch;
};

/* --- one image --------------------------------------------------------------------------------- */

static struct reply_filter *make_filter(void *ctx)
{
    const struct image_call *one = ctx;
    return image_filter_create(one->all->request, one->all->call->translate.now_ms / 1000,
                               one->image);
}

/* What was refused, or drawn in words only, has an error of its own. */
static void write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    const struct reply_facts *facts = &((struct image_call *)ctx)->part->outcome.facts;
    const char *reason = facts->block_reason[0] ? facts->block_reason : facts->finish_reason;
    struct image_result result = {.refused = !text_eq(reason, "STOP")};
    text_copy(result.reason, sizeof(result.reason), reason);
    if (facts->refused)
        images_refusal(&result, out);
    else
        openai_write_error(NULL, status, why, google_body, google_len, out);
}

static bool is_unwanted(void *ctx)
{
    struct image_streams *all = ctx;
    LOCK_SCOPE(&all->stream.lock);
    return parts_stream_is_over(&all->stream);
}

static void one_ended(void *ctx, struct fan_out_part *part)
{
    struct image_streams *all = ctx;
    LOCK_SCOPE(&all->stream.lock);
    if (part->status == 499)
        all->stream.gone = true;
}

static void aim(struct image_streams *all, struct fan_out_part *parts)
{
    for (int i = 0; i < all->count; i++) {
        struct image_call *one = &all->calls[i];
        struct exchange_request *request = &parts[i].request;
        *one = (struct image_call){
            .all = all, .part = &parts[i], .image = all->count > 1 ? i : IMAGE_ALONE};
        request->streamed = true;
        request->framing = FRAMING_SSE;
        request->heartbeat = ": waiting\n\n";
        request->make_filter = make_filter;
        request->write_error = write_error;
        request->ctx = one;
        parts[i].watch = &all->watch;
        parts_stream_join(&all->stream, &one->writer, &parts[i]);
    }
}

/* --- all of them ------------------------------------------------------------------------------- */

/* The first part that made no image; NULL when one did. */
static const struct fan_out_part *find_failure(const struct image_streams *all)
{
    for (int i = 0; i < all->count; i++) {
        const struct fan_out_part *part = all->calls[i].part;
        if (part->status < 400 && !part->outcome.error[0])
            return NULL;
    }
    return all->calls[0].part;
}

/* Of an image alone the stream itself tells, once it speaks of it. */
static void say_failure(struct image_streams *all, const struct fan_out_part *failed)
{
    STRBUF_AUTO struct strbuf event = STRBUF_INIT(MIB);
    struct err why = ERR_INIT;
    if (all->count == 1 && failed->status < 400)
        return;
    strbuf_puts(&event, "event: error\ndata: ");
    err_set(&why, ERR_IO, "%s", failed->outcome.error);
    if (failed->body.len)
        strbuf_append(&event, failed->body.data, failed->body.len);
    else
        openai_write_error(NULL, 502, &why, NULL, 0, &event);
    strbuf_puts(&event, "\n\n");
    parts_stream_say(&all->stream, event.data, event.len);
}

static int end(struct image_streams *all)
{
    const struct fan_out_part *failed = find_failure(all);
    if (!failed || all->stream.gone)
        return all->stream.gone ? 499 : 200;
    if (!all->stream.began)
        return openai_part_refuse(all->call, failed);
    say_failure(all, failed);
    return all->stream.gone ? 499 : 200;
}

static void log_all(struct image_streams *all, int status)
{
    const struct fan_out_part *failed = find_failure(all);
    struct log_request *row = all->call->log;
    row->status = status;
    text_copy(row->error, sizeof(row->error), failed ? failed->outcome.error : "");
    redact_text(row->error);
    for (int i = 0; i < all->count; i++) {
        int64_t first_ms = all->calls[i].part->outcome.first_token_ms;
        if (first_ms >= 0 && (row->first_token_ms < 0 || first_ms < row->first_token_ms))
            row->first_token_ms = first_ms;
    }
    api_call_post(all->call);
}

int image_streams_run(struct api_call *call, const struct image_request *request,
                      struct fan_out_part *parts, int count)
{
    struct image_streams *all = ARENA_NEW(call->http->req->arena, struct image_streams);
    *all = (struct image_streams){
        .call = call, .request = request, .count = count, .watch = {all, is_unwanted, one_ended}};
    call->log->streamed = true;
    parts_stream_open(&all->stream, call->http->res);
    aim(all, parts);
    openai_parts_run(call, parts, count);
    int status = end(all);
    log_all(all, status);
    parts_stream_close(&all->stream);
    return status;
}
