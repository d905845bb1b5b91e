#include "http/parse.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "http/target.h"

enum {
    STATUS_BAD_REQUEST = 400,
    STATUS_URI_TOO_LONG = 414,
    STATUS_HEADERS_TOO_LARGE = 431,
    MAX_METHOD = 32,
    MAX_LENGTH_DIGITS = 18 /* below 2^63 */
};

static const struct {
    const char *name;
    enum http_method method;
} methods[] = {
    {"GET", HTTP_GET},     {"POST", HTTP_POST},     {"HEAD", HTTP_HEAD},       {"PUT", HTTP_PUT},
    {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_OPTIONS},
};

unsigned http_method_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].method;
    }
    return HTTP_OTHER;
}

const char *http_method_name(enum http_method method)
{
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        if (methods[i].method == method)
            return methods[i].name;
    }
    return "";
}

bool http_is_token(const char *text)
{
    static const char punctuation[] = "!#$%&'*+-.^_`|~";
    if (*text == '\0')
        return false;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x80 || !(isalnum(c) || strchr(punctuation, c)))
            return false;
    }
    return true;
}

/* "HTTP_X_API_KEY" (`len` bytes, without "HTTP_") as "X-Api-Key". */
static char *header_name(struct arena *arena, const char *variable, size_t len)
{
    char *name = arena_strndup(arena, variable, len);
    bool starts_word = true;
    for (char *c = name; *c; c++) {
        if (*c == '_') {
            *c = '-';
            starts_word = true;
        } else {
            *c = (char)(starts_word ? toupper((unsigned char)*c) : tolower((unsigned char)*c));
            starts_word = false;
        }
    }
    return name;
}

static void add_header(struct http_request *req, const char *name, const char *value)
{
    req->headers[req->header_count++] = (struct http_field){.name = name, .value = value};
}

/* Adds what the web server tells outside of HTTP_*, unless the header is there already. */
static void add_if_missing(struct http_request *req, const char *name, const char *value)
{
    if (value && *value && !http_request_header(req, name))
        add_header(req, name, value);
}

static void take_headers(struct http_request *req, char *const *environment,
                         const struct cgi_vars *vars)
{
    enum { OUTSIDE = 3 };
    req->headers = ARENA_ARRAY(req->arena, struct http_field, vars->header_count + OUTSIDE);
    for (; *environment; environment++) {
        const char *variable = *environment;
        const char *equals = strchr(variable, '=');
        if (!equals || equals - variable <= 5 || strncmp(variable, "HTTP_", 5) != 0)
            continue;
        size_t len = (size_t)(equals - variable) - 5;
        add_header(req, header_name(req->arena, variable + 5, len), equals + 1);
    }
    add_if_missing(req, "Content-Type", vars->value[CGI_CONTENT_TYPE]);
    add_if_missing(req, "Content-Length", vars->value[CGI_CONTENT_LENGTH]);
    add_if_missing(req, "Authorization", vars->value[CGI_REDIRECT_AUTHORIZATION]);
}

static int refuse(struct err *err, int status, const char *text)
{
    err_set(err, ERR_INVALID, "%s", text);
    return status;
}

/* Content-Length; "" (nginx sends the variable always) and "-1" (Caddy) stand for none. */
static int take_length(struct http_request *req, const struct cgi_vars *vars, struct err *err)
{
    const char *text = cgi_var(vars, CGI_CONTENT_LENGTH);
    if (*text == '\0') {
        const char *header = http_request_header(req, "Content-Length");
        text = header ? header : "";
    }
    if (*text == '\0' || strcmp(text, "-1") == 0)
        return 0;
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != '\0' || digits > MAX_LENGTH_DIGITS)
        return refuse(err, STATUS_BAD_REQUEST, "Content-Length is not a number");
    return text_to_int(text, &req->content_length) == 0
               ? 0
               : refuse(err, STATUS_BAD_REQUEST, "Content-Length is not a number");
}

static const char *scheme_of(const struct cgi_vars *vars)
{
    const char *https = cgi_var(vars, CGI_HTTPS);
    if (text_ieq(https, "on") || text_eq(https, "1"))
        return "https";
    return text_ieq(cgi_var(vars, CGI_REQUEST_SCHEME), "https") ? "https" : "http";
}

static const char *header_or_empty(const struct http_request *req, const char *name)
{
    const char *value = http_request_header(req, name);
    return value ? value : "";
}

/* Who is named without AUTH_TYPE need not have been asked for a password: nginx fills its $remote_user
 * with the word of any client, also where it checks nobody. */
static const char *user_of(const struct cgi_vars *vars)
{
    return cgi_var(vars, *cgi_var(vars, CGI_AUTH_TYPE) ? CGI_REMOTE_USER : CGI_AUTH_TYPE);
}

/* What is valid in every request, even in one that is refused. */
static void take_plain_fields(struct http_request *req, const struct cgi_vars *vars)
{
    req->method_name = cgi_var(vars, CGI_REQUEST_METHOD);
    req->method = (enum http_method)http_method_of(req->method_name);
    req->path = req->raw_path = "/";
    req->query = req->script_name = "";
    req->peer_addr = req->remote_addr = cgi_var(vars, CGI_REMOTE_ADDR);
    req->remote_user = user_of(vars);
    req->scheme = scheme_of(vars);
    req->host = req->content_type = "";
    req->content_length = -1;
}

static int check_size(const struct cgi_vars *vars, struct err *err)
{
    if (vars->header_count > LIMIT_HEADER_COUNT)
        return refuse(err, STATUS_HEADERS_TOO_LARGE, "the request has too many headers");
    if (vars->header_bytes > LIMIT_HEADERS)
        return refuse(err, STATUS_HEADERS_TOO_LARGE, "the request's headers are too large");
    size_t front_len =
        strlen(cgi_var(vars, CGI_SCRIPT_NAME)) + strlen(cgi_var(vars, CGI_PATH_INFO));
    if (strlen(cgi_var(vars, CGI_REQUEST_URI)) > LIMIT_HEADERS || front_len > LIMIT_HEADERS)
        return refuse(err, STATUS_URI_TOO_LONG, "the request's address is too long");
    return 0;
}

static int take_target(struct http_request *req, const struct cgi_vars *vars, bool is_cgi,
                       struct err *err)
{
    req->target = ARENA_NEW(req->arena, struct http_target);
    if (http_target_read(req->target, req->arena, vars, is_cgi, err) != 0)
        return STATUS_BAD_REQUEST;
    req->query = req->target->query;
    http_request_mount(req);
    return 0;
}

int http_request_parse(struct http_request *req, const struct http_input *input, struct err *err)
{
    struct cgi_vars vars;
    cgi_vars_read(&vars, input->environment);
    if (!vars.value[CGI_GB_MOUNT])
        vars.value[CGI_GB_MOUNT] = input->mount;
    take_plain_fields(req, &vars);
    int status = check_size(&vars, err);
    if (status)
        return status;
    take_headers(req, input->environment, &vars);
    req->host = header_or_empty(req, "Host");
    req->content_type = header_or_empty(req, "Content-Type");
    if (!http_is_token(req->method_name) || strlen(req->method_name) > MAX_METHOD)
        return refuse(err, STATUS_BAD_REQUEST, "the request method is not a token");
    status = take_length(req, &vars, err);
    return status ? status : take_target(req, &vars, input->is_cgi, err);
}
