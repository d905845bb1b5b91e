/* Cuts an answer into events as it arrives, in pieces of any size: server-sent events, the JSON
 * array that Google streams without alt=sse, or nothing at all (raw).
 *
 * SSE as Google sends it: one `data: {json}` line, then \r\n\r\n; \n\n and \r\r are taken as well,
 * several data lines are joined with \n, comments and other fields are skipped. An answer that is
 * an error is a plain JSON body instead: what is not SSE is kept in `pending`.
 *
 * The same bytes give the same events however they are cut. The `raw` of all events and what is
 * left in `pending` are, one after the other, exactly the bytes that came in (unless what is no
 * stream at all grew past LIMIT_ERROR_BODY: the end of that is dropped). */
#ifndef UPSTREAM_EVENT_STREAM_H
#define UPSTREAM_EVENT_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

enum stream_framing { FRAMING_SSE, FRAMING_JSON_ARRAY, FRAMING_RAW };

/* `data` is the event's JSON text, `raw` all bytes that belong to it: what stood between it and
 * the event before (comments, commas) and its terminator included. Both are borrowed for the call.
 * Raw framing hands every piece on as it came. Return -1 to stop. */
typedef int stream_event_handler(void *ctx, const char *data, size_t len, const char *raw,
                                 size_t raw_len);

struct event_stream {
    enum stream_framing framing;
    stream_event_handler *handler;
    void *ctx;
    struct strbuf pending; /* bytes of no complete event */
    int64_t events;        /* delivered so far */
    /* the rest is private to the parser; offsets are into `pending` */
    struct strbuf joined; /* data of an event with several data lines */
    size_t scanned;       /* looked at so far */
    size_t start;         /* of the present event's raw bytes */
    size_t line;          /* of the present line */
    size_t data_at, data_len;
    int data_lines;
    int depth; /* of braces in an array's element */
    int state;
    bool lone_cr; /* the line before ended with \r alone */
};

void event_stream_init(struct event_stream *stream, enum stream_framing framing,
                       stream_event_handler *handler, void *ctx);
/* Returns 0; -1 when the handler stopped it (err untouched) or an event is larger than
 * LIMIT_SSE_EVENT (ERR_TOO_LARGE). After -1 only event_stream_free() may follow. */
int event_stream_push(struct event_stream *stream, const void *data, size_t len, struct err *err);
/* The end: an SSE event without its blank line is delivered; other leftovers stay in `pending`.
 * Returns as push does. */
int event_stream_end(struct event_stream *stream, struct err *err);
/* After the end: false when the framing was cut: an array that was opened and not closed. */
bool event_stream_whole(const struct event_stream *stream);
void event_stream_free(struct event_stream *stream);

#endif
