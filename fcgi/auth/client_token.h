/* Client tokens: where a caller may carry one, and whose it is.
 *
 *   token_set    all tokens that are valid now, by hash; immutable, replaced as a whole when the
 *                store says that tokens have changed. Shared by threads.
 *   principal    who calls: a token, or the admin.
 *
 *   token_limits what tokens with limits have used (token_limits.h).
 *
 * A token is taken from, in this order: Authorization: Bearer, x-goog-api-key, x-api-key, api-key,
 * ?key=. Comparison is in constant time. */
#ifndef AUTH_CLIENT_TOKEN_H
#define AUTH_CLIENT_TOKEN_H

#include "http/request.h"
#include "store/store_tokens.h"

struct principal {
    int64_t token_id; /* 0: the admin token, used as a client token */
    bool admin;
    char name[64];
    /* What the token may use, 0: as much as it likes; see token_limits.h. */
    int64_t requests_per_minute, requests_per_day, tokens_per_day;
    bool admitted; /* counted by token_limits_admit(): to be released */
};

struct token_set;

/* Reads all tokens. A paused one is not in the set; an expired one is refused by the check.
 * `admin_token` (AUTH_TOKEN) is valid as a client token too, as the reference's users expect; NULL
 * or "" none. NULL on failure. */
struct token_set *token_set_load(struct store *store, const char *admin_token, struct err *err);
void token_set_destroy(struct token_set **set);
size_t token_set_count(const struct token_set *set);

/* The credential a request carries, or NULL: borrowed from the request (or its arena). An empty
 * one, or an Authorization of another scheme, counts as none. */
const char *client_token_of_request(struct http_request *req);
/* 1: valid, principal filled; 0: unknown, paused or expired at `now_ms`. */
int token_set_check(const struct token_set *set, const char *token, int64_t now_ms,
                    struct principal *principal_r);

/* The set in use by a process: reloads by itself when store_tokens_generation() has changed, asked
 * at most every 250 ms, by one thread at a time while the others use the set that is there. When
 * the store cannot be read, the old set stays in force. Thread-safe. */
struct token_cache;
struct token_cache *token_cache_create(struct store *store);
void token_cache_destroy(struct token_cache **cache);
/* As token_set_check on the current set. -1 when no set could ever be loaded (store unreachable).
 */
int token_cache_check(struct token_cache *cache, const char *token, const char *admin_token,
                      int64_t now_ms, struct principal *principal_r);
/* Whether the token may call a model of this name: 1, or 0 when its list of patterns has none that
 * fits, or it is gone. The admin's token (0) may call all. */
int token_cache_allows(struct token_cache *cache, int64_t token_id, const char *model);
int token_set_allows(const struct token_set *set, int64_t token_id, const char *model);

#endif
