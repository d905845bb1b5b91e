/* Leases: who runs a scheduled job, so that exactly one process does. */
#ifndef STORE_STORE_JOBS_H
#define STORE_STORE_JOBS_H

#include "store/store.h"

/* Takes or renews the lease `name` for `owner` until `until_ms` if it is free, expired at `now_ms`,
 * or already ours. 1: ours; 0: another's; -1. */
int store_lease_take(struct store *store, const char *name, const char *owner, int64_t now_ms,
                     int64_t until_ms, struct err *err);
int store_lease_release(struct store *store, const char *name, const char *owner, struct err *err);
/* When the job last ended; 0 never. */
int64_t store_job_last_run(struct store *store, const char *name);
int store_job_ran(struct store *store, const char *name, int64_t now_ms, const char *result,
                  struct err *err);

#endif
