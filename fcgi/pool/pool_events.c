/* What the pool tells its owner to persist. */
#include <string.h>

#include "base/text.h"
#include "pool/key_pool_priv.h"

struct key_event *pool_event(struct key_pool *pool, enum key_event_kind kind, uint32_t slot,
                             const struct pool_model *model)
{
    struct key_event event = {.kind = kind, .key_id = pool->keys.items[slot].id, .rule = ""};
    if (model)
        text_copy(event.model, sizeof(event.model), model->name);
    if (pool->events.len >= EVENTS_MAX) /* an owner that never asks: the newest counts */
        pool->events.len--;
    VEC_PUSH(&pool->events, event);
    return &pool->events.items[pool->events.len - 1];
}

size_t key_pool_drain_events(struct key_pool *pool, struct key_event *events_r, size_t max)
{
    size_t left = pool->events.len - pool->events_read;
    size_t count = left < max ? left : max;
    if (count)
        memcpy(events_r, pool->events.items + pool->events_read, count * sizeof(events_r[0]));
    pool->events_read += count;
    if (pool->events_read == pool->events.len)
        pool->events_read = pool->events.len = 0;
    return count;
}
