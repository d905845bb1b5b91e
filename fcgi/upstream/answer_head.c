#include <string.h>

#include "base/text.h"
#include "upstream/upstream_priv.h"

enum { HEADERS_FIRST = 16 };

/* They concern one connection and mean nothing to whoever the answer is passed on to. */
static const char *const hop_headers[] = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

static bool is_hop_header(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(hop_headers); i++)
        if (text_ieq(name, hop_headers[i]))
            return true;
    return false;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200 " */
static void take_status_line(struct answer_head *head, const char *line, size_t len)
{
    const char *space = memchr(line, ' ', len);
    const char *end = line + len;
    head->status = 0;
    head->count = 0;
    head->decoded = false;
    for (const char *p = space ? space + 1 : end; p < end && *p >= '0' && *p <= '9'; p++)
        head->status = (head->status * 10 + (*p - '0')) % 1000;
}

/* Room for the usual head at first, and twice as much each time that it does not do. */
static void add_header(struct answer_head *head, const char *name, const char *value)
{
    if (head->count == head->room) {
        head->room = head->room ? 2 * head->room : HEADERS_FIRST;
        struct upstream_header *grown =
            ARENA_ARRAY(head->arena, struct upstream_header, head->room);
        if (head->count)
            memcpy(grown, head->headers, head->count * sizeof(*grown));
        head->headers = grown;
    }
    head->headers[head->count++] = (struct upstream_header){name, value};
}

static void take_field(struct answer_head *head, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    head->bytes += len;
    if (!colon || colon == line || head->count == LIMIT_HEADER_COUNT || head->bytes > LIMIT_HEADERS)
        return;
    char *name = arena_strndup(head->arena, line, (size_t)(colon - line));
    char *value = arena_strndup(head->arena, colon + 1, len - (size_t)(colon + 1 - line));
    if (is_hop_header(name))
        return;
    value = text_trim(value);
    if (text_ieq(name, "content-encoding") && text_ieq(value, "gzip"))
        head->decoded = true;
    add_header(head, name, value);
}

/* The decoded body is neither of that encoding nor of that length. */
static void drop_encoding(struct answer_head *head)
{
    size_t kept = 0;
    for (size_t i = 0; i < head->count; i++) {
        const char *name = head->headers[i].name;
        if (!text_ieq(name, "content-encoding") && !text_ieq(name, "content-length"))
            head->headers[kept++] = head->headers[i];
    }
    head->count = kept;
}

bool answer_head_line(struct answer_head *head, const char *line, size_t len)
{
    if (head->complete)
        return false;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        take_status_line(head, line, len);
    } else if (len > 0) {
        take_field(head, line, len);
    } else if (head->status >= 200) {
        head->complete = true;
        if (head->decoded)
            drop_encoding(head);
    }
    return head->complete;
}

const char *upstream_header_find(const struct upstream_header *headers, size_t count,
                                 const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_ieq(headers[i].name, name))
            return headers[i].value;
    return NULL;
}
