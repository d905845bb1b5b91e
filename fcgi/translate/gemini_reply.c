/* The native dialect: bytes pass through, the scanner looks on. */
#include <string.h>

#include "translate/error_body.h"
#include "translate/gemini_scan.h"

struct native_filter {
    struct reply_filter base;
    bool array; /* framed as a JSON array instead of server-sent events */
    char last;  /* the last byte passed on that was no white space */
};

static void note_framing(struct native_filter *filter, const char *raw, size_t len)
{
    size_t first = 0;
    while (first < len && memchr(" \t\r\n", raw[first], 4))
        first++;
    if (first == len)
        return;
    while (memchr(" \t\r\n", raw[len - 1], 4))
        len--;
    if (raw[first] == '[' && !filter->last)
        filter->array = true;
    filter->last = raw[len - 1];
}

static int native_event(struct reply_filter *base, const char *data, size_t len, const char *raw,
                        size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                        struct err *err)
{
    (void)err;
    note_framing((struct native_filter *)base, raw, raw_len);
    gemini_scan_reply(data, len, facts_r);
    strbuf_append(out, raw, raw_len);
    return 0;
}

static int native_end(struct reply_filter *base, struct strbuf *out, struct err *err)
{
    struct native_filter *filter = (struct native_filter *)base;
    (void)err;
    if (filter->array && filter->last != ']')
        strbuf_puts(out, "\n]\n");
    return 0;
}

static void native_fail(struct reply_filter *base, int status, const struct err *why,
                        struct strbuf *out)
{
    struct native_filter *filter = (struct native_filter *)base;
    if (!filter->array)
        strbuf_puts(out, "data: ");
    else if (filter->last != ',' && filter->last != '[')
        strbuf_puts(out, ",\r\n");
    gemini_error_body(out, status, why);
    strbuf_puts(out, filter->array ? "\n]\n" : "\r\n\r\n");
}

static int native_whole(struct reply_filter *base, const char *body, size_t len, struct strbuf *out,
                        struct reply_facts *facts_r, struct err *err)
{
    (void)base;
    (void)err;
    gemini_scan_reply(body, len, facts_r);
    strbuf_append(out, body, len);
    return 0;
}

static void native_destroy(struct reply_filter *base)
{
    free(base);
}

static const struct reply_filter_ops native_ops = {
    .event = native_event,
    .end = native_end,
    .fail = native_fail,
    .whole = native_whole,
    .destroy = native_destroy,
};

struct reply_filter *gemini_reply_filter_create(void)
{
    struct native_filter *filter = xcalloc(1, sizeof(*filter));
    filter->base.ops = &native_ops;
    return &filter->base;
}
