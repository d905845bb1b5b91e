/* The way out: one HTTP call of Google (or of whatever BASE_URL names).
 *
 *   upstream         what a process has for going out: a stack of warm clients (the most recently used
 *                    on top, so that a quiet server keeps reusing one live TLS connection; a busy thread
 *                    gets its own back), and a shared cache of DNS and TLS sessions. Thread-safe.
 *   upstream_call    one call, run to its end on the caller's thread; events are delivered on it.
 *   upstream_result  how it went: the transport outcome (kept apart from the HTTP status), timings.
 *
 * While it waits, the call watches the client's descriptor and its deadlines. Only this folder
 * knows libcurl. */
#ifndef UPSTREAM_UPSTREAM_H
#define UPSTREAM_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct sockaddr;
struct upstream;

struct upstream_options {
    int warm_max;        /* idle clients kept: the number of workers */
    const char *ca_file; /* own certificate authorities, NULL: the system's */
    const char *user_agent;
};

/* Makes the process ignore SIGPIPE. NULL with err when curl does not start. */
struct upstream *upstream_open(const struct upstream_options *options, struct err *err);
void upstream_close(struct upstream **upstream);

struct upstream_header {
    const char *name;
    const char *value;
};

struct upstream_request {
    const char *method; /* "POST" */
    const char *url;    /* complete, http or https; holds no credential */
    const struct upstream_header *headers;
    size_t header_count;
    const void *body; /* borrowed until the call ends; NULL for none */
    size_t body_len;
    /* Instead of `body`: reads up to len bytes; 0 at the end, -1 to give up. `body_len` is then
     * the size, or SIZE_MAX for chunked. */
    int64_t (*read_body)(void *ctx, void *buf, size_t len);
    void *body_ctx;    /* given to read_body */
    const char *proxy; /* URL http, https, socks4, socks4a, socks5 or socks5h (http when it has no
                        * scheme), with credentials; NULL or "": none */
    /* Asked before each connection, with an address that the name of the host (with a proxy: of the
     * proxy) stands for; false: no connection goes there. A call that asks makes a connection of its
     * own, which nobody uses afterwards. NULL: any address will do. */
    bool (*may_connect)(void *ctx, const struct sockaddr *address);
    void *connect_ctx; /* given to may_connect */
    bool accept_gzip;  /* ask for compression; an answer with gzip is decoded in any case */
    bool in_events;    /* the answer comes in small pieces: it is read into a small buffer, so that
                        * a stream that says little takes little */
    int client_fd;     /* readable means that the client has left; -1: not watched */
    /* Deadlines; 0: none. connect: until connected, TLS and proxy included. first_byte: from the
     * last byte of the request to the first byte of the answer's body. idle: between bytes of the
     * body, not counting what the data handler takes. total: the whole call. */
    int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
    int64_t tick_ms; /* calls events->tick about so often during the call; 0: never */
};

/* Delivered on the caller's thread; any may be NULL. A return of -1 ends the call with
 * UPSTREAM_ABORTED. */
struct upstream_events {
    void *ctx;
    /* Status and headers have arrived (of the final answer: 1xx are skipped, redirects are not
     * followed). Headers of the hop (Connection, Transfer-Encoding ...) are left out, and
     * Content-Encoding and Content-Length where the body was decoded. Borrowed for the call. */
    int (*head)(void *ctx, int status, const struct upstream_header *headers, size_t count);
    int (*data)(void *ctx, const void *data, size_t len);
    int (*tick)(void *ctx, int64_t waited_ms); /* since the call began */
};

/* The first header of that name (any case), or NULL. */
const char *upstream_header_find(const struct upstream_header *headers, size_t count,
                                 const char *name);

enum upstream_outcome {
    UPSTREAM_OK,          /* an HTTP answer arrived whole, whatever its status */
    UPSTREAM_RESOLVE,     /* host or proxy name not found */
    UPSTREAM_CONNECT,     /* no connection within connect_ms, or refused */
    UPSTREAM_TLS,         /* certificate or handshake */
    UPSTREAM_PROXY,       /* the proxy refused us, or its URL cannot be used */
    UPSTREAM_SEND,        /* cut while the request was being sent */
    UPSTREAM_FIRST_BYTE,  /* nothing came within first_byte_ms */
    UPSTREAM_IDLE,        /* a gap longer than idle_ms */
    UPSTREAM_TOTAL,       /* longer than total_ms */
    UPSTREAM_CUT,         /* the connection ended before the answer was whole */
    UPSTREAM_BAD_ANSWER,  /* not HTTP, undecodable */
    UPSTREAM_CLIENT_GONE, /* our client left */
    UPSTREAM_ABORTED,     /* an event handler ended it */
    UPSTREAM_OURS         /* a fault of ours: bad URL, out of handles */
};

struct upstream_result {
    enum upstream_outcome outcome;
    int status;    /* 0: no answer */
    bool sent;     /* at least one byte of the request may have reached upstream */
    bool reused;   /* on a connection that was open before */
    bool kept_out; /* may_connect refused every address */
    int64_t bytes_sent, bytes_received; /* of bodies */
    int64_t connect_ms;                 /* until connected (0 when reused), -1 never */
    int64_t first_byte_ms;              /* until the first byte of the answer's body, -1 never */
    int64_t total_ms;
    char text[200]; /* the transport's words, without credentials; "" when OK */
};

/* Makes the call. The result is always filled. A connection that was reused and turned out dead
 * before anything was answered is tried once more on a new one, unseen (unless the body comes from
 * read_body, which cannot be asked twice). A header with a control character in it is not sent. */
void upstream_call(struct upstream *upstream, const struct upstream_request *request,
                   const struct upstream_events *events, struct upstream_result *result_r);

const char *upstream_outcome_word(enum upstream_outcome outcome); /* "ok", "first_byte", ... */

/* Lets all clients go that have been idle for too long at `now_ms` (clock_mono_ms()), with their connections,
 * which the other side has closed by then. Calls do so one by one; after many at once nobody may call. Returns
 * how many. */
int upstream_tidy(struct upstream *upstream, int64_t now_ms);

struct upstream_stats {
    int clients_warm, clients_out;
    uint64_t calls, connections;
};
struct upstream_stats upstream_stats(struct upstream *upstream);

#endif
