/* Standing in line for a key. */
#include "base/clock.h"
#include "base/rand.h"
#include "exchange/exchange_priv.h"

/* Those who wait for the same key do not all come at the same moment: who has waited longest comes first,
 * whichever process it is in, and who has just come last. Without an order some would wait in vain although
 * the line moves. */
#define SPREAD_MS 90
#define JITTER_MS 10
/* A key may come back sooner than was foretold (a person's reset, a new key): look so often. */
#define LOOK_EVERY_MS ((int64_t)1000)
/* Keys are busy and nobody knows for how long. */
#define BUSY_MS 200

/* How long until it is worth asking again; -1: it is not. */
static int64_t wait_of(const struct exchange *x, const struct line_refusal *refusal, int64_t now_ms)
{
    const struct key_shortage *shortage = &refusal->shortage;
    int64_t wait_ms = -1;
    if (refusal->result != ACQUIRE_WAIT && refusal->result != ACQUIRE_PINNED)
        return -1;
    if (shortage->earliest_ms > 0)
        wait_ms = shortage->earliest_ms > now_ms ? shortage->earliest_ms - now_ms : 1;
    else if (refusal->result == ACQUIRE_WAIT && shortage->busy > 0)
        wait_ms = BUSY_MS;
    if (wait_ms < 0 || wait_ms > x->line_left_ms || wait_ms >= exchange_time_left(x))
        return -1;
    return wait_ms;
}

/* Before anybody waits: keys that were tried may serve after all. What failed on them may have
 * passed, and those that are at fault rest. */
static bool forget_tried(struct exchange *x)
{
    if (x->query.tried_count == 0)
        return false;
    x->query.tried_count = 0;
    return true;
}

/* How long after a key's return this client's turn comes. */
static int64_t turn_of(const struct exchange *x)
{
    int64_t whole_ms = x->line_whole_ms > 0 ? x->line_whole_ms : 1;
    return SPREAD_MS * x->line_left_ms / whole_ms + (int64_t)rand_below(JITTER_MS);
}

/* Waits a part of `wait_ms`. 0 or -1 (the client left). */
static int stand(struct exchange *x, int64_t wait_ms)
{
    int64_t part = wait_ms < LOOK_EVERY_MS ? wait_ms + turn_of(x) : LOOK_EVERY_MS;
    int64_t began_ms = clock_mono_ms();
    int rc = exchange_wait(x, part);
    x->line_left_ms -= clock_mono_ms() - began_ms;
    return rc;
}

enum line_result line_acquire(struct exchange *x, struct key_grant *grant,
                              struct line_refusal *refusal_r)
{
    const struct key_source *keys = x->env->keys;
    *refusal_r = (struct line_refusal){0};
    for (;;) {
        int64_t now_ms = clock_wall_ms();
        refusal_r->shortage = (struct key_shortage){0};
        exchange_wait_begin(x);
        refusal_r->result =
            keys->acquire(keys->ctx, &x->query, now_ms, grant, &refusal_r->shortage);
        exchange_wait_end(x);
        if (refusal_r->result == ACQUIRE_OK)
            return LINE_GRANTED;
        refusal_r->all_tried |= refusal_r->result == ACQUIRE_TRIED;
        if (forget_tried(x))
            continue;
        int64_t wait_ms = wait_of(x, refusal_r, now_ms);
        if (wait_ms < 0)
            return LINE_REFUSED;
        if (stand(x, wait_ms) < 0)
            return LINE_GONE;
    }
}
