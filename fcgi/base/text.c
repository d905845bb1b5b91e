#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/scope.h"

/* Own rules instead of <ctype.h>: those depend on the locale and dislike bytes above 127. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_eq(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool text_ieq(const char *a, const char *b)
{
    if (!a || !b)
        return a == b;
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_starts(const char *s, const char *prefix)
{
    return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool text_istarts(const char *s, const char *prefix)
{
    if (!s || !prefix)
        return false;
    while (*prefix && lower(*s) == lower(*prefix)) {
        s++;
        prefix++;
    }
    return *prefix == '\0';
}

bool text_ends(const char *s, const char *suffix)
{
    if (!s || !suffix)
        return false;
    size_t len = strlen(s);
    size_t suffix_len = strlen(suffix);
    return len >= suffix_len && memcmp(s + len - suffix_len, suffix, suffix_len) == 0;
}

size_t text_len_without(const char *s, char end)
{
    size_t len = strlen(s);
    while (len > 0 && s[len - 1] == end)
        len--;
    return len;
}

const char *text_ifind(const char *haystack, const char *needle)
{
    if (!haystack || !needle)
        return NULL;
    for (const char *p = haystack;; p++) {
        if (text_istarts(p, needle))
            return p;
        if (!*p)
            return NULL;
    }
}

bool text_empty(const char *s)
{
    return !s || !*s;
}

/* Only the last `*` has to be tried again, so the work is at most strlen(s) * strlen(pattern). */
bool text_match(const char *pattern, const char *s)
{
    if (!pattern || !s)
        return false;
    const char *after_star = NULL;
    const char *retry_at = NULL;
    while (*s) {
        if (*pattern == '*') {
            after_star = ++pattern;
            retry_at = s;
        } else if (*pattern == *s) {
            pattern++;
            s++;
        } else if (after_star) {
            pattern = after_star;
            s = ++retry_at;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

char *text_trim(char *s)
{
    while (is_space(*s))
        s++;
    size_t len = strlen(s);
    while (len && is_space(s[len - 1]))
        len--;
    s[len] = '\0';
    return s;
}

char *text_of_int(char *end, int64_t value)
{
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        *--end = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--end = '-';
    return end;
}

int text_to_int(const char *s, int64_t *value_r)
{
    if (!s || !(is_digit(*s) || ((*s == '-' || *s == '+') && is_digit(s[1]))))
        return -1;
    char *end;
    errno = 0;
    long long value = strtoll(s, &end, 10);
    if (errno || *end)
        return -1;
    *value_r = value;
    return 0;
}

int text_to_num(const char *s, double *value_r)
{
    /* strtod would also take white space, hexadecimal, "inf" and "nan". */
    if (text_empty(s) || s[strspn(s, "0123456789+-.eE")])
        return -1;
    char *end;
    double value = strtod(s, &end);
    if (*end || end == s || !isfinite(value))
        return -1;
    *value_r = value;
    return 0;
}

int text_to_bool(const char *s, bool *value_r)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {{"true", true}, {"false", false}, {"1", true},  {"0", false},
                 {"yes", true},  {"no", false},    {"on", true}, {"off", false}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (text_ieq(s, words[i].word)) {
            *value_r = words[i].value;
            return 0;
        }
    }
    return -1;
}

bool text_copy(char *buf, size_t buf_size, const char *s)
{
    size_t len = s ? strlen(s) : 0;
    if (buf_size == 0)
        return false;
    bool fits = len < buf_size;
    if (!fits)
        len = utf8_prefix(s, buf_size - 1);
    if (len)
        memmove(buf, s, len);
    buf[len] = '\0';
    return fits;
}
