/* Where a request's body comes from, with the promises of request.h: bounded, cut bodies told
 * from ended ones, the first failure kept. Private to http. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "base/strbuf.h"
#include "http/request.h"
#include "http/transport.h"

struct http_body_source {
    struct http_transport *transport;
    int64_t expected; /* Content-Length, -1 when unknown */
    int64_t received;
    bool ended;      /* the web server has said that there is no more */
    bool has_peeked; /* one byte was read ahead */
    unsigned char peeked;
    enum err_code failure; /* the first one; ERR_NONE while all is well ... */
    const char *why;       /* ... and in words */
    struct strbuf whole;   /* what http_request_read_body() has gathered */
};

/* Prepares `source` for a parsed request and makes it the request's. */
void http_body_open(struct http_body_source *source, struct http_request *req,
                    struct http_transport *transport);
/* Frees what was gathered. */
void http_body_close(struct http_body_source *source);

#endif
