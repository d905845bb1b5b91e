/* Whether proxies lead to an address, and how long that takes. */
#ifndef UPSTREAM_PROXY_CHECK_H
#define UPSTREAM_PROXY_CHECK_H

#include "upstream/upstream.h"

struct proxy_check {
    bool works;
    int status;     /* that was answered, 0 none */
    int64_t ms;     /* until it was known */
    char text[200]; /* why it does not work, without credentials; "" when it does */
};

struct proxy_checks {
    const char *const *proxies; /* URLs; "" the direct way */
    size_t count;
    const char *url; /* asked for through each: any answer of its server will do */
    int64_t timeout_ms;
    int parallel; /* checks at once, 1 to 8 */
};

/* Fills results_r (room for checks->count), in the order of the proxies. */
void proxy_check_all(struct upstream *upstream, const struct proxy_checks *checks,
                     struct proxy_check *results_r);

#endif
