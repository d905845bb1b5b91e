#include "base/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"

void json_scope_put(json_object **object)
{
    json_object_put(*object);
    *object = NULL;
}

static void free_tokener(struct json_tokener **tokener)
{
    if (*tokener)
        json_tokener_free(*tokener);
}

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

/* json-c's strict mode still takes 'single quotes', NaN, Infinity, "1." and line breaks inside a
 * string, and its own check of UTF-8 takes surrogates and overlong forms. What it keeps of those
 * would be no JSON when written again. Returns the offset of the first such thing, or `len`. */
static size_t find_lax_syntax(const char *text, size_t len)
{
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            if ((unsigned char)c < ' ')
                return i;
            i += c == '\\';
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

static int tell_error(struct err *err, enum json_tokener_error code, size_t at)
{
    if (code == json_tokener_error_depth)
        return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: nested deeper than %d", at,
                       LIMIT_JSON_DEPTH);
    return err_set(err, ERR_INVALID, "invalid JSON at byte %zu: %s", at,
                   json_tokener_error_desc(code));
}

json_object *json_parse_text(const char *text, size_t len, struct err *err)
{
    CLEANUP(free_tokener) struct json_tokener *tokener = json_tokener_new_ex(LIMIT_JSON_DEPTH);
    if (!tokener || len >= INT_MAX) {
        err_set(err, ERR_TOO_LARGE, "the JSON text is too large");
        return NULL;
    }
    if (check_strictness(text, len, err))
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
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

json_object *json_member(json_object *object, const char *name)
{
    json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object))
        return NULL;
    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

json_object *json_member2(json_object *object, const char *camel, const char *snake)
{
    json_object *value = json_member(object, camel);
    return value ? value : json_member(object, snake);
}

static json_object *step_into(json_object *value, const char *name)
{
    int64_t index;
    if (!json_object_is_type(value, json_type_array))
        return json_member(value, name);
    if (text_to_int(name, &index) || index < 0)
        return NULL;
    return json_object_array_get_idx(value, (size_t)index);
}

json_object *json_path(json_object *object, const char *path)
{
    char name[128];
    while (object && *path) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        object = step_into(object, name);
        path += len + (path[len] == '.');
    }
    return object;
}

bool json_is_str(json_object *value)
{
    return json_object_is_type(value, json_type_string);
}

bool json_is_num(json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

const char *json_get_str(json_object *object, const char *name, const char *fallback)
{
    json_object *value = json_member(object, name);
    return json_is_str(value) ? json_object_get_string(value) : fallback;
}

int64_t json_get_int(json_object *object, const char *name, int64_t fallback)
{
    json_object *value = json_member(object, name);
    int64_t number;
    if (json_is_num(value))
        return json_object_get_int64(value);
    if (json_is_str(value) && text_to_int(json_object_get_string(value), &number) == 0)
        return number;
    return fallback;
}

double json_get_num(json_object *object, const char *name, double fallback)
{
    json_object *value = json_member(object, name);
    double number = json_is_num(value) ? json_object_get_double(value) : NAN;
    return isfinite(number) ? number : fallback;
}

bool json_get_bool(json_object *object, const char *name, bool fallback)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value)
                                                         : fallback;
}

json_object *json_get_obj(json_object *object, const char *name)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_object) ? value : NULL;
}

json_object *json_get_arr(json_object *object, const char *name)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_array) ? value : NULL;
}

void json_add(json_object *object, const char *name, json_object *value)
{
    json_object_object_add(object, name, value);
}

void json_add_str(json_object *object, const char *name, const char *value)
{
    if (value)
        json_add(object, name, json_object_new_string(value));
}

void json_add_strn(json_object *object, const char *name, const char *value, size_t len)
{
    json_add(object, name, json_object_new_string_len(len ? value : "", (int)len));
}

void json_add_int(json_object *object, const char *name, int64_t value)
{
    json_add(object, name, json_object_new_int64(value));
}

void json_add_num(json_object *object, const char *name, double value)
{
    char text[40];
    if (!isfinite(value)) {
        json_add_null(object, name);
        return;
    }
    /* The fewest digits that read back as the same number: 0.1, not 0.10000000000000001. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    json_add(object, name, json_object_new_double_s(value, text));
}

void json_add_bool(json_object *object, const char *name, bool value)
{
    json_add(object, name, json_object_new_boolean(value));
}

void json_add_null(json_object *object, const char *name)
{
    json_add(object, name, NULL);
}

void json_add_ref(json_object *object, const char *name, json_object *value)
{
    json_add(object, name, json_object_get(value));
}

static const char *serialise(json_object *value, size_t *len_r)
{
    return json_object_to_json_string_length(
        value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, len_r);
}

void json_write(struct strbuf *out, json_object *value)
{
    size_t len;
    const char *text = serialise(value, &len);
    strbuf_append(out, text, len);
}

char *json_to_arena(struct arena *arena, json_object *value, size_t *len_r)
{
    size_t len;
    const char *text = serialise(value, &len);
    if (len_r)
        *len_r = len;
    return arena_strndup(arena, text, len);
}
