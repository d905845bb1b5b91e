/* A growing byte buffer that is born with a maximum.
 *
 * Append freely and ask strbuf_ok() once: the first failure (growing past the maximum) is
 * latched and later appends do nothing. The bytes are always followed by a NUL that is not
 * counted, so `data` of a text can be used as a C string. */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/scope.h"

struct strbuf {
    char *data; /* never NULL after the first append; use strbuf_str() for a text */
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

#define STRBUF_AUTO CLEANUP(strbuf_free)
#define STRBUF_INIT(maximum) \
    {                        \
        .max = (maximum)     \
    }

void strbuf_init(struct strbuf *sb, size_t max);
void strbuf_free(struct strbuf *sb);  /* frees; the buffer can be used again */
void strbuf_clear(struct strbuf *sb); /* length 0 and failure forgotten; keeps the memory */
void strbuf_wipe(struct strbuf *sb);  /* as free, after overwriting the bytes */

void strbuf_append(struct strbuf *sb, const void *data, size_t len);
void strbuf_puts(struct strbuf *sb, const char *s); /* NULL appends nothing */
void strbuf_putc(struct strbuf *sb, char c);
void strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(struct strbuf *sb, const char *fmt, va_list args) PRINTF_LIKE(2, 0);
/* Makes room for `len` more bytes, or fails like an append of that many. Returns strbuf_ok().
 * What was reserved is not copied again, so no second copy of a secret stays in the heap. */
bool strbuf_reserve(struct strbuf *sb, size_t len);
/* Makes the buffer longer by `len` bytes that the caller fills; NULL when that fails. */
char *strbuf_extend(struct strbuf *sb, size_t len);
/* Removes `len` bytes at the front (all, if there are fewer). */
void strbuf_consume(struct strbuf *sb, size_t len);
/* Cuts to `len` bytes if it is longer. */
void strbuf_truncate(struct strbuf *sb, size_t len);

bool strbuf_ok(const struct strbuf *sb);
/* The text, "" when empty; borrowed until the next change. */
const char *strbuf_str(const struct strbuf *sb);
/* Hands the memory to the caller (free it) and leaves the buffer empty; never NULL. */
char *strbuf_take(struct strbuf *sb, size_t *len_r);

#endif
