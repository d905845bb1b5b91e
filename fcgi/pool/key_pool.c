#include "pool/key_pool.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

static struct key_pool_options checked(const struct key_pool_options *options)
{
    struct key_pool_options fit = *options;
    if (fit.limit_share < 1 || fit.limit_share > 100)
        fit.limit_share = 100;
    if (fit.affinity_ttl_ms <= 0)
        fit.affinity_ttl_ms = HOUR_MS;
    return fit;
}

struct key_pool *key_pool_create(const struct key_pool_options *options)
{
    struct key_pool *pool = xcalloc(1, sizeof(*pool));
    pool->options = checked(options);
    pool->random = slot_map_mix(options->seed);
    affinity_init(&pool->affinity, NULL);
    pool->kin = &pool->own_kin;
    pool->owner = (uint32_t)pool->random;
    pool_egress(pool, "");
    return pool;
}

void key_pool_destroy(struct key_pool **pool_ref)
{
    struct key_pool *pool = *pool_ref;
    *pool_ref = NULL;
    if (!pool)
        return;
    pool_models_free(pool);
    for (size_t i = 0; i < pool->keys.len; i++) {
        free(pool->keys.items[i].label);
        free(pool->keys.items[i].project);
    }
    for (size_t i = 0; i < pool->projects.len; i++)
        free(pool->projects.items[i].name);
    for (size_t i = 0; i < pool->egresses.len; i++)
        free(pool->egresses.items[i]);
    for (size_t i = 0; i < pool->rules.len; i++)
        free(pool->rules.items[i]);
    key_pool_clear_limits(pool);
    VEC_FREE(&pool->limits);
    VEC_FREE(&pool->keys);
    VEC_FREE(&pool->free_slots);
    VEC_FREE(&pool->projects);
    VEC_FREE(&pool->egresses);
    VEC_FREE(&pool->rules);
    VEC_FREE(&pool->events);
    VEC_FREE(&pool->skipped);
    slot_map_free(&pool->by_id);
    slot_map_free(&pool->by_project);
    affinity_free(&pool->affinity);
    free(pool);
}

void key_pool_share_affinity(struct key_pool *pool, void *memory)
{
    _Static_assert(AFFINITY_SLOTS * sizeof(struct binding) == KEY_POOL_AFFINITY_BYTES, "its size");
    affinity_init(&pool->affinity, memory);
}

/* When free and paid keys begin or cease to share a queue, the paid ones go on from where the free
 * ones are, so that neither is owed anything. */
static void rebase(struct pool_model *model, int from, int to)
{
    double shift = model->base[to] - model->base[from];
    for (int i = 0; i < 2; i++) {
        const struct queue *queue = i ? &model->rest[KEY_PAID] : &model->ready[KEY_PAID];
        for (uint32_t at = 0; at < queue->len; at++)
            model->members[queue->slots[at]].progress += shift;
    }
}

void key_pool_configure(struct key_pool *pool, const struct key_pool_options *options)
{
    int from = pool_tier(pool, KEY_PAID);
    pool->options = checked(options);
    int to = pool_tier(pool, KEY_PAID);
    for (uint32_t i = 0; i < pool->model_count; i++) {
        if (from != to)
            rebase(pool->models[i], from, to);
        pool->models[i]->stale = true;
    }
}

int pool_tier(const struct key_pool *pool, enum key_kind kind)
{
    return kind == KEY_PAID && !pool->options.free_first ? KEY_GEMINI : (int)kind;
}

/* --- time, randomness, texts ----------------------------------------------------------------- */

/* Somebody corrected the clock; less is what threads are apart. */
enum { CLOCK_BACK_MS = 60 * 1000 };

void pool_tick(struct key_pool *pool, int64_t now_ms)
{
    if (now_ms + CLOCK_BACK_MS < pool->now_ms)
        rests_follow_clock(pool, pool->now_ms - now_ms, now_ms);
    pool->now_ms = now_ms;
    if (now_ms >= pool->day_start_ms && now_ms < pool->midnight_ms)
        return;
    pool->day = clock_pacific_day(now_ms);
    pool->day_lag_ms /= 2;
    pool->midnight_ms = clock_next_pacific_midnight(now_ms);
    int64_t start = clock_next_pacific_midnight(now_ms - DAY_MS - 2 * HOUR_MS);
    int64_t next = clock_next_pacific_midnight(start);
    pool->day_start_ms = next <= now_ms ? next : start;
}

struct ledger_time pool_time(const struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    enum { SKEW_MS = 2000, SPREAD_MS = 3000 };
    uint64_t mixed = slot_map_mix((uint64_t)pool->keys.items[slot].id ^ pool->options.seed);
    return (struct ledger_time){
        .now_ms = now_ms,
        .day = pool->day,
        .day_return_ms =
            pool->midnight_ms + pool->day_lag_ms + SKEW_MS + (int64_t)(mixed % SPREAD_MS),
    };
}

int64_t pool_random(struct key_pool *pool, int64_t bound)
{
    pool->random++;
    return bound > 0 ? (int64_t)(slot_map_mix(pool->random) % (uint64_t)bound) : 0;
}

const char *pool_rule(struct key_pool *pool, const char *rule)
{
    if (text_empty(rule))
        return "";
    for (size_t i = 0; i < pool->rules.len; i++)
        if (strcmp(pool->rules.items[i], rule) == 0)
            return pool->rules.items[i];
    if (pool->rules.len == RULES_MAX)
        return "other";
    VEC_PUSH(&pool->rules, xstrdup(rule));
    return pool->rules.items[pool->rules.len - 1];
}

uint32_t pool_egress(struct key_pool *pool, const char *proxy)
{
    if (!proxy)
        return EGRESS_NONE;
    for (uint32_t i = 0; i < pool->egresses.len; i++)
        if (strcmp(pool->egresses.items[i], proxy) == 0)
            return i;
    if (pool->egresses.len == EGRESS_MAX)
        return EGRESS_NONE;
    VEC_PUSH(&pool->egresses, xstrdup(proxy));
    return (uint32_t)pool->egresses.len - 1;
}

/* --- keys ------------------------------------------------------------------------------------ */

uint32_t pool_slot_of(const struct key_pool *pool, int64_t id)
{
    return slot_map_get(&pool->by_id, (uint64_t)id);
}

static uint32_t take_slot(struct key_pool *pool)
{
    if (pool->free_slots.len)
        return pool->free_slots.items[--pool->free_slots.len];
    if (pool->keys.len == pool->keys.cap)
        pool_models_make_room(pool, (uint32_t)(pool->keys.cap ? pool->keys.cap * 2 : 8));
    VEC_PUSH(&pool->keys, (struct pool_key){0});
    return (uint32_t)pool->keys.len - 1;
}

static uint32_t add_key(struct key_pool *pool, const struct key_identity *identity)
{
    uint32_t slot = take_slot(pool);
    struct pool_key *key = &pool->keys.items[slot];
    *key = (struct pool_key){.id = identity->id,
                             .generation = key->generation + 1,
                             .sibling = slot,
                             .kind = identity->kind,
                             .state = KEY_READY,
                             .rule = ""};
    slot_map_put(&pool->by_id, (uint64_t)identity->id, slot);
    pool->live++;
    pool->state_count[key->kind][KEY_READY]++;
    return slot;
}

static void set_identity(struct key_pool *pool, uint32_t slot, const struct key_identity *identity,
                         int64_t now_ms)
{
    struct pool_key *key = &pool->keys.items[slot];
    const char *project = identity->project ? identity->project : "";
    free(key->label);
    key->label = xstrdup(identity->label ? identity->label : "");
    key->weight = identity->weight > 0 ? identity->weight : 1;
    key->cap_share = identity->cap_share <= 100 ? identity->cap_share : 100;
    memcpy(key->caps, identity->caps, sizeof(key->caps));
    key->egress = pool_egress(pool, identity->proxy);
    bool kept = key->noticed && project[0] == '\0' && !key->named;
    key->named = project[0] != '\0';
    if (!kept && !text_eq(project, key->project)) {
        project_leave(pool, slot);
        project_join(pool, slot, project, now_ms);
    }
}

void key_pool_put(struct key_pool *pool, const struct key_identity *identity, int64_t now_ms)
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, identity->id);
    if (slot != SLOT_NONE && pool->keys.items[slot].kind != identity->kind) {
        key_pool_remove(pool, identity->id);
        slot = SLOT_NONE;
    }
    bool fresh = slot == SLOT_NONE;
    if (fresh)
        slot = add_key(pool, identity);
    set_identity(pool, slot, identity, now_ms);
    if (fresh)
        pool_models_add_key(pool, slot, now_ms);
    else
        key_settle_in(pool, slot, now_ms);
}

void key_pool_remove(struct key_pool *pool, int64_t id)
{
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    struct pool_key *key = &pool->keys.items[slot];
    pool_models_drop_key(pool, slot);
    project_leave(pool, slot);
    pool->state_count[key->kind][key->state]--;
    pool->live--;
    slot_map_remove(&pool->by_id, (uint64_t)id);
    free(key->label);
    *key = (struct pool_key){.generation = key->generation, .sibling = slot};
    VEC_PUSH(&pool->free_slots, slot);
}

void key_set_state(struct key_pool *pool, uint32_t slot, enum key_state state, const char *rule,
                   int64_t now_ms)
{
    struct pool_key *key = &pool->keys.items[slot];
    bool revived = key->state == KEY_DEAD && state == KEY_READY;
    pool->state_count[key->kind][key->state]--;
    pool->state_count[key->kind][state]++;
    key->state = state;
    key->rule = state == KEY_READY ? "" : pool_rule(pool, rule);
    if (state == KEY_READY) {
        key->failures = 0;
        key->doubted_ms = 0;
    }
    if (revived)
        rest_end(pool, slot, NULL, NULL, now_ms);
    key_settle_in(pool, slot, now_ms);
}

void key_pool_set_state(struct key_pool *pool, int64_t id, enum key_state state, const char *reason,
                        int64_t now_ms)
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    if (slot != SLOT_NONE && pool->keys.items[slot].state != state)
        key_set_state(pool, slot, state, reason, now_ms);
}

void key_pool_restore_failures(struct key_pool *pool, int64_t id, int failures)
{
    uint32_t slot = pool_slot_of(pool, id);
    if (slot != SLOT_NONE)
        pool->keys.items[slot].failures = failures;
}
