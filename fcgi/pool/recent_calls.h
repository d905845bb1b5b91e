/* The last calls, as all processes tell of them for those that serve a single request each (plain CGI): without
 * memory of their own these would know only counters of whole minutes, and neither how much of a minute's limit
 * is left nor when something of it comes back. Who runs for longer counts what it sees of the counters grow.
 *
 * A ring in shared memory; see pool/lessons.h for what that means. */
#ifndef POOL_RECENT_CALLS_H
#define POOL_RECENT_CALLS_H

#include <stdbool.h>
#include <stdint.h>

enum { RECENT_CALLS = 2048 };

struct recent_call {
    uint64_t model; /* hash of its name */
    int64_t at_ms;
    int64_t key_id;
    int32_t tokens;  /* -1: Google did not count it */
    uint32_t owner;  /* the pool that lent it */
    uint32_t number; /* of all calls; written last */
};

struct recent_calls {
    uint32_t next;
    struct recent_call calls[RECENT_CALLS];
};

struct key_lease;
struct key_pool;
struct pool_model;

/* Whether the ring holds all of the last minute. */
bool recent_is_complete(const struct recent_calls *recent, int64_t now_ms);
/* A call is lent, and known by lease->recent from now on. */
void recent_add(struct key_pool *pool, const struct pool_model *model, struct key_lease *lease);
/* How many tokens it had, as it turned out; -1: Google did not count it. */
void recent_correct(struct key_pool *pool, const struct key_lease *lease, int64_t tokens);
/* Books what others have lent with the model since the last look. */
void recent_follow(struct key_pool *pool, struct pool_model *model);

#endif
