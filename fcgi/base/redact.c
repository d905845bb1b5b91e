#include "base/redact.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/scope.h"
#include "base/text.h"

static const char ellipsis[] = "\xE2\x80\xA6"; /* U+2026 */

const char *redact(const char *secret, char buf[REDACTED_LEN])
{
    enum { HEAD = 6, TAIL = 4, LONG_ENOUGH = 16 };
    size_t len = secret ? strlen(secret) : 0;
    size_t head = len >= LONG_ENOUGH ? HEAD : len / 4;
    const char *tail = "";
    if (len == 0) {
        buf[0] = '\0';
        return buf;
    }
    if (len >= LONG_ENOUGH) {
        tail = secret + len - TAIL;
        while (((unsigned char)*tail & 0xC0) == 0x80)
            tail++;
    }
    head = head < HEAD ? head : HEAD;
    snprintf(buf, REDACTED_LEN, "%.*s%s%s", (int)utf8_prefix(secret, head), secret, ellipsis, tail);
    return buf;
}

void redact_exact(char *data, size_t len, const char *secret)
{
    enum { SHORTEST = 8 };
    size_t secret_len = secret ? strlen(secret) : 0;
    char *end = data + len;
    char *at = data;
    if (secret_len < SHORTEST || len < secret_len)
        return;
    for (; (at = memmem(at, (size_t)(end - at), secret, secret_len)); at += secret_len)
        memset(at, '*', secret_len);
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum body {
    BODY_WORD,  /* letters, digits, - and _ */
    BODY_TOKEN, /* the token68 of RFC 7235 */
    BODY_VALUE  /* up to what ends a value in a URL, a header or a JSON text */
};

/* What gives a secret away. It is kept; what follows it (the body) is masked. */
static const struct marker {
    const char *text;
    enum body body;
    size_t shortest;  /* shorter bodies are ordinary words */
    bool starts_word; /* only where no letter or digit stands before it */
} markers[] = {
    {"AIza", BODY_WORD, 8, false},      {"AQ.", BODY_WORD, 8, true},
    {"ya29.", BODY_WORD, 8, true},      {"sk-", BODY_WORD, 8, true},
    {"Bearer ", BODY_TOKEN, 4, true},   {"Basic ", BODY_TOKEN, 8, true},
    {"key=", BODY_VALUE, 1, false},     {"token=", BODY_VALUE, 1, false},
    {"secret=", BODY_VALUE, 1, false},  {"password=", BODY_VALUE, 1, false},
    {"api_key:", BODY_VALUE, 1, false}, {"api-key:", BODY_VALUE, 1, false},
};

static bool is_word(char c)
{
    return c && strchr(ALNUM "_", c);
}

static size_t body_length(const char *p, enum body body)
{
    switch (body) {
    case BODY_WORD:
        return strspn(p, ALNUM "-_");
    case BODY_TOKEN:
        return strspn(p, ALNUM "-._~+/=");
    case BODY_VALUE:
        break;
    }
    return strcspn(p, " \t\r\n&\"'`,;<>()[]{}\\");
}

static const struct marker *marker_at(const char *text, const char *p)
{
    for (size_t i = 0; i < ARRAY_LEN(markers); i++) {
        const struct marker *m = &markers[i];
        if (m->starts_word && p > text && is_word(p[-1]))
            continue;
        if (text_istarts(p, m->text))
            return m;
    }
    return NULL;
}

/* Steps over what may stand between a marker and its value: `api_key: "`. */
static size_t lead_in(const char *p, enum body body)
{
    return body == BODY_VALUE ? strspn(p, " \"'\\") : 0;
}

/* Length of the user and password in a URL, when `p` follows its "://"; 0 without any. */
static size_t userinfo_length(const char *p)
{
    size_t len = strcspn(p, "/?# \t\r\n\"'<>,");
    const char *at = memrchr(p, '@', len);
    return at ? (size_t)(at - p) : 0;
}

static size_t write_mask(char *to, size_t len)
{
    size_t stars = len < 3 ? len : 3;
    memset(to, '*', stars);
    return stars;
}

/* If a secret's sign stands at `p`, tells how many bytes to keep and how many after them to
 * mask. Returns false if there is nothing to hide here. */
static bool secret_at(const char *text, const char *p, size_t *keep_r, size_t *mask_r)
{
    if (text_starts(p, "://")) {
        *keep_r = 3;
        *mask_r = userinfo_length(p + 3);
        return *mask_r > 0;
    }
    const struct marker *m = marker_at(text, p);
    if (!m)
        return false;
    *keep_r = strlen(m->text);
    *keep_r += lead_in(p + *keep_r, m->body);
    *mask_r = body_length(p + *keep_r, m->body);
    return *mask_r >= m->shortest;
}

void redact_text(char *text)
{
    if (!text)
        return;
    const char *from = text;
    char *to = text;
    while (*from) {
        size_t keep = 1;
        size_t mask = 0;
        if (!secret_at(text, from, &keep, &mask)) {
            keep = 1;
            mask = 0;
        }
        memmove(to, from, keep);
        to += keep;
        from += keep + mask;
        to += write_mask(to, mask);
    }
    *to = '\0';
}
