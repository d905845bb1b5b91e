/* The CGI variables of a request (RFC 3875), picked out of an environment in one pass. Private
 * to http. */
#ifndef HTTP_CGI_VARS_H
#define HTTP_CGI_VARS_H

#include <stddef.h>

enum cgi_var {
    CGI_AUTH_TYPE,
    CGI_CONTENT_LENGTH,
    CGI_CONTENT_TYPE,
    CGI_GB_MOUNT,
    CGI_HTTPS,
    CGI_PATH_INFO,
    CGI_QUERY_STRING,
    CGI_REDIRECT_AUTHORIZATION, /* REDIRECT_HTTP_AUTHORIZATION: Apache, after a rewrite */
    CGI_REMOTE_ADDR,
    CGI_REMOTE_USER,
    CGI_REQUEST_METHOD,
    CGI_REQUEST_SCHEME,
    CGI_REQUEST_URI,
    CGI_SCRIPT_FILENAME,
    CGI_SCRIPT_NAME,
    CGI_VAR_COUNT
};

struct cgi_vars {
    const char *value[CGI_VAR_COUNT]; /* NULL when absent; borrowed from the environment */
    size_t header_count;              /* HTTP_* variables */
    size_t header_bytes;              /* their names and values, as in a request */
};

void cgi_vars_read(struct cgi_vars *vars, char *const *environment);
/* The value, "" when absent. */
const char *cgi_var(const struct cgi_vars *vars, enum cgi_var var);

#endif
