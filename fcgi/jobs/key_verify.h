/* Checking keys, few at a time, and keeping what was found: the same code for the scheduled check,
 * the admin's and `gbctl keys verify`. */
#ifndef JOBS_KEY_VERIFY_H
#define JOBS_KEY_VERIFY_H

#include "exchange/key_check.h"
#include "jobs/jobs_priv.h"
#include "store/store_keys.h"

struct key_verify_env {
    struct store *store;
    struct keyring *keyring; /* told of what changed; NULL in gbctl */
    struct upstream *upstream;
    const struct settings *settings;
    int parallel;     /* checks at once, 1..8 */
    int64_t pause_ms; /* of each thread after a check: spreads them out */
};

struct key_verify_step {
    size_t done, total;
    int64_t key_id;
    const char *hint;
    const struct key_check *check;
};
/* Called after each key, one call at a time. Other than 0 ends the verification. */
typedef int key_verify_visit(void *ctx, const struct key_verify_step *step);

/* Which keys: all, or only those that are dead or rest for longer than an hour. */
enum key_verify_choice { KEY_VERIFY_ALL, KEY_VERIFY_SICK };

/* Checks the keys of `ids` (or, with count 0, those of the choice). A dead key that works or merely
 * has no quota is put back; one that is found dead is called so; a fault rest of one that works
 * ends. Paused keys stay paused. 0, or -1 when the store could not be read. */
int key_verify(const struct key_verify_env *env, const int64_t *ids, size_t count,
               enum key_verify_choice choice, key_verify_visit *visit, void *ctx, struct err *err);

/* The scheduled check (CHECK_INTERVAL_HOURS): the sick ones, two at a time. */
int key_verify_job(struct job_run *run, struct err *err);
/* Whether that job has a key to ask; reads only. */
bool key_verify_has_work(struct job_run *run);

#endif
