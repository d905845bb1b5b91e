/* The insides of the journal: journal.c posts, waits and owns the thread; journal_write.c writes.
 * Private to store/. */
#ifndef STORE_JOURNAL_PRIVATE_H
#define STORE_JOURNAL_PRIVATE_H

#include <stdatomic.h>

#include "store/journal_queue.h"
#include "store/usage_batch.h"

/* How long a batch waits for another process's lock before it steps back. */
#define JOURNAL_WRITE_TIMEOUT_MS 1000

struct record_body {
    int64_t request_id;
    char *body;
    size_t len;
};

/* The writer's own, used by one thread at a time. */
struct journal_writer {
    struct record_list list;
    struct record_cursor written; /* records before it are in the store, or lost */
    struct record_cursor scanned; /* records before it are counted, and tasks have run */
    size_t pending;               /* rows between the two */
    struct usage_batch *usage;    /* counters not yet in the store */
    int write_timeout_ms;
    int64_t retry_at_ms; /* > 0 after a failure */
    int backoff_ms;
    int failures; /* in a row */
    uint64_t lost_told;
    int64_t lost_told_at_ms;
};

struct journal {
    struct journal_options options;
    pthread_t thread;
    atomic_bool keep_rows;

    pthread_mutex_t lock; /* guards this part, for microseconds */
    pthread_cond_t wake;  /* to the writer: work, or the end */
    pthread_cond_t idle;  /* to those who flush */
    struct record_list queue;
    int64_t first_at_ms; /* when the oldest record of the queue was posted */
    size_t held_rows;    /* posted and not yet written */
    size_t held_tasks, held_bytes;
    uint64_t posted, settled; /* records */
    bool counters_held;       /* counters could not be written */
    bool urgent, flushing, closing;
    struct journal_stats stats;

    pthread_mutex_t writing; /* guards the writer where there is no thread */
    struct journal_writer writer;
};

/* Takes what is queued, counts it, runs its tasks and writes it, unless an earlier failure says to
 * wait and `now_or_never` is not set. Called with `writing` held or on the journal's thread. */
void journal_work(struct journal *journal, bool now_or_never);
/* Frees what was never written; returns the number of rows. */
size_t journal_discard(struct journal *journal);

#endif
