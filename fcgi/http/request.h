/* One request of a client, as the web server handed it over.
 *
 * The objects of this folder:
 *
 *   http_listener   accepts; owns the worker threads. Lives as long as the program.
 *   http_request    one request: method, path, headers, body. Lives in its arena, until the
 *                   worker has finished the answer.
 *   http_response   its answer: status and headers until they are sent, then a sink.
 *   sink            where the bytes of a streamed answer go; latches its first failure.
 *   router          a table of routes; picks one, or says 404 or 405.
 *
 * Only this folder knows FastCGI. Everything here belongs to the worker's thread. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum http_method {
    HTTP_GET = 1 << 0,
    HTTP_HEAD = 1 << 1,
    HTTP_POST = 1 << 2,
    HTTP_PUT = 1 << 3,
    HTTP_PATCH = 1 << 4,
    HTTP_DELETE = 1 << 5,
    HTTP_OPTIONS = 1 << 6,
    HTTP_OTHER = 1 << 7
};

struct http_field {
    const char *name; /* as the client or we spell it; compare without case */
    const char *value;
};

struct http_body_source; /* where unread body bytes come from; private to http */
struct http_target;      /* how the path was read; private to http */

struct http_request {
    struct arena *arena;
    enum http_method method;
    const char *method_name;
    /* Path below the program's own, percent-decoded, always starting with "/", doubled
     * slashes kept. "%2F" stays encoded so that a segment cannot grow a slash. */
    const char *path;
    const char *raw_path; /* the same, not decoded, as the client sent it */
    const char *query;    /* raw, without "?", "" when there is none */
    /* Prefix under which the program is mounted, "" at the root; percent-encoded, ready to be
     * put before the path of a link. */
    const char *script_name;
    const char *peer_addr;   /* who asked the web server (REMOTE_ADDR) */
    const char *remote_addr; /* the client: the same, or whom a proxy names that is believed
                              * (http_request_believe) */
    /* Whom the web server signed on (REMOTE_USER, and AUTH_TYPE for how: a name alone may be a client's
     * own word), "" nobody. No header of a client sets it. */
    const char *remote_user;
    const char *scheme;       /* "http" or "https", as seen by the web server */
    const char *host;         /* Host header, "" if none */
    const char *content_type; /* "" if none */
    int64_t content_length;   /* -1 when the client did not say */
    int64_t started_us;       /* clock_mono_us() when accepted */
    uint64_t id;              /* unique in this process; for logs */
    const char *request_id;   /* unique everywhere; the answer carries it as X-Request-Id */

    struct http_field *headers; /* all request headers (CGI's HTTP_*, names as "X-Api-Key") */
    size_t header_count;
    /* Parts of the matched route. "{name}" is decoded whole (a "%2F" in it is a slash here);
     * "{name...}" reads as in `path`. */
    struct http_field *captures;
    size_t capture_count;

    struct http_target *target;
    struct http_body_source *body_source;
    const char *body; /* after http_request_read_body(): NUL-terminated, else NULL */
    size_t body_len;
};

/* First header of that name (any case), or NULL. */
const char *http_request_header(const struct http_request *req, const char *name);
/* Value captured by "{name}" in the route, or NULL. */
const char *http_request_capture(const struct http_request *req, const char *name);
/* First query parameter `name`, decoded into the arena; NULL when absent or badly encoded. */
const char *http_request_query(struct http_request *req, const char *name);
/* Cookie `name`, or NULL. */
const char *http_request_cookie(struct http_request *req, const char *name);

/* Reads the rest of the body into req->body, at most `max` bytes. A second call returns at
 * once. Returns 0, or -1 with ERR_TOO_LARGE (before reading, when Content-Length says so),
 * ERR_GONE (cut short), ERR_IO. */
int http_request_read_body(struct http_request *req, size_t max, struct err *err);
/* Frees the body that was read, once nothing of it is needed any more: it may be large, and the
 * request lives on until it is answered. It reads as an empty one afterwards. */
void http_request_drop_body(struct http_request *req);
/* For bodies that must not be held: reads up to `len` bytes. Returns the count, 0 at the end,
 * -1 as above. Not to be mixed with http_request_read_body(). */
int64_t http_request_read(struct http_request *req, void *buf, size_t len, struct err *err);

/* The descriptor on which the client's leaving shows as readable, for poll(); -1 where there
 * is none. Meaningful only once the body has been read to its end. */
int http_request_client_fd(const struct http_request *req);
/* True when that descriptor says the client has left. Does not block. */
bool http_request_client_gone(const struct http_request *req);

#endif
