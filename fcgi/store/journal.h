/* What is written often goes through here: a bounded queue and one writer thread, so that no
 * request ever waits for the disk.
 *
 * A batch is written at most 250 ms after its first row. When the queue is full the newest row is
 * dropped and counted; when the store is locked or the disk full, rows are kept for a retry as
 * long as they fit, and the log says how many were lost. Under plain CGI (no threads) posting
 * writes at journal_flush(). */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/store_log.h"

struct journal;

struct journal_options {
    struct store *store;
    bool threaded;   /* false under CGI and in gbctl: flush by hand */
    size_t max_rows; /* LIMIT_JOURNAL_ROWS */
};

struct journal *journal_open(const struct journal_options *options, struct err *err);
/* Writes what is queued (within 5 s) and ends the thread. */
void journal_close(struct journal **journal);
/* Copies the row; never blocks, never fails (a drop is counted). */
void journal_request(struct journal *journal, const struct log_request *row);
void journal_attempt(struct journal *journal, const struct log_attempt *row);
/* Takes `body`; cut at 64 KiB, redacted before it is written. */
void journal_error_body(struct journal *journal, int64_t request_id, char *body);
/* Runs `task(store, ctx)` on the writer thread soon (at once when not threaded): for small writes
 * that must not hold up a request (rests, failure counts). Tasks run in the order in which they
 * were posted, and what was posted before one is written before it, unless writing fails. `ctx` is
 * freed with free() afterwards. A task does not call journal_flush(). 0, or -1 when there was no room:
 * then it never runs, and `ctx` is freed at once. */
typedef void journal_task(struct store *store, void *ctx);
int journal_run(struct journal *journal, journal_task *task, void *ctx_take);
/* Whether request rows are kept (LOG_REQUESTS); counters always are. */
void journal_keep_rows(struct journal *journal, bool keep);
/* Waits until everything posted so far is written, or `timeout_ms` is over. 0 or -1. */
int journal_flush(struct journal *journal, int timeout_ms);

struct journal_stats {
    size_t queued;
    uint64_t written; /* rows whose turn has come (without LOG_REQUESTS they were only counted) */
    uint64_t dropped; /* rows and tasks that found no room, and rows that could not be written */
    uint64_t failed_batches;
};
struct journal_stats journal_stats(struct journal *journal);

#endif
