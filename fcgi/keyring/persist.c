/* Writing what the pool decided: posted to the journal, in order. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_limits.h"

#define EVENTS_MAX 64

struct write_task {
    struct write_task *next; /* of those that wait for the lock to be free */
    struct keyring *ring;
    int64_t now_ms;
    size_t count;
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
    case KEY_EVENT_PROJECT_GUESS:
        return 0; /* a hint for the log: the pool acts on it by itself */
    }
    return 0;
}

static void run_write(struct store *store, void *ctx)
{
    struct write_task *task = ctx;
    struct keyring *ring = task->ring;
    for (size_t i = 0; i < task->count; i++) {
        struct err err = ERR_INIT;
        char quoted[400];
        if (write_event(store, &task->events[i], task->now_ms, &err) < 0)
            log_event(LOG_ERROR, "pool.unwritten", "key=%lld error=%s",
                      (long long)task->events[i].key_id,
                      log_quote(err.text, quoted, sizeof(quoted)));
    }
    LOCK_SCOPE(&ring->lock);
    ring->pending--;
}

static void tell(const struct key_event *event)
{
    char until[40];
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
    case KEY_EVENT_PROJECT_GUESS:
        log_event(LOG_INFO, "key.same_project", "key=%lld other=%lld", (long long)event->key_id,
                  (long long)event->value);
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

/* With a thread of its own the journal is posted to under the lock, so that writes keep the order
 * of the decisions. Without one it writes at once and would need the lock: those writes wait. */
static void post(struct keyring *ring, struct write_task *task)
{
    struct write_task **last = &ring->deferred;
    if (!ring->single_use) {
        journal_run(ring->journal, run_write, task);
        return;
    }
    while (*last)
        last = &(*last)->next;
    *last = task;
}

void keyring_persist(struct keyring *ring, int64_t now_ms)
{
    struct key_event events[EVENTS_MAX];
    size_t count;
    while ((count = key_pool_drain_events(ring->pool, events, EVENTS_MAX)) > 0) {
        size_t size = count * sizeof(events[0]);
        struct write_task *task = xcalloc(1, sizeof(*task) + size);
        task->ring = ring;
        task->now_ms = now_ms;
        task->count = count;
        memcpy(task->events, events, size);
        if (ring->pending++ == 0)
            ring->pending_since_ms = now_ms;
        for (size_t i = 0; i < count; i++)
            tell(&events[i]);
        post(ring, task);
    }
}

void keyring_write_deferred(struct keyring *ring)
{
    while (ring->deferred) {
        struct write_task *task = ring->deferred;
        ring->deferred = task->next;
        journal_run(ring->journal, run_write, task);
    }
}
