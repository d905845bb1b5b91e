/* One request from its CGI variables to the end of its answer, the same for FastCGI and CGI.
 * Private to http. */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "http/listener.h"
#include "http/parse.h"
#include "http/transport.h"

struct http_serving {
    http_request_handler *handler;
    void *ctx;
    struct http_transport *transport;
    struct http_input input;
    struct arena *arena; /* reset at the end */
    uint64_t id;
};

/* Answers; `*body_ended_r` says whether the body was read to its end. */
void http_serve(const struct http_serving *serving, bool *body_ended_r);

#endif
