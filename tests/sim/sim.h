/* A simulator of key scheduling: the real pool (and others, to compare) against a model of Google's
 * limits, under a virtual clock. Three days of traffic take seconds.
 *
 *   sim_google    projects with their limits and use, keys, spells of trouble. Decides each call.
 *   sim_scenario  what is played: keys, limits, traffic, spells.
 *   sim_client    one request: arrives, is tried on some keys, is answered or turned away.
 *   contender     a way of choosing keys, behind four functions.
 *   sim_result    what came of one contender in one scenario. */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "pool/key_pool.h"

enum {
    SIM_CONVERSATIONS = 20,
    SIM_MODELS_MAX = 6,
    SIM_KEYS_MAX = 128,
    SIM_SPELLS_MAX = 32,
    SIM_ATTEMPTS_MAX = 64
};

/* --- Google ---------------------------------------------------------------------------------- */

struct sim_limits {
    int64_t rpm, tpm, rpd; /* 0: none */
};

struct sim_model {
    const char *name;
    struct sim_limits limits[2]; /* free, paid */
    double mean_tokens;          /* of a prompt */
    double demand_per_day;       /* calls, all clients together */
};

struct sim_key {
    int64_t id;
    int project;
    bool paid;
    bool dead;
    bool not_entitled; /* limit 0 for every model */
};

enum sim_trouble { TROUBLE_NONE, TROUBLE_OVERLOAD, TROUBLE_EGRESS };

struct sim_spell {
    enum sim_trouble trouble;
    int model; /* -1: all */
    int64_t start_ms, end_ms;
    double share; /* of calls that are hit */
};

enum sim_answer_kind {
    ANSWER_OK,
    ANSWER_MINUTE_REQUESTS,
    ANSWER_MINUTE_TOKENS,
    ANSWER_DAY,
    ANSWER_LIMIT_ZERO,
    ANSWER_INVALID_KEY,
    ANSWER_THROTTLED,
    ANSWER_OVERLOADED
};

/* What Google says, as far as its bodies tell. */
struct sim_answer {
    enum sim_answer_kind kind;
    int64_t retry_delay_ms; /* RetryInfo; wrong for daily quotas, as in reality */
    int64_t quota_value;
    int64_t prompt_tokens; /* usageMetadata */
};

struct sim_google;
struct sim_scenario;

struct sim_google *sim_google_create(const struct sim_scenario *scenario);
void sim_google_destroy(struct sim_google **google);
/* Decides and books a call that arrives now. Times are the pool's clock's; Google's may be ahead of it. */
struct sim_answer sim_google_call(struct sim_google *google, int key, int model, int64_t tokens,
                                  int64_t now_ms);
/* Whether it would be served now, after all that are on the way; books nothing. */
bool sim_google_would_serve(struct sim_google *google, int key, int model, int64_t tokens,
                            int64_t now_ms);
/* When a call that would not be served now may be: the next moment at which something changes. */
int64_t sim_google_next_change(struct sim_google *google, int model, int64_t tokens,
                               int64_t now_ms);
/* Whether a scheduler that does not know the future could have sent the call, and known that it would be
 * served:
 *   - the key has had room not only now but a second ago, too: so long a call may be on its way, and so
 *     far may two clocks be apart, so that a call near a minute's boundary may be counted in either;
 *   - there is room even if calls count, with their tokens, whose refusal is on its way back;
 *   - there is room for a call larger by `doubt`, and for those under way whose tokens Google has not told to
 *     be larger by theirs (sim_google_unsized()): before it does, an estimate is all that anybody has;
 *   - Google has not said of this key that it is to be left alone for as long (RetryInfo), counted from when
 *     that was heard, for how long it was on its way nobody can know, and two seconds more, for what it says
 *     is cut off at the second and our clock may be ahead;
 *   - the Pacific day is not younger than ten seconds: when Google's own begins shows only in a call, and
 *     keys are not to come back all at once;
 *   - what limits there are has been told, or a quarter of an hour has passed: they are found out by
 *     refusals, and so is whether minutes are fixed, which takes a key that has been full for a minute at
 *     least, and of each tier;
 *   - no spell of overload or throttling that spares nobody is on, nor were three calls of the model in a row
 *     overloaded, nor was that ten seconds ago: that it has ended shows only in a call that is let in, and
 *     to try more often than every eight seconds is what throttling is meant to stop; two seconds are for
 *     the answer of that call. */
bool sim_google_has_room(struct sim_google *google, int key, int model, int64_t tokens,
                         int64_t doubt, int64_t now_ms);
int64_t sim_google_day_left(struct sim_google *google, int key, int model, int64_t now_ms);
/* A call has left for Google (1 and its tokens) or arrived (both negative). */
void sim_google_on_the_way(struct sim_google *google, int key, int model, int calls,
                           int64_t tokens);
/* A refusal has left Google (1 and the call's tokens), or is back (both negative): only then it is known that
 * the call does not count. */
void sim_google_refusal_under_way(struct sim_google *google, int key, int model, int calls,
                                  int64_t tokens);
/* A refusal that says to come back after so long (RetryInfo of a minute) is heard. */
void sim_google_told(struct sim_google *google, int key, int model, int64_t retry_delay_ms,
                     int64_t now_ms);
/* A call has left that may be larger by `doubt` than is true, for all that is known until an answer begins
 * (then negative). */
void sim_google_unsized(struct sim_google *google, int key, int model, int64_t doubt);

/* --- scenarios ------------------------------------------------------------------------------- */

enum sim_windows { WINDOWS_SLIDING, WINDOWS_FIXED, WINDOWS_MIXED };

struct sim_scenario {
    const char *name;
    struct sim_model models[SIM_MODELS_MAX];
    int model_count;
    struct sim_key keys[SIM_KEYS_MAX];
    int key_count;
    int project_count;
    struct sim_spell spells[SIM_SPELLS_MAX];
    int spell_count;
    enum sim_windows windows;
    bool limits_known;   /* told to those that can use it */
    bool failures_count; /* Google counts calls that it answers with 503 */
    double demand;       /* 1.0: as much as the pool can serve in a day */
    double swing;        /* how far traffic goes up and down over the day, 0 to 1 */
    int hours;
    int64_t start_ms;       /* a Pacific midnight */
    int64_t clock_ahead_ms; /* Google's clock, of ours */
    uint64_t seed;
};

/* --- contenders ------------------------------------------------------------------------------ */

struct sim_client {
    int64_t arrived_ms, deadline_ms;
    int64_t sent_ms; /* of the present attempt */
    int model;
    int64_t tokens, estimate;
    int64_t doubt; /* so much more may have to be reserved */
    int conversation;
    int64_t duration_ms;
    int64_t first_chunk_ms;
    bool streamed, sized;
    int attempts, failures; /* failures: attempts that MAX_RETRIES counts */
    int tried[SIM_ATTEMPTS_MAX];
    int forgotten; /* of those tried, so many may be asked again */
    int key;       /* of the present attempt */
    struct sim_answer answer;
    struct key_lease lease; /* for the pool */
    struct sim_client *next_free;
};

struct contender {
    const char *name;
    bool all_knowing; /* calls arrive at once */
    void *(*create)(const struct sim_scenario *scenario, struct sim_google *google);
    void (*destroy)(void *self);
    /* A key's index; -1: none now, *again_ms says when to ask again (0: give up). */
    int (*choose)(void *self, struct sim_client *client, int64_t now_ms, int64_t *again_ms);
    void (*settle)(void *self, struct sim_client *client, const struct sim_answer *answer,
                   int64_t now_ms);
    /* The answer of a streamed call begins, and tells the prompt's tokens; may be NULL. */
    void (*accepted)(void *self, struct sim_client *client, int64_t now_ms);
    /* How often a key was taken to be of a project that is another's; may be NULL. */
    int64_t (*misjoined)(void *self);
};

extern const struct contender contender_pool, contender_round_robin, contender_random,
    contender_oracle;

/* --- running --------------------------------------------------------------------------------- */

struct sim_result {
    int64_t asked, served, calls, wasted;
    int64_t tokens;         /* of those served */
    int64_t turned_away;    /* clients that got an error */
    int64_t wrongly_away;   /* of these: while a key could have served */
    int64_t later_turns;    /* served ones of conversations that were served before ... */
    int64_t faithful_turns; /* ... and by the same key */
    int64_t paid;           /* served by paid keys */
    int64_t misjoined;      /* keys taken to be of a project that is another's */
    double wait_sum_ms;     /* of those served: from arrival to the call that succeeded */
    int64_t waited_max_ms;
    int64_t refused_by[ANSWER_OVERLOADED + 1];
};

struct sim_result sim_run(const struct sim_scenario *scenario, const struct contender *contender);

/* Deterministic randomness: one stream each, from a seed. */
uint64_t sim_random(uint64_t *state);
double sim_uniform(uint64_t *state); /* [0, 1) */

#endif
