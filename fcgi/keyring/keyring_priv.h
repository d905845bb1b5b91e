/* The keyring's insides, shared by its files. */
#ifndef KEYRING_KEYRING_PRIV_H
#define KEYRING_KEYRING_PRIV_H

#include <pthread.h>

#include "base/vec.h"
#include "keyring/keyring.h"
#include "keyring/proxies.h"
#include "keyring/shared_memory.h"

/* Why a key is dead whose secret was sealed under another master key. */
#define RULE_UNREADABLE "key.unreadable"

/* What a call needs of a key beside its place in the pool. */
struct ring_key {
    int64_t id;
    enum key_kind kind;
    char *secret; /* NULL: opened by the store when it is lent (plain CGI) */
    char *own_proxy;
    uint64_t hash;       /* of the key, for the choice of a proxy; stable over restarts */
    uint64_t identity;   /* of all that the pool was told of it, to tell it only what changed */
    uint64_t changed_in; /* the reading of keys (keyring.readings) during which its state changed */
};
VEC(ring_keys, struct ring_key);

struct write_task;

#define PLAN_PICKS_MAX 256
/* A refill comes before a plan is used up; what is left of it is taken first. */
#define PLAN_ROOM (PLAN_PICKS_MAX + PLAN_PICKS_MAX / 4)
#define PLANS_MAX 32

/* A block of picks that was planned for one kind and model under the store's lock. */
struct plan {
    enum key_kind kind;
    char model[LIMIT_MODEL_NAME];
    int64_t picks[PLAN_ROOM];
    size_t len, next;
    bool asked;       /* a refill is on its way */
    int64_t again_ms; /* after a failure not before; monotonic */
    int64_t used_ms;  /* for giving the place to another model */
};

struct shared_use;

struct keyring {
    struct store *store;
    struct journal *journal;
    bool single_use;
    struct key_source source;
    struct proxies *proxies;
    struct shared_memory conversations, lessons; /* none: the pool has its own */

    pthread_mutex_t lock; /* of all below; never held over I/O */
    struct key_pool *pool;
    struct ring_keys keys; /* by id, ascending */
    struct plan plans[PLANS_MAX];
    size_t plan_count;
    /* What the pool decided and the store does not know yet, oldest first. */
    struct write_task *unwritten;
    size_t unwritten_events;
    bool writing;           /* a task that writes them is on its way ... */
    int64_t write_again_ms; /* ... and after a failure (locked, full) not before; monotonic */
    int tasks;              /* of the journal that know this ring and have not ended */
    bool closing;
    uint64_t readings;        /* of the keys, counted */
    bool read_again;          /* keys whose state was being written were passed over */
    int64_t proxy_returns_ms; /* when a proxy that was set aside comes back; 0: none is */

    pthread_mutex_t refresh_lock; /* one thread reloads at a time */
    int64_t next_refresh_ms;      /* monotonic; read without the lock, atomically */
    int64_t version;
    struct store_generations generations;
    struct shared_use *shared_use; /* under refresh_lock */
    int64_t next_use_ms;           /* monotonic; under refresh_lock */
};

/* --- load.c --- */

/* Reads what `what` names: keys, rests or limits. Called with refresh_lock held. 0 or -1. */
enum load_what { LOAD_KEYS = 1, LOAD_RESTS = 2, LOAD_LIMITS = 4, LOAD_ALL = 7 };
int keyring_load(struct keyring *ring, unsigned what, struct err *err);
/* The key of that id, or NULL. Under the lock. */
struct ring_key *keyring_find(struct keyring *ring, int64_t id);
void keyring_keys_free(struct ring_keys *keys); /* wipes the secrets */

/* --- persist.c --- */

/* Takes the pool's events, to be written. Under the lock. */
void keyring_persist(struct keyring *ring, int64_t now_ms);
/* Has the journal write what is unwritten, in the order of the decisions. Not under the lock. */
void keyring_write_soon(struct keyring *ring);
/* At the end: waits for the journal's tasks. False when they did not end: the ring has to stay. */
bool keyring_write_last(struct keyring *ring);
/* Since when decisions may be missing in the store: `now_ms` when none is. Under the lock. */
int64_t keyring_unwritten_since(const struct keyring *ring, int64_t now_ms);
/* Marks the keys of what is unwritten as changed in the present reading. Under the lock. */
void keyring_mark_unwritten(struct keyring *ring);

/* --- plan.c --- */

/* Lends by the plan: ACQUIRE_OK, or ACQUIRE_TRIED when there is no plan that helps. Under the lock.
 */
enum acquire_result keyring_take_planned(struct keyring *ring, const struct key_query *query,
                                         int64_t now_ms, struct key_lease *lease_r);
/* Sees to it that picks for the query are planned: at once where this process serves one request,
 * else on the journal's thread. Not under the lock. */
void keyring_plan_ahead(struct keyring *ring, const struct key_query *query, int64_t now_ms);

/* --- shared_use.c --- */

/* Reads what all processes together used and tells the pool. Under refresh_lock. 0 or -1. */
int keyring_read_use(struct keyring *ring, struct err *err);
void shared_use_destroy(struct shared_use **use);

#endif
