/* Rotation shared by processes: each takes its picks a block at a time, from where the others are. */
#include "pool/key_pool_priv.h"

/* Takes over what others did. The key picked last had, before that, the least progress of all that
 * could serve: whoever has less was away, and starts from there. */
static void take_over(struct search *search, const struct key_progress *stored, size_t count)
{
    struct key_pool *pool = search->pool;
    struct pool_model *model = search->model;
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = pool_slot_of(pool, stored[i].key_id);
        if (slot == SLOT_NONE)
            continue;
        struct pool_member *member = &model->members[slot];
        double before = stored[i].progress - 1.0 / pool->keys.items[slot].weight;
        double *base = &model->base[pool_tier(pool, (enum key_kind)member->kind)];
        *base = before > *base ? before : *base;
        if (stored[i].progress <= member->progress)
            continue;
        member->progress = stored[i].progress;
        if (member->place == PLACE_READY)
            queue_moved(&model->ready[member->kind], model->members, slot, ready_before);
    }
}

/* Those who wait in line with less progress than the base. */
static void lift_to_base(struct search *search, enum key_kind kind)
{
    struct pool_model *model = search->model;
    double base = model->base[pool_tier(search->pool, kind)];
    uint32_t slot;
    while ((slot = queue_top(&model->ready[kind])) != SLOT_NONE &&
           model->members[slot].progress < base) {
        model->members[slot].progress = base;
        queue_moved(&model->ready[kind], model->members, slot, ready_before);
    }
}

static size_t two_rounds(const struct search *search, size_t count)
{
    size_t ready = 0;
    for (int i = 0; i < search->kind_count; i++)
        ready += search->model->ready[search->kinds[i]].len;
    return count < 2 * ready ? count : 2 * ready;
}

/* Every key once, with its progress after the last pick. */
static size_t list_changed(const struct search *search, const int64_t *picks, size_t count,
                           struct key_progress *changed_r, size_t changed_max)
{
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < changed && changed_r[at].key_id != picks[i])
            at++;
        if (at < changed || changed == changed_max)
            continue;
        uint32_t slot = pool_slot_of(search->pool, picks[i]);
        changed_r[changed++] =
            (struct key_progress){picks[i], search->model->members[slot].progress};
    }
    return changed;
}

size_t key_pool_plan(struct key_pool *pool, const struct key_query *query, size_t count,
                     const struct key_progress *stored, size_t stored_count, int64_t now_ms,
                     int64_t *picks_r, struct key_progress *changed_r, size_t changed_max,
                     size_t *changed_count_r)
{
    struct search search;
    search_begin(&search, pool, query, now_ms);
    model_wake(pool, search.model, now_ms);
    take_over(&search, stored, stored_count);
    for (int i = 0; i < search.kind_count; i++)
        lift_to_base(&search, search.kinds[i]);
    size_t planned = 0;
    size_t wanted = two_rounds(&search, count);
    while (planned < wanted) {
        uint32_t slot = search_ready(&search);
        if (slot == SLOT_NONE)
            break;
        picks_r[planned++] = pool->keys.items[slot].id;
        search_advance(&search, slot, true);
    }
    *changed_count_r = list_changed(&search, picks_r, planned, changed_r, changed_max);
    return planned;
}

/* A paid key that was planned while the free ones rested. */
static bool free_are_back(const struct search *search, uint32_t slot)
{
    enum key_kind kind = search->pool->keys.items[slot].kind;
    return search->kind_count == 2 && search->pool->options.free_first && kind == KEY_PAID &&
           search->model->ready[KEY_GEMINI].len > 0;
}

enum acquire_result key_pool_acquire_planned(struct key_pool *pool, const struct key_query *query,
                                             int64_t planned_key, int64_t now_ms,
                                             struct key_lease *lease_r)
{
    struct search search;
    search_begin(&search, pool, query, now_ms);
    *lease_r = (struct key_lease){0};
    model_wake(pool, search.model, now_ms);
    if (gate_wait(&search.model->overload, now_ms))
        return ACQUIRE_WAIT;
    uint32_t slot = pool_slot_of(pool, planned_key);
    if (slot == SLOT_NONE || !search_wants(&search, slot) || free_are_back(&search, slot))
        return ACQUIRE_TRIED;
    struct block block = member_block(pool, search.model, slot, search.tokens, now_ms);
    if (block.wake_ms)
        return ACQUIRE_TRIED;
    member_settle_in(pool, search.model, slot, now_ms);
    search_lend(&search, slot, 0, lease_r);
    return ACQUIRE_OK;
}
