#include "admin/keys_list.h"

#include <string.h>

#include "base/text.h"
#include "base/vec.h"

VEC(rest_rows, struct store_rest);

struct walk {
    struct keys_list *list;
    const struct keys_filter *filter;
    struct arena *arena;
    struct rest_rows rests; /* sorted by key */
    size_t first;           /* of the matching keys, the one that begins the page */
};

static int add_rest(void *ctx, const struct store_rest *rest)
{
    struct walk *walk = ctx;
    struct store_rest copy = *rest;
    copy.model = arena_strdup(walk->arena, rest->model);
    copy.reason = arena_strdup(walk->arena, rest->reason);
    VEC_PUSH(&walk->rests, copy);
    return 0;
}

static int by_key_then_end(const void *a, const void *b)
{
    const struct store_rest *left = a;
    const struct store_rest *right = b;
    if (left->key_id != right->key_id)
        return left->key_id < right->key_id ? -1 : 1;
    return (left->until_ms > right->until_ms) - (left->until_ms < right->until_ms);
}

/* Index of the first rest of that key or of a later one. */
static size_t first_rest(const struct rest_rows *rests, int64_t key_id)
{
    size_t low = 0;
    size_t high = rests->len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rests->items[middle].key_id < key_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct store_rest *keys_row_whole_rest(const struct keys_row *row)
{
    const struct store_rest *found = NULL;
    for (size_t i = 0; i < row->rest_count; i++) {
        if (text_empty(row->rests[i].model))
            found = &row->rests[i]; /* sorted: the last ends last */
    }
    return found;
}

static enum keys_state state_of(const struct keys_row *row)
{
    switch (row->key.state) {
    case STORE_KEY_PAUSED:
        return KEYS_PAUSED;
    case STORE_KEY_DEAD:
        return KEYS_DEAD;
    case STORE_KEY_ACTIVE:
        break;
    }
    if (keys_row_whole_rest(row))
        return KEYS_RESTING;
    return row->rest_count ? KEYS_PARTLY : KEYS_READY;
}

static bool holds(const char *haystack, const char *needle)
{
    return haystack && text_ifind(haystack, needle);
}

static bool rest_holds(const struct keys_row *row, const char *text)
{
    for (size_t i = 0; i < row->rest_count; i++) {
        if (holds(row->rests[i].reason, text) || holds(row->rests[i].model, text))
            return true;
    }
    return false;
}

static bool matches(const struct keys_row *row, const struct keys_filter *filter)
{
    const struct store_key *key = &row->key;
    if (filter->state != KEYS_ALL && row->state != filter->state)
        return false;
    return !*filter->text || holds(key->hint, filter->text) || holds(key->label, filter->text) ||
           holds(key->project, filter->text) || holds(key->reason, filter->text) ||
           holds(key->last_error, filter->text) || rest_holds(row, filter->text);
}

static void keep(struct walk *walk, const struct keys_row *row)
{
    struct keys_row *kept = &walk->list->rows[walk->list->count++];
    struct store_key *key = &kept->key;
    *kept = *row;
    key->secret = key->sealed = key->hash = key->proxy = NULL;
    key->hint = arena_strdup(walk->arena, key->hint);
    key->label = arena_strdup(walk->arena, key->label);
    key->project = arena_strdup(walk->arena, key->project);
    key->reason = arena_strdup(walk->arena, key->reason);
    key->last_error = arena_strdup(walk->arena, key->last_error);
}

static int visit_key(void *ctx, const struct store_key *key)
{
    struct walk *walk = ctx;
    struct keys_list *list = walk->list;
    struct keys_row row = {.key = *key};
    size_t first = first_rest(&walk->rests, key->id);

    row.rests = walk->rests.items + first;
    while (first + row.rest_count < walk->rests.len && row.rests[row.rest_count].key_id == key->id)
        row.rest_count++;
    row.state = state_of(&row);
    list->states[row.state]++;
    list->states[KEYS_ALL]++;
    if (!matches(&row, walk->filter))
        return 0;
    if (list->matching >= walk->first && list->count < (size_t)walk->filter->size)
        keep(walk, &row);
    list->matching++;
    return 0;
}

/* One walk over the keys for the page `page`. */
static int walk_page(struct walk *walk, struct store *store, int page, struct err *err)
{
    struct keys_list *list = walk->list;
    size_t size = (size_t)walk->filter->size;
    *list = (struct keys_list){.rows = list->rows, .page = page};
    walk->first = (size_t)(page - 1) * size;
    if (store_keys_each(store, false, visit_key, walk, err) < 0)
        return -1;
    list->pages = list->matching ? (int)((list->matching + size - 1) / size) : 1;
    return 0;
}

/* The rests move into the arena, so that rows can point into them. */
static int read_rests(struct walk *walk, struct store *store, int64_t now_ms, struct err *err)
{
    struct rest_rows *rests = &walk->rests;
    if (store_rests_each(store, now_ms, add_rest, walk, err) < 0) {
        VEC_FREE(rests);
        return -1;
    }
    struct store_rest *items = ARENA_ARRAY(walk->arena, struct store_rest, rests->len + 1);
    if (rests->len) {
        memcpy(items, rests->items, rests->len * sizeof(*items));
        qsort(items, rests->len, sizeof(*items), by_key_then_end);
    }
    free(rests->items);
    rests->items = items;
    return 0;
}

int keys_list_read(struct keys_list *list, struct store *store, const struct keys_filter *filter,
                   struct arena *arena, int64_t now_ms, struct err *err)
{
    struct walk walk = {.list = list, .filter = filter, .arena = arena};
    *list = (struct keys_list){.rows = ARENA_ARRAY(arena, struct keys_row, filter->size)};
    if (read_rests(&walk, store, now_ms, err) < 0)
        return -1;
    if (walk_page(&walk, store, filter->page, err) < 0)
        return -1;
    if (list->page <= list->pages)
        return 0;
    return walk_page(&walk, store, list->pages, err);
}
