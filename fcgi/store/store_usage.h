/* Reading the usage counters.
 *
 * Counters are kept in buckets of a minute, an hour and a day, for three subjects:
 *
 *   USAGE_KEY     attempts on upstream, by key and model; minutes for 3 hours, hours for 8 days
 *   USAGE_TOKEN   requests of clients, by token and model (as called); 2 days, 40 days
 *   USAGE_TOTAL   requests of clients, all together; 2 days, 40 days
 *
 * Days are kept for ever. Fair rotation makes every key of thousands leave a row in every bucket,
 * hence the shorter spans for keys.
 *
 * A bucket's number counts minutes or hours since 1970 UTC. Days are days since 1970: of the
 * Pacific calendar for keys, because quotas begin anew at Pacific midnight, and of UTC for tokens
 * and the total. Days of another time zone are added up from hours. */
#ifndef STORE_STORE_USAGE_H
#define STORE_STORE_USAGE_H

#include "base/clock.h"
#include "store/store.h"
#include "store/store_log.h"

/* Of tokens and the total. */
#define USAGE_MINUTES_KEPT_MS (2 * DAY_MS)
#define USAGE_HOURS_KEPT_MS (40 * DAY_MS)

enum usage_span { USAGE_MINUTE, USAGE_HOUR, USAGE_DAY };
enum usage_subject { USAGE_KEY, USAGE_TOKEN, USAGE_TOTAL };

/* The model of attempts and requests that never reached a model that exists: names that only ever
 * failed do not get counters of their own. */
#define USAGE_OTHER_MODEL "(other)"

struct usage_counters {
    int64_t requests;
    int64_t successes;
    int64_t failed_429, failed_403, failed_400, failed_5xx;
    int64_t failed_other; /* other statuses, no answer, an answer that broke off */
    int64_t prompt_tokens, output_tokens, thought_tokens, cached_tokens;
    int64_t first_ms_sum, first_count; /* time to the first token, of those that had one */
    int64_t duration_ms_sum;           /* of the successes */
};

struct usage_row {
    int64_t bucket;    /* by bucket, else 0 */
    int64_t id;        /* of the key or token, by id, else 0 */
    const char *model; /* by model, else "" */
    struct usage_counters counters;
};

enum usage_group { USAGE_BY_BUCKET, USAGE_BY_ID, USAGE_BY_MODEL, USAGE_BY_ID_AND_MODEL };

struct usage_query {
    enum usage_subject subject;
    enum usage_span span;
    int64_t from, to;       /* buckets, from <= bucket < to */
    int64_t id;             /* one key or token; -1 all (0 is the token of those without one) */
    enum usage_group group; /* the total knows only BY_BUCKET */
};

typedef int store_usage_visit(void *ctx, const struct usage_row *row); /* != 0 stops the walk */

/* The bucket that `time_ms` falls into. */
int64_t store_usage_bucket(enum usage_subject subject, enum usage_span span, int64_t time_ms);
/* Walks the sums of the groups, in the order of what they are grouped by. */
int store_usage_each(struct store *store, const struct usage_query *query, store_usage_visit *visit,
                     void *ctx, struct err *err);

/* Requests of clients since `since_ms`, by the finest buckets that are kept for so long: to the
 * minute within 2 days, to the hour within 40, else to the day. */
int store_usage_since(struct store *store, int64_t since_ms, int64_t now_ms,
                      struct usage_counters *counters_r, struct err *err);

/* What every key has used of its models' quotas on the Pacific day of `now_ms`: requests that were
 * not refused with 429, and input tokens. */
typedef int store_usage_today_visit(void *ctx, int64_t key_id, const char *model,
                                    const struct usage_today *today);
int store_usage_today(struct store *store, int64_t now_ms, store_usage_today_visit *visit,
                      void *ctx, struct err *err);

/* Deletes buckets that are older than they are kept, and those of keys that are gone; in slices, so
 * that others can write meanwhile. */
int store_usage_trim(struct store *store, int64_t now_ms, struct err *err);

#endif
