#include <string.h>

#include "auth/client_token.h"
#include "base/log.h"
#include "base/text.h"

enum { CHECK_EVERY_MS = 250 };

/* The set that is in use, with a reference for each thread that is looking at it. */
struct shared_set {
    struct token_set *set;
    unsigned refs;
};

struct token_cache {
    struct store *store;
    pthread_mutex_t lock;       /* guards what follows; never held over I/O */
    struct shared_set *current; /* NULL until the first load */
    int64_t generation;         /* of the store when `current` was read */
    int64_t checked_ms;
    bool checked;
    bool failing;                /* so that the log tells of a failure once */
    pthread_mutex_t reload_lock; /* held by the one thread that reads the store */
};

struct token_cache *token_cache_create(struct store *store)
{
    struct token_cache *cache = xcalloc(1, sizeof(*cache));
    cache->store = store;
    pthread_mutex_init(&cache->lock, NULL);
    pthread_mutex_init(&cache->reload_lock, NULL);
    return cache;
}

/* Call with the lock held. */
static void drop(struct shared_set **shared)
{
    if (*shared && --(*shared)->refs == 0) {
        token_set_destroy(&(*shared)->set);
        free(*shared);
    }
    *shared = NULL;
}

void token_cache_destroy(struct token_cache **cache)
{
    if (!*cache)
        return;
    drop(&(*cache)->current);
    pthread_mutex_destroy(&(*cache)->lock);
    pthread_mutex_destroy(&(*cache)->reload_lock);
    free(*cache);
    *cache = NULL;
}

static struct shared_set *take(struct token_cache *cache)
{
    LOCK_SCOPE(&cache->lock);
    if (cache->current)
        cache->current->refs++;
    return cache->current;
}

static void give_back(struct token_cache *cache, struct shared_set **shared)
{
    LOCK_SCOPE(&cache->lock);
    drop(shared);
}

enum freshness { FRESH, DUE, NEVER_LOADED };

/* A clock that was set back makes a check due as well. Call with the lock held. */
static bool is_due(const struct token_cache *cache, int64_t now_ms)
{
    int64_t age_ms = now_ms - cache->checked_ms;
    return !cache->checked || age_ms < 0 || age_ms >= CHECK_EVERY_MS;
}

static enum freshness freshness_of(struct token_cache *cache, int64_t now_ms)
{
    LOCK_SCOPE(&cache->lock);
    if (!cache->current)
        return NEVER_LOADED;
    return is_due(cache, now_ms) ? DUE : FRESH;
}

/* True for one caller in each interval. */
static bool claim_check(struct token_cache *cache, int64_t now_ms)
{
    LOCK_SCOPE(&cache->lock);
    if (!is_due(cache, now_ms))
        return false;
    cache->checked = true;
    cache->checked_ms = now_ms;
    return true;
}

static bool is_loaded(struct token_cache *cache, int64_t generation)
{
    LOCK_SCOPE(&cache->lock);
    return cache->current && generation == cache->generation;
}

static void publish(struct token_cache *cache, struct token_set *set, int64_t generation)
{
    struct shared_set *next = xcalloc(1, sizeof(*next));
    *next = (struct shared_set){.set = set, .refs = 1};
    LOCK_SCOPE(&cache->lock);
    drop(&cache->current);
    cache->current = next;
    cache->generation = generation;
}

static void note(struct token_cache *cache, bool failing, const struct err *err)
{
    LOCK_SCOPE(&cache->lock);
    if (failing && !cache->failing) {
        char quoted[200];
        log_event(LOG_ERROR, "tokens.reload_failed", "error=%s",
                  log_quote(err->text, quoted, sizeof(quoted)));
    }
    cache->failing = failing;
}

/* The generation is asked for before the rows: a change between the two is then found by the next
 * check and never missed. */
static void reload(struct token_cache *cache)
{
    struct err err = ERR_INIT;
    int64_t generation = store_tokens_generation(cache->store);
    if (generation >= 0 && is_loaded(cache, generation)) {
        note(cache, false, &err);
        return;
    }
    struct token_set *set = token_set_load(cache->store, NULL, &err);
    if (set)
        publish(cache, set, generation);
    note(cache, !set, &err);
}

/* The first load is waited for; later ones are left to whoever came first. */
static void refresh(struct token_cache *cache, int64_t now_ms)
{
    enum freshness freshness = freshness_of(cache, now_ms);
    if (freshness == FRESH)
        return;
    if (freshness == NEVER_LOADED)
        pthread_mutex_lock(&cache->reload_lock);
    else if (pthread_mutex_trylock(&cache->reload_lock) != 0)
        return;
    if (claim_check(cache, now_ms))
        reload(cache);
    pthread_mutex_unlock(&cache->reload_lock);
}

int token_cache_check(struct token_cache *cache, const char *token, const char *admin_token,
                      int64_t now_ms, struct principal *principal_r)
{
    *principal_r = (struct principal){0};
    if (!text_empty(admin_token) && secret_equal(token, admin_token)) {
        principal_r->admin = true;
        text_copy(principal_r->name, sizeof(principal_r->name), "admin");
        return 1;
    }
    refresh(cache, now_ms);
    struct shared_set *shared = take(cache);
    if (!shared)
        return -1;
    int result = token_set_check(shared->set, token, now_ms, principal_r);
    give_back(cache, &shared);
    return result;
}

int token_cache_allows(struct token_cache *cache, int64_t token_id, const char *model)
{
    if (token_id == 0)
        return 1;
    struct shared_set *shared = take(cache);
    if (!shared)
        return 0;
    int result = token_set_allows(shared->set, token_id, model);
    give_back(cache, &shared);
    return result;
}
