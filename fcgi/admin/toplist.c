#include "admin/toplist.h"

#include <string.h>

int64_t toplist_by_requests(const struct usage_counters *counters)
{
    return counters->requests;
}

int64_t toplist_by_429(const struct usage_counters *counters)
{
    return counters->failed_429;
}

int64_t toplist_by_403(const struct usage_counters *counters)
{
    return counters->failed_403;
}

int64_t toplist_by_400(const struct usage_counters *counters)
{
    return counters->failed_400;
}

int64_t toplist_by_5xx(const struct usage_counters *counters)
{
    return counters->failed_5xx;
}

int64_t toplist_by_other(const struct usage_counters *counters)
{
    return counters->failed_other;
}

enum { TOPLISTS_MAX = 4 };

struct gathering {
    struct toplist *list;
    const struct toplist_query *query;
    struct arena *arena;
};

/* Where a rank belongs among those that are there; `want` when nowhere. */
static size_t place_of(const struct gathering *gathering, int64_t rank)
{
    size_t place = gathering->list->count;
    while (place > 0 && gathering->list->rows[place - 1].rank < rank)
        place--;
    return place;
}

static int gather(void *ctx, const struct usage_row *row)
{
    struct gathering *gathering = ctx;
    struct toplist *list = gathering->list;
    int64_t rank = gathering->query->rank(&row->counters);
    if (rank <= 0)
        return 0;
    list->all++;
    size_t place = place_of(gathering, rank);
    if (place >= gathering->query->want)
        return 0;
    if (list->count < gathering->query->want)
        list->count++;
    memmove(&list->rows[place + 1], &list->rows[place],
            (list->count - 1 - place) * sizeof(list->rows[0]));
    list->rows[place] = (struct toplist_row){.id = row->id,
                                             .model = arena_strdup(gathering->arena, row->model),
                                             .counters = row->counters,
                                             .rank = rank};
    return 0;
}

struct gatherings {
    struct gathering items[TOPLISTS_MAX];
    size_t count;
};

static int gather_all(void *ctx, const struct usage_row *row)
{
    struct gatherings *all = ctx;
    for (size_t i = 0; i < all->count; i++)
        gather(&all->items[i], row);
    return 0;
}

int toplist_read_many(struct toplist *lists, const struct toplist_query *queries, size_t count,
                      const struct page *page, struct err *err)
{
    struct gatherings all = {.count = count < TOPLISTS_MAX ? count : TOPLISTS_MAX};
    int64_t day = store_usage_bucket(queries->subject, USAGE_DAY, page->now_ms);
    const struct usage_query usage = {.subject = queries->subject,
                                      .span = USAGE_DAY,
                                      .from = day,
                                      .to = day + 1,
                                      .id = -1,
                                      .group = queries->group};
    for (size_t i = 0; i < all.count; i++) {
        lists[i] = (struct toplist){.count = 0};
        all.items[i] = (struct gathering){&lists[i], &queries[i], page->arena};
    }
    return store_usage_each(page->call->admin->store, &usage, gather_all, &all, err);
}

int toplist_read(struct toplist *list, struct store *store, const struct toplist_query *query,
                 struct arena *arena, int64_t now_ms, struct err *err)
{
    int64_t day = store_usage_bucket(query->subject, USAGE_DAY, now_ms);
    const struct usage_query usage = {.subject = query->subject,
                                      .span = USAGE_DAY,
                                      .from = day,
                                      .to = day + 1,
                                      .id = -1,
                                      .group = query->group};
    *list = (struct toplist){.count = 0};
    struct gathering gathering = {list, query, arena};
    return store_usage_each(store, &usage, gather, &gathering, err);
}
