/* The busiest and the most troubled keys, models and tokens of the present day, from the counters.
 */
#ifndef ADMIN_TOPLIST_H
#define ADMIN_TOPLIST_H

#include "admin/page.h"
#include "store/store_usage.h"

#define TOPLIST_MAX 10

struct toplist_row {
    int64_t id;        /* of a key or token; 0 of models */
    const char *model; /* of models, else "" */
    struct usage_counters counters;
    int64_t rank; /* what it is ordered by */
};

struct toplist {
    struct toplist_row rows[TOPLIST_MAX];
    size_t count;
    size_t all; /* how many there were with a rank */
};

/* What a row is ranked by; 0 leaves it out. */
typedef int64_t toplist_rank(const struct usage_counters *counters);
toplist_rank toplist_by_requests, toplist_by_429, toplist_by_403, toplist_by_400, toplist_by_5xx,
    toplist_by_other;

/* Fills `list` with the first `want` of today. Texts in the arena. 0 or -1. */
struct toplist_query {
    enum usage_subject subject;
    enum usage_group group; /* BY_ID or BY_MODEL */
    toplist_rank *rank;
    size_t want; /* at most TOPLIST_MAX */
};
/* Several lists of the same subject and group from one walk. */
int toplist_read_many(struct toplist *lists, const struct toplist_query *queries, size_t count,
                      const struct page *page, struct err *err);
int toplist_read(struct toplist *list, struct store *store, const struct toplist_query *query,
                 struct arena *arena, int64_t now_ms, struct err *err);

#endif
