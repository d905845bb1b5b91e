/* What part of the keys a page shows: read from a query or a form, and written into links. */
#ifndef ADMIN_KEYS_FILTER_H
#define ADMIN_KEYS_FILTER_H

#include "http/form.h"
#include "view/view.h"

/* How a key stands, as people see it. KEYS_PARTLY: it rests for some models only. */
enum keys_state {
    KEYS_ALL,
    KEYS_READY,
    KEYS_PARTLY,
    KEYS_RESTING,
    KEYS_PAUSED,
    KEYS_DEAD,
    KEYS_STATE_COUNT
};

/* Order of the list. */
enum keys_sort {
    KEYS_BY_AGE, /* as they were added */
    KEYS_BY_NEWEST,
    KEYS_BY_USE, /* last used first */
    KEYS_BY_FAILURES,
    KEYS_BY_LABEL,
    KEYS_SORT_COUNT
};

struct keys_filter {
    enum keys_state state;
    enum keys_sort sort;
    int kind;         /* enum store_key_kind, -1 for any */
    int64_t failures; /* at least so many */
    /* "" for any; else exactly that one. A reason is the word of a rest or of the verdict's rule. */
    const char *reason, *label, *project;
    const char *text; /* "" for any; matched without case in hint, label, project, reason, error */
    int page;         /* from 1 */
    int size;         /* one of keys_page_sizes */
};

#define KEYS_PAGE_SIZES 6
#define KEYS_PAGE_SIZE 50 /* the default */
extern const int keys_page_sizes[KEYS_PAGE_SIZES];

/* "all", "ready", "partly", "resting", "paused", "dead": in links, and as CSS classes. */
const char *keys_state_word(enum keys_state state);
/* "age", "newest", "use", "failures", "label". */
const char *keys_sort_word(enum keys_sort sort);
/* "gemini", "vertex", "paid"; "" for -1. */
const char *keys_kind_word(int kind);
/* Fields `state`, `sort`, `of`, `why`, `tag`, `in`, `failures`, `q`, `size` and `page` of a form or a
 * parsed query; what is absent or odd takes its default. `form`'s texts must outlive the filter. */
struct keys_filter keys_filter_read(const struct http_form *form);
/* The address of the filtered page: "/keys?state=...&page=...", without what is default. */
const char *keys_filter_path(struct arena *arena, const struct keys_filter *filter);

/* Sets FILTER_STATE, FILTER_TEXT and so on, for the fields of a form. */
void keys_filter_set(struct view_dict *dict, const struct keys_filter *filter);

#endif
