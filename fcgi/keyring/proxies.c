#include "keyring/proxies.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/redact.h"
#include "base/text.h"
#include "base/vec.h"

#define ASIDE_FIRST_MS (30 * SECOND_MS)
#define ASIDE_MAX_MS (10 * MINUTE_MS)

struct proxy {
    char *url;
    uint64_t hash;
    int failures; /* in a row */
    int64_t aside_until_ms;
};
VEC(proxy_list, struct proxy);

struct proxies {
    pthread_mutex_t lock;
    struct proxy_list list;
    bool by_key;
};

static uint64_t mix(uint64_t value)
{
    value ^= value >> 33;
    value *= 0xff51afd7ed558ccdULL;
    value ^= value >> 33;
    value *= 0xc4ceb9fe1a85ec53ULL;
    return value ^ (value >> 33);
}

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037ULL;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return mix(hash);
}

struct proxies *proxies_create(void)
{
    struct proxies *proxies = xcalloc(1, sizeof(*proxies));
    pthread_mutex_init(&proxies->lock, NULL);
    return proxies;
}

static void free_list(struct proxy_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        free(list->items[i].url);
    VEC_FREE(list);
}

void proxies_destroy(struct proxies **proxies_p)
{
    struct proxies *proxies = *proxies_p;
    if (!proxies)
        return;
    free_list(&proxies->list);
    pthread_mutex_destroy(&proxies->lock);
    free(proxies);
    *proxies_p = NULL;
}

static struct proxy *find(struct proxy_list *list, const char *url)
{
    for (size_t i = 0; i < list->len; i++)
        if (text_eq(list->items[i].url, url))
            return &list->items[i];
    return NULL;
}

void proxies_configure(struct proxies *proxies, const struct setting_list *list, bool by_key)
{
    struct proxy_list next = {0};
    LOCK_SCOPE(&proxies->lock);
    for (size_t i = 0; i < list->len; i++) {
        if (find(&next, list->items[i]))
            continue;
        struct proxy proxy = {.url = xstrdup(list->items[i]), .hash = hash_text(list->items[i])};
        const struct proxy *known = find(&proxies->list, proxy.url);
        if (known) {
            proxy.failures = known->failures;
            proxy.aside_until_ms = known->aside_until_ms;
        }
        VEC_PUSH(&next, proxy);
    }
    free_list(&proxies->list);
    proxies->list = next;
    proxies->by_key = by_key;
}

size_t proxies_count(struct proxies *proxies)
{
    LOCK_SCOPE(&proxies->lock);
    return proxies->list.len;
}

bool proxies_by_key(struct proxies *proxies)
{
    LOCK_SCOPE(&proxies->lock);
    return proxies->by_key;
}

/* The best of those that work now, or of all with `any`. NULL when there is none. */
static const struct proxy *best(const struct proxies *proxies, uint64_t key_hash, int64_t now_ms,
                                bool any)
{
    const struct proxy *chosen = NULL;
    uint64_t chosen_score = 0;
    for (size_t i = 0; i < proxies->list.len; i++) {
        const struct proxy *proxy = &proxies->list.items[i];
        uint64_t score = mix(proxy->hash ^ key_hash);
        if ((!any && proxy->aside_until_ms > now_ms) || (chosen && score <= chosen_score))
            continue;
        chosen = proxy;
        chosen_score = score;
    }
    return chosen;
}

void proxies_choose(struct proxies *proxies, uint64_t key_hash, int64_t now_ms, char *buf,
                    size_t buf_size)
{
    LOCK_SCOPE(&proxies->lock);
    uint64_t seed = proxies->by_key ? key_hash : rand_u64();
    const struct proxy *proxy = best(proxies, seed, now_ms, false);
    if (!proxy) /* all are set aside: better one that failed than none */
        proxy = best(proxies, seed, now_ms, true);
    text_copy(buf, buf_size, proxy ? proxy->url : "");
}

static bool works(const struct proxy *proxy, int64_t now_ms)
{
    return proxy->aside_until_ms <= now_ms;
}

bool proxies_choose_if(struct proxies *proxies, proxy_fits *fits, void *ctx, int64_t now_ms,
                       char *buf, size_t buf_size)
{
    LOCK_SCOPE(&proxies->lock);
    size_t count = proxies->list.len;
    size_t first = count ? (size_t)rand_below(count) : 0;
    bool any = true; /* all are set aside: better one that failed than none */
    for (size_t i = 0; i < count; i++)
        any = any && !works(&proxies->list.items[i], now_ms);
    for (size_t i = 0; i < count; i++) {
        const struct proxy *proxy = &proxies->list.items[(first + i) % count];
        if ((!any && !works(proxy, now_ms)) || !fits(ctx, proxy->url))
            continue;
        text_copy(buf, buf_size, proxy->url);
        return true;
    }
    return false;
}

static int64_t aside_span(int failures)
{
    int64_t span = ASIDE_FIRST_MS;
    for (int i = 1; i < failures && span < ASIDE_MAX_MS; i++)
        span *= 2;
    return span < ASIDE_MAX_MS ? span : ASIDE_MAX_MS;
}

bool proxies_result(struct proxies *proxies, const char *url, bool worked, int64_t now_ms)
{
    LOCK_SCOPE(&proxies->lock);
    struct proxy *proxy = find(&proxies->list, url);
    if (!proxy || (worked && proxy->failures == 0))
        return false;
    bool was_aside = proxy->aside_until_ms > now_ms;
    if (worked) {
        proxy->failures = 0;
        proxy->aside_until_ms = 0;
        return was_aside;
    }
    if (was_aside)
        return false;
    proxy->failures++;
    int64_t span = aside_span(proxy->failures);
    proxy->aside_until_ms = now_ms + span;
    char shown[256];
    text_copy(shown, sizeof(shown), url);
    redact_text(shown);
    log_event(LOG_WARNING, "proxy.aside", "proxy=%s seconds=%lld", shown,
              (long long)(span / SECOND_MS));
    return true;
}

int64_t proxies_next_return(struct proxies *proxies, int64_t now_ms)
{
    LOCK_SCOPE(&proxies->lock);
    int64_t next = 0;
    for (size_t i = 0; i < proxies->list.len; i++) {
        int64_t until = proxies->list.items[i].aside_until_ms;
        if (until > now_ms && (!next || until < next))
            next = until;
    }
    return next;
}
