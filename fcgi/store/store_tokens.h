/* Client tokens. */
#ifndef STORE_STORE_TOKENS_H
#define STORE_STORE_TOKENS_H

#include "base/arena.h"
#include "store/store.h"

struct store_token {
    int64_t id;
    const char *name;
    const char *secret; /* opened, or NULL */
    const char *hash;
    const char *hint;
    bool seeded; /* of ALLOWED_TOKENS */
    bool paused;
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
    int64_t last_used_ms;
    const char *models; /* JSON list of patterns, "" for all */
    int64_t requests_per_minute, requests_per_day, tokens_per_day; /* 0: no limit */
};

typedef int store_token_visit(void *ctx, const struct store_token *token);

int store_tokens_each(struct store *store, bool open, store_token_visit *visit, void *ctx,
                      struct err *err);
/* 1 found (id_r), 0 not, -1. */
int store_token_find(struct store *store, const char *secret, int64_t *id_r, struct err *err);
/* 1 added, 0 there already (id_r set; 0 for a seed that a person deleted), -1. */
int store_token_add(struct store *store, const char *secret, const char *name, bool seed,
                    int64_t *id_r, struct err *err);
/* Adds those of ALLOWED_TOKENS that are new; one that is empty or too long is left out, and that is
 * logged. The number added, or -1. */
int store_tokens_seed(struct store *store, char *const *tokens, size_t count, struct err *err);
/* Writes name, models, expires_ms and the three limits of `token->id`. -1 with ERR_NOT_FOUND. */
int store_token_edit(struct store *store, const struct store_token *token, struct err *err);
/* -1 with ERR_NOT_FOUND when the token is gone. */
int store_token_set_paused(struct store *store, int64_t id, bool paused, struct err *err);
int store_token_delete(struct store *store, int64_t id, struct err *err); /* 1, 0 or -1 */
/* Grows with every change of any token. */
int64_t store_tokens_generation(struct store *store);

#endif
