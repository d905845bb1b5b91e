/* Where an address leads that a stranger has given: found out by ourselves, so that it can be
 * refused, and nobody can change it afterwards. */
#ifndef UPSTREAM_WEB_TARGET_H
#define UPSTREAM_WEB_TARGET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

#define WEB_URL_MAX 8192
#define WEB_WAYS_MAX 4

struct web_target {
    char url[WEB_URL_MAX]; /* absolute, http or https, without user, password and fragment */
    char host[256];        /* lower case */
    /* Addresses to connect to, in upstream_request.connect_to's form. */
    char ways[WEB_WAYS_MAX][400];
    int way_count;
};

/* Asks whether a host may be in a private network. */
typedef bool web_host_allowed(void *ctx, const char *host);

/* Reads `url`, relative to `base` (NULL: it is absolute), and looks its host up. Addresses that are
 * not public are left out unless `allowed` (may be NULL) says otherwise of the host. Returns 0, or
 * -1 with ERR_INVALID (no such URL, no public address) or ERR_NOT_FOUND (no such host). Takes as
 * long as the system's resolver takes. */
int web_target_find(struct web_target *target, const char *url, const char *base,
                    web_host_allowed *allowed, void *ctx, struct err *err);

/* True for an address in the public internet: not private, loopback, link-local, shared, reserved,
 * for documentation, multicast, or an IPv6 form that stands for such an IPv4 address. */
bool web_address_is_public(const struct sockaddr *address);

#endif
