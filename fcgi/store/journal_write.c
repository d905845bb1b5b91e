#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/redact.h"
#include "store/journal_private.h"
#include "store/log_rows.h"

#define BACKOFF_FIRST_MS 250
#define BACKOFF_MAX_MS 5000
/* Rows that fail for another reason than a lock or a full disk will not succeed later. */
#define HOPELESS_AFTER 5
#define LOST_TOLD_EVERY_MS (10 * SECOND_MS)

/* --- rows ------------------------------------------------------------------------------------ */

static struct record_body body_of(const struct record *record)
{
    struct record_body body;
    memcpy(&body, record->data, sizeof(body));
    return body;
}

static int body_write(struct log_rows *rows, const struct record *record, struct err *err)
{
    struct record_body body = body_of(record);
    redact_text(body.body);
    return log_rows_body(rows, &(struct log_error_body){body.request_id, body.body}, err);
}

static int record_write(struct log_rows *rows, const struct record *record, struct err *err)
{
    union {
        struct log_request request;
        struct log_attempt attempt;
    } row;
    switch (record->type) {
    case RECORD_REQUEST:
        log_unpack(&log_request_shape, record->data, &row.request);
        return log_rows_request(rows, &row.request, err);
    case RECORD_ATTEMPT:
        log_unpack(&log_attempt_shape, record->data, &row.attempt);
        return log_rows_attempt(rows, &row.attempt, err);
    case RECORD_BODY:
        return body_write(rows, record, err);
    default:
        return 0;
    }
}

/* Writes the rows between `written` and `scanned` in one transaction. */
static int rows_write(struct journal *journal, struct err *err)
{
    struct journal_writer *writer = &journal->writer;
    if (writer->pending == 0 || !atomic_load(&journal->keep_rows))
        return 0;
    struct log_rows rows;
    if (log_rows_begin(&rows, journal->options.store, writer->write_timeout_ms, err) != 0)
        return -1;
    int rc = 0;
    struct record_cursor at = writer->written;
    struct record record;
    while (rc == 0 && !record_cursor_equal(&at, &writer->scanned) &&
           record_next(&writer->list, &at, &record))
        rc = record_write(&rows, &record, err);
    return log_rows_end(&rows, rc == 0, err);
}

/* Lets go of the records between `written` and `scanned`; `count` is where their rows count. */
static void rows_release(struct journal *journal, uint64_t *count)
{
    struct journal_writer *writer = &journal->writer;
    uint64_t records = 0;
    size_t tasks = 0, bytes = 0;
    struct record record;
    while (!record_cursor_equal(&writer->written, &writer->scanned) &&
           record_next(&writer->list, &writer->written, &record)) {
        records++;
        tasks += record.type == RECORD_TASK;
        if (record.type == RECORD_BODY) {
            struct record_body body = body_of(&record);
            bytes += body.len;
            free(body.body);
        }
    }
    if (record_list_drop(&writer->list, &writer->written))
        writer->scanned = writer->written;
    writer->pending = 0;

    LOCK_SCOPE(&journal->lock);
    journal->settled += records;
    journal->held_tasks -= tasks;
    journal->held_bytes -= bytes;
    journal->held_rows -= records - tasks;
    *count += records - tasks;
    pthread_cond_broadcast(&journal->idle);
}

/* --- failures -------------------------------------------------------------------------------- */

static void failed(struct journal *journal, const struct err *err)
{
    struct journal_writer *writer = &journal->writer;
    if (writer->failures++ == 0) {
        char quoted[sizeof(err->text) + 16];
        log_event(LOG_WARNING, "journal.stuck", "pending=%zu error=%s", writer->pending,
                  log_quote(err->text, quoted, sizeof(quoted)));
    }
    writer->backoff_ms = writer->backoff_ms == 0 ? BACKOFF_FIRST_MS : writer->backoff_ms * 2;
    if (writer->backoff_ms > BACKOFF_MAX_MS)
        writer->backoff_ms = BACKOFF_MAX_MS;
    writer->retry_at_ms = clock_mono_ms() + writer->backoff_ms;
    LOCK_SCOPE(&journal->lock);
    journal->stats.failed_batches++;
}

static void succeeded(struct journal *journal)
{
    struct journal_writer *writer = &journal->writer;
    if (writer->failures > 0)
        log_event(LOG_INFO, "journal.resumed", "after=%d", writer->failures);
    writer->failures = 0;
    writer->backoff_ms = 0;
    writer->retry_at_ms = 0;
    LOCK_SCOPE(&journal->lock);
    pthread_cond_broadcast(&journal->idle);
}

static void losses_tell(struct journal *journal)
{
    struct journal_writer *writer = &journal->writer;
    pthread_mutex_lock(&journal->lock);
    uint64_t lost = journal->stats.dropped;
    pthread_mutex_unlock(&journal->lock);
    int64_t now = clock_mono_ms();
    if (lost == writer->lost_told ||
        (writer->lost_told > 0 && now - writer->lost_told_at_ms < LOST_TOLD_EVERY_MS))
        return;
    log_event(LOG_WARNING, "journal.lost", "rows=%llu",
              (unsigned long long)(lost - writer->lost_told));
    writer->lost_told = lost;
    writer->lost_told_at_ms = now;
}

/* --- the batch ------------------------------------------------------------------------------- */

static bool hopeless(const struct journal_writer *writer, const struct err *err)
{
    return err->code != ERR_BUSY && err->code != ERR_FULL && writer->failures >= HOPELESS_AFTER;
}

static int counters_write(struct journal *journal, struct err *err)
{
    struct journal_writer *writer = &journal->writer;
    int rc =
        usage_batch_write(writer->usage, journal->options.store, writer->write_timeout_ms, err);
    LOCK_SCOPE(&journal->lock);
    journal->counters_held = rc != 0;
    return rc;
}

/* Writes what has been scanned: rows to the log, counters to the main database. Either may fail
 * alone; counters stay added up in memory, rows stay in the list. */
static void settle(struct journal *journal, bool now_or_never)
{
    struct journal_writer *writer = &journal->writer;
    if (!now_or_never && writer->retry_at_ms > clock_mono_ms())
        return;
    struct err counters_err = ERR_INIT, rows_err = ERR_INIT;
    bool counters_ok = counters_write(journal, &counters_err) == 0;
    bool rows_ok = rows_write(journal, &rows_err) == 0;
    if (rows_ok)
        rows_release(journal, &journal->stats.written);
    else if (hopeless(writer, &rows_err))
        rows_release(journal, &journal->stats.dropped);
    if (rows_ok && counters_ok)
        succeeded(journal);
    else
        failed(journal, rows_ok ? &counters_err : &rows_err);
    losses_tell(journal);
}

static void task_run(struct journal *journal, const struct record *record)
{
    struct record_task task;
    memcpy(&task, record->data, sizeof(task));
    settle(journal, false); /* what was posted before it is there before it runs */
    task.task(journal->options.store, task.ctx);
    free(task.ctx);
}

/* `scanned` moves behind a task only when it has run: whoever flushes waits for that. */
static void scan(struct journal *journal)
{
    struct journal_writer *writer = &journal->writer;
    struct record_cursor next = writer->scanned;
    union {
        struct log_request request;
        struct log_attempt attempt;
    } row;
    struct record record;
    while (record_next(&writer->list, &next, &record)) {
        writer->pending += record.type != RECORD_TASK;
        switch (record.type) {
        case RECORD_REQUEST:
            log_unpack(&log_request_shape, record.data, &row.request);
            usage_batch_request(writer->usage, &row.request);
            break;
        case RECORD_ATTEMPT:
            log_unpack(&log_attempt_shape, record.data, &row.attempt);
            usage_batch_attempt(writer->usage, &row.attempt);
            break;
        case RECORD_BODY:
            break;
        case RECORD_TASK:
            task_run(journal, &record);
            break;
        }
        writer->scanned = next;
    }
}

void journal_work(struct journal *journal, bool now_or_never)
{
    pthread_mutex_lock(&journal->lock);
    record_list_join(&journal->writer.list, &journal->queue);
    journal->urgent = false;
    pthread_mutex_unlock(&journal->lock);
    scan(journal);
    settle(journal, now_or_never);
}

static size_t list_discard(struct record_list *list, struct record_cursor at)
{
    size_t rows = 0;
    struct record record;
    while (record_next(list, &at, &record)) {
        rows += record.type != RECORD_TASK;
        if (record.type == RECORD_BODY)
            free(body_of(&record).body);
    }
    record_list_drop(list, &at);
    return rows;
}

size_t journal_discard(struct journal *journal)
{
    return list_discard(&journal->writer.list, journal->writer.written) +
           list_discard(&journal->queue, (struct record_cursor){0});
}
