#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/scope.h"
#include "imagehost/image_shelf.h"
#include "jobs/jobs_priv.h"
#include "jobs/key_verify.h"
#include "store/store_keys.h"
#include "store/store_limits.h"
#include "store/store_log.h"
#include "store/store_log_list.h"
#include "store/store_pins.h"
#include "store/store_sessions.h"
#include "store/store_signatures.h"
#include "store/store_usage.h"

#define SIGNATURES_MAX 200000
#define KIND_FILE "file"

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

static int64_t every_check_interval(const struct settings *set)
{
    return set->check_interval_hours * HOUR_MS;
}

static int64_t days_before(int64_t now_ms, bool enabled, int64_t days)
{
    return enabled ? now_ms - days * DAY_MS : 0;
}

/* Request and error rows by age and number, then log.db by size. */
static int retain_log(struct job_run *run, struct err *err)
{
    const struct settings *set = run->settings;
    int64_t requests_before = days_before(run->now_ms, set->auto_delete_request_logs_enabled,
                                          set->auto_delete_request_logs_days);
    int64_t errors_before = days_before(run->now_ms, set->auto_delete_error_logs_enabled,
                                        set->auto_delete_error_logs_days);
    int64_t beyond = store_log_rows_cutoff(run->env->store, set->log_max_rows, err);
    if (beyond < 0)
        return -1;
    requests_before = beyond > requests_before ? beyond : requests_before;
    int64_t deleted = store_log_retain(run->env->store, requests_before, errors_before,
                                       set->log_max_mb * (int64_t)MIB, err);
    if (deleted > 0)
        snprintf(run->result, sizeof(run->result), "%lld rows deleted", (long long)deleted);
    return deleted < 0 ? -1 : 0;
}

/* What has a date of its own: sessions, pins, signatures; rests long over, with their streaks;
 * limits learned so long ago that the key's tier may have changed. */
static int expire(struct job_run *run, struct err *err)
{
    struct store *store = run->env->store;
    if (store_sessions_expire(store, run->now_ms, err) < 0 ||
        store_rests_expire(store, run->now_ms - 7 * DAY_MS, err) < 0 ||
        store_limits_expire(store, run->now_ms - 30 * DAY_MS, err) < 0 ||
        store_pins_expire_but(store, KIND_FILE, run->now_ms, err) < 0 ||
        store_signatures_expire(store, run->now_ms, SIGNATURES_MAX, err) < 0)
        return -1;
    return 0;
}

static int64_t every_cleanup_interval(const struct settings *set)
{
    return set->files_cleanup_interval_hours * HOUR_MS;
}

/* Records of files that Google has dropped by now. */
static int clean_files(struct job_run *run, struct err *err)
{
    if (!run->settings->files_cleanup_enabled)
        return 0;
    int64_t deleted = store_pins_expire_kind(run->env->store, KIND_FILE, run->now_ms, err);
    if (deleted > 0)
        snprintf(run->result, sizeof(run->result), "%lld records deleted", (long long)deleted);
    return deleted < 0 ? -1 : 0;
}

/* Images behind addresses that have ended. */
static int clean_images(struct job_run *run, struct err *err)
{
    const struct image_shelf shelf = {.data_dir = run->settings->data_dir, .now_ms = run->now_ms};
    int64_t removed = image_shelf_clean(&shelf, err);
    if (removed > 0)
        snprintf(run->result, sizeof(run->result), "%lld images removed", (long long)removed);
    return removed < 0 ? -1 : 0;
}

static int trim_usage(struct job_run *run, struct err *err)
{
    return store_usage_trim(run->env->store, run->now_ms, err);
}

const struct job shared_jobs[] = {
    {"log-retention", every_ten_minutes, retain_log, .sweep = true},
    {"expiry", every_ten_minutes, expire, .sweep = true},
    {"files-cleanup", every_cleanup_interval, clean_files, .sweep = true},
    {"usage-trim", every_hour, trim_usage, .sweep = true},
    {"image-cleanup", every_ten_minutes, clean_images, .sweep = true},
    {"key-check", every_check_interval, key_verify_job, .has_work = key_verify_has_work},
};
const size_t shared_job_count = ARRAY_LEN(shared_jobs);
