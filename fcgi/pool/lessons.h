/* What was found out beside rests and limits: of each model, how minutes run, whether calls that fail are
 * counted, how many tokens a prompt's bytes make, and how many guesses were lost; and which keys seem to share
 * a project.
 *
 * All of it is plain memory without pointers and locks, so that processes may share it (a mapped file): one
 * that answers a single request begins with what the others know, and so does one after a restart. What two of
 * them write at the same moment may mix, and at worst something is found out once more. */
#ifndef POOL_LESSONS_H
#define POOL_LESSONS_H

#include <stdint.h>

#include "pool/key_ledger.h"
#include "pool/key_pool.h"
#include "pool/recent_calls.h"

/* Whether what we had used explains it; STRANGE is less than the limit, UNEXPLAINED clearly less. Of two, the
 * sum has to be one of each at least. */
enum refusal_kind { REFUSAL_EXPLAINED, REFUSAL_STRANGE = 2, REFUSAL_UNEXPLAINED = 3 };
/* A key was refused for a quota's sake: of its project nobody is served until it returns. */
struct refusal {
    int64_t key_id; /* 0: none */
    int64_t at_ms, until_ms;
    int64_t tokens; /* of the call that was refused */
    uint8_t which;  /* enum limit_kind */
    uint8_t kind;   /* enum refusal_kind */
};

/* How far estimates of prompts of one kind are off: true tokens to estimated ones. */
struct size_lesson {
    double ratio;  /* a running mean ... */
    double spread; /* ... and how far single calls are from it */
    double most;   /* the most that one of the last thousands had: no more is reserved */
    int32_t seen;  /* the first few count for more */
};

enum { REFUSALS = 16, KINSHIPS = 64, LESSON_MODELS = 64, VOTES_MAX = 1000 };

struct model_lessons {
    uint64_t model;       /* hash of its name; 0: free */
    int64_t used_ms;      /* to ten seconds */
    int64_t counting_ms;  /* since when its calls are counted */
    uint32_t changes;     /* of what is assumed of all keys, counted */
    int32_t unsure_votes; /* above 0: failed calls are not counted by Google, below: they are */
    int32_t window_votes[WINDOW_FIXED + 1];
    int32_t stretches_lost;    /* tests of guesses that were refused ... */
    int64_t served;            /* ... of so many calls */
    int64_t window_unclear_ms; /* when a refusal last contradicted itself about how minutes run */
    int64_t window_next_ms;    /* before, no more tests of minutes that seem to slide ... */
    int64_t unsure_next_ms;    /* ... and of failed calls that seem to count */
    struct size_lesson sizes[KEY_PROMPT_KINDS];
    double turn_spread;   /* how far single calls are from the ratio of their conversation */
    double token_caution; /* how many spreads are reserved more than the mean */
    double token_mean;
    struct refusal refusals[REFUSALS];
    uint32_t refusal_next;
    int64_t refused_until_ms; /* the last of them */
};

/* What speaks for two keys' sharing a project, less what speaks against it. */
struct kinship {
    int64_t one, other; /* ids, the lower one first; 0: none */
    int32_t score;
    int32_t daily;
    int64_t at_ms; /* of the last sign ... */
    uint64_t model_hash;
    int64_t against_ms; /* ... and of the refusal that the last sign against was about */
};

struct kin_lessons {
    uint32_t next;
    uint32_t suspects; /* whether there is a kinship */
    struct kinship kinships[KINSHIPS];
};

struct lesson_book {
    uint32_t layout;
    struct kin_lessons kin;
    struct model_lessons models[LESSON_MODELS];
    struct recent_calls calls;
};

struct key_pool;
struct pool_model;

/* What is assumed of a model that nothing is known of. */
void lessons_init(struct model_lessons *lessons);
/* Sees to it that model->lessons are those that other processes share, where there are such. */
void lessons_find(struct key_pool *pool, struct pool_model *model, int64_t now_ms);
/* Google has answered for the model: what is known of it is shared from now on. */
void lessons_keep(struct key_pool *pool, struct pool_model *model, int64_t now_ms);
/* What is assumed of all keys has changed: each is to be looked at anew, in every process. */
void lessons_changed(struct pool_model *model);

#endif
