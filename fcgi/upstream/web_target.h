/* Where an address leads that a stranger has given, and who must not be reached by it. */
#ifndef UPSTREAM_WEB_TARGET_H
#define UPSTREAM_WEB_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

#define WEB_URL_MAX 8192

struct web_target {
    char url[WEB_URL_MAX]; /* absolute, http or https, without user, password and fragment */
    char host[256];        /* lower case; an IPv6 address has brackets */
};

/* Reads `url`, relative to `base` (NULL: it is absolute). Nothing is looked up. Returns 0, or -1
 * with ERR_INVALID. */
int web_target_read(struct web_target *target, const char *url, const char *base, struct err *err);

/* True for an address in the public internet: not private, loopback, link-local, shared, reserved,
 * for documentation, multicast, or an IPv6 form that stands for such an IPv4 address. */
bool web_address_is_public(const struct sockaddr *address);

/* Whether a host of a URL may be in the public internet, as far as its name tells: an address that
 * is, or a name of more than one label that ends in no domain set aside for private use. For names
 * that somebody else looks up; those that are looked up here are judged by their addresses. */
bool web_host_looks_public(const char *host);

#endif
