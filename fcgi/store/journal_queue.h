/* What has been posted to the journal and not yet written: records packed one after another into
 * chunks, so that a row takes what it needs (about 300 bytes) and not its full size. Private to
 * store/. Not thread-safe. */
#ifndef STORE_JOURNAL_QUEUE_H
#define STORE_JOURNAL_QUEUE_H

#include "store/journal.h"

enum record_type { RECORD_REQUEST, RECORD_ATTEMPT, RECORD_BODY, RECORD_TASK };

struct record {
    enum record_type type;
    const unsigned char *data;
    size_t len;
};

struct record_task {
    journal_task *task;
    void *ctx;
};

struct record_chunk;

struct record_list {
    struct record_chunk *head, *tail;
};

/* A place in a list: before a record, or at the end. Stays valid while records are added. */
struct record_cursor {
    struct record_chunk *chunk; /* NULL: before the first record of the list */
    size_t offset;
};

bool record_list_empty(const struct record_list *list);
void record_list_push(struct record_list *list, enum record_type type, const void *data,
                      size_t len);
/* Moves all of `from` behind the end of `list`. */
void record_list_join(struct record_list *list, struct record_list *from);
/* The record at the cursor, which moves behind it; false at the end. */
bool record_next(const struct record_list *list, struct record_cursor *cursor,
                 struct record *record_r);
bool record_cursor_equal(const struct record_cursor *a, const struct record_cursor *b);
/* Frees the chunks that lie wholly before the cursor. When the cursor is at the end, frees all,
 * makes the cursor that of an empty list and returns true. What records point to is the caller's.
 */
bool record_list_drop(struct record_list *list, struct record_cursor *cursor);

#endif
