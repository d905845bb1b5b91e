#include "admin/keys_list.h"

#include <limits.h>
#include <stdlib.h>
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
    size_t most;            /* how many rows are kept */
    size_t cap;             /* room in list->rows */
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

static bool has_reason(const struct keys_row *row, const char *reason)
{
    for (size_t i = 0; i < row->rest_count; i++) {
        if (text_eq(row->rests[i].reason, reason))
            return true;
    }
    return text_eq(row->key.reason, reason);
}

static bool is_asked(const char *own, const char *asked)
{
    return text_empty(asked) || text_eq(own, asked);
}

static bool matches(const struct keys_row *row, const struct keys_filter *filter)
{
    const struct store_key *key = &row->key;
    if (filter->state != KEYS_ALL && row->state != filter->state)
        return false;
    if ((filter->kind >= 0 && (int)key->kind != filter->kind) || key->failures < filter->failures)
        return false;
    if (!is_asked(key->label, filter->label) || !is_asked(key->project, filter->project) ||
        (!text_empty(filter->reason) && !has_reason(row, filter->reason)))
        return false;
    return !*filter->text || holds(key->hint, filter->text) || holds(key->label, filter->text) ||
           holds(key->project, filter->text) || holds(key->reason, filter->text) ||
           holds(key->last_error, filter->text) || rest_holds(row, filter->text);
}

static void make_room(struct walk *walk)
{
    struct keys_list *list = walk->list;
    if (list->count < walk->cap)
        return;
    size_t cap = walk->cap ? walk->cap * 2 : 64;
    struct keys_row *rows = ARENA_ARRAY(walk->arena, struct keys_row, cap);
    if (list->count)
        memcpy(rows, list->rows, list->count * sizeof(*rows));
    list->rows = rows;
    walk->cap = cap;
}

static void keep(struct walk *walk, const struct keys_row *row)
{
    make_room(walk);
    struct keys_row *kept = &walk->list->rows[walk->list->count++];
    struct store_key *key = &kept->key;
    *kept = *row;
    key->secret = key->sealed = key->hash = NULL;
    key->proxy = text_empty(key->proxy) ? "" : "***"; /* lists tell only that it has one */
    key->hint = arena_strdup(walk->arena, key->hint);
    key->label = arena_strdup(walk->arena, key->label);
    key->project = arena_strdup(walk->arena, key->project);
    key->reason = arena_strdup(walk->arena, key->reason);
    key->last_error = arena_strdup(walk->arena, key->last_error);
}

/* Keys with the same word mostly follow each other: the last hit is looked at first. */
static void note_word(struct keys_words *words, const char *word, struct arena *arena)
{
    if (text_empty(word))
        return;
    for (size_t i = words->count; i-- > 0;) {
        if (text_eq(words->items[i], word))
            return;
    }
    if (words->count < KEYS_WORDS_MAX)
        words->items[words->count++] = arena_strdup(arena, word);
}

static void note_words(struct walk *walk, const struct keys_row *row)
{
    struct keys_list *list = walk->list;
    note_word(&list->labels, row->key.label, walk->arena);
    note_word(&list->projects, row->key.project, walk->arena);
    note_word(&list->reasons, row->key.reason, walk->arena);
    for (size_t i = 0; i < row->rest_count; i++)
        note_word(&list->reasons, row->rests[i].reason, walk->arena);
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
    note_words(walk, &row);
    if (!matches(&row, walk->filter))
        return 0;
    if (list->matching >= walk->first && list->count < walk->most)
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
    walk->most = size;
    if (store_keys_each(store, false, visit_key, walk, err) < 0)
        return -1;
    list->pages = list->matching ? (int)((list->matching + size - 1) / size) : 1;
    return 0;
}

/* --- in another order ------------------------------------------------------------------------- */

static int by_newest(const void *a, const void *b)
{
    int64_t left = ((const struct keys_row *)a)->key.id;
    int64_t right = ((const struct keys_row *)b)->key.id;
    return (left < right) - (left > right);
}

static int by_use(const void *a, const void *b)
{
    int64_t left = ((const struct keys_row *)a)->key.last_used_ms;
    int64_t right = ((const struct keys_row *)b)->key.last_used_ms;
    return left == right ? -by_newest(a, b) : (left < right) - (left > right);
}

static int by_failures(const void *a, const void *b)
{
    int64_t left = ((const struct keys_row *)a)->key.failures;
    int64_t right = ((const struct keys_row *)b)->key.failures;
    return left == right ? -by_newest(a, b) : (left < right) - (left > right);
}

/* Those without a label last. */
static int by_label(const void *a, const void *b)
{
    const char *left = ((const struct keys_row *)a)->key.label;
    const char *right = ((const struct keys_row *)b)->key.label;
    if (text_empty(left) != text_empty(right))
        return text_empty(left) ? 1 : -1;
    int order = text_empty(left) ? 0 : strcmp(left, right);
    return order ? order : -by_newest(a, b);
}

static int walk_sorted(struct walk *walk, struct store *store, struct err *err)
{
    static int (*const orders[KEYS_SORT_COUNT])(const void *, const void *) = {
        [KEYS_BY_NEWEST] = by_newest,
        [KEYS_BY_USE] = by_use,
        [KEYS_BY_FAILURES] = by_failures,
        [KEYS_BY_LABEL] = by_label,
    };
    struct keys_list *list = walk->list;
    size_t size = (size_t)walk->filter->size;
    walk->most = SIZE_MAX;
    if (store_keys_each(store, false, visit_key, walk, err) < 0)
        return -1;
    if (list->count)
        qsort(list->rows, list->count, sizeof(*list->rows), orders[walk->filter->sort]);
    list->pages = list->matching ? (int)((list->matching + size - 1) / size) : 1;
    list->page = walk->filter->page < list->pages ? walk->filter->page : list->pages;
    size_t first = (size_t)(list->page - 1) * size;
    list->rows += list->rows ? first : 0;
    list->count = list->matching - first < size ? list->matching - first : size;
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
    *list = (struct keys_list){.rows = NULL};
    if (read_rests(&walk, store, now_ms, err) < 0)
        return -1;
    if (filter->sort != KEYS_BY_AGE)
        return walk_sorted(&walk, store, err);
    if (walk_page(&walk, store, filter->page, err) < 0)
        return -1;
    if (list->page <= list->pages)
        return 0;
    return walk_page(&walk, store, list->pages, err);
}

/* --- all that match ---------------------------------------------------------------------------- */

int keys_list_ids(struct key_ids *ids, struct store *store, const struct keys_filter *filter,
                  int64_t now_ms, struct err *err)
{
    struct arena *arena = arena_create(64 * 1024);
    struct keys_list list;
    struct keys_filter all = *filter;
    all.sort = KEYS_BY_AGE;
    all.page = 1;
    all.size = INT_MAX;
    int result = keys_list_read(&list, store, &all, arena, now_ms, err);
    for (size_t i = 0; result == 0 && i < list.count; i++)
        VEC_PUSH(ids, list.rows[i].key.id);
    arena_destroy(&arena);
    return result;
}
