#include "http/cgi_vars.h"

#include <string.h>

static const char *const names[CGI_VAR_COUNT] = {
    [CGI_AUTH_TYPE] = "AUTH_TYPE",
    [CGI_CONTENT_LENGTH] = "CONTENT_LENGTH",
    [CGI_CONTENT_TYPE] = "CONTENT_TYPE",
    [CGI_GB_MOUNT] = "GB_MOUNT",
    [CGI_HTTPS] = "HTTPS",
    [CGI_PATH_INFO] = "PATH_INFO",
    [CGI_QUERY_STRING] = "QUERY_STRING",
    [CGI_REDIRECT_AUTHORIZATION] = "REDIRECT_HTTP_AUTHORIZATION",
    [CGI_REMOTE_ADDR] = "REMOTE_ADDR",
    [CGI_REMOTE_USER] = "REMOTE_USER",
    [CGI_REQUEST_METHOD] = "REQUEST_METHOD",
    [CGI_REQUEST_SCHEME] = "REQUEST_SCHEME",
    [CGI_REQUEST_URI] = "REQUEST_URI",
    [CGI_SCRIPT_FILENAME] = "SCRIPT_FILENAME",
    [CGI_SCRIPT_NAME] = "SCRIPT_NAME",
};

/* Bytes around a header in a request: ": " and the line's end. */
enum { HEADER_PUNCTUATION = 4 };

static void take(struct cgi_vars *vars, const char *variable)
{
    size_t name_len = strcspn(variable, "=");
    if (variable[name_len] == '\0')
        return;
    for (size_t i = 0; i < CGI_VAR_COUNT; i++) {
        /* The first letter alone rules most of them out. */
        if (names[i][0] == variable[0] && strncmp(names[i], variable, name_len) == 0 &&
            names[i][name_len] == '\0') {
            vars->value[i] = variable + name_len + 1;
            return;
        }
    }
}

void cgi_vars_read(struct cgi_vars *vars, char *const *environment)
{
    *vars = (struct cgi_vars){0};
    for (; *environment; environment++) {
        if (strncmp(*environment, "HTTP_", 5) == 0) {
            vars->header_count++;
            vars->header_bytes += strlen(*environment) - 6 + HEADER_PUNCTUATION;
        } else {
            take(vars, *environment);
        }
    }
}

const char *cgi_var(const struct cgi_vars *vars, enum cgi_var var)
{
    return vars->value[var] ? vars->value[var] : "";
}
