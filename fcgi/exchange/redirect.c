/* A download that upstream sends on to another address. It is followed from here: a client that went
 * there itself would carry its token to a stranger, and may have no way there at all. The key goes to
 * upstream's own address only, and no address leads into a private network. */
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "exchange/attempt_priv.h"
#include "upstream/web_target.h"

#define REDIRECTS_MAX 5

struct hop {
    struct web_target target;
    struct upstream_header headers[4];
};

/* The length of "https://host:port". */
static size_t origin_len(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

static bool same_origin(const char *a, const char *b)
{
    size_t len = origin_len(a);
    return len > 0 && len == origin_len(b) && strncasecmp(a, b, len) == 0;
}

/* A private network is entered where the settings send us anyway. */
static bool is_allowed(void *ctx, const char *host)
{
    const struct exchange *x = ctx;
    const struct setting_list *hosts = &x->env->settings->media_fetch_allowed_hosts;
    const char *own = strstr(x->request->url, "://") + 3;
    if (strncasecmp(own, host, strlen(host)) == 0 && strchr(":/?#", own[strlen(host)]))
        return true;
    for (size_t i = 0; i < hosts->len; i++)
        if (text_match(hosts->items[i], host))
            return true;
    return false;
}

static int give_up(struct attempt *a, const char *why)
{
    a->elsewhere = true;
    a->transport.outcome = UPSTREAM_BAD_ANSWER;
    text_copy(a->transport.text, sizeof(a->transport.text), why);
    return -1;
}

/* Only what says which bytes are wanted. */
static size_t plain_headers(const struct exchange_request *request, struct hop *hop)
{
    static const char *const names[] = {"Range", "If-Range", "Accept"};
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = upstream_header_find(request->headers, request->header_count, names[i]);
        if (value)
            hop->headers[count++] = (struct upstream_header){names[i], value};
    }
    return count;
}

/* The address where upstream itself goes on; NULL when it is somebody else's. */
static const char *own_address(const struct attempt *a, const char *from)
{
    struct arena *arena = a->x->arena;
    if (a->elsewhere)
        return NULL;
    if (a->location[0] == '/' && a->location[1] != '/')
        return arena_printf(arena, "%.*s%s", (int)origin_len(from), from, a->location);
    return same_origin(a->location, from) ? a->location : NULL;
}

/* Turns `call` to where the last answer led. 0 or -1, and then a->transport says why. */
static int turn(struct attempt *a, struct hop *hop, struct upstream_request *call)
{
    struct exchange *x = a->x;
    struct err err = ERR_INIT;
    const char *from = arena_strdup(x->arena, call->url);
    const char *own = own_address(a, from);
    if (own) {
        call->url = own;
        return 0;
    }
    if (web_target_find(&hop->target, a->location, from, is_allowed, x, &err) < 0)
        return give_up(a, arena_printf(x->arena, "the download is elsewhere: %s", err.text));
    if (text_istarts(from, "https://") && !text_istarts(hop->target.url, "https://"))
        return give_up(a, "the download is elsewhere, and not by https");
    a->elsewhere = true;
    call->url = hop->target.url;
    call->headers = hop->headers;
    call->header_count = plain_headers(x->request, hop);
    return 0;
}

/* By the addresses that were looked at, unless a proxy looks the name up. */
static void call_ways(struct attempt *a, const struct hop *hop, struct upstream_request *call,
                      const struct upstream_events *events)
{
    struct upstream *upstream = a->x->env->upstream;
    bool pinned = a->elsewhere && text_empty(call->proxy);
    if (!pinned) {
        upstream_call(upstream, call, events, &a->transport);
        return;
    }
    for (int i = 0; i < hop->target.way_count; i++) {
        call->connect_to = hop->target.ways[i];
        upstream_call(upstream, call, events, &a->transport);
        if (a->transport.outcome != UPSTREAM_CONNECT)
            return;
    }
}

void redirect_follow(struct attempt *a, struct upstream_request *call,
                     const struct upstream_events *events)
{
    FREE_AUTO struct hop *hop = a->location ? xcalloc(1, sizeof(*hop)) : NULL;
    for (int i = 0; a->location && i < REDIRECTS_MAX; i++) {
        if (turn(a, hop, call) < 0)
            return;
        a->location = NULL;
        strbuf_clear(&a->x->error_body);
        call_ways(a, hop, call, events);
    }
    if (a->location)
        give_up(a, "the download is sent on too often");
}
