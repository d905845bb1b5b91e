#include "upstream/web_fetch.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

/* How often a fetch looks whether it is still wanted. */
#define LOOK_MS 100

struct fetching {
    const struct web_fetch *fetch;
    bool may_be_private; /* the present host */
    struct strbuf *body;
    char *content_type;
    int status;
    char location[WEB_URL_MAX]; /* of a redirect; "" none */
};

static int on_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    struct fetching *fetching = ctx;
    const char *type = upstream_header_find(headers, count, "content-type");
    const char *location = upstream_header_find(headers, count, "location");
    fetching->status = status;
    text_copy(fetching->content_type, 128, type ? type : "");
    if (status >= 300 && status < 400 && location)
        text_copy(fetching->location, sizeof(fetching->location), location);
    return 0;
}

static int on_data(void *ctx, const void *data, size_t len)
{
    struct fetching *fetching = ctx;
    if (fetching->status != 200)
        return -1; /* what else it has to say is of no interest */
    strbuf_append(fetching->body, data, len);
    return strbuf_ok(fetching->body) ? 0 : -1;
}

static bool may_connect(void *ctx, const struct sockaddr *address)
{
    const struct fetching *fetching = ctx;
    return fetching->may_be_private || web_address_is_public(address);
}

static int on_tick(void *ctx, int64_t waited_ms)
{
    const struct web_fetch *fetch = ((struct fetching *)ctx)->fetch;
    (void)waited_ms;
    return fetch->unwanted(fetch->ctx) ? -1 : 0;
}

static int refuse_host(const struct web_target *target, struct err *err)
{
    return err_set(err, ERR_INVALID, "the host %s is not in the public internet", target->host);
}

/* One request, without following a redirect. */
static int call_target(struct upstream *upstream, struct fetching *fetching,
                       const struct web_target *target, int64_t left_ms,
                       struct upstream_result *result_r, struct err *err)
{
    const struct web_fetch *fetch = fetching->fetch;
    const char *proxy = fetching->may_be_private || !fetch->proxy ? "" : fetch->proxy;
    const struct upstream_events events = {.ctx = fetching,
                                           .head = on_head,
                                           .data = on_data,
                                           .tick = fetch->unwanted ? on_tick : NULL};
    const struct upstream_request request = {.method = "GET",
                                             .url = target->url,
                                             .proxy = proxy,
                                             .may_connect = *proxy ? NULL : may_connect,
                                             .connect_ctx = fetching,
                                             .client_fd = fetch->client_fd,
                                             .connect_ms = left_ms,
                                             .total_ms = left_ms,
                                             .tick_ms = LOOK_MS};
    if (*proxy && !web_host_looks_public(target->host))
        return refuse_host(target, err);
    upstream_call(upstream, &request, &events, result_r);
    if (result_r->outcome == UPSTREAM_RESOLVE)
        return err_set(err, ERR_NOT_FOUND, "the host %s is not known", target->host);
    return result_r->kept_out ? refuse_host(target, err) : 0;
}

static int end_of(const struct fetching *fetching, const struct upstream_result *result,
                  struct err *err)
{
    if (result->outcome == UPSTREAM_CLIENT_GONE)
        return err_set(err, ERR_GONE, "the client left");
    if (!strbuf_ok(fetching->body))
        return err_set(err, ERR_TOO_LARGE, "it is larger than %zu bytes", fetching->body->max);
    if (fetching->status && fetching->status != 200)
        return err_set(err, ERR_IO, "its server answered with status %d", fetching->status);
    if (result->outcome == UPSTREAM_TOTAL)
        return err_set(err, ERR_IO, "it took too long");
    if (result->outcome != UPSTREAM_OK)
        return err_set(err, ERR_IO, "its server could not be reached (%s)",
                       upstream_outcome_word(result->outcome));
    return 0;
}

int web_fetch(struct upstream *upstream, const struct web_fetch *fetch, const char *url,
              struct strbuf *body, char content_type[128], struct err *err)
{
    int64_t until_ms = clock_mono_ms() + fetch->timeout_ms;
    FREE_AUTO struct web_target *target = xcalloc(2, sizeof(*target));
    FREE_AUTO struct fetching *fetching = xcalloc(1, sizeof(*fetching));
    const char *from = NULL;
    content_type[0] = '\0';
    if (!text_copy(fetching->location, sizeof(fetching->location), url))
        return err_set(err, ERR_INVALID, "the address is too long");
    for (int i = 0; i <= WEB_REDIRECTS_MAX; i++) {
        struct web_target *next = &target[i % 2];
        struct upstream_result result = {0};
        int64_t left_ms = until_ms - clock_mono_ms();
        if (web_target_read(next, fetching->location, from, err) < 0)
            return -1;
        if (left_ms <= 0)
            return err_set(err, ERR_IO, "it took too long");
        *fetching = (struct fetching){.fetch = fetch,
                                      .may_be_private =
                                          fetch->allowed && fetch->allowed(fetch->ctx, next->host),
                                      .body = body,
                                      .content_type = content_type};
        if (call_target(upstream, fetching, next, left_ms, &result, err) < 0)
            return -1;
        if (!fetching->location[0])
            return end_of(fetching, &result, err);
        from = next->url;
    }
    return err_set(err, ERR_IO, "it is redirected more than %d times", WEB_REDIRECTS_MAX);
}
