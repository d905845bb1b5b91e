#include "api/cors.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "config/settings.h"

#define METHODS "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
#define EXPOSED                                                                    \
    "x-goog-upload-url, x-goog-upload-control-url, x-goog-upload-status, "         \
    "x-goog-upload-chunk-granularity, x-goog-upload-size-received, x-request-id, " \
    "retry-after, x-should-retry, x-gemini-service-tier, server-timing, "          \
    "openai-processing-ms"
#define DEFAULT_HEADERS "authorization, content-type, x-goog-api-key, x-api-key, api-key"
#define PREFLIGHT_SECONDS "86400"
#define REQUESTED_MAX 4096

static bool is_public(const struct http_call *call)
{
    const struct route *route = call->route;
    if (!route)
        return true;
    bool admins = route->access == ACCESS_ADMIN || route->access == ACCESS_ADMIN_API;
    return !admins && route->dialect != DIALECT_PAGE;
}

/* The value of Access-Control-Allow-Origin; NULL when the page may not call. */
static const char *allowed_origin(const struct http_call *call)
{
    const struct settings *set = call->settings;
    const char *origin = http_request_header(call->req, "Origin");
    if (!origin || !is_public(call))
        return NULL;
    if (setting_list_has(&set->cors_allowed_origins, "*"))
        return "*";
    for (size_t i = 0; i < set->cors_allowed_origins.len; i++)
        if (text_ieq(set->cors_allowed_origins.items[i], origin))
            return origin;
    return NULL;
}

void api_cors_headers(struct http_call *call)
{
    const char *origin = allowed_origin(call);
    if (!origin)
        return;
    http_response_header(call->res, "Access-Control-Allow-Origin", origin);
    http_response_header(call->res, "Access-Control-Expose-Headers", EXPOSED);
    if (!text_eq(origin, "*"))
        http_response_header(call->res, "Vary", "Origin");
}

/* A list of header names and nothing else may be sent back. */
static bool is_name_list(const char *text)
{
    if (!*text || strlen(text) > REQUESTED_MAX)
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("-_., ", *text))
            return false;
    return true;
}

void api_cors_preflight(struct http_call *call)
{
    if (!allowed_origin(call))
        return;
    struct http_response *res = call->res;
    /* A wildcard would not cover Authorization. */
    const char *asked = http_request_header(call->req, "Access-Control-Request-Headers");
    http_response_header(res, "Access-Control-Allow-Methods", METHODS);
    http_response_header(res, "Access-Control-Allow-Headers",
                         asked && is_name_list(asked) ? asked : DEFAULT_HEADERS);
    http_response_header(res, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
    if (text_ieq(http_request_header(call->req, "Access-Control-Request-Private-Network"), "true"))
        http_response_header(res, "Access-Control-Allow-Private-Network", "true");
}
