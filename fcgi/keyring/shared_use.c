/* The quotas' use by other processes, from the counters that all of them add to.
 *
 * The counters tell how much all used today; what the pool counted of it is not the others'. How much
 * was used in the last minute shows by looking again and again: each key and model has a ring of slots
 * of a few seconds, and what the others' use grew by since the last look goes into the present one. At
 * the first look the slots are filled from the counters of minutes. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_usage.h"

#define SLOT_MS (5 * SECOND_MS)
#define SLOTS 13 /* the last minute, and the slot in which it began */
#define PER_MINUTE (MINUTE_MS / SLOT_MS)
/* Told to the pool without letting go of its lock. */
#define TOLD_AT_ONCE 512
#define SIBLINGS_MAX 32

struct used {
    int64_t key_id;
    char *model;
    int64_t day[2];    /* by all */
    int64_t others[2]; /* of that: never less than before, for own calls reach the counters late */
    int32_t slots[SLOTS][2];
};
VEC(used_rows, struct used);

struct shared_use {
    struct used_rows rows; /* by key id and model */
    int64_t day;
    int64_t slot; /* number of the present slot */
    bool looked;
};

static void free_rows(struct used_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++)
        free(rows->items[i].model);
    VEC_FREE(rows);
}

void shared_use_destroy(struct shared_use **use_p)
{
    if (*use_p)
        free_rows(&(*use_p)->rows);
    free(*use_p);
    *use_p = NULL;
}

static int compare(const void *a, const void *b)
{
    const struct used *one = a, *other = b;
    if (one->key_id != other->key_id)
        return one->key_id < other->key_id ? -1 : 1;
    return strcmp(one->model, other->model);
}

static struct used *find(const struct used_rows *rows, int64_t key_id, const char *model)
{
    struct used wanted = {.key_id = key_id, .model = (char *)model};
    return rows->len ? bsearch(&wanted, rows->items, rows->len, sizeof(wanted), compare) : NULL;
}

static int32_t clip(int64_t value)
{
    return value < 0 ? 0 : value > INT32_MAX ? INT32_MAX : (int32_t)value;
}

/* --- reading ------------------------------------------------------------------------------- */

static int take_today(void *ctx, int64_t key_id, const char *model, const struct usage_today *today)
{
    struct used_rows *rows = ctx;
    struct used row = {
        .key_id = key_id, .model = xstrdup(model), .day = {today->requests, today->tokens}};
    VEC_PUSH(rows, row);
    return 0;
}

struct minute_walk {
    struct used_rows *rows;
    int64_t first, last; /* slots that share what the minute had */
};

static int take_minute(void *ctx, const struct usage_row *row)
{
    const struct minute_walk *walk = ctx;
    struct used *used = find(walk->rows, row->id, row->model);
    int64_t left[2] = {row->counters.requests - row->counters.failed_429,
                       row->counters.prompt_tokens};
    for (int64_t slot = walk->first; used && slot <= walk->last; slot++) {
        for (int which = 0; which < 2; which++) {
            int64_t part = left[which] / (walk->last - slot + 1);
            used->slots[slot % SLOTS][which] = clip(part);
            left[which] -= part;
        }
    }
    return 0;
}

static int read_minute(struct keyring *ring, struct used_rows *rows, int64_t minute,
                       int64_t slot_now, struct err *err)
{
    struct minute_walk walk = {rows, minute * PER_MINUTE, (minute + 1) * PER_MINUTE - 1};
    struct usage_query query = {.subject = USAGE_KEY,
                                .span = USAGE_MINUTE,
                                .from = minute,
                                .to = minute + 1,
                                .id = -1,
                                .group = USAGE_BY_ID_AND_MODEL};
    if (walk.last > slot_now)
        walk.last = slot_now;
    return store_usage_each(ring->store, &query, take_minute, &walk, err);
}

/* The minute before and the present one; what is older than the slots is overwritten. */
static int read_minutes(struct keyring *ring, struct used_rows *rows, int64_t now_ms,
                        struct err *err)
{
    int64_t minute = now_ms / MINUTE_MS;
    int64_t slot = now_ms / SLOT_MS;
    if (read_minute(ring, rows, minute - 1, slot, err) < 0)
        return -1;
    return read_minute(ring, rows, minute, slot, err);
}

/* --- what changed -------------------------------------------------------------------------- */

static void clear_passed(struct used *row, int64_t before, int64_t now)
{
    int64_t first = now - before >= SLOTS ? now - SLOTS + 1 : before + 1;
    for (int64_t slot = first; slot <= now; slot++)
        row->slots[slot % SLOTS][0] = row->slots[slot % SLOTS][1] = 0;
}

static void remember(const struct shared_use *use, struct used *row, int64_t day, int64_t slot)
{
    const struct used *before = find(&use->rows, row->key_id, row->model);
    if (!before)
        return;
    memcpy(row->slots, before->slots, sizeof(row->slots));
    clear_passed(row, use->slot, slot);
    if (use->day == day)
        memcpy(row->others, before->others, sizeof(row->others));
}

static int64_t slots_sum(const struct used *row, int which, int64_t from, int64_t to)
{
    int64_t sum = 0;
    for (int64_t slot = from; slot <= to; slot++)
        sum += row->slots[slot % SLOTS][which];
    return sum;
}

/* --- telling ------------------------------------------------------------------------------- */

/* What all used today of the quota that the key has, alone or with others of its project. */
static void day_total(struct keyring *ring, const struct used *row, int64_t total_r[2])
{
    int64_t siblings[SIBLINGS_MAX];
    size_t count = key_pool_siblings(ring->pool, row->key_id, siblings, SIBLINGS_MAX);
    memcpy(total_r, row->day, sizeof(row->day));
    for (size_t i = 0; i < count; i++) {
        const struct used *sibling = find(&ring->shared_use->rows, siblings[i], row->model);
        for (int which = 0; sibling && which < 2; which++)
            total_r[which] += sibling->day[which];
    }
}

static void note_growth(struct keyring *ring, struct used *row, bool first, int64_t now_ms)
{
    int64_t total[2], own[2];
    day_total(ring, row, total);
    key_pool_own_today(ring->pool, row->key_id, row->model, now_ms, own);
    for (int which = 0; which < 2; which++) {
        int64_t growth = total[which] - own[which] - row->others[which];
        int32_t *present = &row->slots[now_ms / SLOT_MS % SLOTS][which];
        if (growth <= 0)
            continue;
        row->others[which] += growth;
        if (!first)
            *present = clip(*present + growth);
    }
}

static void tell_one(struct keyring *ring, const struct used *row, int64_t now_ms)
{
    struct key_others_use use = {.day = {row->others[0], row->others[1]}};
    int64_t slot = now_ms / SLOT_MS;
    for (int which = 0; which < 2; which++) {
        /* Of the slot in which the minute began the later part counts. */
        int64_t oldest = row->slots[(slot - PER_MINUTE) % SLOTS][which];
        int64_t part = (oldest * (SLOT_MS - now_ms % SLOT_MS) + SLOT_MS - 1) / SLOT_MS;
        use.last_minute[which] = part + slots_sum(row, which, slot - PER_MINUTE + 1, slot);
        use.clock_minute[which] = slots_sum(row, which, slot - slot % PER_MINUTE, slot);
    }
    key_pool_set_others_use(ring->pool, row->key_id, row->model, &use, now_ms);
}

static void tell_pool(struct keyring *ring, bool first, int64_t now_ms)
{
    struct used_rows *rows = &ring->shared_use->rows;
    for (size_t from = 0; from < rows->len; from += TOLD_AT_ONCE) {
        LOCK_SCOPE(&ring->lock);
        for (size_t i = from; i < rows->len && i < from + TOLD_AT_ONCE; i++) {
            note_growth(ring, &rows->items[i], first, now_ms);
            tell_one(ring, &rows->items[i], now_ms);
        }
    }
}

int keyring_read_use(struct keyring *ring, struct err *err)
{
    struct used_rows rows = {0};
    int64_t now_ms = clock_wall_ms();
    int64_t day = clock_pacific_day(now_ms);
    int64_t slot = now_ms / SLOT_MS;
    if (!ring->shared_use)
        ring->shared_use = xcalloc(1, sizeof(*ring->shared_use));
    struct shared_use *use = ring->shared_use;
    int rc = store_usage_today(ring->store, now_ms, take_today, &rows, err);
    if (rc == 0 && rows.len)
        qsort(rows.items, rows.len, sizeof(rows.items[0]), compare);
    if (rc == 0 && !use->looked)
        rc = read_minutes(ring, &rows, now_ms, err);
    if (rc < 0) {
        free_rows(&rows);
        return -1;
    }
    for (size_t i = 0; i < rows.len && use->looked; i++)
        remember(use, &rows.items[i], day, slot);
    bool first = !use->looked;
    free_rows(&use->rows);
    *use = (struct shared_use){.rows = rows, .day = day, .slot = slot, .looked = true};
    tell_pool(ring, first, now_ms);
    return 0;
}
