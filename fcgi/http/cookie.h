/* Setting cookies. */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include "http/response.h"

struct http_cookie {
    const char *name;
    const char *value;
    const char *path;  /* NULL: script_name + "/" */
    int64_t max_age_s; /* 0: for the browser's session; negative: delete */
    bool http_only;
    bool secure;           /* also set when the request came by https */
    const char *same_site; /* "Lax" or "Strict" */
};

/* Adds a Set-Cookie header. Name and value must be token characters: anything else is an error
 * of ours and sets nothing. */
void http_response_cookie(struct http_response *res, const struct http_cookie *cookie);

#endif
