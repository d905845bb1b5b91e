#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"

enum { SMALLEST_CAP = 256 };

void strbuf_init(struct strbuf *sb, size_t max)
{
    *sb = (struct strbuf){.max = max};
}

void strbuf_free(struct strbuf *sb)
{
    free(sb->data);
    strbuf_init(sb, sb->max);
}

void strbuf_clear(struct strbuf *sb)
{
    sb->failed = false;
    strbuf_truncate(sb, 0);
}

void strbuf_wipe(struct strbuf *sb)
{
    if (sb->data)
        secret_wipe(sb->data, sb->cap);
    strbuf_free(sb);
}

/* The capacity for `need` bytes and a NUL: doubled each time, but never past the maximum. */
static size_t grown_cap(const struct strbuf *sb, size_t need)
{
    size_t limit = sb->max < SIZE_MAX ? sb->max + 1 : SIZE_MAX;
    size_t cap = sb->cap > SMALLEST_CAP ? sb->cap : SMALLEST_CAP;
    while (cap <= need)
        cap = cap > limit / 2 ? limit : cap * 2;
    return cap < limit ? cap : limit;
}

static bool grow(struct strbuf *sb, size_t len)
{
    if (sb->failed)
        return false;
    if (len > sb->max - sb->len) {
        sb->failed = true;
        return false;
    }
    sb->cap = grown_cap(sb, sb->len + len);
    sb->data = xrealloc(sb->data, sb->cap, 1);
    sb->data[sb->len] = '\0';
    return true;
}

/* Nearly always there is room; the capacity never passes the maximum. */
static inline bool make_room(struct strbuf *sb, size_t len)
{
    return (!sb->failed && len < sb->cap - sb->len) || grow(sb, len);
}

bool strbuf_reserve(struct strbuf *sb, size_t len)
{
    return make_room(sb, len);
}

char *strbuf_extend(struct strbuf *sb, size_t len)
{
    if (!make_room(sb, len))
        return NULL;
    char *added = sb->data + sb->len;
    sb->len += len;
    sb->data[sb->len] = '\0';
    return added;
}

void strbuf_append(struct strbuf *sb, const void *data, size_t len)
{
    char *added = strbuf_extend(sb, len);
    if (added && len)
        memcpy(added, data, len);
}

void strbuf_puts(struct strbuf *sb, const char *s)
{
    if (s)
        strbuf_append(sb, s, strlen(s));
}

void strbuf_putc(struct strbuf *sb, char c)
{
    if (!make_room(sb, 1))
        return;
    sb->data[sb->len++] = c;
    sb->data[sb->len] = '\0';
}

void strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    strbuf_vprintf(sb, fmt, args);
    va_end(args);
}

void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = sb->cap - sb->len;
    int len = vsnprintf(room ? sb->data + sb->len : NULL, room, fmt, args);
    bool fits = len >= 0 && (size_t)len < room;
    if (len < 0)
        sb->failed = true;
    if (len >= 0 && make_room(sb, (size_t)len)) {
        if (!fits)
            vsnprintf(sb->data + sb->len, (size_t)len + 1, fmt, again);
        sb->len += (size_t)len;
    } else if (room) {
        sb->data[sb->len] = '\0'; /* what was written in part */
    }
    va_end(again);
}

void strbuf_consume(struct strbuf *sb, size_t len)
{
    if (len >= sb->len) {
        strbuf_truncate(sb, 0);
        return;
    }
    memmove(sb->data, sb->data + len, sb->len - len);
    strbuf_truncate(sb, sb->len - len);
}

void strbuf_truncate(struct strbuf *sb, size_t len)
{
    if (len > sb->len)
        return;
    sb->len = len;
    if (sb->data)
        sb->data[len] = '\0';
}

bool strbuf_ok(const struct strbuf *sb)
{
    return !sb->failed;
}

const char *strbuf_str(const struct strbuf *sb)
{
    return sb->data ? sb->data : "";
}

char *strbuf_take(struct strbuf *sb, size_t *len_r)
{
    char *data = sb->data ? sb->data : xcalloc(1, 1);
    if (len_r)
        *len_r = sb->len;
    strbuf_init(sb, sb->max);
    return data;
}
