/* Where this server lies, as the client sees it: for addresses that are handed out to it. */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include "config/settings.h"
#include "http/request.h"

/* "https://host[:port]" and the path that the program is mounted under, without a slash at the end;
 * in the request's arena. X-Forwarded-Proto, -Host and -Prefix count only when they come from one
 * of `trusted` (TRUSTED_PROXIES: addresses or networks). NULL when the request names no usable
 * host. */
const char *origin_of_request(const struct http_request *req, const struct setting_list *trusted);

/* True when `address` is one of the list, or lies in one of its networks ("10.0.0.0/8",
 * "fd00::/8"). */
bool origin_is_trusted(const char *address, const struct setting_list *trusted);

#endif
