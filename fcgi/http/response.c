#include "http/response_impl.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/parse.h"
#include "http/status_text.h"

enum { FIRST_HEADERS = 8 };

static bool is_header_value(const char *value)
{
    for (; *value; value++) {
        if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
            return false;
    }
    return true;
}

/* A name that is no token or a value that would begin another header is never sent. */
static bool is_allowed(const struct http_response *res, const char *name, const char *value)
{
    if (res->begun)
        return false;
    if (http_is_token(name) && value && is_header_value(value))
        return true;
    log_event(LOG_ERROR, "http.header_refused", "request=%s name=%s", res->req->request_id, name);
    return false;
}

static struct http_field *find_header(const struct http_response *res, const char *name)
{
    for (size_t i = 0; i < res->header_count; i++) {
        if (strcasecmp(res->headers[i].name, name) == 0)
            return &res->headers[i];
    }
    return NULL;
}

/* Appends a header whose texts already live as long as the request. */
static void append_header(struct http_response *res, const char *name, const char *value)
{
    if (res->header_count == res->header_cap) {
        size_t cap = res->header_cap ? 2 * res->header_cap : FIRST_HEADERS;
        struct http_field *headers = ARENA_ARRAY(res->req->arena, struct http_field, cap);
        if (res->header_count)
            memcpy(headers, res->headers, res->header_count * sizeof(*headers));
        res->headers = headers;
        res->header_cap = cap;
    }
    res->headers[res->header_count++] = (struct http_field){.name = name, .value = value};
}

void http_response_header(struct http_response *res, const char *name, const char *value)
{
    if (!is_allowed(res, name, value))
        return;
    struct http_field *present = find_header(res, name);
    if (present)
        present->value = arena_strdup(res->req->arena, value);
    else
        append_header(res, arena_strdup(res->req->arena, name),
                      arena_strdup(res->req->arena, value));
}

void http_response_header_add(struct http_response *res, const char *name, const char *value)
{
    if (is_allowed(res, name, value))
        append_header(res, arena_strdup(res->req->arena, name),
                      arena_strdup(res->req->arena, value));
}

void http_response_init(struct http_response *res, struct http_request *req, struct sink *sink,
                        struct http_transport *transport)
{
    *res = (struct http_response){.req = req, .status = 200, .sink = sink};
    *sink = (struct sink){.transport = transport, .bytes = &res->body_bytes};
    append_header(res, "X-Content-Type-Options", "nosniff");
    append_header(res, "X-Request-Id", req->request_id);
}

static bool is_bodyless(const struct http_response *res)
{
    return res->req->method == HTTP_HEAD || res->status == 204 || res->status == 304 ||
           res->status < 200;
}

/* Our own share of the time so far, without the waiting for others. */
static void add_server_timing(struct http_response *res)
{
    int64_t own_us = clock_mono_us() - res->req->started_us - res->upstream_us;
    if (own_us < 0)
        own_us = 0;
    append_header(res, "Server-Timing",
                  arena_printf(res->req->arena, "gb;dur=%lld.%03d", (long long)(own_us / 1000),
                               (int)(own_us % 1000)));
}

/* The whole time so far, where the dialect has a header for it. */
static void add_whole_time(struct http_response *res)
{
    int64_t whole_us = clock_mono_us() - res->req->started_us;
    if (res->whole_time_header)
        append_header(res, res->whole_time_header, arena_int(res->req->arena, whole_us / 1000));
}

static void put(struct http_response *res, const char *text)
{
    struct http_transport *transport = res->sink->transport;
    if (!res->sink->failed && transport->ops->write(transport, text, strlen(text)) != 0) {
        res->sink->failed = true;
        transport->ops->give_up(transport);
    }
}

static void put_head(struct http_response *res)
{
    put(res, "Status: ");
    put(res, arena_int(res->req->arena, res->status));
    put(res, " ");
    put(res, http_status_text(res->status));
    put(res, "\r\n");
    for (size_t i = 0; i < res->header_count; i++) {
        put(res, res->headers[i].name);
        put(res, ": ");
        put(res, res->headers[i].value);
        put(res, "\r\n");
    }
    put(res, "\r\n");
}

struct sink *http_response_begin(struct http_response *res, int status, const char *content_type)
{
    if (res->begun)
        return res->sink;
    res->status = status;
    if (content_type)
        http_response_header(res, "Content-Type", content_type);
    const struct http_field *type = find_header(res, "Content-Type");
    if (type && text_istarts(type->value, "text/event-stream")) {
        http_response_header(res, "X-Accel-Buffering", "no");
        http_response_header(res, "Cache-Control", "no-cache");
    }
    add_server_timing(res);
    add_whole_time(res);
    res->sink->bodyless = is_bodyless(res);
    res->begun = true;
    put_head(res);
    return res->sink;
}

int http_response_send(struct http_response *res, int status, const char *content_type,
                       const void *body, size_t len)
{
    if (res->begun)
        return -1;
    if (status != 204 && status != 304 && status >= 200)
        http_response_header(res, "Content-Length", arena_int(res->req->arena, (int64_t)len));
    struct sink *sink = http_response_begin(res, status, content_type);
    return sink_write(sink, body, len);
}

void http_response_finish(struct http_response *res)
{
    if (!res->begun)
        http_response_send(res, res->status, NULL, NULL, 0);
}

/* "/\host" and "//host" lead a browser to another site. */
static bool leaves_the_site(const char *location)
{
    return location[0] == '/' && (location[1] == '/' || location[1] == '\\');
}

int http_response_redirect(struct http_response *res, int status, const char *location)
{
    struct arena *arena = res->req->arena;
    if (!is_header_value(location) || leaves_the_site(location))
        location = "/";
    if (*location == '/')
        location = arena_printf(arena, "%s%s", res->req->script_name, location);
    http_response_header(res, "Location", location);
    return http_response_send(res, status, NULL, NULL, 0);
}
