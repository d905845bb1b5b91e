/* The key scheduler: a pure state machine over an array of keys. No I/O, no clock, no locks: time is
 * a parameter, and whoever uses it from several threads holds a mutex around each call.
 *
 *   key_pool     all keys of one kind of upstream, and for each model its fair queue. Owned by the
 *                keyring (or a test, or the simulator).
 *   pool_key     one key: identity (kind, label, project, weight, proxy) and state (ready, paused,
 *                dead). Rests belong to the key and one model, or to the key and all models.
 *   key_ledger   what is known of limits and of use in the present minute and Pacific day, per
 *                project (or key) and model.
 *   key_query    what a call needs of a key.
 *   key_lease    one key lent to one attempt. Settled exactly once.
 *   key_effect   what an attempt did to its key, decided by the verdict.
 *   key_event    what the pool tells its owner to persist; handed out by key_pool_drain_events().
 *
 * What the pool does not know it tries out, but seldom: a limit learned from one key is assumed for the
 * others of its kind, a minute is assumed to slide, keys whose refusals go together are assumed to be of
 * one project. Only when a client would otherwise be turned away, and only a few times in a thousand calls,
 * a key is lent beyond such an assumption; what comes back settles it.
 *
 * Choosing is a fair queue by virtual progress (`v`) with weights, per model: the eligible key with
 * the smallest v is taken and v += 1/weight; a key that becomes eligible again starts at the
 * smallest v of those that are, so that it is neither flooded nor starved. */
#ifndef POOL_KEY_POOL_H
#define POOL_KEY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

enum key_kind { KEY_GEMINI, KEY_VERTEX, KEY_PAID };
enum key_state { KEY_READY, KEY_PAUSED, KEY_DEAD };

/* Why a key rests. The order is that of seriousness, for summaries. */
enum rest_reason {
    REST_NONE,
    REST_OVERLOAD,     /* not this key: the model is overloaded for everybody */
    REST_EGRESS,       /* not this key: Google limits the address that calls leave from */
    REST_MINUTE_QUOTA, /* requests or tokens of this minute are used up */
    REST_DAY_QUOTA,    /* until midnight Pacific */
    REST_NOT_ENTITLED, /* limit 0: the model is not on this key's tier; not a fault */
    REST_MODEL_GONE,   /* "no longer available to new users": this key and model */
    REST_THROTTLED,    /* 429 without details */
    REST_FAULT,        /* a fault of the key that may pass */
    REST_SPENT,        /* prepaid credits or spending cap: whole project */
    REST_REASON_COUNT
};

enum limit_kind {
    LIMIT_REQUESTS_MINUTE,
    LIMIT_TOKENS_MINUTE,
    LIMIT_REQUESTS_DAY,
    LIMIT_TOKENS_DAY,
    LIMIT_KIND_COUNT
};

/* What the pool is told of a key when it is added. Texts are copied. */
struct key_identity {
    int64_t id;
    enum key_kind kind;
    const char *label;
    const char *project; /* "" unknown: the key stands alone */
    const char *proxy;   /* the way out this key's calls take, "" direct; NULL: chosen per call, so
                          * that the egress guard cannot hold the key back beforehand */
    double weight;       /* > 0 */
    int64_t cap_share;   /* percent of a limit to use at most; 0: the pool's */
    int64_t caps[LIMIT_KIND_COUNT]; /* a person's own limits, for each model; 0: none. Never
                                     * tested, as what is guessed is */
};

struct key_pool_options {
    int max_failures;        /* consecutive own faults before a key is called dead; 0: never */
    bool free_first;         /* gemini keys before paid ones */
    bool affinity;           /* soft affinity of conversations */
    int limit_share;         /* percent of a limit to use at most, 1..100 */
    int64_t affinity_ttl_ms; /* how long a conversation is remembered: 1 hour */
    uint64_t seed;           /* for jitter; a test gives a constant */
};

struct key_pool;

struct key_pool *key_pool_create(const struct key_pool_options *options);
void key_pool_destroy(struct key_pool **pool);
void key_pool_configure(struct key_pool *pool, const struct key_pool_options *options);

/* Has conversations kept in memory that other processes use as well: KEY_POOL_AFFINITY_BYTES, zeroed at
 * first; borrowed, and outlives the pool. Before the first call; without it the pool has its own. */
#define KEY_POOL_AFFINITY_BYTES ((size_t)(sizeof(void *) > 4 ? 2048 : 256) * 1024)
void key_pool_share_affinity(struct key_pool *pool, void *memory);
/* The same for what is found out about models and between keys (pool/lessons.h). What another layout left
 * there is forgotten. */
#define KEY_POOL_LESSONS_BYTES ((size_t)160 * 1024)
void key_pool_share_lessons(struct key_pool *pool, void *memory);
/* In a process that serves one request: the minute's use by others is taken from the calls that they tell of
 * in that memory, to the millisecond, and what is told by key_pool_set_others_use() of it is not needed. Has no
 * effect where there are more calls than that holds. After key_pool_share_lessons(), before the first call. */
void key_pool_follow_calls(struct key_pool *pool, int64_t now_ms);

/* --- keys ------------------------------------------------------------------------------------ */

/* A project's name that the pool gave, to keys that seem to share one: "with key N". What it gave it may take
 * back; what a person named, or Google told ("projects/N"), stays. */
#define KEY_PROJECT_NAME 64
bool key_project_is_noticed(const char *project);

/* Adds a key or updates the identity of the one with that id. Told of no project, as it was before, a key
 * keeps the one that the pool noticed and told its owner of (KEY_EVENT_PROJECT). */
void key_pool_put(struct key_pool *pool, const struct key_identity *identity, int64_t now_ms);
void key_pool_remove(struct key_pool *pool, int64_t id);
/* A state that a person or the store set. Becoming ready clears failures. */
void key_pool_set_state(struct key_pool *pool, int64_t id, enum key_state state, const char *reason,
                        int64_t now_ms);
/* A rest that the store knows; model "" for all. Longer ones win. */
void key_pool_restore_rest(struct key_pool *pool, int64_t id, const char *model,
                           enum rest_reason reason, int64_t until_ms, int streak);
/* A person's reset: ends rests (of one model, of the key as a whole with "", or all with NULL).
 * With NULL the limits learned for the key are forgotten too. */
void key_pool_reset_rest(struct key_pool *pool, int64_t id, const char *model, int64_t now_ms);
void key_pool_restore_failures(struct key_pool *pool, int64_t id, int failures);
/* Around a walk over all rests that the store knows: those of ours that the walk does not restore
 * and that began before `known_before_ms` were ended by somebody else, and end here too. */
void key_pool_reload_begin(struct key_pool *pool);
void key_pool_reload_end(struct key_pool *pool, int64_t known_before_ms, int64_t now_ms);

/* --- limits and use -------------------------------------------------------------------------- */

/* A limit from the settings: for models that match `model_pattern`, and keys of `kind`. Where
 * several patterns match, the longest counts; of equally long ones the last. */
void key_pool_set_limit(struct key_pool *pool, enum key_kind kind, const char *model_pattern,
                        enum limit_kind which, int64_t value);
void key_pool_clear_limits(struct key_pool *pool); /* those from the settings */
/* A limit learned from a 429 (restored from the store). */
void key_pool_restore_limit(struct key_pool *pool, int64_t id, const char *model,
                            enum limit_kind which, int64_t value);
/* Around a walk over all learned limits that the store knows: those that the walk does not restore and that
 * were learned before `known_before_ms` were forgotten by a person, and are forgotten here too. */
void key_pool_reload_limits_begin(struct key_pool *pool);
void key_pool_reload_limits_end(struct key_pool *pool, int64_t known_before_ms);
/* What all processes together used today (Pacific day) and this minute, beyond what this process
 * counted itself; replaces what was told before. */
void key_pool_set_foreign_use(struct key_pool *pool, int64_t id, const char *model,
                              int64_t minute_requests, int64_t minute_tokens, int64_t day_requests,
                              int64_t day_tokens, int64_t now_ms);

/* What this process used of a quota today, requests and tokens, without the calls under way; of all the
 * keys that share the project. 0 for a key that is not there. */
void key_pool_own_today(struct key_pool *pool, int64_t id, const char *model, int64_t now_ms,
                        int64_t used_r[2]);
/* What other processes used of it. */
struct key_others_use {
    int64_t last_minute[2];  /* of the 60 s before now */
    int64_t clock_minute[2]; /* since the last full minute */
    int64_t day[2];          /* since Pacific midnight */
};
/* As key_pool_set_foreign_use(): of the minutes the one counts that fits how the quota's run. */
void key_pool_set_others_use(struct key_pool *pool, int64_t id, const char *model,
                             const struct key_others_use *use, int64_t now_ms);
/* The other keys that are known to share the key's project: at most `max`; returns how many. */
size_t key_pool_siblings(const struct key_pool *pool, int64_t id, int64_t *ids_r, size_t max);

/* --- choosing -------------------------------------------------------------------------------- */

#define KEY_TRIED_MAX 16
#define KEY_PROMPT_KINDS 5

struct key_query {
    enum key_kind kind; /* KEY_GEMINI queries may be served by KEY_PAID keys too */
    const char *model;  /* bare model id; "" for calls without one (lists, files): their rests
                             * and use are kept under the name "-" */
    int64_t pinned_key; /* > 0: this key or none (resources belong to one project) */
    /* > 0: rather this key than another, as long as it can serve (files of one conversation) */
    int64_t preferred_key;
    uint64_t affinity; /* fingerprint of the conversation, 0 none; the same in all processes */
    int64_t tokens;    /* estimate of prompt tokens, to be reserved; 0 unknown */
    int prompt_kind;   /* below KEY_PROMPT_KINDS: estimates of one kind are off in the same way */
    bool need_paid;    /* only KEY_PAID keys will do */
    int64_t tried[KEY_TRIED_MAX]; /* keys that this request has tried: not again */
    int tried_count;
};

struct key_lease {
    int64_t key_id;      /* 0: nothing lent */
    uint32_t slot;       /* private: where the key was ... */
    uint32_t generation; /* ... and which key it was, so that settling a deleted key is harmless */
    uint32_t model_slot; /* private */
    int64_t taken_ms;
    int64_t reserved_tokens;
    uint8_t prompt_kind; /* private, as the next ones: the query's ... */
    int64_t estimate;    /* ... 0 none ... */
    int64_t surplus;     /* ... and how many tokens more than likely were reserved */
    uint64_t affinity;   /* private: the conversation, and what was known of it */
    double turn_ratio;
    bool accepted;   /* private: key_pool_accepted() was called ... */
    bool sized;      /* ... and told the tokens: they are what is reserved */
    bool probe;      /* the one call that tries a key whose fault rest has ended */
    uint8_t stretch; /* private: which guesses about limits this call tests ... */
    uint32_t recent; /* ... and its number among those that processes tell of */
};

enum acquire_result {
    ACQUIRE_OK,    /* *lease is filled */
    ACQUIRE_WAIT,  /* none now; the earliest returns at shortage->earliest_ms */
    ACQUIRE_EMPTY, /* no key of that kind exists at all, or all are dead or paused */
    ACQUIRE_TRIED, /* every key that is neither dead nor paused has been tried by this request;
                      * the shortage is filled as for ACQUIRE_WAIT */
    ACQUIRE_PINNED /* the pinned key cannot serve now; earliest_ms when it can, 0 never */
};

/* Why nobody could be lent, for an honest answer. */
struct key_shortage {
    int64_t earliest_ms; /* of the keys not tried yet; 0: nobody knows */
    int total;           /* keys of the kind */
    int paused, dead;
    int resting[REST_REASON_COUNT]; /* by reason, for this model */
    int busy;                       /* no room in the ledger, without a rest */
};

enum acquire_result key_pool_acquire(struct key_pool *pool, const struct key_query *query,
                                     int64_t now_ms, struct key_lease *lease_r,
                                     struct key_shortage *shortage_r);

/* --- settling -------------------------------------------------------------------------------- */

enum key_effect_kind {
    EFFECT_NONE,     /* not the key's doing, and no success either (a bad request, a cut) */
    EFFECT_SUCCESS,  /* clears streaks and failures */
    EFFECT_NOT_SENT, /* nothing reached upstream: give the reservation back */
    EFFECT_REST,  /* rest until `until_ms` or for a time of the pool's choice. Where the reason is
                       * REST_MINUTE_QUOTA, REST_DAY_QUOTA, REST_NOT_ENTITLED, REST_THROTTLED or
                       * REST_SPENT, the call was refused and counts against no limit */
    EFFECT_FAULT, /* the key's own fault: count it, rest a little, doubled by the streak */
    EFFECT_DEAD   /* dead at once, with `rule` as reason */
};

enum rest_scope {
    SCOPE_KEY_MODEL,
    SCOPE_KEY,
    /* All keys known to be of the key's project; of those that the pool only noticed, such a rest may be
     * tried, and only a quota's puts them to rest. */
    SCOPE_PROJECT_MODEL,
    SCOPE_PROJECT,
    SCOPE_MODEL,       /* overload: no key rests; the model rests for half a second, or a few, once
                          * overload is all that comes back, and single probes end that */
    SCOPE_EGRESS_MODEL /* no key rests, but this model by this way out */
};

struct key_effect {
    enum key_effect_kind kind;
    enum rest_scope scope;
    enum rest_reason reason;
    int64_t until_ms;      /* EFFECT_REST: absolute; 0: the pool decides by reason and streak. The
                            * pool makes it longer for a long streak, and shorter for a daily quota
                            * that "ends" in the first minutes of the Pacific day */
    bool confirm_twice;    /* EFFECT_DEAD: the first time only rests for a minute */
    const char *rule;      /* constant text: the verdict's rule id */
    enum limit_kind limit; /* with learned_value > 0: what a 429 taught */
    int64_t learned_value;
    int64_t prompt_tokens, output_tokens; /* true-up; -1 unknown */
    const char *egress; /* proxy that was used, "" direct, NULL unknown: for the egress guard, which
                            * takes every REST_THROTTLED as a vote and every success as a veto */
    const char *project; /* "projects/N": Google told whose call it was; NULL unknown */
};

/* Google answers a call that is under way: it has been let in, and its prompt has so many tokens (-1:
 * not told). What was reserved too much is free for others at once, not only when the answer ends.
 * `egress` as in struct key_effect. May be called once before settling; a second time nothing happens. */
void key_pool_accepted(struct key_pool *pool, struct key_lease *lease, int64_t prompt_tokens,
                       const char *egress, int64_t now_ms);

/* Ends the lease (lease->key_id becomes 0). Settling twice is a programming error (asserted). */
void key_pool_settle(struct key_pool *pool, struct key_lease *lease,
                     const struct key_effect *effect, int64_t now_ms);

/* --- persistence ----------------------------------------------------------------------------- */

enum key_event_kind {
    KEY_EVENT_REST,
    KEY_EVENT_REST_CLEARED,
    KEY_EVENT_STATE,
    KEY_EVENT_FAILURES,
    KEY_EVENT_LIMIT,
    KEY_EVENT_PROJECT
};

struct key_event {
    enum key_event_kind kind;
    int64_t key_id;
    char model[LIMIT_MODEL_NAME]; /* "" all */
    enum rest_reason reason;
    const char *rule;
    int64_t until_ms;
    int streak;
    enum key_state state;
    int failures;
    enum limit_kind limit;
    int64_t value; /* KEY_EVENT_LIMIT: the limit */
    /* KEY_EVENT_PROJECT: of which project the key is, "" again of none; not to replace a person's word. */
    char project[KEY_PROJECT_NAME];
};

/* Copies up to `max` events and removes them; returns how many. The owner calls it after every
 * settle, still under its mutex, and persists outside it. */
size_t key_pool_drain_events(struct key_pool *pool, struct key_event *events_r, size_t max);

/* --- rotation shared by processes ------------------------------------------------------------ */

struct key_progress {
    int64_t key_id;
    double progress;
};
/* Takes over the stored progress for `model` (as far as it is ahead of ours) and plans the next
 * `count` picks among the keys that could serve now, advancing the progress. Fills at most `count` key
 * ids into picks_r, and at most two rounds of them, and returns how many; changed_r (room for
 * `changed_max`, at least `count`) gets the rows to store. */
size_t key_pool_plan(struct key_pool *pool, const struct key_query *query, size_t count,
                     const struct key_progress *stored, size_t stored_count, int64_t now_ms,
                     int64_t *picks_r, struct key_progress *changed_r, size_t changed_max,
                     size_t *changed_count_r);
/* As key_pool_acquire, but takes `planned_key` when it can serve; ACQUIRE_TRIED when it cannot (take
 * the next of the plan); ACQUIRE_WAIT when no key may (the model rests: keep the plan and ask
 * key_pool_acquire for the shortage). Does not advance the progress: the plan did. */
enum acquire_result key_pool_acquire_planned(struct key_pool *pool, const struct key_query *query,
                                             int64_t planned_key, int64_t now_ms,
                                             struct key_lease *lease_r);

/* Whether the query's conversation is bound to a key: then key_pool_acquire() before the plan. */
bool key_pool_has_affinity(struct key_pool *pool, const struct key_query *query, int64_t now_ms);

/* For owners that choose the way out per call: 0 when calls for `model` may leave by `egress` (if that
 * ends a rest, the caller's call is its single probe), else when to ask again. */
int64_t key_pool_egress_wait(struct key_pool *pool, const char *model, const char *egress,
                             int64_t now_ms);

/* --- looking --------------------------------------------------------------------------------- */

struct key_pool_counts {
    int total, ready, paused, dead;
    int resting[REST_REASON_COUNT]; /* keys resting for all models, or for at least one */
};
struct key_pool_counts key_pool_count(struct key_pool *pool, int64_t now_ms);

struct key_view {
    int64_t id;
    enum key_state state;
    bool eligible;           /* would it be considered for the model now? */
    enum rest_reason reason; /* if not: why ... */
    int64_t until_ms;        /* ... and until when; 0 unknown */
    const char *rule;        /* borrowed until the next change of the pool */
    int in_flight;
    int failures;
    double progress;
    int64_t minute_requests, minute_tokens, day_requests, day_tokens;
    int64_t limits[LIMIT_KIND_COUNT]; /* in force; 0 unknown */
    enum key_kind kind;
};
typedef void key_view_visit(void *ctx, const struct key_view *view);
/* Shows every key as seen for `model` ("" for none in particular). */
void key_pool_each(struct key_pool *pool, const char *model, int64_t now_ms, key_view_visit *visit,
                   void *ctx);

const char *rest_reason_word(enum rest_reason reason); /* "minute_quota", ... for store and API */
enum rest_reason rest_reason_of(const char *word);     /* REST_FAULT when unknown */

#endif
