/* What client tokens with limits have used, and whether they may ask once more.
 *
 * Processes share their counts by the usage counters of the store, which are read at most once a
 * second for each token and lag by less; what this process has under way is counted on top. So one
 * process keeps a limit exactly, and several overrun it at most by what they admit within that
 * second. Minutes and days are UTC's, as the counters' are. */
#ifndef AUTH_TOKEN_LIMITS_H
#define AUTH_TOKEN_LIMITS_H

#include "auth/client_token.h"

struct token_limits;

struct token_limits *token_limits_create(struct store *store);
void token_limits_destroy(struct token_limits **limits);

/* Counts one request of the token. 0, or -1 with err and the seconds after which it may come again.
 * A principal without limits is not counted. A store that cannot be read does not refuse. */
int token_limits_admit(struct token_limits *limits, struct principal *principal, int64_t now_ms,
                       int *retry_after_s_r, struct err *err);
/* The request has ended. Nothing for a principal that was not admitted. */
void token_limits_release(struct token_limits *limits, const struct principal *principal);

#endif
