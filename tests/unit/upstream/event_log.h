/* Feeds a text to an event_stream and writes down what comes out: each event's data on a line of
 * its own between < and >, and all raw bytes one after the other. */
#ifndef EVENT_LOG_H
#define EVENT_LOG_H

#include "../unit.h"

#include "base/limits.h"
#include "upstream/event_stream.h"

struct event_log {
    struct strbuf data;
    struct strbuf raw;
    int stop_after; /* events until the handler refuses; 0 never */
    int count;
};

static inline int event_log_handler(void *ctx, const char *data, size_t len, const char *raw,
                                    size_t raw_len)
{
    struct event_log *log = ctx;
    strbuf_putc(&log->data, '<');
    strbuf_append(&log->data, data, len);
    strbuf_putc(&log->data, '>');
    strbuf_append(&log->raw, raw, raw_len);
    return ++log->count == log->stop_after ? -1 : 0;
}

/* Feeds `bytes` in pieces of `piece` and ends; then checks events, leftovers and that no byte was
 * lost or made up. */
static inline void event_log_check(enum stream_framing framing, const char *bytes, size_t len,
                                   size_t piece, const char *events, const char *left)
{
    struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB)};
    struct event_stream stream;
    event_stream_init(&stream, framing, event_log_handler, &log);
    for (size_t at = 0; at < len; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        assert_int_equal(event_stream_push(&stream, bytes + at, n, NULL), 0);
    }
    assert_int_equal(event_stream_end(&stream, NULL), 0);
    assert_string_equal(strbuf_str(&log.data), events);
    assert_string_equal(strbuf_str(&stream.pending), left);
    strbuf_append(&log.raw, strbuf_str(&stream.pending), stream.pending.len);
    assert_int_equal(log.raw.len, len);
    assert_memory_equal(strbuf_str(&log.raw), bytes, len);
    assert_int_equal(stream.events, log.count);
    event_stream_free(&stream);
    strbuf_free(&log.data);
    strbuf_free(&log.raw);
}

/* The same whole, byte by byte, and in pieces of a few sizes. */
static inline void event_log_check_all(enum stream_framing framing, const char *bytes,
                                       const char *events, const char *left)
{
    static const size_t pieces[] = {1, 2, 3, 7, 1 << 20};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
        event_log_check(framing, bytes, strlen(bytes), pieces[i], events, left);
}

#endif
