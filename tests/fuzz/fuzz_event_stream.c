/* Any bytes, cut anywhere: the same events, and no byte is lost or invented. */
#include "fuzz.h"

#include "upstream/event_stream.h"

enum { OUT_MAX = 16 * 1024 * 1024 };

struct cutting {
    enum stream_framing framing;
    struct strbuf events; /* their data, each with its length before it */
    struct strbuf bytes;  /* their raw bytes, and what was left over */
    int64_t most;         /* events after which the handler stops it */
    int64_t count;
    bool stopped;
    bool whole;
};

static int take(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct cutting *cutting = ctx;
    promise(len <= raw_len || cutting->framing == FRAMING_SSE);
    promise(cutting->framing == FRAMING_RAW || len > 0);
    if (cutting->framing == FRAMING_SSE)
        promise(!memchr(data, '\r', len));
    if (cutting->framing == FRAMING_JSON_ARRAY)
        promise(data[0] == '{' && strchr("}]", data[len - 1]));
    if (cutting->framing != FRAMING_RAW)
        strbuf_printf(&cutting->events, "%zu:", len);
    strbuf_append(&cutting->events, data, len);
    strbuf_append(&cutting->bytes, raw, raw_len);
    return ++cutting->count >= cutting->most ? -1 : 0;
}

/* `cuts` tells the sizes of the pieces; 0 the whole at once. */
static void cut(struct cutting *cutting, const uint8_t *text, size_t size, unsigned cuts)
{
    struct event_stream stream;
    strbuf_init(&cutting->events, OUT_MAX);
    strbuf_init(&cutting->bytes, OUT_MAX);
    event_stream_init(&stream, cutting->framing, take, cutting);
    for (size_t at = 0; at < size && !cutting->stopped;) {
        cuts = cuts * 1103515245 + (cuts ? 12345 : 0);
        size_t piece = cuts ? 1 + (cuts >> 16) % 23 : size;
        if (piece > size - at)
            piece = size - at;
        cutting->stopped = event_stream_push(&stream, text + at, piece, NULL) < 0;
        at += piece;
    }
    if (!cutting->stopped)
        cutting->stopped = event_stream_end(&stream, NULL) < 0;
    cutting->whole = event_stream_whole(&stream);
    if (!cutting->stopped)
        strbuf_append(&cutting->bytes, stream.pending.data, stream.pending.len);
    event_stream_free(&stream);
}

static bool is_same(const struct strbuf *a, const struct strbuf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void compare(const struct cutting *whole, const struct cutting *pieces)
{
    if (whole->framing == FRAMING_RAW)
        return; /* a piece is an event */
    promise(whole->stopped == pieces->stopped && whole->whole == pieces->whole);
    promise(is_same(&whole->events, &pieces->events));
    promise(is_same(&whole->bytes, &pieces->bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum stream_framing framings[] = {FRAMING_SSE, FRAMING_JSON_ARRAY, FRAMING_RAW};
    if (size < 3)
        return 0;
    const uint8_t *text = data + 3;
    size_t len = size - 3;
    struct cutting whole = {.framing = framings[data[0] % ARRAY_LEN(framings)],
                            .most = data[1] > 250 ? 2 : INT64_MAX};
    struct cutting pieces = whole;
    cut(&whole, text, len, 0);
    cut(&pieces, text, len, data[2] + 1u);
    compare(&whole, &pieces);
    if (!pieces.stopped)
        promise(pieces.bytes.len == len && (len == 0 || memcmp(pieces.bytes.data, text, len) == 0));
    strbuf_free(&whole.events);
    strbuf_free(&whole.bytes);
    strbuf_free(&pieces.events);
    strbuf_free(&pieces.bytes);
    return 0;
}
