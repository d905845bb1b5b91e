/* The two orders in which keys wait: by progress for their turn, by time for the end of a rest. Both are
 * binary heaps over slots; each member knows its position, so that any can be taken out. */
#include "pool/key_pool_priv.h"

bool ready_before(const struct pool_member *a, const struct pool_member *b)
{
    if (a->progress != b->progress)
        return a->progress < b->progress;
    if (a->last_used_ms != b->last_used_ms)
        return a->last_used_ms < b->last_used_ms;
    return a->key_id < b->key_id;
}

bool rest_before(const struct pool_member *a, const struct pool_member *b)
{
    return a->wake_ms != b->wake_ms ? a->wake_ms < b->wake_ms : a->key_id < b->key_id;
}

static void set(struct queue *queue, struct pool_member *members, uint32_t position, uint32_t slot)
{
    queue->slots[position] = slot;
    members[slot].position = position;
}

static uint32_t rise(struct queue *queue, struct pool_member *members, uint32_t position,
                     member_before *before)
{
    uint32_t slot = queue->slots[position];
    while (position > 0) {
        uint32_t parent = (position - 1) / 2;
        if (!before(&members[slot], &members[queue->slots[parent]]))
            break;
        set(queue, members, position, queue->slots[parent]);
        position = parent;
    }
    set(queue, members, position, slot);
    return position;
}

static void sink(struct queue *queue, struct pool_member *members, uint32_t position,
                 member_before *before)
{
    uint32_t slot = queue->slots[position];
    for (;;) {
        uint32_t child = 2 * position + 1;
        if (child >= queue->len)
            break;
        if (child + 1 < queue->len &&
            before(&members[queue->slots[child + 1]], &members[queue->slots[child]]))
            child++;
        if (!before(&members[queue->slots[child]], &members[slot]))
            break;
        set(queue, members, position, queue->slots[child]);
        position = child;
    }
    set(queue, members, position, slot);
}

void queue_push(struct queue *queue, struct pool_member *members, uint32_t slot,
                member_before *before)
{
    if (queue->len == queue->cap) {
        queue->cap = queue->cap ? queue->cap * 2 : 8;
        queue->slots = xrealloc(queue->slots, queue->cap, sizeof(queue->slots[0]));
    }
    queue->slots[queue->len++] = slot;
    rise(queue, members, queue->len - 1, before);
}

void queue_moved(struct queue *queue, struct pool_member *members, uint32_t slot,
                 member_before *before)
{
    sink(queue, members, rise(queue, members, members[slot].position, before), before);
}

void queue_remove(struct queue *queue, struct pool_member *members, uint32_t slot,
                  member_before *before)
{
    uint32_t position = members[slot].position;
    uint32_t last = queue->slots[--queue->len];
    if (last == slot)
        return;
    set(queue, members, position, last);
    queue_moved(queue, members, last, before);
}

uint32_t queue_top(const struct queue *queue)
{
    return queue->len ? queue->slots[0] : SLOT_NONE;
}
