/* Limits that upstream told of (`quotaValue` of a 429), by key or by project. */
#ifndef STORE_STORE_LIMITS_H
#define STORE_STORE_LIMITS_H

#include "store/store.h"

/* Stored as these words: requests_minute, tokens_minute, requests_day, tokens_day. Tokens are input
 * tokens. */
enum store_metric {
    STORE_REQUESTS_MINUTE,
    STORE_TOKENS_MINUTE,
    STORE_REQUESTS_DAY,
    STORE_TOKENS_DAY
};

struct store_limit {
    int64_t key_id;      /* of one key; 0 with `project` */
    const char *project; /* of all keys of a project; "" with `key_id` */
    const char *model;
    enum store_metric metric;
    const char *quota_id; /* Google's name of the quota */
    int64_t value;
    int64_t learned_ms;
};

typedef int store_limit_visit(void *ctx, const struct store_limit *limit); /* != 0 stops the walk */

/* Remembers a limit, unless a newer one of the same key or project, model and metric is known. A
 * newer one with the same value only moves `learned_ms`, without a new generation. */
int store_limit_put(struct store *store, const struct store_limit *limit, struct err *err);
int store_limits_each(struct store *store, store_limit_visit *visit, void *ctx, struct err *err);
/* Forgets what was learned of a key. 0 (also when nothing was) or -1. */
int store_limits_forget(struct store *store, int64_t key_id, struct err *err);
/* Forgets what was learned before `before_ms`: tiers change. */
int store_limits_expire(struct store *store, int64_t before_ms, struct err *err);

#endif
