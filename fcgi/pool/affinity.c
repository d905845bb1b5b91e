#include "pool/affinity.h"

#include <stdlib.h>

#include "base/scope.h"
#include "pool/slot_map.h"

/* What is bound, from the lowest bit: 32 of the key's id, 16 of the ratio, 16 of the time. */
enum { ID_BITS = 32, RATIO_BITS = 16, TICK_MS = 4096 };
static const double RATIO_ONE = 8192;
/* How far a new turn moves what is known of the conversation. */
static const double RATIO_STEP = 0.3;

void affinity_init(struct affinity *affinity, void *shared)
{
    *affinity = (struct affinity){.bindings = shared};
}

void affinity_free(struct affinity *affinity)
{
    free(affinity->own);
    *affinity = (struct affinity){0};
}

static uint16_t tick_of(int64_t now_ms)
{
    return (uint16_t)(now_ms / TICK_MS);
}

static uint64_t pack(uint32_t id, uint16_t ratio, uint16_t tick)
{
    return id | (uint64_t)ratio << ID_BITS | (uint64_t)tick << (ID_BITS + RATIO_BITS);
}

static uint32_t id_in(uint64_t bound)
{
    return (uint32_t)bound;
}

static uint16_t ratio_in(uint64_t bound)
{
    return (uint16_t)(bound >> ID_BITS);
}

static uint16_t tick_in(uint64_t bound)
{
    return (uint16_t)(bound >> (ID_BITS + RATIO_BITS));
}

static uint64_t load(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void store(uint64_t *word, uint64_t value)
{
    if (load(word) != value)
        __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static struct binding *set_of(const struct affinity *affinity, uint64_t fingerprint)
{
    uint64_t set = slot_map_mix(fingerprint) % (AFFINITY_SLOTS / AFFINITY_WAYS);
    return &affinity->bindings[set * AFFINITY_WAYS];
}

static struct binding *find(const struct affinity *affinity, uint64_t fingerprint)
{
    if (!affinity->bindings || !fingerprint)
        return NULL;
    struct binding *set = set_of(affinity, fingerprint);
    for (int way = 0; way < AFFINITY_WAYS; way++)
        if (load(&set[way].fingerprint) == fingerprint)
            return &set[way];
    return NULL;
}

int64_t affinity_get(const struct affinity *affinity, uint64_t fingerprint, int64_t ttl_ms,
                     int64_t now_ms)
{
    const struct binding *binding = find(affinity, fingerprint);
    if (!binding)
        return 0;
    uint64_t bound = load(&binding->bound);
    int64_t age_ms = (int64_t)(uint16_t)(tick_of(now_ms) - tick_in(bound)) * TICK_MS;
    return age_ms < ttl_ms ? id_in(bound) : 0;
}

/* A free place, or that of the conversation that was quiet for longest. */
static struct binding *place_for(const struct affinity *affinity, uint64_t fingerprint,
                                 uint16_t tick)
{
    struct binding *set = set_of(affinity, fingerprint);
    struct binding *oldest = &set[0];
    for (int way = 0; way < AFFINITY_WAYS; way++) {
        if (!load(&set[way].fingerprint))
            return &set[way];
        uint16_t age = (uint16_t)(tick - tick_in(load(&set[way].bound)));
        if (age > (uint16_t)(tick - tick_in(load(&oldest->bound))))
            oldest = &set[way];
    }
    return oldest;
}

void affinity_bind(struct affinity *affinity, uint64_t fingerprint, int64_t key_id, int64_t now_ms)
{
    if (!fingerprint || key_id <= 0 || key_id > UINT32_MAX)
        return;
    if (!affinity->bindings)
        affinity->bindings = affinity->own = xcalloc(AFFINITY_SLOTS, sizeof(struct binding));
    uint16_t tick = tick_of(now_ms);
    struct binding *binding = find(affinity, fingerprint);
    uint16_t ratio = binding ? ratio_in(load(&binding->bound)) : 0;
    if (!binding)
        binding = place_for(affinity, fingerprint, tick);
    store(&binding->bound, pack((uint32_t)key_id, ratio, tick));
    store(&binding->fingerprint, fingerprint);
}

double affinity_ratio(const struct affinity *affinity, uint64_t fingerprint)
{
    const struct binding *binding = find(affinity, fingerprint);
    return binding ? ratio_in(load(&binding->bound)) / RATIO_ONE : 0;
}

void affinity_learn(struct affinity *affinity, uint64_t fingerprint, double ratio)
{
    struct binding *binding = find(affinity, fingerprint);
    if (!binding)
        return;
    uint64_t bound = load(&binding->bound);
    double known = ratio_in(bound) / RATIO_ONE;
    double next = (known > 0 ? known + (ratio - known) * RATIO_STEP : ratio) * RATIO_ONE;
    uint16_t kept = next < 1 ? 1 : next > UINT16_MAX ? UINT16_MAX : (uint16_t)next;
    store(&binding->bound, pack(id_in(bound), kept, tick_in(bound)));
}
