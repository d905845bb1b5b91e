#include "jobs/jobs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "jobs/jobs_priv.h"
#include "store/store_jobs.h"
#include "store/store_log.h"
#include "store/store_settings.h"

/* How often a process looks for what others have changed. */
#define WATCH_MS 200
/* How often it looks whether a shared job is due. */
#define SHARED_MS (5 * SECOND_MS)
#define TIDY_MS MINUTE_MS
/* A long job renews its lease; a process that dies in one leaves it to the others after this. */
#define LEASE_MS (2 * MINUTE_MS)
#define JOBS_MAX 16

struct jobs {
    struct jobs_env env;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stopping;
    int64_t settings_generation;
    /* When this process last looked at each job: what found nothing to do is not in the store. */
    int64_t looked_ms[JOBS_MAX];
};

static void watch_settings(struct jobs *jobs)
{
    int64_t generation = store_settings_generation(jobs->env.store);
    if (generation < 0 || generation == jobs->settings_generation)
        return;
    jobs->settings_generation = generation;
    if (jobs->env.settings_changed)
        jobs->env.settings_changed(jobs->env.ctx);
}

static bool is_stopping(const struct job_run *run)
{
    return run->stopping && __atomic_load_n(run->stopping, __ATOMIC_RELAXED);
}

bool job_may_go_on(struct job_run *run)
{
    int64_t now_ms = clock_wall_ms();
    if (is_stopping(run))
        return false;
    return store_lease_take(run->env->store, run->job->name, run->owner, now_ms, now_ms + LEASE_MS,
                            NULL) > 0;
}

static void run_and_tell(struct job_run *run)
{
    struct err err = ERR_INIT;
    char quoted[400];
    int rc = run->job->run(run, &err);
    if (rc < 0)
        log_event(LOG_WARNING, "job.failed", "job=%s error=%s", run->job->name,
                  log_quote(err.text, quoted, sizeof(quoted)));
    else if (run->result[0])
        log_event(LOG_INFO, "job.done", "job=%s result=%s", run->job->name,
                  log_quote(run->result, quoted, sizeof(quoted)));
    if (rc == 0 && run->job->sweep && !run->result[0])
        return;
    store_job_ran(run->env->store, run->job->name, clock_wall_ms(), rc < 0 ? err.text : run->result,
                  NULL);
}

static bool is_due(const struct job_run *run, int64_t every_ms, int64_t looked_ms)
{
    int64_t now_ms = clock_wall_ms();
    return every_ms > 0 && now_ms - looked_ms >= every_ms &&
           now_ms - store_job_last_run(run->env->store, run->job->name) >= every_ms;
}

/* As run_one, for a job that only one process may run at a time. */
static int run_leased(struct job_run *run, bool force, int64_t every_ms, struct err *err)
{
    struct store *store = run->env->store;
    rand_token(run->owner, sizeof(run->owner)); /* the lease is held for this run only */
    int taken = store_lease_take(store, run->job->name, run->owner, run->now_ms,
                                 run->now_ms + LEASE_MS, err);
    if (taken <= 0)
        return taken;
    /* Another process may have run it between the question and the lease. */
    bool ours = force || is_due(run, every_ms, 0);
    if (ours)
        run_and_tell(run);
    store_lease_release(store, run->job->name, run->owner, NULL);
    return ours;
}

/* 1 when the job ran or had nothing to do, 0 when it was not its time or another process has it,
 * -1. */
static int run_one(const struct job_run *model, const struct job *job, bool force,
                   int64_t *looked_ms, struct err *err)
{
    struct job_run run = *model;
    int64_t every_ms = job->interval_ms(model->settings);
    run.job = job;
    run.now_ms = clock_wall_ms();
    if (!force && !is_due(&run, every_ms, *looked_ms))
        return 0;
    *looked_ms = run.now_ms;
    if (job->has_work && !job->has_work(&run))
        return 1;
    if (job->sweep) {
        run_and_tell(&run);
        return 1;
    }
    int rc = run_leased(&run, force, every_ms, err);
    if (rc <= 0)
        *looked_ms = 0; /* who has it may die in it */
    return rc;
}

/* `looked_ms`: one for each job. */
static int run_shared(const struct job_run *model, bool force, int64_t *looked_ms, struct err *err)
{
    const struct settings *set = settings_holder_acquire(model->env->settings);
    struct job_run run = *model;
    int ran = 0;
    run.settings = set;
    for (size_t i = 0; i < shared_job_count && i < JOBS_MAX && !is_stopping(&run); i++) {
        int rc = run_one(&run, &shared_jobs[i], force, &looked_ms[i], err);
        if (rc < 0) {
            ran = -1;
            break;
        }
        ran += rc;
    }
    settings_unref(&set);
    return ran;
}

int jobs_run_shared(const struct jobs_env *env, bool force, struct err *err)
{
    int64_t looked_ms[JOBS_MAX] = {0};
    return run_shared(&(struct job_run){.env = env}, force, looked_ms, err);
}

static bool wait_or_stop(struct jobs *jobs, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (ms % SECOND_MS) * 1000000;
    until.tv_sec += ms / SECOND_MS + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    LOCK_SCOPE(&jobs->lock);
    if (!jobs->stopping)
        pthread_cond_timedwait(&jobs->wake, &jobs->lock, &until);
    return jobs->stopping;
}

static void tidy_when_due(struct jobs *jobs, int64_t *next_ms)
{
    if (!jobs->env.tidy || clock_mono_ms() < *next_ms)
        return;
    jobs->env.tidy(jobs->env.ctx);
    *next_ms = clock_mono_ms() + TIDY_MS;
}

static void *scheduler(void *arg)
{
    struct jobs *jobs = arg;
    const struct job_run model = {.env = &jobs->env, .stopping = &jobs->stopping};
    int64_t next_shared = clock_mono_ms() + (int64_t)rand_below(SHARED_MS);
    int64_t next_tidy = clock_mono_ms() + TIDY_MS;
    while (!wait_or_stop(jobs, WATCH_MS)) {
        tidy_when_due(jobs, &next_tidy);
        watch_settings(jobs);
        keyring_refresh(jobs->env.keyring);
        keyring_share_use(jobs->env.keyring);
        if (clock_mono_ms() < next_shared)
            continue;
        struct err err = ERR_INIT;
        char quoted[400];
        if (run_shared(&model, false, jobs->looked_ms, &err) < 0)
            log_event(LOG_WARNING, "job.store", "error=%s",
                      log_quote(err.text, quoted, sizeof(quoted)));
        next_shared = clock_mono_ms() + SHARED_MS;
    }
    return NULL;
}

struct jobs *jobs_start(const struct jobs_env *env, struct err *err)
{
    struct jobs *jobs = xcalloc(1, sizeof(*jobs));
    jobs->env = *env;
    jobs->settings_generation = store_settings_generation(env->store);
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->wake, NULL);
    if (pthread_create(&jobs->thread, NULL, scheduler, jobs) != 0) {
        err_set(err, ERR_INTERNAL, "cannot start the scheduler's thread");
        pthread_cond_destroy(&jobs->wake);
        pthread_mutex_destroy(&jobs->lock);
        free(jobs);
        return NULL;
    }
    return jobs;
}

void jobs_stop(struct jobs **jobs_p)
{
    struct jobs *jobs = *jobs_p;
    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->lock);
    __atomic_store_n(&jobs->stopping, true, __ATOMIC_RELAXED);
    store_log_retain_end(jobs->env.store);
    pthread_cond_signal(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
    pthread_join(jobs->thread, NULL);
    pthread_cond_destroy(&jobs->wake);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
    *jobs_p = NULL;
}
