/* Typed growing arrays.
 *
 *     VEC(strings, char *);              declares struct strings { char **items; size_t len, cap; }
 *     struct strings names = {0};
 *     VEC_PUSH(&names, xstrdup("a"));
 *     for (size_t i = 0; i < names.len; i++) puts(names.items[i]);
 *     VEC_FREE(&names);                  frees the array, not what its items point to */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/scope.h"

#define VEC(name, type) \
    struct name {       \
        type *items;    \
        size_t len;     \
        size_t cap;     \
    }

/* Makes room for one more; `items` may move. */
#define VEC_PUSH(vec, item)                                                             \
    do {                                                                                \
        if ((vec)->len == (vec)->cap) {                                                 \
            (vec)->cap = (vec)->cap ? (vec)->cap * 2 : 8;                               \
            (vec)->items = xrealloc((vec)->items, (vec)->cap, sizeof((vec)->items[0])); \
        }                                                                               \
        (vec)->items[(vec)->len++] = (item);                                            \
    } while (0)

#define VEC_FREE(vec)                \
    do {                             \
        free((vec)->items);          \
        (vec)->items = NULL;         \
        (vec)->len = (vec)->cap = 0; \
    } while (0)

#endif
