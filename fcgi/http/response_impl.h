/* Starting and ending a response around a handler. Private to http. */
#ifndef HTTP_RESPONSE_IMPL_H
#define HTTP_RESPONSE_IMPL_H

#include "http/response.h"
#include "http/sink_impl.h"

/* Prepares an answer with the headers that every answer carries. `sink` must live as long. */
void http_response_init(struct http_response *res, struct http_request *req, struct sink *sink,
                        struct http_transport *transport);
/* Sends what a handler has set but not sent. */
void http_response_finish(struct http_response *res);

#endif
