/* The table of jobs, for jobs.c and its tests. */
#ifndef JOBS_JOBS_PRIV_H
#define JOBS_JOBS_PRIV_H

#include "jobs/jobs.h"

struct job;

/* One run of a job. */
struct job_run {
    const struct job *job;
    const struct jobs_env *env;
    const struct settings *settings;
    int64_t now_ms;
    char result[200];     /* a line for the log; "" for nothing to tell */
    char owner[17];       /* who holds the lease */
    const bool *stopping; /* set while the program stops; NULL: never */
};

struct job {
    const char *name; /* as in the store's lease and job_runs */
    /* Milliseconds between two runs under these settings; 0: switched off. */
    int64_t (*interval_ms)(const struct settings *set);
    int (*run)(struct job_run *run, struct err *err); /* 0 or -1 */
    /* It deletes what is over, so that two processes at once do no harm, and writes nothing where
     * nothing is over. It takes no lease and is noted in the store only when `result` tells of
     * something: an idle program leaves flash alone. */
    bool sweep;
    /* Reads whether there is anything to do; without, nothing is written. NULL: there always is. */
    bool (*has_work)(struct job_run *run);
};

/* A long job calls it between steps: makes the lease last. False when the job has to end: the
 * program stops, or another process has taken over. */
bool job_may_go_on(struct job_run *run);

extern const struct job shared_jobs[];
extern const size_t shared_job_count;

#endif
