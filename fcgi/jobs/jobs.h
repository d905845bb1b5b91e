/* Scheduled work: one thread per process, one table of jobs.
 *
 * A job is local (every process runs it: noticing others' changes) or shared (exactly one process
 * runs it, by a lease in the store that expires if that process dies). `gbctl maintain` runs the
 * shared ones once, for places where no process stays alive. */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

#include "config/settings.h"
#include "keyring/keyring.h"
#include "store/journal.h"
#include "store/store.h"

struct jobs;
struct upstream;

struct jobs_env {
    struct store *store;
    struct journal *journal;
    struct keyring *keyring;
    struct upstream *upstream;
    struct settings_holder *settings;
    /* Called on the scheduler's thread when saved settings have changed. */
    void (*settings_changed)(void *ctx);
    /* Called there every minute: what nobody has used for long can go. May be NULL. */
    void (*tidy)(void *ctx);
    void *ctx;
};

/* Starts the thread. `env` is copied; what it points to must outlive the jobs. */
struct jobs *jobs_start(const struct jobs_env *env, struct err *err);
/* Ends the thread; waits for a job that is running. */
void jobs_stop(struct jobs **jobs);
/* Runs every shared job that is due (all, with `force`) on the caller's thread. Returns how many
 * ran, -1 when the store could not be asked. */
int jobs_run_shared(const struct jobs_env *env, bool force, struct err *err);

#endif
