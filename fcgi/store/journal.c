#include "store/journal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/journal_private.h"
#include "store/log_shape.h"

#define BATCH_MS 250
#define CLOSE_MS 5000
#define BODY_MAX (64 * KIB)
/* Bodies are large: all that wait together take at most this. */
#define BODIES_MAX (8 * MIB)
/* Between two tries while somebody waits for the end. */
#define AGAIN_MS 20

/* --- posting --------------------------------------------------------------------------------- */

/* Under the lock. True when the writer has to be woken. */
static bool queue_push(struct journal *journal, enum record_type type, const void *data, size_t len)
{
    bool wake = record_list_empty(&journal->queue);
    if (wake)
        journal->first_at_ms = clock_mono_ms();
    record_list_push(&journal->queue, type, data, len);
    journal->posted++;
    if (type == RECORD_TASK) {
        journal->held_tasks++;
    } else if (++journal->held_rows != journal->options.max_rows / 2) {
        return wake;
    }
    /* Tasks are waited for; and a queue that is half full is written before its time. */
    journal->urgent = true;
    return true;
}

static void wake_writer(struct journal *journal, bool wake)
{
    if (wake && journal->options.threaded)
        pthread_cond_signal(&journal->wake);
}

static void post_row(struct journal *journal, enum record_type type, const struct log_shape *shape,
                     const void *row)
{
    unsigned char packed[LOG_PACKED_MAX];
    size_t len = log_pack(shape, row, packed);
    bool wake = false;
    pthread_mutex_lock(&journal->lock);
    if (journal->held_rows >= journal->options.max_rows)
        journal->stats.dropped++;
    else
        wake = queue_push(journal, type, packed, len);
    pthread_mutex_unlock(&journal->lock);
    wake_writer(journal, wake);
}

void journal_request(struct journal *journal, const struct log_request *row)
{
    post_row(journal, RECORD_REQUEST, &log_request_shape, row);
}

void journal_attempt(struct journal *journal, const struct log_attempt *row)
{
    post_row(journal, RECORD_ATTEMPT, &log_attempt_shape, row);
}

void journal_error_body(struct journal *journal, int64_t request_id, char *body)
{
    struct record_body row = {.request_id = request_id, .body = body};
    row.len = strnlen(body, BODY_MAX + 1);
    if (row.len > BODY_MAX)
        row.len = utf8_prefix(body, BODY_MAX);
    body[row.len] = '\0';
    bool wake = false;
    pthread_mutex_lock(&journal->lock);
    bool fits = journal->held_rows < journal->options.max_rows &&
                journal->held_bytes + row.len <= BODIES_MAX;
    if (fits) {
        journal->held_bytes += row.len;
        wake = queue_push(journal, RECORD_BODY, &row, sizeof(row));
    } else {
        journal->stats.dropped++;
    }
    pthread_mutex_unlock(&journal->lock);
    if (!fits)
        free(body);
    wake_writer(journal, wake);
}

int journal_run(struct journal *journal, journal_task *task, void *ctx_take)
{
    struct record_task row = {.task = task, .ctx = ctx_take};
    if (!journal->options.threaded) {
        task(journal->options.store, ctx_take);
        free(ctx_take);
        return 0;
    }
    pthread_mutex_lock(&journal->lock);
    bool fits = journal->held_tasks < journal->options.max_rows;
    if (fits)
        queue_push(journal, RECORD_TASK, &row, sizeof(row));
    else
        journal->stats.dropped++;
    pthread_mutex_unlock(&journal->lock);
    if (!fits)
        free(ctx_take);
    wake_writer(journal, fits);
    return fits ? 0 : -1;
}

void journal_keep_rows(struct journal *journal, bool keep)
{
    atomic_store(&journal->keep_rows, keep);
}

struct journal_stats journal_stats(struct journal *journal)
{
    LOCK_SCOPE(&journal->lock);
    struct journal_stats stats = journal->stats;
    stats.queued = journal->held_rows;
    return stats;
}

/* --- waiting --------------------------------------------------------------------------------- */

/* Waits until `until_ms` of the monotonic clock; INT64_MAX for ever. 0 or ETIMEDOUT. */
static int wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    if (until_ms == INT64_MAX)
        return pthread_cond_wait(cond, lock);
    struct timespec at = {.tv_sec = (time_t)(until_ms / 1000),
                          .tv_nsec = (long)(until_ms % 1000) * 1000000L};
    return pthread_cond_timedwait(cond, lock, &at);
}

/* Everything that had been posted when `posted` was read is in the store, or lost. */
static bool settled(const struct journal *journal, uint64_t posted)
{
    return journal->settled >= posted && !journal->counters_held;
}

static int timeout_until(int64_t deadline_ms)
{
    /* Rows and counters wait one after the other, for different databases. */
    int64_t left = (deadline_ms - clock_mono_ms()) / 2;
    if (left > JOURNAL_WRITE_TIMEOUT_MS)
        left = JOURNAL_WRITE_TIMEOUT_MS;
    return left > 0 ? (int)left : 0;
}

/* Works on the calling thread until all is written or the deadline is over. 0 or -1. */
static int work_until(struct journal *journal, int64_t deadline_ms)
{
    for (;;) {
        journal->writer.write_timeout_ms = timeout_until(deadline_ms);
        journal_work(journal, true);
        pthread_mutex_lock(&journal->lock);
        bool done = settled(journal, journal->posted);
        pthread_mutex_unlock(&journal->lock);
        if (done)
            return 0;
        if (clock_mono_ms() + AGAIN_MS >= deadline_ms)
            return -1;
        nanosleep(&(struct timespec){.tv_nsec = AGAIN_MS * 1000000L}, NULL);
    }
}

int journal_flush(struct journal *journal, int timeout_ms)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    if (!journal->options.threaded) {
        LOCK_SCOPE(&journal->writing);
        return work_until(journal, deadline_ms);
    }
    LOCK_SCOPE(&journal->lock);
    uint64_t posted = journal->posted;
    int rc = 0;
    journal->flushing = true;
    pthread_cond_signal(&journal->wake);
    while (!settled(journal, posted) && rc != ETIMEDOUT)
        rc = wait_until(&journal->idle, &journal->lock, deadline_ms);
    return settled(journal, posted) ? 0 : -1;
}

/* --- the thread ------------------------------------------------------------------------------ */

/* Under the lock: until a batch is due. */
static void wait_for_work(struct journal *journal)
{
    while (!journal->closing && !journal->flushing && !journal->urgent) {
        int64_t until_ms = INT64_MAX;
        if (!record_list_empty(&journal->queue))
            until_ms = journal->first_at_ms + BATCH_MS;
        if (journal->writer.retry_at_ms > 0 && journal->writer.retry_at_ms < until_ms)
            until_ms = journal->writer.retry_at_ms;
        if (until_ms <= clock_mono_ms())
            return;
        wait_until(&journal->wake, &journal->lock, until_ms);
    }
}

static void *journal_main(void *ctx)
{
    struct journal *journal = ctx;
    bool closing = false;
    while (!closing) {
        pthread_mutex_lock(&journal->lock);
        wait_for_work(journal);
        bool flushing = journal->flushing;
        journal->flushing = false;
        closing = journal->closing;
        pthread_mutex_unlock(&journal->lock);
        if (closing)
            work_until(journal, clock_mono_ms() + CLOSE_MS);
        else
            journal_work(journal, flushing);
    }
    return NULL;
}

/* Signals are the main thread's. */
static int thread_start(struct journal *journal)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&journal->thread, NULL, journal_main, journal);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void journal_destroy(struct journal *journal)
{
    usage_batch_destroy(&journal->writer.usage);
    pthread_cond_destroy(&journal->wake);
    pthread_cond_destroy(&journal->idle);
    pthread_mutex_destroy(&journal->lock);
    pthread_mutex_destroy(&journal->writing);
    free(journal);
}

struct journal *journal_open(const struct journal_options *options, struct err *err)
{
    struct journal *journal = xcalloc(1, sizeof(*journal));
    journal->options = *options;
    if (journal->options.max_rows == 0)
        journal->options.max_rows = LIMIT_JOURNAL_ROWS;
    atomic_init(&journal->keep_rows, true);
    pthread_mutex_init(&journal->lock, NULL);
    pthread_mutex_init(&journal->writing, NULL);
    cond_init(&journal->wake);
    cond_init(&journal->idle);
    journal->writer.usage = usage_batch_create();
    journal->writer.write_timeout_ms = JOURNAL_WRITE_TIMEOUT_MS;
    int rc = options->threaded ? thread_start(journal) : 0;
    if (rc != 0) {
        err_set(err, ERR_INTERNAL, "the journal's thread: %s", strerror(rc));
        journal_destroy(journal);
        return NULL;
    }
    return journal;
}

void journal_close(struct journal **journal_at)
{
    struct journal *journal = *journal_at;
    *journal_at = NULL;
    if (journal == NULL)
        return;
    if (journal->options.threaded) {
        pthread_mutex_lock(&journal->lock);
        journal->closing = true;
        pthread_cond_signal(&journal->wake);
        pthread_mutex_unlock(&journal->lock);
        pthread_join(journal->thread, NULL);
    } else {
        work_until(journal, clock_mono_ms() + CLOSE_MS);
    }
    size_t lost = journal_discard(journal);
    if (lost > 0)
        log_event(LOG_WARNING, "journal.lost", "rows=%zu at=close", lost);
    journal_destroy(journal);
}
