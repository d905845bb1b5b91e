/* Why nobody could be lent, in numbers: from counters that the queues keep, not from a walk. */
#include "pool/key_pool_priv.h"

/* The first to come back of one kind that this request has not tried. */
static int64_t earliest_of(struct search *search, enum key_kind kind)
{
    struct pool_model *model = search->model;
    struct queue *rest = &model->rest[kind];
    uint32_t aside[KEY_TRIED_MAX];
    int count = 0;
    uint32_t slot = queue_top(rest);
    while (slot != SLOT_NONE && count < KEY_TRIED_MAX && !search_wants(search, slot)) {
        queue_remove(rest, model->members, slot, rest_before);
        aside[count++] = slot;
        slot = queue_top(rest);
    }
    int64_t earliest = slot != SLOT_NONE ? model->members[slot].wake_ms : 0;
    while (count)
        queue_push(rest, model->members, aside[--count], rest_before);
    return earliest;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static int count_tried_alive(const struct search *search)
{
    int count = 0;
    for (int i = 0; i < search->query->tried_count && i < KEY_TRIED_MAX; i++) {
        uint32_t slot = pool_slot_of(search->pool, search->query->tried[i]);
        if (slot == SLOT_NONE || search->pool->keys.items[slot].state != KEY_READY)
            continue;
        enum key_kind kind = search->pool->keys.items[slot].kind;
        count += kind == search->kinds[0] || (search->kind_count == 2 && kind == search->kinds[1]);
    }
    return count;
}

static void count_kind(const struct search *search, enum key_kind kind,
                       struct key_shortage *shortage)
{
    const int *states = search->pool->state_count[kind];
    const uint32_t *blocked = search->model->blocked[kind];
    shortage->total += states[KEY_READY] + states[KEY_PAUSED] + states[KEY_DEAD];
    shortage->paused += states[KEY_PAUSED];
    shortage->dead += states[KEY_DEAD];
    for (int why = 0; why < REST_REASON_COUNT; why++)
        shortage->resting[why] += (int)blocked[why];
    shortage->busy += (int)blocked[WHY_BUSY];
}

enum acquire_result shortage_of(struct search *search, struct key_shortage *shortage_r)
{
    *shortage_r = (struct key_shortage){0};
    int ready = 0;
    for (int i = 0; i < search->kind_count; i++) {
        count_kind(search, search->kinds[i], shortage_r);
        ready += (int)search->model->ready[search->kinds[i]].len;
        shortage_r->earliest_ms =
            sooner(shortage_r->earliest_ms, earliest_of(search, search->kinds[i]));
    }
    int alive = shortage_r->total - shortage_r->paused - shortage_r->dead;
    if (alive == 0) {
        shortage_r->earliest_ms = 0;
        return ACQUIRE_EMPTY;
    }
    int64_t gate = gate_wait(&search->model->overload, search->now_ms);
    if (gate) {
        shortage_r->resting[REST_OVERLOAD] += ready;
        shortage_r->earliest_ms = ready ? gate : shortage_r->earliest_ms;
        if (shortage_r->earliest_ms && shortage_r->earliest_ms < gate)
            shortage_r->earliest_ms = gate;
    } else {
        shortage_r->busy += search->too_large_ms ? ready : 0;
        shortage_r->earliest_ms = sooner(shortage_r->earliest_ms, search->too_large_ms);
    }
    return count_tried_alive(search) >= alive ? ACQUIRE_TRIED : ACQUIRE_WAIT;
}
