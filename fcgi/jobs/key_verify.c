#include "jobs/key_verify.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "base/vec.h"
#include "keyring/keyring.h"

#define PARALLEL_MAX 8
/* A rest that ends sooner will show by itself whether the key is well. */
#define LONG_REST_MS HOUR_MS

struct subject {
    int64_t id;
    enum key_kind kind;
    enum store_key_state state;
    char *secret, *proxy, *hint;
};
VEC(subjects, struct subject);
VEC(key_ids, int64_t);

struct verification {
    const struct key_verify_env *env;
    struct subjects subjects;
    pthread_mutex_t lock;
    size_t next, done;
    bool ended;
    key_verify_visit *visit;
    void *ctx;
};

/* --- choosing ------------------------------------------------------------------------------- */

struct choosing {
    struct subjects *subjects;
    const int64_t *ids; /* NULL: by `sick` */
    size_t count;
    const struct key_ids *sick; /* resting for long; NULL: all */
};

static bool has_id(const int64_t *ids, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static bool is_chosen(const struct choosing *choosing, const struct store_key *key)
{
    if (choosing->count > 0)
        return has_id(choosing->ids, choosing->count, key->id);
    if (!choosing->sick)
        return true;
    return key->state == STORE_KEY_DEAD ||
           (key->state == STORE_KEY_ACTIVE &&
            has_id(choosing->sick->items, choosing->sick->len, key->id));
}

static int choose(void *ctx, const struct store_key *key)
{
    const struct choosing *choosing = ctx;
    if (!key->secret || !is_chosen(choosing, key))
        return 0;
    struct subject subject = {.id = key->id,
                              .kind = keyring_kind(key->kind),
                              .state = key->state,
                              .secret = xstrdup(key->secret),
                              .proxy = xstrdup(key->proxy ? key->proxy : ""),
                              .hint = xstrdup(key->hint)};
    VEC_PUSH(choosing->subjects, subject);
    return 0;
}

/* Rests of a whole key; those of one model say nothing of TEST_MODEL. */
static int note_long_rest(void *ctx, const struct store_rest *rest)
{
    struct key_ids *sick = ctx;
    if (rest->model[0] == '\0')
        VEC_PUSH(sick, rest->key_id);
    return 0;
}

static int choose_all(struct subjects *subjects, struct store *store, const int64_t *ids,
                      size_t count, enum key_verify_choice choice, struct err *err)
{
    struct key_ids sick = {0};
    int rc = 0;
    if (count == 0 && choice == KEY_VERIFY_SICK)
        rc = store_rests_each(store, clock_wall_ms() + LONG_REST_MS, note_long_rest, &sick, err);
    struct choosing choosing = {.subjects = subjects,
                                .ids = ids,
                                .count = count,
                                .sick = choice == KEY_VERIFY_SICK ? &sick : NULL};
    if (rc == 0)
        rc = store_keys_each(store, true, choose, &choosing, err);
    VEC_FREE(&sick);
    return rc;
}

static void free_subjects(struct subjects *subjects)
{
    for (size_t i = 0; i < subjects->len; i++) {
        struct subject *subject = &subjects->items[i];
        secret_wipe(subject->secret, strlen(subject->secret));
        free(subject->secret);
        free(subject->proxy);
        free(subject->hint);
    }
    VEC_FREE(subjects);
}

/* --- keeping what was found ------------------------------------------------------------------ */

static int revive(struct store *store, const struct subject *subject, bool works, struct err *err)
{
    int rc = 0;
    if (subject->state == STORE_KEY_DEAD)
        rc = store_key_set_state(store, subject->id, STORE_KEY_ACTIVE, "", clock_wall_ms(), err);
    if (rc == 0 && works)
        rc = store_rest_clear(store, subject->id, "", err);
    return rc;
}

static int keep(struct store *store, const struct subject *subject, const struct key_check *check,
                struct err *err)
{
    switch (check->finding) {
    case KEY_WORKS:
    case KEY_RESTS:
        return revive(store, subject, check->finding == KEY_WORKS, err);
    case KEY_IS_DEAD:
        if (subject->state == STORE_KEY_PAUSED)
            return 0;
        return store_key_set_state(store, subject->id, STORE_KEY_DEAD, check->effect.rule,
                                   clock_wall_ms(), err);
    case KEY_FAULTY:
    case KEY_UNKNOWN:
        return 0;
    }
    return 0;
}

/* --- the work -------------------------------------------------------------------------------- */

static struct subject *take(struct verification *verification)
{
    LOCK_SCOPE(&verification->lock);
    if (verification->ended || verification->next == verification->subjects.len)
        return NULL;
    return &verification->subjects.items[verification->next++];
}

static void report(struct verification *verification, const struct subject *subject,
                   const struct key_check *check)
{
    LOCK_SCOPE(&verification->lock);
    struct key_verify_step step = {.done = ++verification->done,
                                   .total = verification->subjects.len,
                                   .key_id = subject->id,
                                   .hint = subject->hint,
                                   .check = check};
    if (verification->visit && verification->visit(verification->ctx, &step) != 0)
        verification->ended = true;
}

static void *worker(void *arg)
{
    struct verification *verification = arg;
    const struct key_verify_env *env = verification->env;
    struct exchange_env exchange = {.settings = env->settings, .upstream = env->upstream};
    struct subject *subject;
    while ((subject = take(verification)) != NULL) {
        struct key_check_subject asked = {.id = subject->id,
                                          .kind = subject->kind,
                                          .secret = subject->secret,
                                          .proxy = subject->proxy};
        struct key_check check;
        struct err err = ERR_INIT;
        key_check(&exchange, &asked, &check);
        if (keep(env->store, subject, &check, &err) < 0 && err.code != ERR_NOT_FOUND)
            log_event(LOG_WARNING, "verify.unwritten", "key=%lld error=\"%s\"",
                      (long long)subject->id, err.text);
        report(verification, subject, &check);
        struct timespec span = {.tv_sec = env->pause_ms / 1000,
                                .tv_nsec = env->pause_ms % 1000 * 1000000L};
        nanosleep(&span, NULL);
    }
    return NULL;
}

static void run_workers(struct verification *verification)
{
    pthread_t threads[PARALLEL_MAX];
    int started = 0;
    int wanted = verification->env->parallel;
    while (started < wanted - 1 && started < PARALLEL_MAX - 1 &&
           pthread_create(&threads[started], NULL, worker, verification) == 0)
        started++;
    worker(verification);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

int key_verify(const struct key_verify_env *env, const int64_t *ids, size_t count,
               enum key_verify_choice choice, key_verify_visit *visit, void *ctx, struct err *err)
{
    struct verification verification = {.env = env, .visit = visit, .ctx = ctx};
    int rc = choose_all(&verification.subjects, env->store, ids, count, choice, err);
    if (rc == 0) {
        pthread_mutex_init(&verification.lock, NULL);
        run_workers(&verification);
        pthread_mutex_destroy(&verification.lock);
        if (env->keyring && verification.done > 0)
            rc = keyring_reload(env->keyring, err);
    }
    free_subjects(&verification.subjects);
    return rc;
}

/* --- the scheduled check --------------------------------------------------------------------- */

struct job_tally {
    struct job_run *run;
    int findings[KEY_UNKNOWN + 1];
};

static int tally(void *ctx, const struct key_verify_step *step)
{
    struct job_tally *job = ctx;
    job->findings[step->check->finding]++;
    return job_may_go_on(job->run) ? 0 : 1;
}

bool key_verify_has_work(struct job_run *run)
{
    struct subjects subjects = {0};
    int rc = choose_all(&subjects, run->env->store, NULL, 0, KEY_VERIFY_SICK, NULL);
    bool any = rc != 0 || subjects.len > 0;
    free_subjects(&subjects);
    return any; /* what cannot be read is the job's to report */
}

int key_verify_job(struct job_run *run, struct err *err)
{
    struct key_verify_env env = {.store = run->env->store,
                                 .keyring = run->env->keyring,
                                 .upstream = run->env->upstream,
                                 .settings = run->settings,
                                 .parallel = 2,
                                 .pause_ms = 400};
    struct job_tally job = {.run = run};
    if (key_verify(&env, NULL, 0, KEY_VERIFY_SICK, tally, &job, err) < 0)
        return -1;
    int checked = 0;
    for (size_t i = 0; i < ARRAY_LEN(job.findings); i++)
        checked += job.findings[i];
    if (checked > 0)
        snprintf(run->result, sizeof(run->result), "%d checked: %d work, %d rest, %d dead", checked,
                 job.findings[KEY_WORKS], job.findings[KEY_RESTS], job.findings[KEY_IS_DEAD]);
    return 0;
}
