/* The request log as people look through it: filtered, newest first, in pages.
 *
 * The most selective part of a filter picks an index; the rest is checked row by row: for at most
 * LOG_LIST_SCAN failures, whose index holds all that is asked for, and LOG_LIST_FETCH rows of any other
 * index. So a page costs the same however large the log is; where nothing more was found within that
 * reach, `cut` tells that older rows were not looked at, and the next page goes on there. */
#ifndef STORE_STORE_LOG_LIST_H
#define STORE_STORE_LOG_LIST_H

#include "store/store_log.h"

#define LOG_LIST_SCAN 10000
#define LOG_LIST_FETCH 1500

struct log_cursor {
    int64_t time_ms, id; /* rows before this one; time_ms 0: from the newest */
};

struct log_filter {
    int64_t since_ms, until_ms; /* until 0: now */
    struct log_cursor before;
    int64_t token_id;  /* -1: any; 0: the admin token */
    int64_t key_id;    /* 0: any; requests with an attempt on that key */
    int status;        /* 0: any */
    bool failed;       /* failures only */
    const char *model; /* as asked for, whole name; "" any */
    const char *route; /* the same */
    const char *error; /* part of the error's text, any case; "" any. Means failures only */
    int limit;
};

struct log_page {
    size_t count;           /* rows visited */
    struct log_cursor next; /* where the next page begins; time_ms 0: this was the last */
    bool cut;               /* there are rows that were not looked at ... */
    int64_t looked;         /* ... and so many that were, on this page */
};

typedef int store_log_request_visit(void *ctx, const struct log_request *row); /* != 0 stops */
int store_log_list(struct store *store, const struct log_filter *filter,
                   store_log_request_visit *visit, void *ctx, struct log_page *page_r,
                   struct err *err);

/* Names that stand in the log: of models, routes. At most 500, by name. */
typedef int store_log_name_visit(void *ctx, const char *name);
int store_log_names(struct store *store, const char *kind, store_log_name_visit *visit, void *ctx,
                    struct err *err);

/* How much there is. oldest_ms 0: nothing. */
struct log_extent {
    int64_t bytes, oldest_ms;
};
int store_log_extent(struct store *store, struct log_extent *extent_r, struct err *err);

/* The time before which requests lie beyond the newest `max_rows` (0: any number): 0 when there are not
 * so many; -1. */
int64_t store_log_rows_cutoff(struct store *store, int64_t max_rows, struct err *err);

/* Deletes single requests with all that belongs to them: the number deleted, or -1. */
int64_t store_log_delete(struct store *store, const int64_t *ids, size_t count, struct err *err);
/* Empties the log at once and gives the space back. */
int store_log_clear(struct store *store, struct err *err);

/* How many failed attempts each key had with a status of upstream since then, most first, looking at
 * the newest LOG_LIST_SCAN of them. */
typedef int store_log_key_visit(void *ctx, int64_t key_id, int64_t count);
struct log_key_query {
    int status;
    int64_t since_ms;
    int limit;
};
int store_log_failing_keys(struct store *store, const struct log_key_query *query,
                           store_log_key_visit *visit, void *ctx, struct err *err);

/* The newest attempts on a key. */
int store_log_attempts_of_key(struct store *store, int64_t key_id, int limit,
                              store_log_attempt_visit *visit, void *ctx, struct err *err);

/* The attempts on a key from since_ms to before until_ms, newest first; at most LOG_LIST_FETCH. */
struct log_span {
    int64_t since_ms, until_ms;
};
int store_log_attempts_within(struct store *store, int64_t key_id, const struct log_span *span,
                              store_log_attempt_visit *visit, void *ctx, struct err *err);

/* The statements of the list, for the test that looks at their plans; NULL at the end. */
const struct sql_text *store_log_list_text(size_t index);
const struct sql_text *store_log_failing_text(void);

#endif
