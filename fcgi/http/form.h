/* Fields of a form (application/x-www-form-urlencoded) or of a query string. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "http/request.h"

struct http_form {
    struct http_field *fields; /* decoded, in order */
    size_t count;
};

/* Parses `len` bytes into the arena. Returns 0, or -1 with ERR_INVALID (a broken escape, a NUL)
 * or ERR_TOO_LARGE (more than LIMIT_FORM_FIELDS fields). */
int http_form_parse(struct http_form *form, struct arena *arena, const char *text, size_t len,
                    struct err *err);
/* First value of that name, or NULL. */
const char *http_form_get(const struct http_form *form, const char *name);
/* The n-th (from 0) value of that name, or NULL: for check boxes. */
const char *http_form_get_nth(const struct http_form *form, const char *name, size_t n);
/* Reads the body as a form of at most LIMIT_FORM bytes. Returns 0, or -1 with ERR_INVALID when
 * its type is not application/x-www-form-urlencoded, or as the functions above. */
int http_request_form(struct http_request *req, struct http_form *form, struct err *err);

#endif
