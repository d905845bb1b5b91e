/* JSON text to json-c's trees. */
#include <limits.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/scope.h"

/* --- tokeners -------------------------------------------------------------------------------- */

/* A tokener has room for the deepest text, six kilobytes that have to be zeroed: those that are not
 * in use wait here. Only as many as parse at once are ever made. */
#define TOKENERS_KEPT 8
/* A tokener's buffer stays as large as the longest string that it has read. */
#define KEPT_TEXT_MAX (64 * KIB)

static pthread_mutex_t tokeners_lock = PTHREAD_MUTEX_INITIALIZER;
static struct json_tokener *tokeners[TOKENERS_KEPT];
static size_t tokeners_kept;

static struct json_tokener *take_tokener(void)
{
    {
        LOCK_SCOPE(&tokeners_lock);
        if (tokeners_kept > 0)
            return tokeners[--tokeners_kept];
    }
    struct json_tokener *tokener = json_tokener_new_ex(LIMIT_JSON_DEPTH);
    if (tokener)
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    return tokener;
}

/* One that failed may still hold half of a character. */
static void give_tokener(struct json_tokener *tokener, size_t text_len)
{
    if (json_tokener_get_error(tokener) == json_tokener_success && text_len <= KEPT_TEXT_MAX) {
        json_tokener_reset(tokener);
        LOCK_SCOPE(&tokeners_lock);
        if (tokeners_kept < TOKENERS_KEPT) {
            tokeners[tokeners_kept++] = tokener;
            return;
        }
    }
    json_tokener_free(tokener);
}

/* --- what json-c would let pass ---------------------------------------------------------------- */

/* Where the string ends whose text begins at `at`: at its closing quote, at a control character,
 * which must not stand in one, or at `len` and beyond. */
static size_t end_of_string(const char *text, size_t len, size_t at)
{
    while (at < len) {
        at += json_plain_len(text + at, len - at);
        if (at == len || text[at] != '\\')
            return at;
        at += 2;
    }
    return at;
}

/* json-c's strict mode still takes 'single quotes', NaN, Infinity, "1." and line breaks inside a
 * string, and its own check of UTF-8 takes surrogates and overlong forms. What it keeps of those
 * would be no JSON when written again. Returns the offset of the first such thing, or `len`. */
static size_t find_lax_syntax(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') {
            i = end_of_string(text, len, i + 1);
            if (i < len && text[i] != '"')
                return i;
        } else if (c == '\'' || c == 'N' || c == 'I') {
            return i;
        } else if (c == '.' && (i + 1 == len || text[i + 1] < '0' || text[i + 1] > '9')) {
            return i;
        }
    }
    return len;
}

static int check_strictness(const char *text, size_t len, struct err *err)
{
    size_t at = utf8_valid_len(text, len);
    if (at < len)
        return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: not valid UTF-8", at);
    at = find_lax_syntax(text, len);
    if (at < len)
        return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: unexpected character", at);
    return 0;
}

/* --- parsing -------------------------------------------------------------------------------------- */

static bool only_white_space(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

/* What the tokener found, after the text and, where it waits for more (a number at the end), the
 * NUL that ends it. `end_r` is how far it read. */
static json_object *run_tokener(struct json_tokener *tokener, const char *text, size_t len,
                                size_t *end_r)
{
    json_object *doc = json_tokener_parse_ex(tokener, text, (int)len);
    *end_r = json_tokener_get_parse_end(tokener);
    if (json_tokener_get_error(tokener) == json_tokener_continue) {
        *end_r = len;
        doc = json_tokener_parse_ex(tokener, "", 1);
    }
    return doc;
}

static int tell_error(struct err *err, enum json_tokener_error code, size_t at)
{
    if (code == json_tokener_error_depth)
        return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: nested deeper than %d", at,
                       LIMIT_JSON_DEPTH);
    return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: %s", at,
                   json_tokener_error_desc(code));
}

static json_object *parse_whole(struct json_tokener *tokener, const char *text, size_t len,
                                struct err *err)
{
    size_t end = 0;
    json_object *doc = run_tokener(tokener, text, len, &end);
    enum json_tokener_error code = json_tokener_get_error(tokener);
    if (code != json_tokener_success) {
        tell_error(err, code, end);
    } else if (!only_white_space(text + end, len - end)) {
        err_set(err, ERR_INVALID, "invalid JSON at byte %zu: something follows its end", end);
    } else if (!doc) {
        err_set(err, ERR_INVALID, "invalid JSON at byte 0: null is no value here");
    } else {
        return doc;
    }
    json_object_put(doc);
    return NULL;
}

json_object *json_parse_text(const char *text, size_t len, struct err *err)
{
    if (len >= INT_MAX) {
        err_set(err, ERR_TOO_LARGE, "the JSON text is too large");
        return NULL;
    }
    if (check_strictness(text, len, err))
        return NULL;
    struct json_tokener *tokener = take_tokener();
    if (!tokener) {
        err_set(err, ERR_INTERNAL, "json-c is out of memory");
        return NULL;
    }
    json_object *doc = parse_whole(tokener, text, len, err);
    give_tokener(tokener, len);
    return doc;
}
