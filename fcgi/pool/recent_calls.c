#include "pool/recent_calls.h"

#include "base/clock.h"
#include "pool/key_pool_priv.h"

static struct recent_call *call_at(struct recent_calls *recent, uint32_t number)
{
    return &recent->calls[number % RECENT_CALLS];
}

bool recent_is_complete(const struct recent_calls *recent, int64_t now_ms)
{
    const struct recent_call *oldest = &recent->calls[recent->next % RECENT_CALLS];
    return oldest->at_ms + MINUTE_MS <= now_ms;
}

void key_pool_follow_calls(struct key_pool *pool, int64_t now_ms)
{
    pool->follows = pool->book && recent_is_complete(&pool->book->calls, now_ms);
}

static int32_t clip(int64_t tokens)
{
    return tokens < INT32_MAX ? (int32_t)tokens : INT32_MAX;
}

void recent_add(struct key_pool *pool, const struct pool_model *model, struct key_lease *lease)
{
    if (!pool->book)
        return;
    struct recent_calls *recent = &pool->book->calls;
    uint32_t number = __atomic_fetch_add(&recent->next, 1, __ATOMIC_RELAXED);
    struct recent_call *call = call_at(recent, number);
    call->model = model->hash;
    call->at_ms = lease->taken_ms;
    call->key_id = lease->key_id;
    call->tokens = clip(lease->reserved_tokens);
    call->owner = pool->owner;
    __atomic_store_n(&call->number, number, __ATOMIC_RELEASE);
    lease->recent = number;
}

void recent_correct(struct key_pool *pool, const struct key_lease *lease, int64_t tokens)
{
    if (!pool->book)
        return;
    struct recent_call *call = call_at(&pool->book->calls, lease->recent);
    if (call->number == lease->recent && call->owner == pool->owner)
        call->tokens = clip(tokens);
}

static bool counts(const struct key_pool *pool, const struct pool_model *model,
                   const struct recent_call *call, uint32_t number)
{
    return __atomic_load_n(&call->number, __ATOMIC_ACQUIRE) == number &&
           call->owner != pool->owner && call->model == model->hash && call->tokens >= 0 &&
           call->at_ms + MINUTE_MS > pool->now_ms;
}

void recent_follow(struct key_pool *pool, struct pool_model *model)
{
    if (!pool->follows)
        return;
    struct recent_calls *recent = &pool->book->calls;
    uint32_t next = __atomic_load_n(&recent->next, __ATOMIC_RELAXED);
    uint32_t unseen = next - model->recent_seen;
    for (uint32_t left = unseen < RECENT_CALLS ? unseen : RECENT_CALLS; left > 0; left--) {
        const struct recent_call *call = call_at(recent, next - left);
        uint32_t slot = pool_slot_of(pool, call->key_id);
        if (slot == SLOT_NONE || !counts(pool, model, call, next - left))
            continue;
        struct ledger_time time = pool_time(pool, slot, pool->now_ms);
        key_account_replay(member_account(pool, model, slot), call->at_ms, call->tokens, &time);
        member_settle_in(pool, model, slot, pool->now_ms);
    }
    model->recent_seen = next;
}
