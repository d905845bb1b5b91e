#include "api/base64_body.h"

#include <string.h>

#include "base/codec.h"

/* Divisible by three: what is encoded at once has no padding but at the end. */
#define ENCODE_AT_ONCE ((size_t)24 * 1024)

static int64_t encoded_len(const struct base64_body *body)
{
    return (body->len + 2) / 3 * 4;
}

static int64_t copy(const char *text, size_t text_len, int64_t at, void *buf, size_t len)
{
    size_t left = text_len - (size_t)at;
    if (len > left)
        len = left;
    memcpy(buf, text + at, len);
    return (int64_t)len;
}

/* From `offset` of what is encoded, all of `len` bytes. 0 or -1. */
static int look(const struct base64_body *body, int64_t offset, char *buf, size_t len)
{
    for (size_t have = 0; have < len;) {
        int64_t got = body_spool_peek(body->spool, body->offset + offset + (int64_t)have,
                                      buf + have, len - have);
        if (got <= 0)
            return -1;
        have += (size_t)got;
    }
    return 0;
}

/* What stands at `at` of the encoded text. */
static int64_t encode(const struct base64_body *body, int64_t at, void *buf, size_t len)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(2 * ENCODE_AT_ONCE);
    int64_t from = at / 4 * 3;
    size_t count = ENCODE_AT_ONCE;
    if (count > len)
        count = (len / 4 + 1) * 3;
    if ((int64_t)count > body->len - from)
        count = (size_t)(body->len - from);
    FREE_AUTO char *bytes = xcalloc(1, count);
    if (look(body, from, bytes, count) < 0)
        return -1;
    base64_encode(&text, bytes, count);
    return copy(text.data, text.len, at % 4, buf, len);
}

static int64_t read_body(void *ctx, void *buf, size_t len)
{
    struct base64_body *body = ctx;
    int64_t at = body->position, middle = encoded_len(body), got;
    if (at < (int64_t)body->front_len)
        got = copy(body->front, body->front_len, at, buf, len);
    else if ((at -= (int64_t)body->front_len) < middle)
        got = encode(body, at, buf, len);
    else
        got = copy(body->back, body->back_len, at - middle, buf, len);
    if (got > 0)
        body->position += got;
    return got;
}

static int rewind_body(void *ctx)
{
    struct base64_body *body = ctx;
    body->position = 0;
    return 0;
}

const struct exchange_body *base64_body_source(struct base64_body *body)
{
    body->position = 0;
    body->source = (struct exchange_body){.ctx = body,
                                          .len = (int64_t)body->front_len + encoded_len(body) +
                                                 (int64_t)body->back_len,
                                          .rewind = rewind_body,
                                          .read = read_body};
    return &body->source;
}
