/* The keys of one page with their rests, and how many there are of each state. Read from the store,
 * which every process shares, in one walk: in the order of age memory grows with the page, in any
 * other with the keys that match. */
#ifndef ADMIN_KEYS_LIST_H
#define ADMIN_KEYS_LIST_H

#include "admin/keys_filter.h"
#include "base/vec.h"
#include "store/store_keys.h"

struct keys_row {
    struct store_key key; /* secret and sealed are NULL */
    enum keys_state state;
    const struct store_rest *rests; /* of this key, ended ones left out */
    size_t rest_count;
};

/* The first so many different words that some field of the keys has, empty ones left out. */
#define KEYS_WORDS_MAX 100
struct keys_words {
    const char *items[KEYS_WORDS_MAX];
    size_t count;
};

struct keys_list {
    struct keys_row *rows;
    size_t count;
    size_t matching; /* keys on all pages */
    int pages;       /* at least 1 */
    int page;        /* the one that is shown: the filter's, or the last */
    struct keys_words reasons, labels, projects; /* of all keys, whatever the filter */
    int64_t states[KEYS_STATE_COUNT]; /* of all keys, whatever the filter; KEYS_ALL: the sum */
};

/* Everything in the arena. Returns 0 or -1. */
int keys_list_read(struct keys_list *list, struct store *store, const struct keys_filter *filter,
                   struct arena *arena, int64_t now_ms, struct err *err);
/* The numbers of all keys that match, on every page. 0 or -1. */
VEC(key_ids, int64_t);
int keys_list_ids(struct key_ids *ids, struct store *store, const struct keys_filter *filter,
                  int64_t now_ms, struct err *err);
/* The longest rest for all models, or NULL. */
const struct store_rest *keys_row_whole_rest(const struct keys_row *row);

#endif
