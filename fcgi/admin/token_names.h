/* The names of client tokens, for lists that know their numbers. */
#ifndef ADMIN_TOKEN_NAMES_H
#define ADMIN_TOKEN_NAMES_H

#include "admin/page.h"

struct token_name {
    int64_t id;
    const char *name; /* or what may be shown of the token */
};

struct token_names {
    struct token_name *items;
    size_t len, cap;
    const char *admin; /* of number 0 */
    struct arena *arena;
};

/* All of them, in the arena but for the list: end with token_names_free(). 0 or -1. */
int token_names_read(struct token_names *names, const struct page *page, struct err *err);
void token_names_free(struct token_names *names);
/* "#12" for a token that is gone. */
const char *token_names_of(const struct token_names *names, int64_t id);

#endif
