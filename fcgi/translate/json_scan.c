#include "translate/json_scan.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"

void json_scan_init(struct json_scan *scan, const char *text, size_t len)
{
    if (!text)
        text = "";
    *scan = (struct json_scan){.at = text, .end = text + len};
}

char json_scan_peek(struct json_scan *scan)
{
    while (scan->at < scan->end &&
           (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
    return !scan->bad && scan->at < scan->end ? *scan->at : '\0';
}

bool json_scan_done(struct json_scan *scan)
{
    return json_scan_peek(scan) == '\0' && !scan->bad && scan->at == scan->end;
}

static struct json_slice fault(struct json_scan *scan)
{
    scan->bad = true;
    return (struct json_slice){"", 0};
}

/* At the opening quote. Only runs of backslashes before a quote are looked at, so an image of
 * megabytes costs one memchr. */
static struct json_slice take_string(struct json_scan *scan)
{
    const char *start = scan->at + 1;
    const char *from = start;
    while (from < scan->end) {
        const char *quote = memchr(from, '"', (size_t)(scan->end - from));
        if (!quote)
            break;
        const char *run = quote;
        while (run > from && run[-1] == '\\')
            run--;
        from = quote + 1;
        if ((quote - run) % 2 == 0) {
            scan->at = from;
            return (struct json_slice){start, (size_t)(quote - start)};
        }
    }
    return fault(scan);
}

static bool ends_scalar(char c)
{
    return strchr(" \t\r\n,:[]{}\"", c) != NULL;
}

static void take_scalar(struct json_scan *scan)
{
    const char *start = scan->at;
    while (scan->at < scan->end && !ends_scalar(*scan->at))
        scan->at++;
    if (scan->at == start)
        scan->bad = true;
}

/* Passes one token of a value and returns how it changes the depth. */
static int pass_token(struct json_scan *scan, char c)
{
    if (c == '"') {
        take_string(scan);
        return 0;
    }
    if (c == '{' || c == '[') {
        scan->at++;
        return 1;
    }
    if (c == '}' || c == ']') {
        scan->at++;
        return -1;
    }
    take_scalar(scan);
    return 0;
}

void json_scan_skip(struct json_scan *scan)
{
    long depth = 0;
    do {
        char c = json_scan_peek(scan);
        if (depth > 0 && (c == ',' || c == ':')) {
            scan->at++;
            continue;
        }
        if (!c)
            scan->bad = true;
        else
            depth += pass_token(scan, c);
        scan->deep |= depth > LIMIT_JSON_DEPTH;
        if (depth < 0 || scan->deep)
            scan->bad = true;
    } while (depth > 0 && !scan->bad);
}

struct json_slice json_scan_value(struct json_scan *scan)
{
    json_scan_peek(scan);
    const char *start = scan->at;
    json_scan_skip(scan);
    return scan->bad ? fault(scan) : (struct json_slice){start, (size_t)(scan->at - start)};
}

struct json_slice json_scan_string(struct json_scan *scan)
{
    if (json_scan_peek(scan) == '"')
        return take_string(scan);
    json_scan_skip(scan);
    return (struct json_slice){"", 0};
}

int64_t json_scan_int(struct json_scan *scan)
{
    struct json_slice digits =
        json_scan_peek(scan) == '"' ? take_string(scan) : json_scan_value(scan);
    int64_t value = 0;
    size_t i = digits.len && digits.start[0] == '-';
    for (; i < digits.len && digits.start[i] >= '0' && digits.start[i] <= '9'; i++) {
        if (value > (INT64_MAX - 9) / 10)
            return 0;
        value = value * 10 + (digits.start[i] - '0');
    }
    return digits.len && digits.start[0] == '-' ? -value : value;
}

bool json_scan_true(struct json_scan *scan)
{
    struct json_slice value = json_scan_value(scan);
    return value.len == 4 && memcmp(value.start, "true", 4) == 0;
}

/* Passes `c`, or finds a fault. */
static void expect(struct json_scan *scan, char c)
{
    if (json_scan_peek(scan) == c)
        scan->at++;
    else
        scan->bad = true;
}

/* After a member or an item: true when another follows. */
static bool another(struct json_scan *scan, char closing)
{
    if (json_scan_peek(scan) == ',') {
        scan->at++;
        return true;
    }
    expect(scan, closing);
    return false;
}

/* True when the object or array that begins here is not empty; the reader then stands inside. */
static bool enter(struct json_scan *scan, char opening, char closing)
{
    if (json_scan_peek(scan) != opening) {
        json_scan_skip(scan);
        return false;
    }
    scan->at++;
    if (json_scan_peek(scan) != closing)
        return !scan->bad;
    scan->at++;
    return false;
}

void json_scan_members(struct json_scan *scan, json_member_reader *reader, void *ctx)
{
    if (!enter(scan, '{', '}'))
        return;
    do {
        if (json_scan_peek(scan) != '"') {
            scan->bad = true;
            return;
        }
        struct json_slice name = take_string(scan);
        expect(scan, ':');
        if (!scan->bad)
            reader(scan, name, ctx);
    } while (another(scan, '}') && !scan->bad);
}

void json_scan_items(struct json_scan *scan, json_item_reader *reader, void *ctx)
{
    if (!enter(scan, '[', ']'))
        return;
    do {
        reader(scan, ctx);
    } while (another(scan, ']') && !scan->bad);
}

static void texts_of_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct json_text_walk *walk = ctx;
    if (!walk->member(scan, name, walk->ctx))
        json_scan_texts(scan, walk);
}

static void texts_of_item(struct json_scan *scan, void *ctx)
{
    json_scan_texts(scan, ctx);
}

void json_scan_texts(struct json_scan *scan, struct json_text_walk *walk)
{
    char first = json_scan_peek(scan);
    if (first == '"') {
        walk->text(json_scan_string(scan), walk->ctx);
        return;
    }
    if (walk->depth >= LIMIT_JSON_DEPTH || (first != '{' && first != '[')) {
        json_scan_skip(scan);
        return;
    }
    walk->depth++;
    if (first == '{')
        json_scan_members(scan, texts_of_member, walk);
    else
        json_scan_items(scan, texts_of_item, walk);
    walk->depth--;
}

/* The character at *at of an escaped text, which is moved on; -1 for one that is not ASCII. */
static int unescaped(const char **at, const char *end)
{
    unsigned char code[2];
    if (**at != '\\' || end - *at < 6 || (*at)[1] != 'u')
        return (unsigned char)*(*at)++;
    char digits[5] = {(*at)[2], (*at)[3], (*at)[4], (*at)[5], '\0'};
    *at += 6;
    return hex_decode(code, sizeof(code), digits) == 0 && code[0] == 0 ? code[1] : -1;
}

bool json_slice_is(struct json_slice slice, const char *text)
{
    const char *at = slice.start;
    const char *end = slice.start + slice.len;
    while (at < end && *text)
        if (unescaped(&at, end) != (unsigned char)*text++)
            return false;
    return at == end && *text == '\0';
}

void json_slice_copy(struct json_slice slice, char *buf, size_t size)
{
    size_t len = slice.len < size ? slice.len : utf8_prefix(slice.start, size - 1);
    memcpy(buf, slice.start, len);
    buf[len] = '\0';
}
