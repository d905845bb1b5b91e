/* Quotas that several processes share: what this one used, and what the others did. */
#include "pool/key_pool_priv.h"

/* Calls under way, of the key and of those that share its project. */
static int in_flight(const struct key_pool *pool, const struct pool_model *model, uint32_t slot)
{
    int sum = 0;
    uint32_t at = slot;
    do {
        sum += model->members[at].in_flight;
        at = pool->keys.items[at].sibling;
    } while (at != slot);
    return sum;
}

void key_pool_own_today(struct key_pool *pool, int64_t id, const char *model_name, int64_t now_ms,
                        int64_t used_r[2])
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    struct pool_model *model = pool_model_find(pool, model_name);
    const struct key_account *account =
        slot != SLOT_NONE && model ? model->members[slot].account : NULL;
    used_r[0] = used_r[1] = 0;
    if (!account || account->day != pool->day)
        return;
    int64_t settled = account->day_used[0] - in_flight(pool, model, slot);
    used_r[0] = settled > 0 ? settled : 0;
    used_r[1] = account->day_used[1];
}

void key_pool_set_others_use(struct key_pool *pool, int64_t id, const char *model_name,
                             const struct key_others_use *use, int64_t now_ms)
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    struct pool_model *model = pool_model_for(pool, model_name, now_ms);
    bool fixed = quota_of(pool, model, slot).window == WINDOW_FIXED;
    static const int64_t none[2] = {0, 0};
    const int64_t *minute = pool->follows ? none : fixed ? use->clock_minute : use->last_minute;
    key_pool_set_foreign_use(pool, id, model_name, minute[0], minute[1], use->day[0], use->day[1],
                             now_ms);
}

size_t key_pool_siblings(const struct key_pool *pool, int64_t id, int64_t *ids_r, size_t max)
{
    uint32_t slot = pool_slot_of(pool, id);
    size_t count = 0;
    if (slot == SLOT_NONE)
        return 0;
    for (uint32_t at = pool->keys.items[slot].sibling; at != slot && count < max;
         at = pool->keys.items[at].sibling)
        ids_r[count++] = pool->keys.items[at].id;
    return count;
}
