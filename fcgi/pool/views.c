/* The pool as others may look at it. */
#include "pool/key_pool_priv.h"

/* The most serious reason for which a key rests for any model. */
static enum rest_reason worst_rest(const struct key_pool *pool, uint32_t slot, int64_t now_ms)
{
    const struct rest *rest = &pool->keys.items[slot].rest;
    enum rest_reason worst = rest_wait(rest, now_ms) ? (enum rest_reason)rest->reason : REST_NONE;
    for (uint32_t i = 0; i < pool->model_count; i++) {
        rest = &pool->models[i]->members[slot].rest;
        if (rest->reason > worst && rest_wait(rest, now_ms))
            worst = (enum rest_reason)rest->reason;
    }
    return worst;
}

struct key_pool_counts key_pool_count(struct key_pool *pool, int64_t now_ms)
{
    struct key_pool_counts counts = {0};
    pool_tick(pool, now_ms);
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        const struct pool_key *key = &pool->keys.items[slot];
        if (key->id == 0)
            continue;
        counts.total++;
        counts.paused += key->state == KEY_PAUSED;
        counts.dead += key->state == KEY_DEAD;
        if (key->state != KEY_READY)
            continue;
        enum rest_reason reason = worst_rest(pool, slot, now_ms);
        if (reason == REST_NONE)
            counts.ready++;
        else
            counts.resting[reason]++;
    }
    return counts;
}

static void view_model(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                       int64_t now_ms, struct key_view *view)
{
    struct pool_member *member = &model->members[slot];
    struct block block = member_block(pool, model, slot, 1, now_ms);
    int64_t gate = gate_wait(&model->overload, now_ms);
    if (gate > block.wake_ms)
        block = (struct block){.wake_ms = gate, .why = REST_OVERLOAD};
    view->eligible = block.wake_ms == 0;
    view->until_ms = block.wake_ms == WAKE_NEVER ? 0 : block.wake_ms;
    if (block.why == WHY_BUSY)
        view->rule = "no_room";
    else if (block.why == member->rest.reason && member->rest.until_ms == block.wake_ms)
        view->rule = member->rest.rule;
    view->reason = block.why == WHY_BUSY ? REST_NONE : (enum rest_reason)block.why;
    view->in_flight = member->in_flight;
    view->progress = member->progress;
    struct quota quota = quota_of(pool, model, slot);
    for (int which = 0; which < LIMIT_KIND_COUNT; which++)
        view->limits[which] = quota.limit[which];
    if (!member->account)
        return;
    int64_t use[LIMIT_KIND_COUNT];
    struct ledger_time time = pool_time(pool, slot, now_ms);
    key_account_use(member->account, &time, use);
    view->minute_requests = use[LIMIT_REQUESTS_MINUTE];
    view->minute_tokens = use[LIMIT_TOKENS_MINUTE];
    view->day_requests = use[LIMIT_REQUESTS_DAY];
    view->day_tokens = use[LIMIT_TOKENS_DAY];
}

void key_pool_each(struct key_pool *pool, const char *model_name, int64_t now_ms,
                   key_view_visit *visit, void *ctx)
{
    pool_tick(pool, now_ms);
    struct pool_model *model = pool_model_find(pool, model_name);
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        const struct pool_key *key = &pool->keys.items[slot];
        if (key->id == 0)
            continue;
        int64_t until = rest_wait(&key->rest, now_ms);
        struct key_view view = {
            .id = key->id,
            .kind = key->kind,
            .state = key->state,
            .eligible = key->state == KEY_READY && !until,
            .reason = until ? (enum rest_reason)key->rest.reason : REST_NONE,
            .until_ms = until,
            .rule = key->state != KEY_READY ? key->rule
                    : until                 ? key->rest.rule
                                            : "",
            .in_flight = key->in_flight,
            .failures = key->failures,
        };
        if (model)
            view_model(pool, model, slot, now_ms, &view);
        if (!view.rule)
            view.rule = "";
        visit(ctx, &view);
    }
}
