#include "api/parts_stream.h"

#include "http/sink.h"

bool parts_stream_is_over(const struct parts_stream *stream)
{
    return stream->closed || stream->gone;
}

static int writer_begin(void *ctx, int status, const char *content_type)
{
    const struct parts_writer *writer = ctx;
    struct parts_stream *stream = writer->stream;
    LOCK_SCOPE(&stream->lock);
    if (parts_stream_is_over(stream))
        return -1;
    if (stream->began)
        return 0;
    stream->began = true;
    stream->res->upstream_us = writer->part->outcome.upstream_us;
    stream->gone = !http_response_begin(stream->res, status, content_type);
    return stream->gone ? -1 : 0;
}

static int writer_write(void *ctx, const void *data, size_t len)
{
    struct parts_stream *stream = ((struct parts_writer *)ctx)->stream;
    LOCK_SCOPE(&stream->lock);
    if (parts_stream_is_over(stream))
        return -1;
    stream->gone = sink_write(stream->res->sink, data, len) < 0;
    return stream->gone ? -1 : 0;
}

static int writer_flush(void *ctx)
{
    struct parts_stream *stream = ((struct parts_writer *)ctx)->stream;
    LOCK_SCOPE(&stream->lock);
    if (parts_stream_is_over(stream))
        return -1;
    stream->gone = sink_flush(stream->res->sink) < 0;
    return stream->gone ? -1 : 0;
}

int parts_stream_say(struct parts_stream *stream, const void *data, size_t len)
{
    struct sink *sink = stream->res->sink;
    stream->gone = stream->gone || sink_write(sink, data, len) < 0 || sink_flush(sink) < 0;
    return stream->gone ? -1 : 0;
}

void parts_stream_join(struct parts_stream *stream, struct parts_writer *writer,
                       struct fan_out_part *part)
{
    *writer = (struct parts_writer){.stream = stream, .part = part};
    part->pass = (struct exchange_client){
        .ctx = writer, .begin = writer_begin, .write = writer_write, .flush = writer_flush};
}

void parts_stream_open(struct parts_stream *stream, struct http_response *res)
{
    *stream = (struct parts_stream){.res = res};
    pthread_mutex_init(&stream->lock, NULL);
}

void parts_stream_close(struct parts_stream *stream)
{
    pthread_mutex_destroy(&stream->lock);
}
