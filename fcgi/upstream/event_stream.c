#include "upstream/event_stream.h"

#include <string.h>

#include "base/limits.h"

/* Pieces are looked at so much at a time, so that `pending` needs little more than one event. */
#define SLICE (64 * KIB)

enum {
    STATE_START = 0, /* nothing but white space yet */
    STATE_LINES,     /* SSE */
    STATE_BETWEEN,   /* inside the array, outside its elements */
    STATE_VALUE,     /* inside an element ... */
    STATE_STRING,    /* ... inside a string of it ... */
    STATE_ESCAPE,    /* ... after a backslash of that */
    STATE_CLOSED,    /* after the array's "]" */
    STATE_REST       /* not what the framing says: kept as it is */
};

void event_stream_init(struct event_stream *stream, enum stream_framing framing,
                       stream_event_handler *handler, void *ctx)
{
    *stream = (struct event_stream){.framing = framing, .handler = handler, .ctx = ctx};
    stream->state = framing == FRAMING_SSE ? STATE_LINES : STATE_START;
    strbuf_init(&stream->pending, LIMIT_SSE_EVENT + SLICE);
    strbuf_init(&stream->joined, LIMIT_SSE_EVENT + SLICE);
}

void event_stream_free(struct event_stream *stream)
{
    strbuf_free(&stream->pending);
    strbuf_free(&stream->joined);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Hands out [start, raw_end) with the data noted in data_at and data_len, or in `joined`. */
static int deliver(struct event_stream *stream, size_t raw_end)
{
    const char *bytes = stream->pending.data;
    const char *data = bytes + stream->data_at;
    size_t len = stream->data_len;
    if (stream->data_lines > 1) {
        data = strbuf_str(&stream->joined);
        len = stream->joined.len;
    }
    stream->events++;
    int rc =
        stream->handler(stream->ctx, data, len, bytes + stream->start, raw_end - stream->start);
    stream->start = raw_end;
    stream->data_lines = 0;
    strbuf_clear(&stream->joined);
    return rc;
}

/* --- server-sent events ---------------------------------------------------------------------- */

static void note_data_line(struct event_stream *stream, size_t at, size_t end)
{
    const char *bytes = stream->pending.data;
    if (at < end && bytes[at] == ' ')
        at++;
    if (stream->data_lines == 1)
        strbuf_append(&stream->joined, bytes + stream->data_at, stream->data_len);
    if (stream->data_lines >= 1) {
        strbuf_putc(&stream->joined, '\n');
        strbuf_append(&stream->joined, bytes + at, end - at);
    }
    stream->data_at = at;
    stream->data_len = end - at;
    stream->data_lines++;
}

/* A line that opens with one of these is a body in place of a stream: JSON or a page. */
static bool opens_a_body(const char *line, size_t len)
{
    size_t i = 0;
    while (i < len && is_blank(line[i]))
        i++;
    return i < len && memchr("{[<", line[i], 3);
}

static bool has_byte_order_mark(const struct event_stream *stream, size_t end)
{
    return stream->events == 0 && stream->line == 0 && end >= 3 &&
           memcmp(stream->pending.data, "\xEF\xBB\xBF", 3) == 0;
}

/* Takes in the line [line, end), which is not empty. */
static void take_line(struct event_stream *stream, size_t end)
{
    size_t at = stream->line + (has_byte_order_mark(stream, end) ? 3 : 0);
    const char *line = stream->pending.data + at;
    size_t len = end - at;
    if (len >= 5 && memcmp(line, "data:", 5) == 0)
        note_data_line(stream, at + 5, end);
    else if (stream->data_lines == 0 && opens_a_body(line, len))
        stream->state = STATE_REST;
}

/* An empty line: the event is complete, if there was any data. */
static int take_empty_line(struct event_stream *stream, size_t next)
{
    bool has_data = stream->data_lines > 1 || (stream->data_lines == 1 && stream->data_len > 0);
    if (has_data)
        return deliver(stream, next);
    stream->data_lines = 0;
    return 0;
}

/* Finds where the line ends that `scanned` stands in, and where the next one starts. False when
 * that is not here yet. A \r at the very end waits for its \n, except where it is known that this
 * stream ends lines with \r alone. */
static bool find_line_end(struct event_stream *stream, size_t *end_r, size_t *next_r)
{
    const char *bytes = stream->pending.data;
    size_t len = stream->pending.len;
    size_t i = stream->scanned;
    while (i < len && bytes[i] != '\n' && bytes[i] != '\r')
        i++;
    stream->scanned = i;
    if (i == len)
        return false;
    bool settled = bytes[i] == '\n' || (stream->lone_cr && i == stream->line);
    if (!settled && i + 1 == len)
        return false;
    bool pair = !settled && bytes[i + 1] == '\n';
    stream->lone_cr = bytes[i] == '\r' && !pair;
    *end_r = i;
    *next_r = i + (pair ? 2 : 1);
    return true;
}

static int scan_lines(struct event_stream *stream)
{
    size_t end, next;
    while (stream->state == STATE_LINES && find_line_end(stream, &end, &next)) {
        size_t line = stream->line;
        if (end > line)
            take_line(stream, end);
        else if (take_empty_line(stream, next) < 0)
            return -1;
        stream->scanned = stream->line = next;
    }
    return 0;
}

/* --- a JSON array ---------------------------------------------------------------------------- */

/* One byte outside the elements. */
static void step_between(struct event_stream *stream, char c, size_t at)
{
    if (is_blank(c))
        return;
    if (stream->state == STATE_START) {
        stream->state = c == '[' ? STATE_BETWEEN : STATE_REST;
    } else if (c == '{') {
        stream->state = STATE_VALUE;
        stream->depth = 1;
        stream->data_at = at;
    } else if (c == ']') {
        stream->state = STATE_CLOSED;
    } else if (c != ',') {
        stream->state = STATE_REST;
    }
}

/* One byte inside an element; true when it is the element's last. */
static bool step_value(struct event_stream *stream, char c)
{
    if (stream->state == STATE_ESCAPE) {
        stream->state = STATE_STRING;
    } else if (stream->state == STATE_STRING) {
        if (c == '\\')
            stream->state = STATE_ESCAPE;
        else if (c == '"')
            stream->state = STATE_VALUE;
    } else if (c == '"') {
        stream->state = STATE_STRING;
    } else if (c == '{' || c == '[') {
        stream->depth++;
    } else if (c == '}' || c == ']') {
        stream->depth--;
    }
    return stream->depth == 0;
}

static int scan_array(struct event_stream *stream)
{
    while (stream->scanned < stream->pending.len && stream->state != STATE_REST &&
           stream->state != STATE_CLOSED) {
        size_t at = stream->scanned++;
        char c = stream->pending.data[at];
        if (stream->state == STATE_START || stream->state == STATE_BETWEEN) {
            step_between(stream, c, at);
        } else if (step_value(stream, c)) {
            stream->state = STATE_BETWEEN;
            stream->data_len = at + 1 - stream->data_at;
            if (deliver(stream, at + 1) < 0)
                return -1;
        }
    }
    return 0;
}

/* --- pieces ---------------------------------------------------------------------------------- */

static size_t moved(size_t offset, size_t gone)
{
    return offset > gone ? offset - gone : 0;
}

/* Drops what has been delivered. */
static void settle(struct event_stream *stream)
{
    size_t gone = stream->start;
    if (gone == 0)
        return;
    strbuf_consume(&stream->pending, gone);
    stream->scanned = moved(stream->scanned, gone);
    stream->line = moved(stream->line, gone);
    stream->data_at = moved(stream->data_at, gone);
    stream->start = 0;
}

static void keep_rest(struct event_stream *stream, const char *data, size_t len)
{
    size_t room =
        stream->pending.len < LIMIT_ERROR_BODY ? LIMIT_ERROR_BODY - stream->pending.len : 0;
    strbuf_append(&stream->pending, data, len < room ? len : room);
}

static int push_slice(struct event_stream *stream, const char *data, size_t len, struct err *err)
{
    if (stream->state == STATE_REST || stream->state == STATE_CLOSED) {
        keep_rest(stream, data, len);
        return 0;
    }
    strbuf_append(&stream->pending, data, len);
    if (stream->pending.len == 0)
        return 0;
    int rc = stream->framing == FRAMING_SSE ? scan_lines(stream) : scan_array(stream);
    settle(stream);
    if (rc < 0)
        return -1;
    if (stream->pending.len > LIMIT_SSE_EVENT || !strbuf_ok(&stream->pending) ||
        !strbuf_ok(&stream->joined))
        return err_set(err, ERR_TOO_LARGE, "an event of the answer is larger than %zu MiB",
                       LIMIT_SSE_EVENT / MIB);
    return 0;
}

int event_stream_push(struct event_stream *stream, const void *data, size_t len, struct err *err)
{
    const char *bytes = data;
    if (stream->framing == FRAMING_RAW) {
        stream->events++;
        return stream->handler(stream->ctx, bytes, len, bytes, len) < 0 ? -1 : 0;
    }
    while (len > 0) {
        size_t slice = len < SLICE ? len : SLICE;
        if (push_slice(stream, bytes, slice, err) < 0)
            return -1;
        bytes += slice;
        len -= slice;
    }
    return 0;
}

/* The last line has no end of its own: what stands there is the line, less a \r that waited. */
static int end_lines(struct event_stream *stream)
{
    size_t len = stream->pending.len;
    size_t end = len > stream->line && stream->pending.data[len - 1] == '\r' ? len - 1 : len;
    if (end > stream->line)
        take_line(stream, end);
    if (stream->state != STATE_LINES)
        return 0;
    return take_empty_line(stream, len);
}

int event_stream_end(struct event_stream *stream, struct err *err)
{
    (void)err;
    if (stream->framing != FRAMING_SSE || stream->state != STATE_LINES || stream->pending.len == 0)
        return 0;
    int rc = end_lines(stream);
    stream->scanned = stream->pending.len;
    settle(stream);
    return rc < 0 ? -1 : 0;
}

bool event_stream_whole(const struct event_stream *stream)
{
    return stream->framing != FRAMING_JSON_ARRAY || stream->state == STATE_CLOSED;
}
