/* Several calls of upstream for one request of a client, at the same time and on different keys:
 * chunks of a long list of embeddings, the images of one prompt.
 *
 *   fan_out_part   one of them: what to ask, and how it went. The caller owns the array.
 *
 * Each part is an exchange of its own, with its own retries. Parts share the log row: attempts are
 * logged under it, and what they used is summed into it; the caller posts it when it knows what
 * the client got. */
#ifndef EXCHANGE_FAN_OUT_H
#define EXCHANGE_FAN_OUT_H

#include "exchange/exchange.h"

/* Most parts that run at the same time. */
#define FAN_OUT_THREADS 10

struct fan_out_part;

/* Whoever wants to know how the parts get on; called on their threads. */
struct fan_out_watch {
    void *ctx;
    bool (*unwanted)(void *ctx); /* true: parts end, or do not begin, with status 499 */
    void (*ended)(void *ctx, struct fan_out_part *part);
};

struct fan_out_part {
    struct exchange_request request; /* filled by the caller; `part` is set by fan_out_run(),
                                      * where it is 0 */
    /* Who gets an answer below 400 as it comes (begin, write, flush); write NULL: it is collected
     * into `body`. */
    struct exchange_client pass;
    const struct fan_out_watch *watch; /* NULL: nobody watches */
    /* Filled by fan_out_run(): */
    int status;         /* what the client would have got; 499 when it left */
    struct strbuf body; /* the answer, or the error body in the dialect; see fan_out_free() */
    char content_type[128];
    int64_t retry_after_s; /* 0: none was given */
    bool hopeless;         /* x-should-retry: false */
    struct exchange_outcome outcome;
};

/* Runs all parts to their end. `client_fd` is watched by each (-1: not). Sums attempts, tokens and
 * times into `log_row`, and copies status and error of the first part that failed. Returns the
 * index of that part, -1 when all went well (a status below 300). */
int fan_out_run(const struct exchange_env *env, struct fan_out_part *parts, int count,
                int client_fd, struct log_request *log_row);
void fan_out_free(struct fan_out_part *parts, int count);

#endif
