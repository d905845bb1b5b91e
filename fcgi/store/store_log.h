/* Rows of the request log and of the usage counters, as they go through the journal. */
#ifndef STORE_STORE_LOG_H
#define STORE_STORE_LOG_H

#include "store/store.h"

#define LOG_TEXT_SHORT 64
#define LOG_TEXT_LONG 512

/* A number for a request that starts at `now_ms`: unique over processes, and later requests have
 * greater ones (milliseconds, then chance). */
int64_t store_log_id(int64_t now_ms);
/* The smallest number of a request that starts at `time_ms`, and when one of that number starts. */
int64_t store_log_first_id(int64_t time_ms);
int64_t store_log_id_time(int64_t id);

/* One request of a client. Fixed size: copied into the journal's queue. */
struct log_request {
    int64_t id; /* unique over processes: time and randomness */
    int64_t time_ms;
    int64_t token_id;           /* 0 none */
    char route[LOG_TEXT_SHORT]; /* the route's pattern */
    char dialect[16];
    char model[LOG_TEXT_SHORT * 2];        /* as asked for */
    char served_model[LOG_TEXT_SHORT * 2]; /* as called */
    char client[48];                       /* address */
    char agent[LOG_TEXT_SHORT * 2];        /* user agent, cut */
    int status;                            /* sent to the client; 499 when it left */
    bool streamed;
    int attempts;
    int64_t duration_ms;                                                 /* whole */
    int64_t first_token_ms;                                              /* -1 none */
    int64_t own_us;                                                      /* our share */
    int64_t prompt_tokens, output_tokens, thought_tokens, cached_tokens; /* 0 unknown */
    char error[LOG_TEXT_LONG]; /* "" on success; redacted */
    bool uncounted;            /* refused before upstream had a part in it: a row, but no counter */
};

/* One call of upstream on one key. */
struct log_attempt {
    int64_t request_id;
    int number; /* from 1 */
    int64_t time_ms;
    int64_t key_id;
    char model[LOG_TEXT_SHORT * 2];
    char proxy[LOG_TEXT_SHORT * 2]; /* host only, without credentials */
    char outcome[24];               /* transport outcome: "ok", "connect", "first_byte", ... */
    int status;                     /* of upstream, 0 none */
    char rule[48];                  /* verdict rule id */
    char effect[24];                /* what it did to the key */
    int64_t duration_ms;
    int64_t first_byte_ms; /* -1 none */
    int64_t prompt_tokens, output_tokens, thought_tokens, cached_tokens;
    char error[LOG_TEXT_LONG];
};
typedef int store_log_attempt_visit(void *ctx, const struct log_attempt *row); /* != 0 stops */

struct log_error_body { /* with ERROR_LOG_RECORD_REQUEST_BODY */
    int64_t request_id;
    char *body; /* owned by the journal once posted; cut at 64 KiB, redacted */
};

/* Writes a batch in one transaction on log.db, and one on the main database with the counters
 * (usage by key, model, token and minute/hour/day; see store_usage.h). After a failure nothing has
 * been counted, and the same batch can be written again: rows that are there stay as they are. */
struct log_batch {
    const struct log_request *requests;
    size_t request_count;
    const struct log_attempt *attempts;
    size_t attempt_count;
    const struct log_error_body *bodies;
    size_t body_count;
};
int store_log_write(struct store *store, const struct log_batch *batch, bool keep_rows,
                    struct err *err);

/* Today's use of one key and model, as all processes together have counted it. */
struct usage_today {
    int64_t requests, tokens;
};
/* Deletes requests (with attempts and bodies) older than `requests_before_ms`; those that failed
 * also when older than `errors_before_ms`; then the oldest until log.db holds at most `max_bytes`
 * (0: any size). Works in slices, so that others can write meanwhile, and gives the space back.
 * Returns the number of requests deleted, -1 on failure. */
int64_t store_log_retain(struct store *store, int64_t requests_before_ms, int64_t errors_before_ms,
                         int64_t max_bytes, struct err *err);
/* The program ends: every store_log_retain() and store_usage_trim() of this store, now and later, returns after the
 * slice that it is at, with what it has deleted; the next start goes on. Any thread may call it. */
void store_log_retain_end(struct store *store);

#endif
