/* A key as one model sees it: may it serve, and in which queue does it wait. */
#include <string.h>

#include "pool/key_pool_priv.h"

static void later(struct block *block, int64_t wake_ms, uint8_t why)
{
    if (wake_ms > block->wake_ms) {
        block->wake_ms = wake_ms;
        block->why = why;
    }
}

static void ask_rest(const struct key_pool *pool, struct block *block, const struct rest *rest,
                     int64_t now_ms)
{
    int64_t until = rest_wait(rest, now_ms);
    int64_t day = pool->day_start_ms + pool->day_lag_ms;
    bool ended_today = rest->reason == REST_DAY_QUOTA && rest->until_ms > pool->day_start_ms;
    if (!until && ended_today && day > now_ms)
        until = day;
    later(block, until, rest->reason);
}

/* It rests only because another key does that seems to share its project. */
static bool may_try_kin(const struct key_pool *pool, const struct pool_model *model, uint32_t slot,
                        const struct quota *quota, int64_t rests_ms)
{
    const struct pool_member *member = &model->members[slot];
    return quota->kin_open && rest_is_kins(&member->rest, pool->now_ms) &&
           member->rest.until_ms == rests_ms &&
           rest_wait(&pool->keys.items[slot].rest, pool->now_ms) == 0 &&
           kin_is_used_up(pool, model, slot, pool->now_ms);
}

/* The account that keys of the project share counts for one that has not been used yet, too. */
static bool adopt_account(const struct key_pool *pool, struct pool_model *model, uint32_t slot)
{
    enum { LOOKS = 64 }; /* whoever was used has one; a project of many has been */
    struct pool_member *member = &model->members[slot];
    uint32_t at = pool->keys.items[slot].sibling;
    for (int i = 0; i < LOOKS && at != slot && !member->account; i++) {
        member->account = model->members[at].account;
        if (member->account)
            member->account->holders++;
        at = pool->keys.items[at].sibling;
    }
    return member->account != NULL;
}

struct block member_block(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                          int64_t tokens, int64_t now_ms)
{
    const struct pool_key *key = &pool->keys.items[slot];
    struct pool_member *member = &model->members[slot];
    struct block block = {0};
    if (key->id == 0 || key->state != KEY_READY) {
        block.wake_ms = WAKE_NEVER;
        return block;
    }
    ask_rest(pool, &block, &key->rest, now_ms);
    ask_rest(pool, &block, &member->rest, now_ms);
    struct gate *gate = egress_gate_of(model, key->egress);
    if (gate)
        later(&block, gate_wait(gate, now_ms), REST_EGRESS);
    if (!adopt_account(pool, model, slot))
        return block;
    int64_t rests_ms = block.wake_ms;
    struct quota quota = quota_of(pool, model, slot);
    struct ledger_time time = pool_time(pool, slot, now_ms);
    struct room room = key_account_room(member->account, &quota, tokens, &time);
    later(&block, room.wait_until_ms, WHY_BUSY);
    block.stretch = room.stretch;
    if (rests_ms)
        block.stretch = may_try_kin(pool, model, slot, &quota, rests_ms) &&
                                (!room.wait_until_ms || room.stretch & STRETCH_KIN)
                            ? STRETCH_KIN
                            : 0;
    return block;
}

void member_take_out(struct pool_model *model, uint32_t slot)
{
    struct pool_member *member = &model->members[slot];
    if (member->place == PLACE_READY) {
        queue_remove(&model->ready[member->kind], model->members, slot, ready_before);
    } else if (member->place == PLACE_REST) {
        queue_remove(&model->rest[member->kind], model->members, slot, rest_before);
        model->blocked[member->kind][member->why]--;
    }
    member->place = PLACE_OUT;
}

/* A key that comes back is neither owed its absence nor punished for it. */
static void enter_ready(struct key_pool *pool, struct pool_model *model, uint32_t slot)
{
    struct pool_member *member = &model->members[slot];
    double base = model->base[pool_tier(pool, (enum key_kind)member->kind)];
    if (member->progress < base)
        member->progress = base;
    member->place = PLACE_READY;
    model->tight[member->kind] = (struct tight_spot){0};
    queue_push(&model->ready[member->kind], model->members, slot, ready_before);
}

static void enter_rest(struct pool_model *model, uint32_t slot, const struct block *block)
{
    struct pool_member *member = &model->members[slot];
    if (member->place == PLACE_REST) {
        model->blocked[member->kind][member->why]--;
        model->blocked[member->kind][block->why]++;
        member->why = block->why;
        member->wake_ms = block->wake_ms;
        queue_moved(&model->rest[member->kind], model->members, slot, rest_before);
        return;
    }
    member_take_out(model, slot);
    member->place = PLACE_REST;
    member->why = block->why;
    member->wake_ms = block->wake_ms;
    model->blocked[member->kind][member->why]++;
    queue_push(&model->rest[member->kind], model->members, slot, rest_before);
}

void member_put(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                const struct block *block)
{
    struct pool_member *member = &model->members[slot];
    if (block->wake_ms == WAKE_NEVER) {
        member_take_out(model, slot);
    } else if (block->wake_ms) {
        enter_rest(model, slot, block);
    } else if (member->place != PLACE_READY) {
        member_take_out(model, slot);
        enter_ready(pool, model, slot);
    }
}

void member_settle_in(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                      int64_t now_ms)
{
    struct block block = member_block(pool, model, slot, 1, now_ms);
    member_put(pool, model, slot, &block);
}

void key_settle_in(struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    for (uint32_t i = 0; i < pool->model_count; i++)
        member_settle_in(pool, pool->models[i], slot, now_ms);
}

static void freshen(struct key_pool *pool, struct pool_model *model, int64_t now_ms)
{
    model->stale = false;
    model->lessons_seen = model->lessons->changes;
    memset(model->tight, 0, sizeof(model->tight));
    for (uint32_t slot = 0; slot < pool->keys.len; slot++)
        member_settle_in(pool, model, slot, now_ms);
}

void model_wake(struct key_pool *pool, struct pool_model *model, int64_t now_ms)
{
    if (model->stale || model->lessons_seen != model->lessons->changes)
        freshen(pool, model, now_ms);
    for (int kind = 0; kind < KEY_KINDS; kind++) {
        uint32_t slot = queue_top(&model->rest[kind]);
        while (slot != SLOT_NONE && model->members[slot].wake_ms <= now_ms) {
            member_settle_in(pool, model, slot, now_ms);
            slot = queue_top(&model->rest[kind]);
        }
    }
}

/* Keys of one project share an account. */
struct key_account *member_account(struct key_pool *pool, struct pool_model *model, uint32_t slot)
{
    struct pool_member *member = &model->members[slot];
    if (member->account)
        return member->account;
    for (uint32_t at = pool->keys.items[slot].sibling; at != slot && !member->account;
         at = pool->keys.items[at].sibling)
        member->account = model->members[at].account;
    if (!member->account)
        member->account = xcalloc(1, sizeof(*member->account));
    member->account->holders++;
    return member->account;
}

void member_drop_account(struct pool_model *model, uint32_t slot)
{
    struct key_account *account = model->members[slot].account;
    model->members[slot].account = NULL;
    if (account && --account->holders == 0)
        key_account_free(account);
}
