/* What a reverse proxy tells of the client behind it. */
#ifndef HTTP_FORWARDED_H
#define HTTP_FORWARDED_H

#include "http/request.h"

/* Where the request comes from one of `proxies` (addresses or networks), it is taken for what that proxy
 * says: remote_addr becomes the last address of X-Forwarded-For that is no such proxy itself, scheme
 * and host what X-Forwarded-Proto and -Host name first. What is no address, scheme or host changes
 * nothing, and nobody else's headers do. peer_addr stays. */
void http_request_believe(struct http_request *req, char *const *proxies, size_t count);

/* Whether it can stand in a URL as "host[:port]". */
bool http_is_host(const char *host);
/* The first element of a header that is a list, in the request's arena; NULL when there is none. */
const char *http_request_first(const struct http_request *req, const char *name);

#endif
