/* Fetches what a link of a stranger's names, and nothing that is not the public internet: every
 * address that a host's name turns out to stand for, also of each redirect, is judged before
 * anything connects to it (upstream_request.may_connect). */
#ifndef UPSTREAM_WEB_FETCH_H
#define UPSTREAM_WEB_FETCH_H

#include <stdint.h>

#include "base/strbuf.h"
#include "upstream/upstream.h"
#include "upstream/web_target.h"

#define WEB_REDIRECTS_MAX 5

struct web_fetch {
    int64_t timeout_ms; /* for all of it: looking up and redirects included */
    int client_fd;      /* as in upstream_request */
    /* Asks whether a host may be in a private network; NULL: none may. */
    bool (*allowed)(void *ctx, const char *host);
    /* Asked from time to time, true: it is not wanted any more. NULL: it is. */
    bool (*unwanted)(void *ctx);
    void *ctx;
    /* As in upstream_request; hosts that are `allowed` are reached without. The proxy looks the
     * others up, so that they are judged by their names (web_host_looks_public()). */
    const char *proxy;
};

/* Appends the body to `body`, whose maximum is the largest that may come, and copies the content
 * type ("" none). Returns 0, or -1 with err: ERR_GONE when our client left, ERR_TOO_LARGE,
 * otherwise why the link gave nothing, in words that may be shown to whoever named it. */
int web_fetch(struct upstream *upstream, const struct web_fetch *fetch, const char *url,
              struct strbuf *body, char content_type[128], struct err *err);

#endif
