/* The two ways to a web server, FastCGI and plain CGI, as one. Private to http. */
#ifndef HTTP_TRANSPORT_H
#define HTTP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_transport;

struct http_transport_ops {
    /* Reads up to `len` body bytes: the count, 0 at the end, -1 when the body was cut short. */
    int64_t (*read)(struct http_transport *transport, void *buf, size_t len);
    /* Queues bytes, headers included. Returns 0, or -1 when the client is gone. */
    int (*write)(struct http_transport *transport, const void *data, size_t len);
    /* Sends what is queued. Returns 0 or -1. */
    int (*flush)(struct http_transport *transport);
    /* The descriptor that becomes readable when the client leaves; -1 where there is none. */
    int (*client_fd)(const struct http_transport *transport);
    /* Called once, when writing has failed for good: lets no later call wait for the client. */
    void (*give_up)(struct http_transport *transport);
    /* The body ends after Content-Length bytes, and nothing may be read beyond them. */
    bool ends_by_length;
};

struct http_transport {
    const struct http_transport_ops *ops;
};

#endif
