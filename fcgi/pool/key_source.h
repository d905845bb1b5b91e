/* What an exchange asks for keys: the pool as it is shared by threads and processes. The keyring is
 * one; a test brings its own. */
#ifndef POOL_KEY_SOURCE_H
#define POOL_KEY_SOURCE_H

#include "base/limits.h"
#include "pool/key_pool.h"

/* A lease with what is needed to make the call. Wipe with key_grant_wipe(). */
struct key_grant {
    struct key_lease lease;
    char secret[LIMIT_SECRET + 1];
    char proxy[256]; /* "" for none */
    enum key_kind kind;
};

struct key_source {
    void *ctx;
    /* As key_pool_acquire(), with secret and proxy. Thread-safe; may wait for the store for some
     * milliseconds, never longer. */
    enum acquire_result (*acquire)(void *ctx, const struct key_query *query, int64_t now_ms,
                                   struct key_grant *grant_r, struct key_shortage *shortage_r);
    /* Once for each grant. */
    void (*settle)(void *ctx, struct key_grant *grant, const struct key_effect *effect,
                   int64_t now_ms);
    /* At most once before settling: upstream answers, and its prompt has so many tokens. As
     * key_pool_accepted(); may be NULL. */
    void (*accepted)(void *ctx, struct key_grant *grant, int64_t prompt_tokens, int64_t now_ms);
};

void key_grant_wipe(struct key_grant *grant);

#endif
