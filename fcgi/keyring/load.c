/* Reading the store into the pool. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_limits.h"
#include "store/store_usage.h"

static const enum key_kind kinds[] = {
    [STORE_KEY_GEMINI] = KEY_GEMINI, [STORE_KEY_VERTEX] = KEY_VERTEX, [STORE_KEY_PAID] = KEY_PAID};
static const enum key_state states[] = {
    [STORE_KEY_ACTIVE] = KEY_READY, [STORE_KEY_PAUSED] = KEY_PAUSED, [STORE_KEY_DEAD] = KEY_DEAD};
static const enum limit_kind metrics[] = {[STORE_REQUESTS_MINUTE] = LIMIT_REQUESTS_MINUTE,
                                          [STORE_TOKENS_MINUTE] = LIMIT_TOKENS_MINUTE,
                                          [STORE_REQUESTS_DAY] = LIMIT_REQUESTS_DAY,
                                          [STORE_TOKENS_DAY] = LIMIT_TOKENS_DAY};

/* --- keys ---------------------------------------------------------------------------------- */

/* A key as it was read, before the lock is taken. */
struct loaded_key {
    struct ring_key ring;
    enum key_state state;
    char *reason, *label, *project;
    double weight;
    int failures;
};
VEC(loaded_keys, struct loaded_key);

static void free_ring_key(struct ring_key *key)
{
    if (key->secret)
        secret_wipe(key->secret, strlen(key->secret));
    free(key->secret);
    free(key->own_proxy);
}

void keyring_keys_free(struct ring_keys *keys)
{
    for (size_t i = 0; i < keys->len; i++)
        free_ring_key(&keys->items[i]);
    VEC_FREE(keys);
}

static uint64_t hash_of(const char *hex)
{
    char head[17];
    text_copy(head, sizeof(head), hex);
    return strtoull(head, NULL, 16);
}

static int load_key(void *ctx, const struct store_key *key)
{
    struct loaded_keys *loaded = ctx;
    struct loaded_key one = {.ring = {.id = key->id,
                                      .kind = kinds[key->kind],
                                      .secret = xstrdup(key->secret),
                                      .own_proxy = xstrdup(key->proxy ? key->proxy : ""),
                                      .hash = hash_of(key->hash)},
                             .state = states[key->state],
                             .reason = xstrdup(key->reason ? key->reason : ""),
                             .label = xstrdup(key->label ? key->label : ""),
                             .project = xstrdup(key->project ? key->project : ""),
                             .weight = key->weight > 0 ? key->weight : 1,
                             .failures = (int)key->failures};
    VEC_PUSH(loaded, one);
    return 0;
}

static void free_loaded(struct loaded_keys *loaded)
{
    for (size_t i = 0; i < loaded->len; i++) {
        free(loaded->items[i].reason);
        free(loaded->items[i].label);
        free(loaded->items[i].project);
    }
    VEC_FREE(loaded);
}

struct ring_key *keyring_find(struct keyring *ring, int64_t id)
{
    size_t low = 0, high = ring->keys.len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (ring->keys.items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ring->keys.len && ring->keys.items[low].id == id ? &ring->keys.items[low] : NULL;
}

/* The proxy as the pool is to know it: NULL when it is chosen anew for each call. */
static const char *known_proxy(struct keyring *ring, const struct ring_key *key, int64_t now_ms,
                               char *buf, size_t size)
{
    if (key->own_proxy[0])
        return key->own_proxy;
    if (proxies_count(ring->proxies) > 0 && !proxies_by_key(ring->proxies))
        return NULL;
    proxies_choose(ring->proxies, key->hash, now_ms, buf, size);
    return buf;
}

static void put_key(struct keyring *ring, const struct loaded_key *loaded, int64_t now_ms)
{
    char proxy[256];
    const struct ring_key *key = &loaded->ring;
    struct key_identity identity = {.id = key->id,
                                    .kind = key->kind,
                                    .label = loaded->label,
                                    .project = loaded->project,
                                    .proxy = known_proxy(ring, key, now_ms, proxy, sizeof(proxy)),
                                    .weight = loaded->weight};
    key_pool_put(ring->pool, &identity, now_ms);
    key_pool_set_state(ring->pool, key->id, loaded->state, loaded->reason, now_ms);
    if (loaded->state == KEY_READY)
        key_pool_restore_failures(ring->pool, key->id, loaded->failures);
}

static int load_keys(struct keyring *ring, struct err *err)
{
    struct loaded_keys loaded = {0};
    struct ring_keys next = {0};
    int rc = store_keys_each(ring->store, !ring->single_use, load_key, &loaded, err);
    for (size_t i = 0; i < loaded.len; i++)
        VEC_PUSH(&next, loaded.items[i].ring);
    if (rc == 0) {
        int64_t now_ms = clock_wall_ms();
        LOCK_SCOPE(&ring->lock);
        struct ring_keys old = ring->keys;
        ring->keys = next;
        next = old;
        for (size_t i = 0; i < old.len; i++)
            if (!keyring_find(ring, old.items[i].id))
                key_pool_remove(ring->pool, old.items[i].id);
        for (size_t i = 0; i < loaded.len; i++)
            put_key(ring, &loaded.items[i], now_ms);
    }
    keyring_keys_free(&next);
    free_loaded(&loaded);
    return rc;
}

/* --- rests --------------------------------------------------------------------------------- */

struct loaded_rest {
    int64_t key_id, until_ms;
    int streak;
    enum rest_reason reason;
    char model[LIMIT_MODEL_NAME];
};
VEC(loaded_rests, struct loaded_rest);

static int load_rest(void *ctx, const struct store_rest *rest)
{
    struct loaded_rests *rests = ctx;
    struct loaded_rest one = {.key_id = rest->key_id,
                              .until_ms = rest->until_ms,
                              .streak = (int)rest->streak,
                              .reason = rest_reason_of(rest->reason)};
    text_copy(one.model, sizeof(one.model), rest->model);
    VEC_PUSH(rests, one);
    return 0;
}

/* What began later than this may not be in the store yet: the journal has it still to write. */
static int64_t written_before(struct keyring *ring, int64_t now_ms)
{
    LOCK_SCOPE(&ring->lock);
    return ring->pending > 0 ? ring->pending_since_ms : now_ms;
}

static int load_rests(struct keyring *ring, struct err *err)
{
    struct loaded_rests rests = {0};
    int64_t now_ms = clock_wall_ms();
    int64_t known_before_ms = written_before(ring, now_ms);
    int rc = store_rests_each(ring->store, now_ms, load_rest, &rests, err);
    if (rc == 0) {
        LOCK_SCOPE(&ring->lock);
        key_pool_reload_begin(ring->pool);
        for (size_t i = 0; i < rests.len; i++) {
            const struct loaded_rest *rest = &rests.items[i];
            key_pool_restore_rest(ring->pool, rest->key_id, rest->model, rest->reason,
                                  rest->until_ms, rest->streak);
        }
        key_pool_reload_end(ring->pool, known_before_ms, now_ms);
    }
    VEC_FREE(&rests);
    return rc;
}

/* --- limits and use ------------------------------------------------------------------------ */

struct loaded_limit {
    int64_t key_id, value;
    enum limit_kind which;
    char model[LIMIT_MODEL_NAME];
};
VEC(loaded_limits, struct loaded_limit);

static int load_limit(void *ctx, const struct store_limit *limit)
{
    struct loaded_limits *limits = ctx;
    struct loaded_limit one = {
        .key_id = limit->key_id, .value = limit->value, .which = metrics[limit->metric]};
    text_copy(one.model, sizeof(one.model), limit->model);
    if (limit->key_id > 0)
        VEC_PUSH(limits, one);
    return 0;
}

static int load_limits(struct keyring *ring, struct err *err)
{
    struct loaded_limits limits = {0};
    int rc = store_limits_each(ring->store, load_limit, &limits, err);
    if (rc == 0) {
        LOCK_SCOPE(&ring->lock);
        for (size_t i = 0; i < limits.len; i++) {
            const struct loaded_limit *limit = &limits.items[i];
            key_pool_restore_limit(ring->pool, limit->key_id, limit->model, limit->which,
                                   limit->value);
        }
    }
    VEC_FREE(&limits);
    return rc;
}

struct loaded_use {
    int64_t key_id, requests, tokens;
    char model[LIMIT_MODEL_NAME];
};
VEC(loaded_uses, struct loaded_use);

static int load_use(void *ctx, int64_t key_id, const char *model, const struct usage_today *today)
{
    struct loaded_uses *uses = ctx;
    struct loaded_use one = {
        .key_id = key_id, .requests = today->requests, .tokens = today->tokens};
    text_copy(one.model, sizeof(one.model), model);
    VEC_PUSH(uses, one);
    return 0;
}

/* Today's use by everybody; read at start, when this process has used nothing yet. */
static int load_uses(struct keyring *ring, struct err *err)
{
    struct loaded_uses uses = {0};
    int64_t now_ms = clock_wall_ms();
    int rc = store_usage_today(ring->store, now_ms, load_use, &uses, err);
    if (rc == 0) {
        LOCK_SCOPE(&ring->lock);
        for (size_t i = 0; i < uses.len; i++) {
            const struct loaded_use *use = &uses.items[i];
            key_pool_set_foreign_use(ring->pool, use->key_id, use->model, 0, 0, use->requests,
                                     use->tokens, now_ms);
        }
    }
    VEC_FREE(&uses);
    return rc;
}

/* --- all of it ----------------------------------------------------------------------------- */

int keyring_load(struct keyring *ring, unsigned what, struct err *err)
{
    static const struct {
        unsigned what;
        int (*load)(struct keyring *ring, struct err *err);
    } parts[] = {{LOAD_KEYS, load_keys},
                 {LOAD_LIMITS, load_limits},
                 {LOAD_RESTS, load_rests},
                 {LOAD_USE, load_uses}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if ((what & parts[i].what) && parts[i].load(ring, err) < 0)
            return -1;
    return 0;
}
