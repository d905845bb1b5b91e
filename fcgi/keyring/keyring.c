#include "keyring/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "keyring/keyring_priv.h"
#include "store/store_limits.h"

/* The store's version is asked at most so often: others' rests and deaths are known within 300 ms.
 */
#define REFRESH_MS 100
/* So many unreadable keys are called dead by one call. */
#define UNREADABLE_MAX 256
/* How often the use by all processes is read: every second, or a millisecond for each key. */
#define USE_MS SECOND_MS
#define SIBLINGS_MAX 256

static void not_reloaded(const struct err *err)
{
    char quoted[400];
    log_event(LOG_WARNING, "pool.not_reloaded", "error=%s",
              log_quote(err->text, quoted, sizeof(quoted)));
}

/* --- settings ------------------------------------------------------------------------------ */

static struct key_pool_options pool_options(const struct settings *set)
{
    return (struct key_pool_options){.max_failures = (int)set->max_failures,
                                     .free_first = set->pool_free_first,
                                     .affinity = set->pool_affinity,
                                     .limit_share = (int)set->rate_limit_share,
                                     .affinity_ttl_ms = HOUR_MS,
                                     .seed = rand_u64()};
}

static void set_limits(struct key_pool *pool, enum key_kind kind, json_object *by_pattern)
{
    static const struct {
        const char *name;
        enum limit_kind which;
    } names[] = {{"rpm", LIMIT_REQUESTS_MINUTE},
                 {"tpm", LIMIT_TOKENS_MINUTE},
                 {"rpd", LIMIT_REQUESTS_DAY},
                 {"tpd", LIMIT_TOKENS_DAY}};
    json_object_object_foreach(by_pattern, pattern, limits)
    {
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            int64_t value = json_get_int(limits, names[i].name, -1);
            if (value >= 0)
                key_pool_set_limit(pool, kind, pattern, names[i].which, value);
        }
    }
}

/* RATE_LIMITS: {"free": {"gemini-*": {"rpm": 5, ...}}, "paid": ..., "vertex": ..., "*": ...} */
static void configure_limits(struct key_pool *pool, json_object *rate_limits)
{
    static const struct {
        const char *tier;
        enum key_kind kind;
    } tiers[] = {{"free", KEY_GEMINI}, {"paid", KEY_PAID}, {"vertex", KEY_VERTEX}};
    key_pool_clear_limits(pool);
    for (size_t i = 0; i < ARRAY_LEN(tiers); i++) {
        json_object *all = json_get_obj(rate_limits, "*");
        json_object *own = json_get_obj(rate_limits, tiers[i].tier);
        if (all)
            set_limits(pool, tiers[i].kind, all);
        if (own)
            set_limits(pool, tiers[i].kind, own);
    }
}

void keyring_configure(struct keyring *ring, const struct settings *set)
{
    struct key_pool_options options = pool_options(set);
    proxies_configure(ring->proxies, &set->proxies, set->proxies_use_consistency_hash_by_api_key);
    pthread_mutex_lock(&ring->lock);
    key_pool_configure(ring->pool, &options);
    configure_limits(ring->pool, set->rate_limits);
    pthread_mutex_unlock(&ring->lock);
    struct err err = ERR_INIT;
    if (keyring_reload(ring, &err) < 0)
        not_reloaded(&err);
}

/* --- lending ------------------------------------------------------------------------------- */

static bool goes_by_plan(struct keyring *ring, const struct key_query *query, int64_t now_ms)
{
    return query->pinned_key == 0 && query->tried_count == 0 && !query->need_paid &&
           !key_pool_has_affinity(ring->pool, query, now_ms);
}

struct way_out {
    struct keyring *ring;
    const char *model;
    int64_t now_ms;
    int64_t earliest_ms; /* when the first of those that may not be used now may */
};

static bool way_is_open(void *ctx, const char *proxy)
{
    struct way_out *way = ctx;
    int64_t again_ms = key_pool_egress_wait(way->ring->pool, way->model, proxy, way->now_ms);
    if (again_ms && (!way->earliest_ms || again_ms < way->earliest_ms))
        way->earliest_ms = again_ms;
    return again_ms == 0;
}

/* Where each call has its own proxy the pool learns of it only now: one that Google limits is passed over,
 * and when all are, the key goes back and the client waits for the first. */
static bool choose_way(struct keyring *ring, const struct key_query *query, struct key_grant *grant,
                       struct key_shortage *shortage, int64_t now_ms)
{
    static const struct key_effect not_sent = {.kind = EFFECT_NOT_SENT};
    const struct ring_key *key = keyring_find(ring, grant->lease.key_id);
    struct way_out way = {.ring = ring, .model = query->model, .now_ms = now_ms};
    if (!key || key->own_proxy[0] || proxies_by_key(ring->proxies) ||
        proxies_count(ring->proxies) == 0 ||
        proxies_choose_if(ring->proxies, way_is_open, &way, now_ms, grant->proxy,
                          sizeof(grant->proxy)))
        return true;
    key_pool_settle(ring->pool, &grant->lease, &not_sent, now_ms);
    struct key_pool_counts counts = key_pool_count(ring->pool, now_ms);
    *shortage = (struct key_shortage){.earliest_ms = way.earliest_ms,
                                      .total = counts.total,
                                      .paused = counts.paused,
                                      .dead = counts.dead,
                                      .resting = {[REST_EGRESS] = counts.ready}};
    return false;
}

/* Fills the grant from the ring's own copy; false when the secret has to come from the store. */
static bool fill_grant(struct keyring *ring, struct key_grant *grant, int64_t now_ms)
{
    const struct ring_key *key = keyring_find(ring, grant->lease.key_id);
    if (!key)
        return false;
    grant->kind = key->kind;
    if (key->own_proxy[0])
        text_copy(grant->proxy, sizeof(grant->proxy), key->own_proxy);
    else if (!grant->proxy[0])
        proxies_choose(ring->proxies, key->hash, now_ms, grant->proxy, sizeof(grant->proxy));
    if (!key->secret)
        return false;
    text_copy(grant->secret, sizeof(grant->secret), key->secret);
    return true;
}

/* 1 opened; 0 sealed under another master key; -1 gone, or the store cannot be read now. */
static int open_secret(struct keyring *ring, struct key_grant *grant)
{
    struct arena *arena = arena_create(4 * KIB);
    struct store_key key = {0};
    struct err err = ERR_INIT;
    int rc = store_key_get(ring->store, grant->lease.key_id, true, arena, &key, &err) > 0 ? 0 : -1;
    if (rc == 0 && key.secret != NULL) {
        rc = 1;
        text_copy(grant->secret, sizeof(grant->secret), key.secret);
        secret_wipe((char *)key.secret, strlen(key.secret));
    }
    arena_destroy(&arena);
    return rc;
}

static void source_settle(void *ctx, struct key_grant *grant, const struct key_effect *effect,
                          int64_t now_ms)
{
    struct keyring *ring = ctx;
    pthread_mutex_lock(&ring->lock);
    key_pool_settle(ring->pool, &grant->lease, effect, now_ms);
    keyring_persist(ring, now_ms);
    pthread_mutex_unlock(&ring->lock);
    keyring_write_soon(ring);
    key_grant_wipe(grant);
}

static void source_accepted(void *ctx, struct key_grant *grant, int64_t prompt_tokens,
                            int64_t now_ms)
{
    struct keyring *ring = ctx;
    LOCK_SCOPE(&ring->lock);
    key_pool_accepted(ring->pool, &grant->lease, prompt_tokens, grant->proxy, now_ms);
}

static enum acquire_result lend(struct keyring *ring, const struct key_query *query, int64_t now_ms,
                                struct key_grant *grant, bool *filled_r,
                                struct key_shortage *shortage)
{
    LOCK_SCOPE(&ring->lock);
    enum acquire_result result = ACQUIRE_TRIED;
    if (goes_by_plan(ring, query, now_ms))
        result = keyring_take_planned(ring, query, now_ms, &grant->lease);
    if (result != ACQUIRE_OK)
        result = key_pool_acquire(ring->pool, query, now_ms, &grant->lease, shortage);
    if (result == ACQUIRE_OK && !choose_way(ring, query, grant, shortage, now_ms))
        return ACQUIRE_WAIT;
    if (result == ACQUIRE_OK)
        *filled_r = fill_grant(ring, grant, now_ms);
    return result;
}

static enum acquire_result source_acquire(void *ctx, const struct key_query *query, int64_t now_ms,
                                          struct key_grant *grant_r,
                                          struct key_shortage *shortage_r)
{
    static const struct key_effect unusable = {
        .kind = EFFECT_DEAD, .scope = SCOPE_KEY, .rule = RULE_UNREADABLE};
    static const struct key_effect unread = {.kind = EFFECT_NOT_SENT};
    struct keyring *ring = ctx;
    struct key_query asked = *query;
    keyring_refresh(ring);
    if (query->pinned_key == 0 && query->tried_count == 0)
        keyring_plan_ahead(ring, query, now_ms);
    for (int tries = 0; tries < UNREADABLE_MAX && asked.tried_count < KEY_TRIED_MAX; tries++) {
        bool filled = false;
        memset(grant_r, 0, sizeof(*grant_r));
        enum acquire_result result = lend(ring, &asked, now_ms, grant_r, &filled, shortage_r);
        int opened = result != ACQUIRE_OK || filled ? 1 : open_secret(ring, grant_r);
        if (opened == 1)
            return result;
        if (opened < 0)
            asked.tried[asked.tried_count++] = grant_r->lease.key_id;
        /* Sealed under another master key: no call can ever be made with it. */
        source_settle(ring, grant_r, opened == 0 ? &unusable : &unread, now_ms);
    }
    return ACQUIRE_TRIED;
}

/* --- keeping up with the store ------------------------------------------------------------- */

static unsigned what_changed(const struct store_generations *now,
                             const struct store_generations *before)
{
    unsigned what = 0;
    if (now->keys != before->keys)
        what |= LOAD_KEYS | LOAD_RESTS;
    if (now->rests != before->rests)
        what |= LOAD_RESTS;
    if (now->limits != before->limits)
        what |= LOAD_LIMITS;
    return what;
}

/* Under refresh_lock. */
static int refresh(struct keyring *ring, unsigned what, struct err *err)
{
    struct store_generations now;
    if (store_generations(ring->store, &now, err) < 0)
        return -1;
    what |= what_changed(&now, &ring->generations);
    if (keyring_load(ring, what, err) < 0)
        return -1;
    ring->generations = now;
    return 0;
}

/* What is to be read anew although nobody else changed the store. */
static unsigned what_is_due(struct keyring *ring)
{
    LOCK_SCOPE(&ring->lock);
    bool passed_over = ring->read_again && !ring->unwritten;
    bool proxy_is_back = ring->proxy_returns_ms && clock_wall_ms() >= ring->proxy_returns_ms;
    return passed_over || proxy_is_back ? LOAD_KEYS : 0;
}

static void look(struct keyring *ring)
{
    int64_t version = store_version(ring->store);
    unsigned what = what_is_due(ring);
    if (version < 0 || (version == ring->version && !what))
        return;
    struct err err = ERR_INIT;
    if (refresh(ring, what, &err) == 0)
        ring->version = version;
    else
        not_reloaded(&err);
}

void keyring_refresh(struct keyring *ring)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms < __atomic_load_n(&ring->next_refresh_ms, __ATOMIC_RELAXED) ||
        pthread_mutex_trylock(&ring->refresh_lock) != 0)
        return;
    __atomic_store_n(&ring->next_refresh_ms, now_ms + REFRESH_MS, __ATOMIC_RELAXED);
    look(ring);
    pthread_mutex_unlock(&ring->refresh_lock);
    keyring_write_soon(ring); /* what a locked store did not take */
}

static int64_t use_interval_ms(struct keyring *ring)
{
    LOCK_SCOPE(&ring->lock);
    int64_t by_keys = (int64_t)ring->keys.len;
    return by_keys > USE_MS ? by_keys : USE_MS;
}

void keyring_share_use(struct keyring *ring)
{
    int64_t now_ms = clock_mono_ms();
    LOCK_SCOPE(&ring->refresh_lock);
    if (now_ms < ring->next_use_ms)
        return;
    ring->next_use_ms = now_ms + use_interval_ms(ring);
    struct err err = ERR_INIT;
    if (keyring_read_use(ring, &err) < 0)
        not_reloaded(&err);
}

int keyring_reload(struct keyring *ring, struct err *err)
{
    LOCK_SCOPE(&ring->refresh_lock);
    return refresh(ring, LOAD_KEYS | LOAD_RESTS | LOAD_LIMITS, err);
}

/* --- opening ------------------------------------------------------------------------------- */

static void share_memory(struct keyring *ring, const char *data_dir)
{
    ring->conversations =
        shared_memory_open(data_dir, SHARED_CONVERSATIONS, KEY_POOL_AFFINITY_BYTES);
    ring->lessons = shared_memory_open(data_dir, SHARED_LESSONS, KEY_POOL_LESSONS_BYTES);
    if (ring->conversations.memory)
        key_pool_share_affinity(ring->pool, ring->conversations.memory);
    if (ring->lessons.memory)
        key_pool_share_lessons(ring->pool, ring->lessons.memory);
    if (ring->single_use)
        key_pool_follow_calls(ring->pool, clock_wall_ms());
}

struct keyring *keyring_open(const struct keyring_options *options, const struct settings *set,
                             struct err *err)
{
    struct keyring *ring = xcalloc(1, sizeof(*ring));
    struct key_pool_options pool = pool_options(set);
    ring->store = options->store;
    ring->journal = options->journal;
    ring->single_use = options->single_use;
    ring->source = (struct key_source){ring, source_acquire, source_settle, source_accepted};
    ring->proxies = proxies_create();
    ring->pool = key_pool_create(&pool);
    if (options->data_dir)
        share_memory(ring, options->data_dir);
    pthread_mutex_init(&ring->lock, NULL);
    pthread_mutex_init(&ring->refresh_lock, NULL);
    proxies_configure(ring->proxies, &set->proxies, set->proxies_use_consistency_hash_by_api_key);
    configure_limits(ring->pool, set->rate_limits);
    ring->version = store_version(ring->store);
    pthread_mutex_lock(&ring->refresh_lock);
    int rc = refresh(ring, LOAD_ALL, err);
    if (rc == 0)
        rc = keyring_read_use(ring, err);
    pthread_mutex_unlock(&ring->refresh_lock);
    if (rc < 0)
        keyring_close(&ring);
    return ring;
}

void keyring_close(struct keyring **ring_p)
{
    struct keyring *ring = *ring_p;
    if (!ring)
        return;
    *ring_p = NULL;
    if (!keyring_write_last(ring)) {
        log_event(LOG_ERROR, "pool.not_closed", "the journal's tasks did not end");
        return; /* they point here */
    }
    shared_use_destroy(&ring->shared_use);
    key_pool_destroy(&ring->pool);
    shared_memory_close(&ring->conversations);
    shared_memory_close(&ring->lessons);
    keyring_keys_free(&ring->keys);
    proxies_destroy(&ring->proxies);
    pthread_mutex_destroy(&ring->refresh_lock);
    pthread_mutex_destroy(&ring->lock);
    free(ring);
}

const struct key_source *keyring_source(struct keyring *ring)
{
    return &ring->source;
}

/* --- looking and small changes ------------------------------------------------------------- */

struct filtered_walk {
    enum key_kind kind;
    key_view_visit *visit;
    void *ctx;
};

static void visit_kind(void *ctx, const struct key_view *view)
{
    const struct filtered_walk *walk = ctx;
    if (view->kind == walk->kind)
        walk->visit(walk->ctx, view);
}

void keyring_each(struct keyring *ring, enum key_kind kind, const char *model,
                  key_view_visit *visit, void *ctx)
{
    struct filtered_walk walk = {kind, visit, ctx};
    LOCK_SCOPE(&ring->lock);
    key_pool_each(ring->pool, model, clock_wall_ms(), visit_kind, &walk);
}

static void count_key(void *ctx, const struct key_view *view)
{
    struct key_pool_counts *counts = ctx;
    counts->total++;
    counts->paused += view->state == KEY_PAUSED;
    counts->dead += view->state == KEY_DEAD;
    if (view->state != KEY_READY)
        return;
    counts->ready += view->eligible;
    if (!view->eligible)
        counts->resting[view->reason]++;
}

struct key_pool_counts keyring_counts(struct keyring *ring, enum key_kind kind)
{
    struct key_pool_counts counts = {0};
    keyring_each(ring, kind, "", count_key, &counts);
    return counts;
}

/* The keys of a project share what was learned, whichever of them learned it. */
static int forget_limits(struct keyring *ring, int64_t key_id, struct err *err)
{
    int64_t ids[1 + SIBLINGS_MAX] = {key_id};
    pthread_mutex_lock(&ring->lock);
    size_t count = 1 + key_pool_siblings(ring->pool, key_id, ids + 1, SIBLINGS_MAX);
    pthread_mutex_unlock(&ring->lock);
    for (size_t i = 0; i < count; i++)
        if (store_limits_forget(ring->store, ids[i], err) < 0)
            return -1;
    return 0;
}

int keyring_reset_rest(struct keyring *ring, int64_t key_id, const char *model, struct err *err)
{
    if (store_rest_clear(ring->store, key_id, model, err) < 0 ||
        (!model && forget_limits(ring, key_id, err) < 0))
        return -1;
    int64_t now_ms = clock_wall_ms();
    pthread_mutex_lock(&ring->lock);
    key_pool_reset_rest(ring->pool, key_id, model, now_ms);
    keyring_persist(ring, now_ms);
    pthread_mutex_unlock(&ring->lock);
    keyring_write_soon(ring);
    return 0;
}

void keyring_any_proxy(struct keyring *ring, int64_t now_ms, char *buf, size_t buf_size)
{
    proxies_choose(ring->proxies, rand_u64(), now_ms, buf, buf_size);
}

void keyring_proxy_result(struct keyring *ring, const char *proxy, bool worked, int64_t now_ms)
{
    if (!proxies_result(ring->proxies, proxy, worked, now_ms))
        return;
    struct err err = ERR_INIT;
    if (keyring_reload(ring, &err) < 0) /* the pool learns the keys' new ways out */
        not_reloaded(&err);
}

int keyring_seed(struct store *store, enum store_key_kind kind, const struct setting_list *list,
                 struct err *err)
{
    int added = 0;
    for (size_t i = 0; i < list->len; i++) {
        int64_t id = 0;
        if (bootstrap_is_placeholder(list->items[i]))
            continue;
        int rc = store_key_add(store, kind, list->items[i], "", true, &id, err);
        if (rc < 0)
            return -1;
        added += rc;
    }
    return added;
}
