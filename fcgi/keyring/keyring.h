/* The pool as all threads and processes share it: keeps this process's pool and the store the same.
 *
 *   - loads keys, rests, limits and use at start (under plain CGI a secret is opened when it is
 *     lent);
 *   - plans the rotation in blocks, under one short transaction for a block, so that all processes
 *     together rotate evenly (one pick at a time under plain CGI);
 *   - writes rests, deaths and failures through at once (on the journal's thread; before settling
 *     returns in a CGI process), additively or with max(), and keeps what a locked store or a full
 *     disk does not take until it does;
 *   - notices other processes' changes by the store's version, at most 250 ms late, and reloads
 *     what changed;
 *   - tells the pool every second what all processes together used of each quota;
 *   - shares with the other processes of this host which key a conversation is bound to, and what was found
 *     out about models and keys;
 *   - chooses the proxy of a key by rendezvous hashing and sets failing proxies aside.
 *
 * Its mutex is never held over I/O. */
#ifndef KEYRING_KEYRING_H
#define KEYRING_KEYRING_H

#include "config/settings.h"
#include "pool/key_source.h"
#include "store/journal.h"
#include "store/store_keys.h"

struct keyring;

struct keyring_options {
    struct store *store;
    struct journal *journal;
    const char *data_dir; /* where memory is shared with other processes; NULL: it is not */
    bool single_use; /* this process answers one request (plain CGI): lease one pick at a time */
};

/* Loads everything. The settings are those of the start; keyring_configure() takes later ones. */
struct keyring *keyring_open(const struct keyring_options *options, const struct settings *set,
                             struct err *err);
void keyring_close(struct keyring **ring);
void keyring_configure(struct keyring *ring, const struct settings *set);

/* The side that exchanges use. Borrowed; lives as long as the ring. */
const struct key_source *keyring_source(struct keyring *ring);

/* Reloads if another process changed the store; cheap when nothing did. Called before each acquire
 * at most every 100 ms, and by the scheduler. */
void keyring_refresh(struct keyring *ring);
/* Reads what all processes together have used of the keys' quotas, if it is time (every second, or
 * every millisecond times keys), so that shared limits hold. Called by the scheduler. */
void keyring_share_use(struct keyring *ring);
/* After a change made in this process (keys added, paused ...): reload now. 0 or -1. */
int keyring_reload(struct keyring *ring, struct err *err);

struct key_pool_counts keyring_counts(struct keyring *ring, enum key_kind kind);
/* For each key of `kind` as seen for `model`; the visitor runs under the mutex: no I/O in it. */
void keyring_each(struct keyring *ring, enum key_kind kind, const char *model,
                  key_view_visit *visit, void *ctx);
/* A person's reset of rests: store and pool. */
int keyring_reset_rest(struct keyring *ring, int64_t key_id, const char *model, struct err *err);
/* Writes any of PROXIES that works ("" where there are none) into buf, for a call without a key. */
void keyring_any_proxy(struct keyring *ring, int64_t now_ms, char *buf, size_t buf_size);
/* Tells of a proxy that failed or worked. */
void keyring_proxy_result(struct keyring *ring, const char *proxy, bool worked, int64_t now_ms);

/* What the pool calls a kind that the store knows. */
enum key_kind keyring_kind(enum store_key_kind kind);

/* Adds the keys of `list` (API_KEYS and its like) that are new; returns how many were, -1 on
 * failure. */
int keyring_seed(struct store *store, enum store_key_kind kind, const struct setting_list *list,
                 struct err *err);

#endif
