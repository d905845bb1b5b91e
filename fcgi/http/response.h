/* The answer to one request.
 *
 * Until http_response_begin() status and headers can change. A whole answer is sent with
 * http_response_send(); a streamed one with begin, then writes to the sink. The worker sends
 * whatever was set when a handler returns without sending. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/request.h"
#include "http/sink.h"

struct http_response {
    struct http_request *req;
    int status; /* 200 until set */
    struct http_field *headers;
    size_t header_count;
    size_t header_cap;
    bool begun;                    /* status and headers have left: they cannot change any more */
    int64_t body_bytes;            /* sent so far */
    int64_t upstream_us;           /* time spent waiting for others; Server-Timing subtracts it */
    struct sink *sink;             /* valid after begin */
    const char *whole_time_header; /* tells the milliseconds until begin; NULL: no header does */
};

/* Sets a header, replacing one of that name; both are copied. A value with CR or LF is an
 * error of ours: the header is not set. After begin it does nothing. */
void http_response_header(struct http_response *res, const char *name, const char *value);
/* Adds a header beside others of the same name (Set-Cookie). */
void http_response_header_add(struct http_response *res, const char *name, const char *value);
/* Sends status, headers (with Content-Length) and the whole body; of a HEAD request no body.
 * Returns 0, or -1 when the client is gone. */
int http_response_send(struct http_response *res, int status, const char *content_type,
                       const void *body, size_t len);
/* Sends status and headers and opens the sink; `content_type` may be NULL. Adds
 * `X-Accel-Buffering: no` and `Cache-Control: no-cache` where the type is text/event-stream. */
struct sink *http_response_begin(struct http_response *res, int status, const char *content_type);
/* 302/303 to `location` (below script_name when it starts with "/"). "//host" and its kin, which
 * a browser takes for another site, lead to "/" instead. */
int http_response_redirect(struct http_response *res, int status, const char *location);

#endif
