#include "upstream/web_fetch.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"

struct fetching {
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

/* Tries one address after the other until one can be connected to. */
static void call_target(struct upstream *upstream, const struct web_fetch *fetch,
                        const struct web_target *target, struct fetching *fetching,
                        struct upstream_result *result_r)
{
    const struct upstream_events events = {.ctx = fetching, .head = on_head, .data = on_data};
    int64_t until_ms = clock_mono_ms() + fetch->timeout_ms;
    for (int i = 0; i < target->way_count; i++) {
        int64_t left_ms = until_ms - clock_mono_ms();
        left_ms = left_ms > 0 ? left_ms : 1;
        const struct upstream_request request = {
            .method = "GET",
            .url = target->url,
            .connect_to = target->ways[i],
            .client_fd = fetch->client_fd,
            .connect_ms = left_ms / (target->way_count - i) + 1,
            .total_ms = left_ms,
        };
        upstream_call(upstream, &request, &events, result_r);
        if (result_r->outcome != UPSTREAM_CONNECT)
            return;
    }
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
    struct web_fetch left = *fetch;
    int64_t until_ms = clock_mono_ms() + fetch->timeout_ms;
    FREE_AUTO struct web_target *target = xcalloc(2, sizeof(*target));
    FREE_AUTO struct fetching *fetching = xcalloc(1, sizeof(*fetching));
    const char *from = NULL;
    text_copy(fetching->location, sizeof(fetching->location), url);
    if (!text_eq(fetching->location, url))
        return err_set(err, ERR_INVALID, "the address is too long");
    for (int i = 0; i <= WEB_REDIRECTS_MAX; i++) {
        struct web_target *next = &target[i % 2];
        struct upstream_result result = {0};
        if (web_target_find(next, fetching->location, from, fetch->allowed, fetch->ctx, err) < 0)
            return -1;
        *fetching = (struct fetching){.body = body, .content_type = content_type};
        left.timeout_ms = until_ms - clock_mono_ms();
        if (left.timeout_ms <= 0)
            return err_set(err, ERR_IO, "it took too long");
        call_target(upstream, &left, next, fetching, &result);
        if (!fetching->location[0])
            return end_of(fetching, &result, err);
        from = next->url;
    }
    return err_set(err, ERR_IO, "it is redirected more than %d times", WEB_REDIRECTS_MAX);
}
