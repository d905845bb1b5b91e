#include <stdio.h>

#include "base/clock.h"
#include "base/scope.h"
#include "jobs/jobs_priv.h"
#include "store/store_log.h"
#include "store/store_sessions.h"
#include "store/store_usage.h"

static int64_t every_ten_minutes(const struct settings *set)
{
    (void)set;
    return 10 * MINUTE_MS;
}

static int64_t every_hour(const struct settings *set)
{
    (void)set;
    return HOUR_MS;
}

static int64_t days_before(int64_t now_ms, bool enabled, int64_t days)
{
    return enabled ? now_ms - days * DAY_MS : 0;
}

/* Request and error rows by age, then log.db by size. */
static int retain_log(const struct jobs_env *env, const struct settings *set, int64_t now_ms,
                      char *result, size_t result_size, struct err *err)
{
    int64_t requests_before = days_before(now_ms, set->auto_delete_request_logs_enabled,
                                          set->auto_delete_request_logs_days);
    int64_t errors_before =
        days_before(now_ms, set->auto_delete_error_logs_enabled, set->auto_delete_error_logs_days);
    int64_t max_bytes = set->log_max_mb * (int64_t)MIB;
    int64_t deleted = store_log_retain(env->store, requests_before, errors_before, max_bytes, err);
    if (deleted > 0)
        snprintf(result, result_size, "%lld rows deleted", (long long)deleted);
    return deleted < 0 ? -1 : 0;
}

static int expire_sessions(const struct jobs_env *env, const struct settings *set, int64_t now_ms,
                           char *result, size_t result_size, struct err *err)
{
    (void)set;
    (void)result;
    (void)result_size;
    return store_sessions_expire(env->store, now_ms, err);
}

static int trim_usage(const struct jobs_env *env, const struct settings *set, int64_t now_ms,
                      char *result, size_t result_size, struct err *err)
{
    (void)set;
    (void)result;
    (void)result_size;
    return store_usage_trim(env->store, now_ms, err) < 0 ? -1 : 0;
}

const struct job shared_jobs[] = {
    {"log-retention", every_ten_minutes, retain_log},
    {"session-expiry", every_ten_minutes, expire_sessions},
    {"usage-trim", every_hour, trim_usage},
};
const size_t shared_job_count = ARRAY_LEN(shared_jobs);
