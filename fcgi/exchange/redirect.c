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
    bool may_be_private;
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
static bool is_allowed(const struct exchange *x, const char *host)
{
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

static int refuse_host(struct attempt *a, const struct hop *hop)
{
    return give_up(a, arena_printf(a->x->arena,
                                   "the download is elsewhere: the host %s is not in the public "
                                   "internet",
                                   hop->target.host));
}

static bool may_connect(void *ctx, const struct sockaddr *address)
{
    const struct hop *hop = ctx;
    return hop->may_be_private || web_address_is_public(address);
}

/* A name is judged by its address where we look it up, and as it stands where a proxy does. */
static int guard(struct attempt *a, struct hop *hop, struct upstream_request *call)
{
    bool direct = text_empty(call->proxy);
    call->may_connect = direct ? may_connect : NULL;
    call->connect_ctx = hop;
    if (!direct && !hop->may_be_private && !web_host_looks_public(hop->target.host))
        return refuse_host(a, hop);
    return 0;
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
    if (web_target_read(&hop->target, a->location, from, &err) < 0)
        return give_up(a, arena_printf(x->arena, "the download is elsewhere: %s", err.text));
    hop->may_be_private = is_allowed(x, hop->target.host);
    if (text_istarts(from, "https://") && !text_istarts(hop->target.url, "https://"))
        return give_up(a, "the download is elsewhere, and not by https");
    a->elsewhere = true;
    call->url = hop->target.url;
    call->headers = hop->headers;
    call->header_count = plain_headers(x->request, hop);
    return guard(a, hop, call);
}

void redirect_follow(struct attempt *a, struct upstream_request *call,
                     const struct upstream_events *events)
{
    FREE_AUTO struct hop *hop = a->location ? xcalloc(1, sizeof(*hop)) : NULL;
    for (int i = 0; a->location && i < REDIRECTS_MAX; i++) {
        if (turn(a, hop, call) < 0)
            return;
        a->location = NULL;
        a->end = a->end == END_ENOUGH ? END_NONE : a->end; /* of the redirect's own text */
        strbuf_clear(&a->x->error_body);
        upstream_call(a->x->env->upstream, call, events, &a->transport);
        if (a->transport.kept_out)
            refuse_host(a, hop);
    }
    if (a->location)
        give_up(a, "the download is sent on too often");
}
