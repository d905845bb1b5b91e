#include "pool/affinity.h"

#include "base/scope.h"

void affinity_init(struct affinity *affinity)
{
    *affinity = (struct affinity){.newest = SLOT_NONE, .oldest = SLOT_NONE};
}

void affinity_free(struct affinity *affinity)
{
    slot_map_free(&affinity->index);
    free(affinity->bindings);
    affinity_init(affinity);
}

static void set_newer(struct affinity *affinity, uint32_t of, uint32_t newer)
{
    if (of == SLOT_NONE)
        affinity->oldest = newer;
    else
        affinity->bindings[of].newer = newer;
}

static void set_older(struct affinity *affinity, uint32_t of, uint32_t older)
{
    if (of == SLOT_NONE)
        affinity->newest = older;
    else
        affinity->bindings[of].older = older;
}

static void unlink_binding(struct affinity *affinity, uint32_t slot)
{
    struct binding *binding = &affinity->bindings[slot];
    set_older(affinity, binding->newer, binding->older);
    set_newer(affinity, binding->older, binding->newer);
}

static void link_newest(struct affinity *affinity, uint32_t slot)
{
    struct binding *binding = &affinity->bindings[slot];
    binding->newer = SLOT_NONE;
    binding->older = affinity->newest;
    set_newer(affinity, affinity->newest, slot);
    affinity->newest = slot;
}

/* A place for a new binding: the next unused one, or that of the conversation quiet for longest. */
static uint32_t take_slot(struct affinity *affinity)
{
    if (affinity->len == AFFINITY_MAX) {
        uint32_t slot = affinity->oldest;
        slot_map_remove(&affinity->index, affinity->bindings[slot].fingerprint);
        unlink_binding(affinity, slot);
        return slot;
    }
    if (affinity->len == affinity->cap) {
        affinity->cap = affinity->cap ? affinity->cap * 2 : 64;
        affinity->cap = affinity->cap > AFFINITY_MAX ? AFFINITY_MAX : affinity->cap;
        affinity->bindings =
            xrealloc(affinity->bindings, affinity->cap, sizeof(affinity->bindings[0]));
    }
    return affinity->len++;
}

int64_t affinity_get(const struct affinity *affinity, uint64_t fingerprint, int64_t ttl_ms,
                     int64_t now_ms)
{
    uint32_t slot = slot_map_get(&affinity->index, fingerprint);
    if (slot == SLOT_NONE || affinity->bindings[slot].used_ms + ttl_ms <= now_ms)
        return 0;
    return affinity->bindings[slot].key_id;
}

void affinity_bind(struct affinity *affinity, uint64_t fingerprint, int64_t key_id, int64_t now_ms)
{
    uint32_t slot = slot_map_get(&affinity->index, fingerprint);
    if (slot == SLOT_NONE) {
        slot = take_slot(affinity);
        affinity->bindings[slot].fingerprint = fingerprint;
        slot_map_put(&affinity->index, fingerprint, slot);
    } else {
        unlink_binding(affinity, slot);
    }
    affinity->bindings[slot].key_id = key_id;
    affinity->bindings[slot].used_ms = now_ms;
    link_newest(affinity, slot);
}
