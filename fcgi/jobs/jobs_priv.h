/* The table of jobs, for jobs.c and its tests. */
#ifndef JOBS_JOBS_PRIV_H
#define JOBS_JOBS_PRIV_H

#include "jobs/jobs.h"

struct job {
    const char *name; /* as in the store's lease and job_runs */
    /* Milliseconds between two runs under these settings; 0: switched off. */
    int64_t (*interval_ms)(const struct settings *set);
    /* Does the work. `result` gets a line for the log, "" for nothing to tell. 0 or -1. */
    int (*run)(const struct jobs_env *env, const struct settings *set, int64_t now_ms, char *result,
               size_t result_size, struct err *err);
};

extern const struct job shared_jobs[];
extern const size_t shared_job_count;

#endif
