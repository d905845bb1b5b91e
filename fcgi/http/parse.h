/* Makes a request of the CGI variables of a web server. Private to http. */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/request.h"

struct http_input {
    char *const *environment; /* must outlive the request: values are borrowed from it */
    const char *mount;        /* GB_MOUNT of our own environment, or NULL */
    bool is_cgi;
};

/* Fills method, path, headers and the rest of `req`, whose arena is set. Returns 0, or the
 * HTTP status of the refusal (400, 414, 431) with err; every text field is valid even then. */
int http_request_parse(struct http_request *req, const struct http_input *input, struct err *err);

/* Names of known methods. */
unsigned http_method_of(const char *name);
const char *http_method_name(enum http_method method);
/* True when `text` is an HTTP token (RFC 9110): letters, digits and !#$%&'*+-.^_`|~ */
bool http_is_token(const char *text);

#endif
