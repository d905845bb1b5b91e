/* Fetches what a link of a stranger's names, and nothing that is not the public internet: each
 * host, also of each redirect, is looked up here, refused or pinned (upstream/web_target.h). */
#ifndef UPSTREAM_WEB_FETCH_H
#define UPSTREAM_WEB_FETCH_H

#include <stdint.h>

#include "base/strbuf.h"
#include "upstream/upstream.h"
#include "upstream/web_target.h"

#define WEB_REDIRECTS_MAX 5

struct web_fetch {
    int64_t timeout_ms; /* for all of it, redirects included */
    int client_fd;      /* as in upstream_request */
    web_host_allowed *allowed;
    void *ctx;
};

/* Appends the body to `body`, whose maximum is the largest that may come, and copies the content
 * type ("" none). Returns 0, or -1 with err: ERR_GONE when our client left, ERR_TOO_LARGE,
 * otherwise why the link gave nothing, in words that may be shown to whoever named it. */
int web_fetch(struct upstream *upstream, const struct web_fetch *fetch, const char *url,
              struct strbuf *body, char content_type[128], struct err *err);

#endif
