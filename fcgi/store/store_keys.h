/* Keys, their states and their rests. */
#ifndef STORE_STORE_KEYS_H
#define STORE_STORE_KEYS_H

#include "base/arena.h"
#include "store/store.h"

/* Stored as these words: gemini, vertex, paid. */
enum store_key_kind { STORE_KEY_GEMINI, STORE_KEY_VERTEX, STORE_KEY_PAID };
#define STORE_KEY_KINDS 3
/* active: may be used (rests permitting); paused: by a person; dead: with a reason. */
enum store_key_state { STORE_KEY_ACTIVE, STORE_KEY_PAUSED, STORE_KEY_DEAD };
#define STORE_KEY_STATES 3
extern const char *const store_key_kind_words[STORE_KEY_KINDS];
extern const char *const store_key_state_words[STORE_KEY_STATES];
/* Which of them a word is; -1 when it is none. */
int store_key_kind_of(const char *word);
int store_key_state_of(const char *word);

/* What a person allows a key at most. 0: no cap; in store_key_cap() -1 leaves one as it is. */
#define STORE_KEY_CAPS 4
struct store_key_caps {
    int64_t share;                /* percent of Google's limits, 1 to 100 */
    int64_t most[STORE_KEY_CAPS]; /* for each model, in the order of enum store_metric */
};

struct store_key {
    int64_t id;
    enum store_key_kind kind;
    enum store_key_state state;
    const char *secret; /* opened; NULL when only `sealed` was asked for */
    const char *sealed;
    const char *hash; /* look-up hash, hex */
    const char *hint; /* redacted form to show */
    const char *label;
    const char *project; /* keys of one Cloud project share quotas; "" unknown */
    const char *proxy;   /* own proxy URL, "" for the shared choice */
    double weight;       /* > 0, 1 by default */
    struct store_key_caps caps;
    const char *reason; /* why dead, a rule id; "" otherwise */
    int64_t state_since_ms;
    int64_t failures; /* consecutive faults of the key itself */
    int64_t created_ms;
    int64_t last_used_ms;
    const char *last_error;
    int64_t last_error_ms;
};

/* A rest of one key: for one model, or for all ("" as model). */
struct store_rest {
    int64_t key_id;
    const char *model;
    int64_t until_ms;
    const char *reason; /* rule id */
    int64_t streak;     /* rests in a row without a success between */
    int64_t since_ms;
};

typedef int store_key_visit(void *ctx, const struct store_key *key); /* != 0 stops the walk */
typedef int store_rest_visit(void *ctx, const struct store_rest *rest);

/* Walks all keys by id, secrets opened when `open`; a key that does not open is passed with
 * secret NULL (and logged once). */
int store_keys_each(struct store *store, bool open, store_key_visit *visit, void *ctx,
                    struct err *err);
/* One key into the arena. 1 found, 0 not, -1 failed. */
int store_key_get(struct store *store, int64_t id, bool open, struct arena *arena,
                  struct store_key *key_r, struct err *err);
/* Finds a key by its secret. 1 found (id_r), 0 not, -1 failed. */
int store_key_find(struct store *store, enum store_key_kind kind, const char *secret, int64_t *id_r,
                   struct err *err);

/* Adds a key. 1: added, id_r set; 0: it is there already (id_r its id); -1. With `seed` a key that
 * a person once deleted stays deleted (0, id_r 0); without, it comes back. */
int store_key_add(struct store *store, enum store_key_kind kind, const char *secret,
                  const char *label, bool seed, int64_t *id_r, struct err *err);
/* Deletes it and all that belongs to it; remembers its hash, so that a seed does not bring it
 * back. 1 deleted, 0 was not there. */
int store_key_delete(struct store *store, int64_t id, struct err *err);
/* Sets the state; leaving dead or paused clears reason and failures. -1 with ERR_NOT_FOUND when the
 * key is gone. `now_ms` becomes state_since_ms when the state is another than before. */
int store_key_set_state(struct store *store, int64_t id, enum store_key_state state,
                        const char *reason, int64_t now_ms, struct err *err);
/* Changes label, project, proxy, weight: those that are not NULL / > 0. -1 with ERR_NOT_FOUND. */
int store_key_edit(struct store *store, const struct store_key *changes, struct err *err);
/* Sets the project that the pool found out, "" when it is none after all; what a person named stays, and so
 * does what Google told ("projects/N") against what was only noticed ("with key N"). A key that is gone is no
 * error. */
int store_key_notice_project(struct store *store, int64_t id, const char *project, struct err *err);
/* Changes caps. -1 with ERR_NOT_FOUND. */
int store_key_cap(struct store *store, int64_t id, const struct store_key_caps *caps,
                  struct err *err);
/* Adds `delta` to the failure streak, or clears it with INT64_MIN. `last_error` is kept with its
 * time unless NULL. A key that is gone is no error. */
int store_key_failures(struct store *store, int64_t id, int64_t delta, const char *last_error,
                       int64_t now_ms, struct err *err);

/* All rests that end after `now_ms`. */
int store_rests_each(struct store *store, int64_t now_ms, store_rest_visit *visit, void *ctx,
                     struct err *err);
/* How many active keys rest for each model and reason, those for all models under "". */
typedef int store_rest_count_visit(void *ctx, const char *model, const char *reason, int64_t keys);
int store_rests_count(struct store *store, int64_t now_ms, store_rest_count_visit *visit, void *ctx,
                      struct err *err);
/* Records a rest; an existing one is only ever made longer: until = max(old, new), and the streak
 * only grows. A key that is gone is no error. */
int store_rest_put(struct store *store, const struct store_rest *rest, struct err *err);
/* Ends rests of a key (one model, or all with NULL): a person's reset, or a success. */
int store_rest_clear(struct store *store, int64_t key_id, const char *model, struct err *err);
/* Forgets rests that ended before `before_ms`, with their streaks. */
int store_rests_expire(struct store *store, int64_t before_ms, struct err *err);

#endif
