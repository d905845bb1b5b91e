#include "http/form.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

static size_t count_pairs(const char *text, size_t len)
{
    size_t count = len > 0;
    for (size_t i = 0; i < len; i++)
        count += text[i] == '&';
    return count;
}

/* Decodes `len` bytes of the arena's own copy in place. */
static int decode(char *text, size_t len, const char **value_r, struct err *err)
{
    int64_t decoded_len = url_decode(text, len, true);
    if (decoded_len < 0)
        return err_set(err, ERR_INVALID, "the form has a broken escape or a NUL byte");
    text[decoded_len] = '\0';
    *value_r = text;
    return 0;
}

static int add_pair(struct http_form *form, char *pair, size_t len, struct err *err)
{
    if (memchr(pair, '\0', len))
        return err_set(err, ERR_INVALID, "the form has a NUL byte");
    if (form->count == LIMIT_FORM_FIELDS)
        return err_set(err, ERR_TOO_LARGE, "the form has more than %d fields", LIMIT_FORM_FIELDS);
    char *equals = memchr(pair, '=', len);
    size_t name_len = equals ? (size_t)(equals - pair) : len;
    struct http_field *field = &form->fields[form->count];
    field->value = "";
    if (equals && decode(equals + 1, len - name_len - 1, &field->value, err) != 0)
        return -1;
    if (decode(pair, name_len, &field->name, err) != 0)
        return -1;
    form->count++;
    return 0;
}

int http_form_parse(struct http_form *form, struct arena *arena, const char *text, size_t len,
                    struct err *err)
{
    size_t pairs = count_pairs(text, len);
    if (pairs > LIMIT_FORM_FIELDS)
        pairs = LIMIT_FORM_FIELDS;
    *form = (struct http_form){.fields = ARENA_ARRAY(arena, struct http_field, pairs)};
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    for (size_t start = 0; start < len;) {
        char *end = memchr(copy + start, '&', len - start);
        size_t pair_len = (end ? (size_t)(end - copy) : len) - start;
        if (pair_len > 0 && add_pair(form, copy + start, pair_len, err) != 0)
            return -1;
        start += pair_len + 1;
    }
    return 0;
}

const char *http_form_get(const struct http_form *form, const char *name)
{
    return http_form_get_nth(form, name, 0);
}

const char *http_form_get_nth(const struct http_form *form, const char *name, size_t n)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->fields[i].name, name) == 0 && n-- == 0)
            return form->fields[i].value;
    }
    return NULL;
}

static bool is_form_type(const char *type)
{
    char after = text_istarts(type, FORM_TYPE) ? type[strlen(FORM_TYPE)] : 'x';
    return after == '\0' || after == ';' || after == ' ';
}

int http_request_form(struct http_request *req, struct http_form *form, struct err *err)
{
    *form = (struct http_form){0};
    if (!is_form_type(req->content_type))
        return err_set(err, ERR_INVALID, "the request's body is not of the type " FORM_TYPE);
    if (http_request_read_body(req, LIMIT_FORM, err) != 0)
        return -1;
    return http_form_parse(form, req->arena, req->body, req->body_len, err);
}
