/* Reading the store into the pool. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_limits.h"

static const enum key_state states[] = {
    [STORE_KEY_ACTIVE] = KEY_READY, [STORE_KEY_PAUSED] = KEY_PAUSED, [STORE_KEY_DEAD] = KEY_DEAD};
static const enum limit_kind metrics[] = {[STORE_REQUESTS_MINUTE] = LIMIT_REQUESTS_MINUTE,
                                          [STORE_TOKENS_MINUTE] = LIMIT_TOKENS_MINUTE,
                                          [STORE_REQUESTS_DAY] = LIMIT_REQUESTS_DAY,
                                          [STORE_TOKENS_DAY] = LIMIT_TOKENS_DAY};

enum key_kind keyring_kind(enum store_key_kind kind)
{
    static const enum key_kind kinds[] = {[STORE_KEY_GEMINI] = KEY_GEMINI,
                                          [STORE_KEY_VERTEX] = KEY_VERTEX,
                                          [STORE_KEY_PAID] = KEY_PAID};
    return kinds[kind];
}

/* --- keys ---------------------------------------------------------------------------------- */

/* A key as it was read, before the lock is taken. */
struct loaded_key {
    struct ring_key ring;
    enum key_state state;
    char *reason, *label, *project;
    double weight;
    int64_t cap_share, caps[LIMIT_KIND_COUNT];
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
                                      .kind = keyring_kind(key->kind),
                                      .secret = xstrdup(key->secret),
                                      .own_proxy = xstrdup(key->proxy ? key->proxy : ""),
                                      .hash = hash_of(key->hash)},
                             .state = states[key->state],
                             .reason = xstrdup(key->reason ? key->reason : ""),
                             .label = xstrdup(key->label ? key->label : ""),
                             .project = xstrdup(key->project ? key->project : ""),
                             .weight = key->weight > 0 ? key->weight : 1,
                             .cap_share = key->caps.share,
                             .failures = (int)key->failures};
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++)
        one.caps[metrics[i]] = key->caps.most[i];
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

static struct ring_key *find_key(const struct ring_keys *keys, int64_t id)
{
    size_t low = 0, high = keys->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (keys->items[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < keys->len && keys->items[low].id == id ? &keys->items[low] : NULL;
}

struct ring_key *keyring_find(struct keyring *ring, int64_t id)
{
    return find_key(&ring->keys, id);
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

static uint64_t mixed(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL;
    return (hash ^ 0xff) * 1099511628211ULL; /* where one text ends counts too */
}

static uint64_t identity_hash(const struct key_identity *identity)
{
    char numbers[200];
    snprintf(numbers, sizeof(numbers), "%d %a %lld %lld %lld %lld %lld", identity->kind,
             identity->weight, (long long)identity->cap_share, (long long)identity->caps[0],
             (long long)identity->caps[1], (long long)identity->caps[2],
             (long long)identity->caps[3]);
    uint64_t hash = mixed(mixed(14695981039346656037ULL, numbers), identity->label);
    return mixed(mixed(hash, identity->project), identity->proxy ? identity->proxy : "\x01");
}

/* `known` is the key as it was before, NULL when it is new. */
static void put_key(struct keyring *ring, const struct loaded_key *loaded,
                    const struct ring_key *known, int64_t now_ms)
{
    char proxy[256];
    struct ring_key *key = keyring_find(ring, loaded->ring.id);
    struct key_identity identity = {.id = key->id,
                                    .kind = key->kind,
                                    .label = loaded->label,
                                    .project = loaded->project,
                                    .proxy = known_proxy(ring, key, now_ms, proxy, sizeof(proxy)),
                                    .weight = loaded->weight,
                                    .cap_share = loaded->cap_share};
    memcpy(identity.caps, loaded->caps, sizeof(identity.caps));
    key->identity = identity_hash(&identity);
    if (!known || known->identity != key->identity)
        key_pool_put(ring->pool, &identity, now_ms);
    if (known && known->changed_in == ring->readings) {
        /* What was decided while the store was read is newer than what was read. */
        key->changed_in = known->changed_in;
        ring->read_again = true;
        return;
    }
    key_pool_set_state(ring->pool, key->id, loaded->state, loaded->reason, now_ms);
    if (loaded->state == KEY_READY)
        key_pool_restore_failures(ring->pool, key->id, loaded->failures);
}

static const struct ring_key *same_key(const struct ring_keys *keys, const struct ring_key *key)
{
    const struct ring_key *known = find_key(keys, key->id);
    return known && known->hash == key->hash && known->kind == key->kind ? known : NULL;
}

static void take_over(struct keyring *ring, struct ring_keys *next,
                      const struct loaded_keys *loaded)
{
    int64_t now_ms = clock_wall_ms();
    struct ring_keys old = ring->keys;
    ring->keys = *next;
    *next = old;
    ring->read_again = false;
    for (size_t i = 0; i < old.len; i++)
        if (!same_key(&ring->keys, &old.items[i]))
            key_pool_remove(ring->pool, old.items[i].id);
    for (size_t i = 0; i < loaded->len; i++)
        put_key(ring, &loaded->items[i], same_key(&old, &loaded->items[i].ring), now_ms);
    ring->proxy_returns_ms = proxies_next_return(ring->proxies, now_ms);
}

static bool all_known(const struct keyring *ring, const struct loaded_keys *loaded)
{
    for (size_t i = 0; i < loaded->len; i++)
        if (!same_key(&ring->keys, &loaded->items[i].ring))
            return false;
    return true;
}

/* Secrets that are open already stay so: they move over. */
static void move_secrets(struct ring_keys *from, struct ring_keys *to)
{
    for (size_t i = 0; i < to->len; i++) {
        struct ring_key *old = (struct ring_key *)same_key(from, &to->items[i]);
        if (!old || to->items[i].secret)
            continue;
        to->items[i].secret = old->secret;
        old->secret = NULL;
    }
}

static void wipe_loaded(struct loaded_keys *loaded)
{
    for (size_t i = 0; i < loaded->len; i++)
        free_ring_key(&loaded->items[i].ring);
    free_loaded(loaded);
}

/* Opening thousands of secrets takes time, so it is done only when there are new ones. The list of
 * keys changes under refresh_lock, which is held here. */
static int read_keys(struct keyring *ring, struct loaded_keys *loaded, struct err *err)
{
    bool open = ring->keys.len == 0 && !ring->single_use;
    int rc = store_keys_each(ring->store, open, load_key, loaded, err);
    if (rc < 0 || open || ring->single_use || all_known(ring, loaded))
        return rc;
    wipe_loaded(loaded);
    return store_keys_each(ring->store, true, load_key, loaded, err);
}

static bool is_open(const struct keyring *ring, const struct loaded_key *loaded)
{
    const struct ring_key *known = same_key(&ring->keys, &loaded->ring);
    return loaded->ring.secret || (known && known->secret);
}

/* Keys that were called dead by a process with another master key, and that open here, live again. The store is
 * told; when it cannot be written now, the next reading does it. */
static void revive(struct keyring *ring, struct loaded_keys *loaded)
{
    int64_t now_ms = clock_wall_ms();
    for (size_t i = 0; i < loaded->len; i++) {
        struct loaded_key *one = &loaded->items[i];
        if (one->state != KEY_DEAD || !text_eq(one->reason, RULE_UNREADABLE) || !is_open(ring, one))
            continue;
        one->state = KEY_READY;
        one->reason[0] = '\0';
        store_key_set_state(ring->store, one->ring.id, STORE_KEY_ACTIVE, "", now_ms, NULL);
    }
}

static int load_keys(struct keyring *ring, struct err *err)
{
    struct loaded_keys loaded = {0};
    pthread_mutex_lock(&ring->lock);
    ring->readings++;
    keyring_mark_unwritten(ring);
    pthread_mutex_unlock(&ring->lock);
    if (read_keys(ring, &loaded, err) < 0) {
        wipe_loaded(&loaded);
        return -1;
    }
    revive(ring, &loaded);
    struct ring_keys next = {0};
    for (size_t i = 0; i < loaded.len; i++)
        VEC_PUSH(&next, loaded.items[i].ring);
    pthread_mutex_lock(&ring->lock);
    move_secrets(&ring->keys, &next);
    take_over(ring, &next, &loaded);
    pthread_mutex_unlock(&ring->lock);
    keyring_keys_free(&next);
    free_loaded(&loaded);
    return 0;
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
    return keyring_unwritten_since(ring, now_ms);
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

/* --- limits --------------------------------------------------------------------------------- */

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
    int64_t known_before_ms = written_before(ring, clock_wall_ms());
    int rc = store_limits_each(ring->store, load_limit, &limits, err);
    if (rc == 0) {
        LOCK_SCOPE(&ring->lock);
        key_pool_reload_limits_begin(ring->pool);
        for (size_t i = 0; i < limits.len; i++) {
            const struct loaded_limit *limit = &limits.items[i];
            key_pool_restore_limit(ring->pool, limit->key_id, limit->model, limit->which,
                                   limit->value);
        }
        key_pool_reload_limits_end(ring->pool, known_before_ms);
    }
    VEC_FREE(&limits);
    return rc;
}

/* --- all of it ----------------------------------------------------------------------------- */

int keyring_load(struct keyring *ring, unsigned what, struct err *err)
{
    static const struct {
        unsigned what;
        int (*load)(struct keyring *ring, struct err *err);
    } parts[] = {{LOAD_KEYS, load_keys}, {LOAD_LIMITS, load_limits}, {LOAD_RESTS, load_rests}};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if ((what & parts[i].what) && parts[i].load(ring, err) < 0)
            return -1;
    return 0;
}
