/* The insides of the pool, for its own files.
 *
 *   key_pool      the array of keys, the table of models, and what belongs to neither.
 *   pool_key      identity and state of one key; its rest for all models.
 *   pool_model    one model: a ready queue and a rest queue per kind of key, limits, lessons, gates.
 *                 Made when first asked for; the one unused for longest makes room.
 *   pool_member   a key as one model sees it: progress, rest, account, place in the queues.
 *   rest, gate    why and until when a key, or a whole model, is not lent.
 *
 * A key and its members share the slot number. A member's place in the queues is brought up to date by
 * member_settle_in() whenever something that decides it changes; what changes by time alone, or for
 * many keys at once, is found when the member comes to the top of its queue. */
#ifndef POOL_KEY_POOL_PRIV_H
#define POOL_KEY_POOL_PRIV_H

#include "base/vec.h"
#include "pool/affinity.h"
#include "pool/key_ledger.h"
#include "pool/key_pool.h"
#include "pool/lessons.h"
#include "pool/slot_map.h"

enum {
    KEY_KINDS = KEY_PAID + 1,
    KEY_STATES = KEY_DEAD + 1,
    WHY_BUSY = REST_REASON_COUNT, /* no room in the ledger */
    WHY_COUNT,
    MODELS_MAX = 256,
    MODELS_TRIAL_MAX = 16,    /* models that never answered: names that clients made up */
    MEMBERS_MAX = 512 * 1024, /* keys times models, beyond 16 models */
    EGRESS_MAX = 1024,
    GUARD_VOTES = 64,
    EVENTS_MAX = 65536,
    RULES_MAX = 512
};
#define WAKE_NEVER INT64_MAX
#define EGRESS_NONE UINT32_MAX

struct rest {
    int64_t until_ms;
    int64_t
        own_ms; /* until then for its own sake; longer for that of a key which seems to share its project */
    int64_t since_ms; /* what was lent before does not count against the key again */
    int64_t probe_ms;
    const char *rule;
    int32_t streak;
    uint32_t epoch; /* of the last reload that found it in the store */
    uint8_t reason;
    bool probing;
};

struct gate {
    int64_t until_ms;
    int64_t since_ms;
    int64_t probe_ms;
    int64_t probe_every_ms; /* single calls also while it is closed; 0: none */
    int64_t silence_ms;     /* a probe silent for so long is likely being answered; 0: no telling */
    int32_t streak;
    bool probing;
};

struct egress_gate {
    uint32_t egress;
    struct gate gate;
};

struct pool_key {
    int64_t id; /* 0: the slot is free */
    uint32_t generation;
    uint32_t sibling; /* the next key of the same project, in a ring; itself when alone */
    uint32_t egress;
    enum key_kind kind;
    enum key_state state;
    char *label, *project;
    bool noticed; /* the project is one that the pool noticed ... */
    bool named;   /* ... and the owner has told us of it, or of another */
    int64_t
        kin_test_ms; /* before, it is not tried whether the key is of that project after all ... */
    int64_t kin_span_ms; /* ... and so long not again */
    double weight;
    int64_t cap_share;
    int64_t caps[LIMIT_KIND_COUNT];
    const char *rule; /* why it is dead or paused */
    struct rest rest; /* for all models */
    int failures;
    int in_flight;
    int64_t fault_since_ms; /* calls lent before do not count as another fault */
    int64_t doubted_ms;     /* a fatal fault seen once at that time; 0 none */
};

enum member_place { PLACE_OUT, PLACE_READY, PLACE_REST };

struct pool_member {
    double progress;
    int64_t last_used_ms;
    int64_t key_id;
    int64_t wake_ms; /* in the rest queue: when to look again */
    struct rest rest;
    struct key_account *account; /* NULL until the key was used for the model */
    uint32_t position;           /* in its queue */
    int32_t in_flight;
    int32_t unheard; /* of these: nothing has come back yet */
    uint8_t place;   /* enum member_place */
    uint8_t why;     /* in the rest queue: a rest_reason or WHY_BUSY */
    uint8_t kind;
};

struct queue {
    uint32_t *slots;
    uint32_t len, cap;
};

/* A limit learned from some keys of a kind and assumed for the others. */
struct tier_lesson {
    int64_t value;
    int votes;
};

/* For calls of more tokens than this, no ready key has room before then. */
struct tight_spot {
    int64_t tokens;
    int64_t until_ms;
};

struct pool_model {
    char *name;
    uint64_t hash;
    int64_t used_ms;
    int in_flight;
    bool proven; /* Google has answered for it, or the store knows it */
    bool stale;  /* what is assumed of all keys has changed: each is to be looked at anew */
    struct pool_member *members;
    struct queue ready[KEY_KINDS], rest[KEY_KINDS];
    uint32_t blocked[KEY_KINDS][WHY_COUNT];
    double base[KEY_KINDS]; /* progress of the last pick: where a returning key starts */
    struct tight_spot tight[KEY_KINDS];
    struct gate overload;
    uint16_t outcomes;                        /* the last ones, newest in bit 0; 1: overloaded */
    int overloads;                            /* since a call was last let in */
    int64_t overload_lag_ms, throttle_lag_ms; /* how long it takes Google to refuse so */
    int unheard; /* calls under way that nothing has come back of yet */
    int lent[2]; /* calls lent in the second `lent_second`, and in the one before */
    int64_t lent_second;
    int64_t last_success_ms;
    VEC(, struct egress_gate) egress_gates;
    int64_t set_limit[KEY_KINDS][LIMIT_KIND_COUNT];
    struct tier_lesson tier[KEY_KINDS][LIMIT_KIND_COUNT];
    struct model_lessons *lessons; /* shared with other processes, or its own */
    struct model_lessons own_lessons;
    uint32_t recent_seen;  /* calls that others have told of, counted */
    uint32_t lessons_seen; /* their changes, when the keys were last looked at */
    int told_fixed;        /* accounts that were told that minutes stand by the clock */
    int stretches_open;
    uint32_t stretches; /* all there ever were, and when the last began */
    int64_t stretched_ms;
    int64_t stretch_next_ms; /* a search for so many tokens was vain: not before */
    int64_t stretch_vain_tokens;
    uint32_t stretch_hint; /* the key whose use came into doubt since; slot + 1, 0 none */
};

struct limit_rule {
    enum key_kind kind;
    enum limit_kind which;
    char *pattern;
    int64_t value;
};

struct guard_vote {
    int64_t at_ms;
    int64_t key_id;
    struct pool_model *model; /* NULL: no vote */
    uint32_t slot, generation, egress;
    struct rest before; /* to be put back */
};

struct project {
    char *name;     /* NULL: free */
    uint32_t first; /* any key of it */
};

struct key_pool {
    struct key_pool_options options;
    uint64_t random;
    VEC(, struct pool_key) keys;
    VEC(, uint32_t) free_slots;
    struct slot_map by_id;
    int live;
    int state_count[KEY_KINDS][KEY_STATES];
    struct pool_model *models[MODELS_MAX + 1];
    uint32_t model_count;
    struct slot_map by_name;
    VEC(, struct limit_rule) limits;
    VEC(, char *) egresses;
    VEC(, struct project) projects;
    struct slot_map by_project;
    struct affinity affinity;
    struct guard_vote votes[GUARD_VOTES];
    uint32_t vote_next;
    int64_t vote_last_ms;
    struct lesson_book *book; /* what processes share; NULL: nothing */
    struct kin_lessons *kin;  /* in it, or its own */
    struct kin_lessons own_kin;
    bool follows;   /* others' calls of the last minute are read from the book */
    uint32_t owner; /* a number of its own, for its calls there */
    VEC(, struct key_event) events;
    size_t events_read;
    VEC(, char *) rules; /* texts that outlive whoever gave them */
    VEC(, uint32_t) skipped;
    uint32_t epoch;
    int64_t now_ms; /* of the last call */
    int64_t day, day_start_ms, midnight_ms;
    int64_t day_lag_ms; /* how much later than ours Google's day seemed to begin */
};

/* --- key_pool.c: keys ------------------------------------------------------------------------ */

/* Brings the pool's notion of the Pacific day up to `now_ms`; first thing in every public call. */
void pool_tick(struct key_pool *pool, int64_t now_ms);
uint32_t pool_slot_of(const struct key_pool *pool, int64_t id); /* SLOT_NONE when absent */
/* The only writer of a key's state. */
void key_set_state(struct key_pool *pool, uint32_t slot, enum key_state state, const char *rule,
                   int64_t now_ms);
/* Where a key's share of fairness is kept: free keys before paid ones, or together. */
int pool_tier(const struct key_pool *pool, enum key_kind kind);
uint32_t pool_egress(struct key_pool *pool, const char *proxy);
/* A lasting copy of a rule's text. */
const char *pool_rule(struct key_pool *pool, const char *rule);
/* Uniform in [0, bound). */
int64_t pool_random(struct key_pool *pool, int64_t bound);
struct ledger_time pool_time(const struct key_pool *pool, uint32_t slot, int64_t now_ms);

/* --- projects.c ------------------------------------------------------------------------------ */

void project_join(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms);
void project_leave(struct key_pool *pool, uint32_t slot);
/* The pool's own decision: tells the owner. */
void project_move(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms);
/* Google named the project of a key. */
void project_told(struct key_pool *pool, uint32_t slot, const char *name, int64_t now_ms);

/* --- kinship.c ------------------------------------------------------------------------------- */

struct kin_sign {
    enum limit_kind which;
    int64_t limit;    /* Google's number */
    int64_t tokens;   /* of the call */
    int64_t taken_ms; /* when it was lent */
    int64_t until_ms; /* when Google says that there is room again; 0: did not */
};
/* A call of a key was refused for a quota's sake; it tested no guess. */
void kin_refused(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                 const struct kin_sign *sign);
/* Another process's call was, or ours before a restart; it is told for how long. */
void kin_refused_elsewhere(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                           bool daily, int64_t until_ms);
/* A call was served, of so many tokens. */
void kin_served(struct key_pool *pool, struct pool_model *model, uint32_t slot, int64_t taken_ms,
                int64_t tokens);
/* Whether Google says that the quota of the project which the key seems to be of is used up for the moment. */
bool kin_is_used_up(const struct key_pool *pool, const struct pool_model *model, uint32_t slot,
                    int64_t now_ms);
/* Whether it may be tried now if the key is of that project; such a trial begins; it was served, so that it is
 * not. */
int64_t kin_unheard(const struct key_pool *pool, const struct pool_model *model, uint32_t slot);
bool kin_test_due(const struct key_pool *pool, uint32_t slot);
void kin_test_begun(struct key_pool *pool, uint32_t slot, int64_t now_ms);
void kin_test_failed(struct key_pool *pool, uint32_t slot, int64_t now_ms);

/* --- pool_models.c --------------------------------------------------------------------------- */

const char *pool_model_name(const char *name);
/* The model, made when it is new; never NULL (the shared one when there is no room). */
struct pool_model *pool_model_for(struct key_pool *pool, const char *name, int64_t now_ms);
struct pool_model *pool_model_find(const struct key_pool *pool, const char *name); /* or NULL */
uint32_t pool_model_slot(const struct key_pool *pool, const struct pool_model *model);
void pool_models_make_room(struct key_pool *pool, uint32_t cap); /* for slots below `cap` */
void pool_models_add_key(struct key_pool *pool, uint32_t slot, int64_t now_ms);
void pool_models_drop_key(struct key_pool *pool, uint32_t slot);
void pool_models_free(struct key_pool *pool);

/* --- members.c ------------------------------------------------------------------------------- */

struct block {
    int64_t wake_ms; /* 0: may serve; WAKE_NEVER: out */
    uint8_t why;
    uint8_t stretch; /* see struct room */
    bool probing;    /* that of a rest whose probe is under way */
};

/* What keeps a member from serving a call of `tokens`. */
struct block member_block(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                          int64_t tokens, int64_t now_ms);
/* Puts a member where it belongs now. */
void member_settle_in(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                      int64_t now_ms);
void member_put(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                const struct block *block);
void member_take_out(struct pool_model *model, uint32_t slot);
/* Moves all whose time has come out of the rest queues. */
void model_wake(struct key_pool *pool, struct pool_model *model, int64_t now_ms);
void key_settle_in(struct key_pool *pool, uint32_t slot, int64_t now_ms); /* for all models */
struct key_account *member_account(struct key_pool *pool, struct pool_model *model, uint32_t slot);
void member_drop_account(struct pool_model *model, uint32_t slot);

/* --- fair_queue.c ---------------------------------------------------------------------------- */

bool ready_before(const struct pool_member *a, const struct pool_member *b);
bool rest_before(const struct pool_member *a, const struct pool_member *b);
typedef bool member_before(const struct pool_member *a, const struct pool_member *b);
void queue_push(struct queue *queue, struct pool_member *members, uint32_t slot,
                member_before *before);
void queue_remove(struct queue *queue, struct pool_member *members, uint32_t slot,
                  member_before *before);
void queue_moved(struct queue *queue, struct pool_member *members, uint32_t slot,
                 member_before *before);       /* its order changed */
uint32_t queue_top(const struct queue *queue); /* SLOT_NONE when empty */

/* --- key_limits.c ---------------------------------------------------------------------------- */

void model_resolve_limits(const struct key_pool *pool, struct pool_model *model);
struct quota quota_of(const struct key_pool *pool, const struct pool_model *model, uint32_t slot);
/* A 429 taught a limit. */
void limit_learn(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                 enum limit_kind which, int64_t value);
/* As if it had never been learned. */
void limit_forget(struct pool_model *model, uint32_t slot, enum limit_kind which);
bool stretch_affordable(const struct key_pool *pool, const struct pool_model *model);
void stretch_begun(struct key_pool *pool, struct pool_model *model, uint32_t slot, uint8_t stretch,
                   int64_t now_ms);
/* What came back of a call lent beyond a guess. */
void stretch_succeeded(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                       uint8_t stretch, int64_t now_ms);
/* Returns whether the refusal is no wonder, with what was tested or relied on. */
bool stretch_refused(struct key_pool *pool, struct pool_model *model, const struct key_lease *lease,
                     enum limit_kind which);

/* --- minutes.c ------------------------------------------------------------------------------- */

/* How a key's minutes are taken to run, and whether that may be put to the test; `account`: NULL when it
 * has none yet. */
enum window_kind minutes_of(const struct key_pool *pool, const struct pool_model *model,
                            const struct key_account *account);
bool minutes_are_open(const struct key_pool *pool, const struct pool_model *model,
                      const struct key_account *account);
/* A refusal for the minute's sake told to come back at `until_ms` (0: did not). */
void minutes_told(struct pool_model *model, struct key_account *account, int64_t until_ms);
void minutes_tested(struct pool_model *model, int64_t now_ms);
/* A key was served that would have been full if its minutes slid ... */
void minutes_stand(struct pool_model *model, struct key_account *account, int64_t now_ms);
/* ... or refused, by the refusal told of last, that would have had room if they stood by the clock. */
void minutes_do_not_stand(struct pool_model *model, struct key_account *account, int64_t now_ms);

/* --- rests.c --------------------------------------------------------------------------------- */

struct rest_order {
    enum rest_reason reason;
    int64_t until_ms; /* 0: by reason and streak */
    int64_t taken_ms; /* when the lease began that tells of it */
    const char *rule;
    bool expected; /* what came of a test: it does not lengthen a streak */
    bool by_kin;   /* another key's, which seems to share the project */
};

int64_t rest_wait(const struct rest *rest, int64_t now_ms); /* 0: no longer rests */
bool rest_wants_probe(const struct rest *rest, int64_t now_ms);
/* Lets a key rest for `model`, or for all with NULL, and tells the owner. */
void key_rest(struct key_pool *pool, uint32_t slot, struct pool_model *model,
              const struct rest_order *order, int64_t now_ms);
void key_rest_project(struct key_pool *pool, uint32_t slot, struct pool_model *model,
                      const struct rest_order *order, int64_t now_ms);
/* A success of a call lent at `taken_ms`. */
void rest_succeeded(struct rest *rest, int64_t taken_ms);
void rest_end(struct key_pool *pool, uint32_t slot, struct pool_model *model,
              const struct rest *instead, int64_t now_ms);
/* How long a rest of this reason lasts. */
int64_t rest_span_ms(struct key_pool *pool, enum rest_reason reason, int streak);
/* The clock was set back by `back_ms` to `now_ms`: what began by the old one lasts as long as it was to. */
void rests_follow_clock(struct key_pool *pool, int64_t back_ms, int64_t now_ms);
/* Whether it lasts only for the sake of another key that seems to share the project. */
bool rest_is_kins(const struct rest *rest, int64_t now_ms);
void rest_end_kins(struct key_pool *pool, uint32_t slot, struct pool_model *model, int64_t now_ms);
bool rest_is_quota(enum rest_reason reason);
bool rest_counts_nothing(enum rest_reason reason); /* such a call was refused, not served */
int64_t pool_day_return(const struct key_pool *pool, uint32_t slot);

/* --- gate.c: overloaded models, limited ways out --------------------------------------------- */

int64_t gate_wait(const struct gate *gate, int64_t now_ms); /* 0: open */
void gate_enter(struct gate *gate, int64_t now_ms);         /* a call goes through */
void gate_close(struct key_pool *pool, struct gate *gate, const struct rest_order *order,
                int64_t now_ms);
/* How long refusals take, of late: one lent at `taken_ms` has come; and how long a probe has to be silent
 * to be likely answered. */
void gate_lag_learn(int64_t *lag_ms, int64_t taken_ms, int64_t now_ms);
int64_t gate_silence(int64_t lag_ms);
bool gate_seems_answered(const struct gate *gate, int64_t now_ms);
/* A call that was lent at `taken_ms` came back with nothing to say about the gate. */
void gate_untold(struct gate *gate, int64_t taken_ms);
/* A call of the model is lent; the first sign of it has come back. */
void model_lent(struct pool_model *model, int64_t now_ms);
void model_heard(struct pool_model *model);
/* Opens the gate of an overloaded model whose probe is silent: it is likely being answered. */
void model_hear_silence(struct pool_model *model, int64_t now_ms);
/* A call that was lent at `taken_ms` is being answered; it succeeded. */
void model_let_in(struct pool_model *model, int64_t taken_ms, int64_t now_ms);
void model_succeeded(struct pool_model *model, int64_t taken_ms, int64_t now_ms);
void model_overloaded(struct key_pool *pool, struct pool_model *model,
                      const struct rest_order *order, int64_t now_ms);

/* --- egress_guard.c -------------------------------------------------------------------------- */

struct gate *egress_gate_of(struct pool_model *model, uint32_t egress); /* NULL: never closed */
/* A 429 without details. Returns true when it is the way out that is limited: no key is to rest. */
bool egress_throttled(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                      uint32_t egress, const struct rest_order *order, int64_t now_ms);
void egress_close(struct key_pool *pool, struct pool_model *model, uint32_t egress,
                  const struct rest_order *order, int64_t now_ms);
void egress_succeeded(struct key_pool *pool, struct pool_model *model, uint32_t egress,
                      int64_t taken_ms);
void egress_forget_model(struct key_pool *pool, const struct pool_model *model);

/* --- pool_events.c --------------------------------------------------------------------------- */

/* Adds an event for a key, about `model` (NULL: all), and returns it to be filled. */
struct key_event *pool_event(struct key_pool *pool, enum key_event_kind kind, uint32_t slot,
                             const struct pool_model *model);

/* --- choose.c -------------------------------------------------------------------------------- */

struct search {
    struct key_pool *pool;
    struct pool_model *model;
    const struct key_query *query;
    int64_t now_ms;
    int64_t tokens;       /* to be reserved ... */
    int64_t surplus;      /* ... and how many of them will likely come back */
    double turn_ratio;    /* known of the conversation; 0 unknown */
    int64_t too_large_ms; /* when a ready key that lacks room for these tokens has it */
    enum key_kind kinds[2];
    int kind_count;
};

void search_begin(struct search *search, struct key_pool *pool, const struct key_query *query,
                  int64_t now_ms);
bool search_wants(const struct search *search, uint32_t slot); /* kind fits, not tried */
/* The ready key with the least progress that fits; SLOT_NONE. */
uint32_t search_ready(struct search *search);
/* A key that would fit if a guess about its limits were wrong. */
uint32_t search_stretch(struct search *search, uint8_t *stretch_r);
void search_advance(struct search *search, uint32_t slot, bool in_turn);
void search_lend(struct search *search, uint32_t slot, uint8_t stretch, struct key_lease *lease_r);

/* --- shortage.c ------------------------------------------------------------------------------ */

enum acquire_result shortage_of(struct search *search, struct key_shortage *shortage_r);

#endif
