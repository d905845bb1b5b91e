/* The inside of a sink. Private to http. */
#ifndef HTTP_SINK_IMPL_H
#define HTTP_SINK_IMPL_H

#include "http/sink.h"
#include "http/transport.h"

struct sink {
    struct http_transport *transport;
    bool failed;    /* the first failure, kept */
    bool bodyless;  /* an answer to HEAD, a 204, a 304: bytes are counted and dropped */
    int64_t *bytes; /* counts what was written */
};

#endif
