#include "base/codec.h"

#include <string.h>

enum {
    CHUNK_QUADS = 1024, /* how many groups of four characters pass through the stack at once */
    B64_BAD = 0x80,
    B64_SPACE = 0x81,
    B64_PAD = 0x82
};

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define XX B64_BAD
#define WS B64_SPACE
#define PD B64_PAD
/* clang-format off */
static const uint8_t base64_value[256] = {
    XX, XX, XX, XX, XX, XX, XX, XX, XX, WS, WS, WS, WS, WS, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    WS, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, 62, XX, 62, XX, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX, XX, XX, PD, XX, XX,
    XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, XX, XX, XX, XX, 63,
    XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
    XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX, XX,
};
/* clang-format on */
#undef XX
#undef WS
#undef PD

static void encode_group(char out[4], uint32_t bits)
{
    out[0] = base64_digits[bits >> 18];
    out[1] = base64_digits[bits >> 12 & 63];
    out[2] = base64_digits[bits >> 6 & 63];
    out[3] = base64_digits[bits & 63];
}

void base64_encode(struct strbuf *out, const void *data, size_t len)
{
    const unsigned char *in = data;
    size_t groups = len / 3;
    size_t rest = len % 3;
    if (!strbuf_reserve(out, (groups + (rest != 0)) * 4))
        return;
    char *to = out->data + out->len;
    for (size_t i = 0; i < groups; i++, in += 3, to += 4)
        encode_group(to, (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2]);
    if (rest) {
        encode_group(to, (uint32_t)in[0] << 16 | (rest == 2 ? (uint32_t)in[1] << 8 : 0));
        memset(to + 1 + rest, '=', 3 - rest);
        to += 4;
    }
    *to = '\0';
    out->len = (size_t)(to - out->data);
}

/* What stands between two runs of clean groups of four. */
struct base64_state {
    uint32_t bits;
    unsigned digits;  /* in `bits`: 0 to 3 */
    unsigned padding; /* how many '=' were seen; nothing but those may follow */
};

/* Decodes as many clean groups as there are (no white space, no padding), at most CHUNK_QUADS;
 * returns their number. The three bytes of a group are written one by one so that nothing
 * depends on the byte order of the machine. */
static size_t decode_groups(unsigned char *to, const unsigned char *in, size_t groups)
{
    size_t i = 0;
    for (; i < groups && i < CHUNK_QUADS; i++, in += 4, to += 3) {
        unsigned a = base64_value[in[0]];
        unsigned b = base64_value[in[1]];
        unsigned c = base64_value[in[2]];
        unsigned d = base64_value[in[3]];
        if ((a | b | c | d) & B64_BAD)
            break;
        uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        to[0] = (unsigned char)(bits >> 16);
        to[1] = (unsigned char)(bits >> 8);
        to[2] = (unsigned char)bits;
    }
    return i;
}

/* Takes one character the slow way. Returns 0, or -1 if it may not stand there. */
static int decode_char(struct base64_state *state, struct strbuf *out, unsigned char c)
{
    unsigned value = base64_value[c];
    if (value == B64_SPACE)
        return 0;
    if (value == B64_PAD) {
        state->padding++;
        return 0;
    }
    if (value == B64_BAD || state->padding)
        return -1;
    state->bits = state->bits << 6 | value;
    if (++state->digits == 4) {
        char bytes[] = {(char)(state->bits >> 16), (char)(state->bits >> 8), (char)state->bits};
        strbuf_append(out, bytes, sizeof(bytes));
        state->digits = 0;
        state->bits = 0;
    }
    return 0;
}

/* The last one to three characters. Returns 0, or -1 if they and the padding do not add up. */
static int decode_rest(const struct base64_state *state, struct strbuf *out)
{
    if (state->digits == 1)
        return -1;
    if (state->padding && (state->digits == 0 || state->digits + state->padding != 4))
        return -1;
    if (state->digits >= 2)
        strbuf_putc(out, (char)(state->bits >> (state->digits == 2 ? 4 : 10)));
    if (state->digits == 3)
        strbuf_putc(out, (char)(state->bits >> 2));
    return 0;
}

int base64_decode(struct strbuf *out, const char *text, size_t len)
{
    const unsigned char *in = (const unsigned char *)text;
    unsigned char chunk[CHUNK_QUADS * 3];
    struct base64_state state = {0};
    size_t start = out->len;
    int result = 0;
    for (size_t i = 0; i < len && result == 0;) {
        size_t groups = 0;
        if (state.digits == 0 && state.padding == 0)
            groups = decode_groups(chunk, in + i, (len - i) / 4);
        strbuf_append(out, chunk, groups * 3);
        i += groups * 4;
        if (groups == 0)
            result = decode_char(&state, out, in[i++]);
    }
    if (result == 0)
        result = decode_rest(&state, out);
    if (result || !strbuf_ok(out)) {
        strbuf_truncate(out, start);
        return -1;
    }
    return 0;
}

static const char hex_digits[] = "0123456789abcdef";

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

char *hex_encode(char *buf, const void *data, size_t len)
{
    const unsigned char *in = data;
    for (size_t i = 0; i < len; i++) {
        buf[2 * i] = hex_digits[in[i] >> 4];
        buf[2 * i + 1] = hex_digits[in[i] & 15];
    }
    buf[2 * len] = '\0';
    return buf;
}

int hex_decode(void *buf, size_t len, const char *text)
{
    unsigned char *out = buf;
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0)
            return -1;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return text[2 * len] == '\0' ? 0 : -1;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void url_encode(struct strbuf *out, const char *text, size_t len, const char *keep)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (is_unreserved(text[i]) || (c && keep && strchr(keep, c))) {
            strbuf_putc(out, text[i]);
            continue;
        }
        const char escape[] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
        strbuf_append(out, escape, sizeof(escape));
    }
}

/* The byte that "%XX" at `text` stands for, or -1 when it is broken. */
static int escaped_byte(const char *text, size_t len)
{
    if (len < 3)
        return -1;
    int high = hex_value(text[1]);
    int low = hex_value(text[2]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

int64_t url_decode(char *text, size_t len, bool plus)
{
    size_t to = 0;
    for (size_t from = 0; from < len; from++) {
        int byte = (unsigned char)text[from];
        if (byte == '%') {
            byte = escaped_byte(text + from, len - from);
            from += 2;
        } else if (byte == '+' && plus) {
            byte = ' ';
        }
        if (byte <= 0)
            return -1;
        text[to++] = (char)byte;
    }
    if (to < len)
        text[to] = '\0';
    return (int64_t)to;
}

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the character that begins with `lead`: 1 to 4, or 0 when none begins so. */
static size_t utf8_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    if (lead >= 0xF0 && lead <= 0xF4)
        return 4;
    return 0;
}

/* The second byte rules out overlong forms, surrogates and what lies beyond U+10FFFF
 * (table 3-7 of the Unicode standard). */
static bool second_byte_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

/* Length of the valid character at `p`, 0 when there is none within `len` bytes. */
static size_t valid_character(const unsigned char *p, size_t len)
{
    size_t need = utf8_length(*p);
    if (need == 0 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++)
        if (!is_continuation(p[i]))
            return 0;
    return need == 1 || second_byte_fits(p[0], p[1]) ? need : 0;
}

/* How many bytes at `p` are surely ASCII, found eight at a time. */
static size_t ascii_run(const unsigned char *p, size_t len)
{
    size_t i = 0;
    for (uint64_t word; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, p + i, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    return i;
}

size_t utf8_valid_len(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t i = 0;
    while (i < len) {
        i += ascii_run(p + i, len - i);
        if (i == len)
            break;
        size_t step = valid_character(p + i, len - i);
        if (step == 0)
            break;
        i += step;
    }
    return i;
}

bool utf8_valid(const char *text, size_t len)
{
    return utf8_valid_len(text, len) == len;
}

size_t utf8_prefix(const char *text, size_t len)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t lead = len;
    for (int back = 0; back < 4 && lead > 0; back++) {
        lead--;
        if (!is_continuation(p[lead]))
            return utf8_length(p[lead]) > len - lead ? lead : len;
    }
    return len;
}

size_t utf8_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += !is_continuation((unsigned char)text[i]);
    return count;
}

size_t utf16_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        count += (size_t)!is_continuation(c) + (c >= 0xF0); /* beyond the BMP: a pair */
    }
    return count;
}
