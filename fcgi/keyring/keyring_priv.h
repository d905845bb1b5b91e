/* The keyring's insides, shared by its files. */
#ifndef KEYRING_KEYRING_PRIV_H
#define KEYRING_KEYRING_PRIV_H

#include <pthread.h>

#include "base/vec.h"
#include "keyring/keyring.h"
#include "keyring/proxies.h"

/* What a call needs of a key beside its place in the pool. */
struct ring_key {
    int64_t id;
    enum key_kind kind;
    char *secret; /* NULL: opened by the store when it is lent (plain CGI) */
    char *own_proxy;
    uint64_t hash; /* of the key, for the choice of a proxy; stable over restarts */
};
VEC(ring_keys, struct ring_key);

struct write_task;

#define PLAN_PICKS_MAX 256
#define PLANS_MAX 32

/* A block of picks that was planned for one kind and model under the store's lock. */
struct plan {
    enum key_kind kind;
    char model[LIMIT_MODEL_NAME];
    int64_t picks[PLAN_PICKS_MAX];
    size_t len, next;
    bool asked;      /* a refill is on its way */
    int64_t used_ms; /* for giving the place to another model */
};

struct keyring {
    struct store *store;
    struct journal *journal;
    bool single_use;
    struct key_source source;
    struct proxies *proxies;

    pthread_mutex_t lock; /* of all below; never held over I/O */
    struct key_pool *pool;
    struct ring_keys keys; /* by id, ascending */
    struct plan plans[PLANS_MAX];
    size_t plan_count;
    int pending;              /* writes that the journal has not done yet ... */
    int64_t pending_since_ms; /* ... and when the first of them was posted */

    struct write_task *deferred; /* writes that wait for the lock to be free */

    pthread_mutex_t refresh_lock; /* one thread reloads at a time */
    int64_t next_refresh_ms;      /* monotonic; read without the lock, atomically */
    int64_t version;
    struct store_generations generations;
};

/* --- load.c --- */

/* Reads what `what` names: keys, rests or limits. Called with refresh_lock held. 0 or -1. */
enum load_what { LOAD_KEYS = 1, LOAD_RESTS = 2, LOAD_LIMITS = 4, LOAD_USE = 8, LOAD_ALL = 15 };
int keyring_load(struct keyring *ring, unsigned what, struct err *err);
/* The key of that id, or NULL. Under the lock. */
struct ring_key *keyring_find(struct keyring *ring, int64_t id);
void keyring_keys_free(struct ring_keys *keys); /* wipes the secrets */

/* --- persist.c --- */

/* Takes the pool's events and has the journal write them. Under the lock; posts only. */
void keyring_persist(struct keyring *ring, int64_t now_ms);
/* Writes what had to wait for the lock (plain CGI). Not under the lock. */
void keyring_write_deferred(struct keyring *ring);

/* --- plan.c --- */

/* Lends by the plan: ACQUIRE_OK, or ACQUIRE_TRIED when there is no plan that helps. Under the lock.
 */
enum acquire_result keyring_take_planned(struct keyring *ring, const struct key_query *query,
                                         int64_t now_ms, struct key_lease *lease_r);
/* Sees to it that picks for the query are planned: at once where this process serves one request,
 * else on the journal's thread. Not under the lock. */
void keyring_plan_ahead(struct keyring *ring, const struct key_query *query, int64_t now_ms);

#endif
