#include "api/resource_scan.h"

#include <string.h>

#include "base/scope.h"
#include "base/text.h"

enum { FOR_REQUEST = 1 << SIDE_REQUEST, FOR_ANSWER = 1 << SIDE_ANSWER };

static const struct word_row {
    const char *name;
    unsigned sides;
    enum resource_word word;
} words[] = {
    {"fileUri", FOR_REQUEST, WORD_REFERENCE},
    {"file_uri", FOR_REQUEST, WORD_REFERENCE},
    {"uri", FOR_REQUEST, WORD_REFERENCE},
    {"fileName", FOR_REQUEST, WORD_REFERENCE},
    {"file_name", FOR_REQUEST, WORD_REFERENCE},
    {"cachedContent", FOR_REQUEST, WORD_REFERENCE},
    {"cached_content", FOR_REQUEST, WORD_REFERENCE},
    {"fileSearchStoreNames", FOR_REQUEST, WORD_REFERENCE},
    {"file_search_store_names", FOR_REQUEST, WORD_REFERENCE},
    {"environment", FOR_REQUEST, WORD_REFERENCE},
    {"agent", FOR_REQUEST, WORD_REFERENCE},
    {"previous_interaction_id", FOR_REQUEST, WORD_INTERACTION},
    {"previousInteractionId", FOR_REQUEST, WORD_INTERACTION},
    {"continuationToken", FOR_REQUEST | FOR_ANSWER, WORD_CONTINUATION},
    {"continuation_token", FOR_REQUEST | FOR_ANSWER, WORD_CONTINUATION},
    {"model", FOR_REQUEST, WORD_MODEL},
    {"requests", FOR_REQUEST, WORD_ENVELOPE},
    {"request", FOR_REQUEST, WORD_ENVELOPE},
    {"generateContentRequest", FOR_REQUEST, WORD_ENVELOPE},
    {"generate_content_request", FOR_REQUEST, WORD_ENVELOPE},
    {"batch", FOR_REQUEST, WORD_ENVELOPE},
    {"inputConfig", FOR_REQUEST, WORD_ENVELOPE},
    {"input_config", FOR_REQUEST, WORD_ENVELOPE},
    {"stream", FOR_REQUEST, WORD_STREAM},
    {"inlineData", FOR_REQUEST, WORD_MEDIA},
    {"inline_data", FOR_REQUEST, WORD_MEDIA},
    {"fileData", FOR_REQUEST, WORD_MEDIA},
    {"file_data", FOR_REQUEST, WORD_MEDIA},
    {"mimeType", FOR_REQUEST, WORD_MEDIA_TYPE},
    {"mime_type", FOR_REQUEST, WORD_MEDIA_TYPE},
    {"functionCall", FOR_REQUEST, WORD_FUNCTION},
    {"function_call", FOR_REQUEST, WORD_FUNCTION},
    {"functionDeclarations", FOR_REQUEST, WORD_FUNCTION},
    {"function_declarations", FOR_REQUEST, WORD_FUNCTION},
    {"name", FOR_ANSWER, WORD_NAME},
    {"id", FOR_ANSWER, WORD_ID},
    {"uri", FOR_ANSWER, WORD_MADE},
    {"downloadUri", FOR_ANSWER, WORD_MADE},
    {"responsesFile", FOR_ANSWER, WORD_RESULT},
    {"responses_file", FOR_ANSWER, WORD_RESULT},
};

void resource_scan_init(struct resource_scan *scan, enum resource_side side, resource_seen *seen,
                        void *ctx)
{
    *scan = (struct resource_scan){.side = side, .seen = seen, .ctx = ctx, .member_start = -1};
}

void resource_scan_free(struct resource_scan *scan)
{
    free(scan->text);
    scan->text = NULL;
}

/* Of the name that has just been read. The first letter alone rules most rows out. */
static enum resource_word word_of_name(const struct resource_scan *scan)
{
    const char *name = scan->name;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].name[0] == name[0] && (words[i].sides & (1u << scan->side)) &&
            text_eq(words[i].name, name))
            return words[i].word;
    return WORD_NONE;
}

static bool is_in_reach(const struct resource_scan *scan)
{
    return scan->depth > 0 && scan->depth <= LIMIT_JSON_DEPTH;
}

static enum resource_word present_word(const struct resource_scan *scan)
{
    return is_in_reach(scan) ? (enum resource_word)scan->word[scan->depth] : WORD_NONE;
}

/* What a model is called in a prompt or in a function's arguments is somebody else's. */
static bool is_of_a_request(const struct resource_scan *scan)
{
    for (int level = 1; level < scan->depth; level++)
        if (scan->word[level] != WORD_ENVELOPE)
            return false;
    return true;
}

/* --- strings --------------------------------------------------------------------------------- */

static void begin_string(struct resource_scan *scan)
{
    enum resource_word word = present_word(scan);
    scan->in_string = true;
    scan->text_start = scan->offset + 1;
    scan->escaped = false;
    scan->unicode_left = 0;
    scan->len = 0;
    scan->is_name = is_in_reach(scan) && scan->expects_name;
    scan->keeps = scan->is_name || (word != WORD_NONE && word != WORD_STREAM &&
                                    (word != WORD_MODEL || is_of_a_request(scan)));
    if (scan->keeps && !scan->is_name && !scan->text)
        scan->text = xcalloc(1, RESOURCE_TEXT_MAX + 1);
}

static void keep(struct resource_scan *scan, const char *data, size_t len)
{
    size_t max = scan->is_name ? RESOURCE_NAME_MAX : RESOURCE_TEXT_MAX;
    char *kept = scan->is_name ? scan->name : scan->text;
    if (!scan->keeps)
        return;
    if (len > max - scan->len)
        len = max - scan->len;
    memcpy(kept + scan->len, data, len);
    scan->len += len;
}

static void keep_char(struct resource_scan *scan, char c)
{
    keep(scan, &c, 1);
}

static void end_name(struct resource_scan *scan)
{
    scan->name[scan->len] = '\0';
    enum resource_word word = word_of_name(scan);
    scan->word[scan->depth] = (unsigned char)word;
    scan->expects_name = false;
    if (word == WORD_MEDIA || word == WORD_FUNCTION)
        scan->seen(scan->ctx, word, scan->depth, "");
    if (scan->depth == 1 && scan->member)
        text_copy(scan->member_name, sizeof(scan->member_name), scan->name);
}

static void end_string(struct resource_scan *scan)
{
    enum resource_word word = present_word(scan);
    scan->in_string = false;
    if (scan->is_name) {
        end_name(scan);
    } else if (scan->keeps && scan->len > 0) {
        scan->text[scan->len] = '\0';
        scan->seen(scan->ctx, word, scan->depth, scan->text);
    }
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : 0;
}

/* What is no ASCII character cannot be part of a resource's name. */
static void take_unicode(struct resource_scan *scan, char c)
{
    scan->unicode = scan->unicode * 16 + (unsigned)hex_digit(c);
    if (--scan->unicode_left == 0)
        keep_char(scan, scan->unicode > 0 && scan->unicode < 0x80 ? (char)scan->unicode : '\x7f');
}

static void take_escaped(struct resource_scan *scan, char c)
{
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    const char *at = c ? strchr(from, c) : NULL;
    scan->escaped = false;
    if (c == 'u') {
        scan->unicode_left = 4;
        scan->unicode = 0;
        return;
    }
    keep_char(scan, at ? to[at - from] : c);
}

/* Takes the bytes of a string up to what needs a closer look. Returns how many they were. */
static size_t take_plain(struct resource_scan *scan, const char *data, size_t len)
{
    size_t at = 0;
    if (scan->escaped || scan->unicode_left > 0)
        return 0;
    while (at < len && data[at] != '"' && data[at] != '\\')
        at++;
    keep(scan, data, at);
    return at;
}

static void take_in_string(struct resource_scan *scan, char c)
{
    if (scan->unicode_left > 0)
        take_unicode(scan, c);
    else if (scan->escaped)
        take_escaped(scan, c);
    else if (c == '\\')
        scan->escaped = true;
    else if (c == '"')
        end_string(scan);
    else
        keep_char(scan, c);
}

/* --- the outermost members ------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Before a byte outside strings is taken. */
static void follow_member(struct resource_scan *scan, char c)
{
    if (!scan->member || scan->depth != 1 || is_blank(c))
        return;
    if ((c == ',' || c == '}') && scan->member_start >= 0) {
        scan->member(scan->member_ctx, scan->member_name, scan->member_start, scan->offset);
        scan->member_start = -1;
    } else if (!scan->expects_name && c != ':' && scan->member_start < 0) {
        scan->member_start = scan->offset;
    }
}

/* --- structure ------------------------------------------------------------------------------- */

/* The items of an array are read as its member's value. */
static void open_level(struct resource_scan *scan, bool object)
{
    enum resource_word word = present_word(scan);
    if (scan->depth++ == 0)
        scan->values++;
    if (scan->depth > scan->deepest)
        scan->deepest = scan->depth;
    scan->expects_name = object;
    if (!is_in_reach(scan))
        return;
    scan->object[scan->depth] = object;
    scan->word[scan->depth] = (unsigned char)(object ? WORD_NONE : word);
}

static void close_level(struct resource_scan *scan)
{
    if (scan->depth > 0)
        scan->depth--;
    else
        scan->stray = true;
    scan->expects_name = false;
}

static void next_item(struct resource_scan *scan)
{
    if (!is_in_reach(scan))
        return;
    scan->expects_name = scan->object[scan->depth];
    if (scan->expects_name)
        scan->word[scan->depth] = WORD_NONE;
}

/* A bracket that closes the other kind. */
static bool is_mismatch(const struct resource_scan *scan, char c)
{
    return is_in_reach(scan) && scan->object[scan->depth] != (c == '}');
}

static void take_outside(struct resource_scan *scan, char c)
{
    if (scan->depth == 0 && c != '{' && !is_blank(c))
        scan->stray = true;
    if ((c == '}' || c == ']') && is_mismatch(scan, c))
        scan->stray = true;
    if (c == '"' && scan->depth > 0)
        begin_string(scan);
    else if (c == '{' || c == '[')
        open_level(scan, c == '{');
    else if (c == '}' || c == ']')
        close_level(scan);
    else if (c == ',')
        next_item(scan);
    else if (c == 't' && present_word(scan) == WORD_STREAM && !scan->expects_name)
        scan->seen(scan->ctx, WORD_STREAM, scan->depth, "true");
}

void resource_scan_push(struct resource_scan *scan, const void *data, size_t len)
{
    const char *text = data;
    int64_t before = scan->offset;
    for (size_t at = 0; at < len;) {
        scan->offset = before + (int64_t)at;
        if (!scan->in_string) {
            follow_member(scan, text[at]);
            take_outside(scan, text[at++]);
            continue;
        }
        at += take_plain(scan, text + at, len - at);
        scan->offset = before + (int64_t)at;
        if (at < len)
            take_in_string(scan, text[at++]);
    }
    scan->offset = before + (int64_t)len;
}

int resource_scan_check_object(const struct resource_scan *scan, struct err *err)
{
    if (scan->deepest > LIMIT_JSON_DEPTH)
        return err_set(err, ERR_INVALID, "the JSON body is nested deeper than %d levels",
                       LIMIT_JSON_DEPTH);
    if (scan->values == 0 || scan->stray)
        return err_set(err, ERR_INVALID, "the body must be a JSON object");
    if (scan->values > 1 || scan->depth > 0 || scan->in_string)
        return err_set(err, ERR_INVALID, "the body is not valid JSON");
    return 0;
}
