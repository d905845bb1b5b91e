/* Writing what the pool decided: kept in order here until the store has it, written on the journal's
 * thread. A locked store or a full disk only delays it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_limits.h"

#define EVENTS_MAX 8 /* a few: they lie on the stack of every worker */
/* So many decisions may wait for a store that cannot be written. */
#define UNWRITTEN_MAX 8192
#define AGAIN_MS 500
#define CLOSE_FLUSH_MS 5000
#define CLOSE_WAIT_MS (20 * SECOND_MS)

struct write_task {
    struct write_task *next;
    int64_t now_ms;
    size_t count, done;
    struct key_event events[];
};

static const enum store_key_state states[] = {
    [KEY_READY] = STORE_KEY_ACTIVE, [KEY_PAUSED] = STORE_KEY_PAUSED, [KEY_DEAD] = STORE_KEY_DEAD};
static const enum store_metric metrics[] = {[LIMIT_REQUESTS_MINUTE] = STORE_REQUESTS_MINUTE,
                                            [LIMIT_TOKENS_MINUTE] = STORE_TOKENS_MINUTE,
                                            [LIMIT_REQUESTS_DAY] = STORE_REQUESTS_DAY,
                                            [LIMIT_TOKENS_DAY] = STORE_TOKENS_DAY};

static int write_rest(struct store *store, const struct key_event *event, int64_t now_ms,
                      struct err *err)
{
    struct store_rest rest = {.key_id = event->key_id,
                              .model = event->model,
                              .until_ms = event->until_ms,
                              .reason = rest_reason_word(event->reason),
                              .streak = event->streak,
                              .since_ms = now_ms};
    return store_rest_put(store, &rest, err);
}

static int write_limit(struct store *store, const struct key_event *event, int64_t now_ms,
                       struct err *err)
{
    struct store_limit limit = {.key_id = event->key_id,
                                .project = "",
                                .model = event->model,
                                .metric = metrics[event->limit],
                                .quota_id = "",
                                .value = event->value,
                                .learned_ms = now_ms};
    return store_limit_put(store, &limit, err);
}

static int write_state(struct store *store, const struct key_event *event, int64_t now_ms,
                       struct err *err)
{
    int rc = store_key_set_state(store, event->key_id, states[event->state],
                                 event->rule ? event->rule : "", now_ms, err);
    return rc < 0 && err->code == ERR_NOT_FOUND ? 0 : rc;
}

static int write_event(struct store *store, const struct key_event *event, int64_t now_ms,
                       struct err *err)
{
    switch (event->kind) {
    case KEY_EVENT_REST:
        return write_rest(store, event, now_ms, err);
    case KEY_EVENT_REST_CLEARED:
        return store_rest_clear(store, event->key_id, event->model, err);
    case KEY_EVENT_STATE:
        return write_state(store, event, now_ms, err);
    case KEY_EVENT_FAILURES:
        return store_key_failures(store, event->key_id, event->failures > 0 ? 1 : INT64_MIN,
                                  event->rule, now_ms, err);
    case KEY_EVENT_LIMIT:
        return write_limit(store, event, now_ms, err);
    case KEY_EVENT_PROJECT:
        return store_key_notice_project(store, event->key_id, event->project, err);
    }
    return 0;
}

static bool may_pass(const struct err *err)
{
    return err->code == ERR_BUSY || err->code == ERR_FULL || err->code == ERR_IO ||
           err->code == ERR_DAMAGED;
}

/* Writes the events of the task that are not done. -1 when it is worth another try later. */
static int write_task(struct store *store, struct write_task *task)
{
    for (; task->done < task->count; task->done++) {
        const struct key_event *event = &task->events[task->done];
        struct err err = ERR_INIT;
        char quoted[400];
        if (write_event(store, event, task->now_ms, &err) == 0)
            continue;
        log_event(LOG_WARNING, "pool.unwritten", "key=%lld again=%d error=%s",
                  (long long)event->key_id, may_pass(&err),
                  log_quote(err.text, quoted, sizeof(quoted)));
        if (may_pass(&err))
            return -1;
    }
    return 0;
}

/* The first task, which stays in the list while it is written; NULL ends the writing. */
static struct write_task *first_or_end(struct keyring *ring, bool failed)
{
    LOCK_SCOPE(&ring->lock);
    if (failed)
        ring->write_again_ms = clock_mono_ms() + AGAIN_MS;
    if (ring->unwritten && !failed)
        return ring->unwritten;
    ring->writing = false;
    ring->tasks--;
    return NULL;
}

static void drop_first(struct keyring *ring)
{
    LOCK_SCOPE(&ring->lock);
    struct write_task *task = ring->unwritten;
    ring->unwritten = task->next;
    ring->unwritten_events -= task->count;
    free(task);
}

static void run_writing(struct store *store, void *ctx)
{
    struct keyring *ring = *(struct keyring **)ctx;
    struct write_task *task;
    bool failed = false;
    while ((task = first_or_end(ring, failed)) != NULL) {
        failed = write_task(store, task) < 0;
        if (!failed)
            drop_first(ring);
    }
}

static void tell(const struct key_event *event)
{
    char until[40], quoted[2 * KEY_PROJECT_NAME];
    switch (event->kind) {
    case KEY_EVENT_REST:
        log_event(LOG_INFO, "key.rest", "key=%lld model=%s reason=%s rule=%s until=%s",
                  (long long)event->key_id, event->model[0] ? event->model : "*",
                  rest_reason_word(event->reason), event->rule ? event->rule : "-",
                  clock_iso(event->until_ms, until, sizeof(until)));
        break;
    case KEY_EVENT_STATE:
        log_event(LOG_WARNING, "key.state", "key=%lld dead=%d rule=%s", (long long)event->key_id,
                  event->state == KEY_DEAD, event->rule ? event->rule : "-");
        break;
    case KEY_EVENT_PROJECT:
        log_event(LOG_INFO, "key.project", "key=%lld project=%s", (long long)event->key_id,
                  log_quote(event->project, quoted, sizeof(quoted)));
        break;
    case KEY_EVENT_LIMIT:
        log_event(LOG_INFO, "key.limit", "key=%lld model=%s kind=%d value=%lld",
                  (long long)event->key_id, event->model, event->limit, (long long)event->value);
        break;
    case KEY_EVENT_REST_CLEARED:
    case KEY_EVENT_FAILURES:
        break;
    }
}

static void append(struct keyring *ring, struct write_task *task)
{
    struct write_task **last = &ring->unwritten;
    while (*last)
        last = &(*last)->next;
    *last = task;
    ring->unwritten_events += task->count;
}

static void mark_changed(struct keyring *ring, const struct key_event *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ring_key *key = keyring_find(ring, events[i].key_id);
        if (key)
            key->changed_in = ring->readings;
    }
}

void keyring_persist(struct keyring *ring, int64_t now_ms)
{
    struct key_event events[EVENTS_MAX];
    size_t count;
    while ((count = key_pool_drain_events(ring->pool, events, EVENTS_MAX)) > 0) {
        for (size_t i = 0; i < count; i++)
            tell(&events[i]);
        mark_changed(ring, events, count);
        if (ring->unwritten_events + count > UNWRITTEN_MAX) {
            log_event(LOG_ERROR, "pool.lost", "decisions=%zu", count);
            continue;
        }
        size_t size = count * sizeof(events[0]);
        struct write_task *task = xcalloc(1, sizeof(*task) + size);
        task->now_ms = now_ms;
        task->count = count;
        memcpy(task->events, events, size);
        append(ring, task);
    }
}

void keyring_write_soon(struct keyring *ring)
{
    pthread_mutex_lock(&ring->lock);
    bool wanted = ring->unwritten && !ring->writing && clock_mono_ms() >= ring->write_again_ms;
    if (wanted) {
        ring->writing = true;
        ring->tasks++;
    }
    pthread_mutex_unlock(&ring->lock);
    if (!wanted)
        return;
    struct keyring **ctx = xcalloc(1, sizeof(*ctx));
    *ctx = ring;
    if (journal_run(ring->journal, run_writing, ctx) == 0)
        return;
    first_or_end(ring, true); /* no room: later */
}

int64_t keyring_unwritten_since(const struct keyring *ring, int64_t now_ms)
{
    return ring->unwritten ? ring->unwritten->now_ms : now_ms;
}

void keyring_mark_unwritten(struct keyring *ring)
{
    for (const struct write_task *task = ring->unwritten; task; task = task->next)
        mark_changed(ring, task->events, task->count);
}

static int tasks_left(struct keyring *ring)
{
    LOCK_SCOPE(&ring->lock);
    return ring->tasks;
}

static bool tasks_end(struct keyring *ring)
{
    int64_t until_ms = clock_mono_ms() + CLOSE_WAIT_MS;
    journal_flush(ring->journal, CLOSE_FLUSH_MS);
    while (tasks_left(ring) > 0 && clock_mono_ms() < until_ms)
        nanosleep(&(struct timespec){.tv_nsec = 5 * 1000000L}, NULL);
    return tasks_left(ring) == 0;
}

bool keyring_write_last(struct keyring *ring)
{
    pthread_mutex_lock(&ring->lock);
    ring->closing = true;
    pthread_mutex_unlock(&ring->lock);
    if (!tasks_end(ring))
        return false;
    ring->write_again_ms = 0;
    keyring_write_soon(ring);
    if (!tasks_end(ring))
        return false;
    if (ring->unwritten)
        log_event(LOG_ERROR, "pool.lost", "decisions=%zu at=close", ring->unwritten_events);
    while (ring->unwritten)
        drop_first(ring);
    return true;
}
