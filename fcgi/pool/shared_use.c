/* What other processes took of the quotas: told as totals, of which what this process counted itself is
 * taken off. */
#include "pool/key_pool_priv.h"

/* Own use of a minute: of the last one or, where minutes are fixed, of the clock's present one. Calls
 * under way are left out: the totals do not know them yet. */
static void own_minute(const struct key_account *account, int in_flight, int64_t since_ms,
                       int64_t own_r[2])
{
    own_r[0] = -(int64_t)in_flight;
    own_r[1] = 0;
    for (uint32_t i = 0; i < account->count; i++) {
        const struct use_entry *entry =
            &account->entries[(account->first + i) & (account->cap - 1)];
        for (int which = 0; which < 2 && entry->at_ms >= since_ms; which++)
            own_r[which] += entry->amount[which];
    }
}

static int64_t beyond(int64_t total, int64_t own)
{
    return total > own && total > 0 ? total - (own > 0 ? own : 0) : 0;
}

void key_pool_set_total_use(struct key_pool *pool, int64_t id, const char *model_name,
                            const struct key_total_use *total, int64_t now_ms)
{
    enum { MINUTE = 60 * 1000 };
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    struct pool_model *model = pool_model_for(pool, model_name, now_ms);
    struct key_account *account = member_account(pool, model, slot);
    int in_flight = model->members[slot].in_flight;
    bool fixed = quota_of(pool, model, slot).window == WINDOW_FIXED;
    const int64_t *minute = fixed ? total->clock_minute : total->last_minute;
    int64_t own[2], foreign[LIMIT_KIND_COUNT];
    own_minute(account, in_flight, fixed ? now_ms - now_ms % MINUTE : now_ms - MINUTE, own);
    for (int which = 0; which < 2; which++) {
        int64_t today = account->day == pool->day ? account->day_used[which] : 0;
        foreign[which] = beyond(minute[which], own[which]);
        foreign[LIMIT_REQUESTS_DAY + which] =
            beyond(total->day[which], today - (which == 0 ? in_flight : 0));
    }
    key_pool_set_foreign_use(pool, id, model_name, foreign[LIMIT_REQUESTS_MINUTE],
                             foreign[LIMIT_TOKENS_MINUTE], foreign[LIMIT_REQUESTS_DAY],
                             foreign[LIMIT_TOKENS_DAY], now_ms);
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
