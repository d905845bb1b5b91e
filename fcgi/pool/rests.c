/* Rests of keys: how long, what they are called, how they end. */
#include <string.h>

#include "base/clock.h"
#include "pool/key_pool_priv.h"

/* One row per reason. The time doubles with each rest after the first `patience` ones that came
 * without a success between. */
static const struct rest_kind {
    const char *word;
    int64_t span_ms, span_max_ms;
    int patience;
    bool jitter;    /* +-10 %, so that keys benched together do not return together */
    bool probe;     /* a single call goes first when it ends */
    bool uncounted; /* Google refused such a call: it counts against no limit */
} kinds[REST_REASON_COUNT] = {
    [REST_NONE] = {"none", 0, 0, 0, false, false, false},
    [REST_OVERLOAD] = {"overload", SECOND_MS / 2, 4 * SECOND_MS, 1, false, false, false},
    [REST_EGRESS] = {"egress", 15 * SECOND_MS, 5 * MINUTE_MS, 1, false, false, true},
    [REST_MINUTE_QUOTA] = {"minute_quota", 65 * SECOND_MS, 30 * MINUTE_MS, 2, false, false, true},
    [REST_DAY_QUOTA] = {"day_quota", 0, 0, 0, false, false, true},
    [REST_NOT_ENTITLED] = {"not_entitled", DAY_MS, 7 * DAY_MS, 1, true, true, true},
    [REST_MODEL_GONE] = {"model_gone", 12 * HOUR_MS, 7 * DAY_MS, 1, true, true, true},
    [REST_THROTTLED] = {"throttled", 7 * SECOND_MS, MINUTE_MS, 1, true, false, true},
    [REST_FAULT] = {"fault", 10 * SECOND_MS, 30 * MINUTE_MS, 1, true, true, false},
    [REST_SPENT] = {"spent", 6 * HOUR_MS, DAY_MS, 1, true, true, true},
};

enum {
    STREAK_MAX = 1000,
    PROBE_WAIT_MS = 120 * 1000, /* a probe that never came back does not hold the key for ever */
    DAY_RETURN_MIN_MS = 5 * 1000,
    DAY_RETURN_SPREAD_MS = 40 * 1000,
    NEW_DAY_MS = 30 * 60 * 1000, /* so long Google's day may still be the old one ... */
    NEW_DAY_REST_MS = 60 * 1000, /* ... and it is asked again after this */
    MIDNIGHT_MS = 10 * 60 * 1000 /* what is told to end so near to midnight means midnight */
};

const char *rest_reason_word(enum rest_reason reason)
{
    return (unsigned)reason < REST_REASON_COUNT ? kinds[reason].word : kinds[REST_FAULT].word;
}

enum rest_reason rest_reason_of(const char *word)
{
    for (int reason = 0; word && reason < REST_REASON_COUNT; reason++)
        if (strcmp(word, kinds[reason].word) == 0)
            return (enum rest_reason)reason;
    return REST_FAULT;
}

bool rest_is_quota(enum rest_reason reason)
{
    return reason == REST_MINUTE_QUOTA || reason == REST_DAY_QUOTA;
}

bool rest_counts_nothing(enum rest_reason reason)
{
    return kinds[reason].uncounted;
}

int64_t rest_span_ms(struct key_pool *pool, enum rest_reason reason, int streak)
{
    const struct rest_kind *kind = &kinds[reason];
    int64_t span = kind->span_ms;
    for (int i = kind->patience; i < streak && span < kind->span_max_ms; i++)
        span *= 2;
    span = span > kind->span_max_ms ? kind->span_max_ms : span;
    if (!kind->jitter)
        return span;
    int64_t band = span / 10 > SECOND_MS ? span / 10 : SECOND_MS;
    return span - band + pool_random(pool, 2 * band + 1);
}

int64_t rest_wait(const struct rest *rest, int64_t now_ms)
{
    if (rest->until_ms > now_ms)
        return rest->until_ms;
    if (rest->probing && rest->probe_ms + PROBE_WAIT_MS > now_ms)
        return rest->probe_ms + PROBE_WAIT_MS;
    return 0;
}

bool rest_wants_probe(const struct rest *rest, int64_t now_ms)
{
    return rest->streak > 0 && kinds[rest->reason].probe && rest_wait(rest, now_ms) == 0;
}

/* Soon after midnight Pacific, always the same for a key and day, so that not all come at once. When
 * Google's day has begun later than ours before, that is waited for. */
int64_t pool_day_return(const struct key_pool *pool, uint32_t slot)
{
    uint64_t mixed = slot_map_mix((uint64_t)pool->keys.items[slot].id ^ pool->options.seed ^
                                  (uint64_t)pool->day << 20);
    return pool->midnight_ms + pool->day_lag_ms + DAY_RETURN_MIN_MS +
           (int64_t)(mixed % DAY_RETURN_SPREAD_MS);
}

/* A daily quota that is said to be used up soon after midnight, although the key has hardly been used
 * today, is yesterday's: Google's day begins a little later than ours. */
static bool day_is_old(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                       int64_t now_ms)
{
    if (now_ms - pool->day_start_ms >= NEW_DAY_MS)
        return false;
    struct key_account *account = model ? model->members[slot].account : NULL;
    if (!account)
        return true;
    struct ledger_time time = pool_time(pool, slot, now_ms);
    struct quota quota = quota_of(pool, model, slot);
    int64_t use[LIMIT_KIND_COUNT];
    key_account_use(account, &time, use);
    for (int which = LIMIT_REQUESTS_DAY; which <= LIMIT_TOKENS_DAY; which++)
        if (quota.limit[which] > 0 && use[which] * 10 >= quota.limit[which] * 9)
            return false;
    return true;
}

/* Google told when to come back, and refused again: twice as long each time. */
static int64_t told_longer(const struct rest_order *order, int streak, int64_t now_ms)
{
    const struct rest_kind *kind = &kinds[order->reason];
    int64_t span = order->until_ms > now_ms ? order->until_ms - now_ms : SECOND_MS;
    for (int i = kind->patience; i < streak && span < kind->span_max_ms; i++)
        span *= 2;
    return span < kind->span_max_ms ? span : kind->span_max_ms;
}

static int64_t rest_end_of(struct key_pool *pool, uint32_t slot, struct pool_model *model,
                           const struct rest_order *order, int streak, int64_t now_ms)
{
    if (order->reason == REST_DAY_QUOTA) {
        if (day_is_old(pool, model, slot, now_ms)) {
            pool->day_lag_ms = now_ms + NEW_DAY_REST_MS - pool->day_start_ms;
            return now_ms + NEW_DAY_REST_MS;
        }
        bool other = order->until_ms > pool->midnight_ms + MIDNIGHT_MS;
        return other ? order->until_ms : pool_day_return(pool, slot);
    }
    if (order->until_ms && streak <= kinds[order->reason].patience)
        return order->until_ms;
    int64_t own = now_ms + rest_span_ms(pool, order->reason, streak);
    if (order->until_ms && order->reason == REST_MINUTE_QUOTA)
        own = now_ms + told_longer(order, streak, now_ms);
    return own > order->until_ms ? own : order->until_ms;
}

static int next_streak(const struct rest *rest, const struct rest_order *order)
{
    if (order->by_kin)
        return rest->reason == order->reason ? rest->streak : 0;
    int streak = rest->reason == order->reason ? rest->streak : 0;
    if (streak == 0 || (!order->expected && streak < STREAK_MAX))
        streak++;
    return streak;
}

/* Returns whether the rest became longer. What is told by a call lent before the present rest began is
 * no news: it does not lengthen the streak. */
static bool rest_apply(struct rest *rest, const struct rest_order *order, int64_t until_ms,
                       bool fresh, int64_t now_ms)
{
    bool own = order->by_kin && rest->own_ms > now_ms; /* for which it has its reason */
    if (fresh && !own) {
        rest->streak = next_streak(rest, order);
        rest->since_ms = now_ms;
        rest->probing = false;
        rest->reason = (uint8_t)order->reason;
    }
    if (!order->by_kin && until_ms > rest->own_ms)
        rest->own_ms = until_ms;
    if (until_ms <= rest->until_ms)
        return false;
    rest->until_ms = until_ms;
    rest->reason = (uint8_t)order->reason;
    rest->rule = order->rule;
    return true;
}

static void tell_rest(struct key_pool *pool, uint32_t slot, const struct pool_model *model,
                      const struct rest *rest)
{
    struct key_event *event = pool_event(pool, KEY_EVENT_REST, slot, model);
    event->reason = (enum rest_reason)rest->reason;
    event->rule = rest->rule;
    event->until_ms = rest->until_ms;
    event->streak = rest->until_ms > rest->own_ms ? 0 : rest->streak;
}

static struct rest *rest_at(struct key_pool *pool, uint32_t slot, struct pool_model *model)
{
    return model ? &model->members[slot].rest : &pool->keys.items[slot].rest;
}

static void settle_in(struct key_pool *pool, uint32_t slot, struct pool_model *model,
                      int64_t now_ms)
{
    if (model)
        member_settle_in(pool, model, slot, now_ms);
    else
        key_settle_in(pool, slot, now_ms);
}

void key_rest(struct key_pool *pool, uint32_t slot, struct pool_model *model,
              const struct rest_order *order, int64_t now_ms)
{
    struct rest *rest = rest_at(pool, slot, model);
    bool fresh = rest->since_ms == 0 || order->taken_ms >= rest->since_ms;
    int streak = fresh                           ? next_streak(rest, order)
                 : rest->reason == order->reason ? rest->streak
                                                 : 1;
    int64_t until = rest_end_of(pool, slot, model, order, streak, now_ms);
    struct rest_order lasting = *order;
    lasting.rule = pool_rule(pool, order->rule);
    if (rest_apply(rest, &lasting, until, fresh, now_ms))
        tell_rest(pool, slot, model, rest);
    settle_in(pool, slot, model, now_ms);
}

void key_rest_project(struct key_pool *pool, uint32_t slot, struct pool_model *model,
                      const struct rest_order *order, int64_t now_ms)
{
    struct rest_order of_kin = *order;
    of_kin.by_kin = true;
    key_rest(pool, slot, model, order, now_ms);
    for (uint32_t at = pool->keys.items[slot].sibling; at != slot;
         at = pool->keys.items[at].sibling) {
        if (!pool->keys.items[at].noticed)
            key_rest(pool, at, model, order, now_ms);
        else if (rest_is_quota(order->reason))
            key_rest(pool, at, model, &of_kin, now_ms);
    }
}

void rest_succeeded(struct rest *rest, int64_t taken_ms)
{
    if (taken_ms < rest->since_ms)
        return;
    rest->streak = 0;
    rest->probing = false;
}

void rest_end(struct key_pool *pool, uint32_t slot, struct pool_model *model,
              const struct rest *instead, int64_t now_ms)
{
    struct rest *rest = rest_at(pool, slot, model);
    bool active = rest->until_ms > now_ms;
    *rest = instead ? *instead : (struct rest){0};
    if (active && rest->until_ms <= now_ms)
        pool_event(pool, KEY_EVENT_REST_CLEARED, slot, model);
    settle_in(pool, slot, model, now_ms);
}

bool rest_is_kins(const struct rest *rest, int64_t now_ms)
{
    return rest->until_ms > now_ms && rest->own_ms <= now_ms;
}

void rest_end_kins(struct key_pool *pool, uint32_t slot, struct pool_model *model, int64_t now_ms)
{
    struct rest *rest = rest_at(pool, slot, model);
    struct rest own = *rest;
    if (rest->until_ms <= now_ms || rest->until_ms <= rest->own_ms)
        return;
    rest_end(pool, slot, model, NULL, now_ms);
    if (own.own_ms <= now_ms)
        return;
    *rest = own;
    rest->until_ms = own.own_ms;
    tell_rest(pool, slot, model, rest);
    settle_in(pool, slot, model, now_ms);
}

static void follow(struct rest *rest, int64_t back_ms, int64_t now_ms)
{
    if (rest->since_ms <= now_ms)
        return;
    rest->since_ms -= back_ms;
    rest->until_ms -= back_ms;
    rest->own_ms -= back_ms;
    rest->probe_ms -= back_ms;
}

void rests_follow_clock(struct key_pool *pool, int64_t back_ms, int64_t now_ms)
{
    for (uint32_t slot = 0; slot < pool->keys.len; slot++)
        follow(&pool->keys.items[slot].rest, back_ms, now_ms);
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_model *model = pool->models[i];
        for (uint32_t slot = 0; slot < pool->keys.len; slot++)
            follow(&model->members[slot].rest, back_ms, now_ms);
        model->overload = (struct gate){0};
        model->egress_gates.len = 0;
        model->stale = true;
    }
}

/* --- what the store and persons say ---------------------------------------------------------- */

void key_pool_restore_rest(struct key_pool *pool, int64_t id, const char *model_name,
                           enum rest_reason reason, int64_t until_ms, int streak)
{
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    struct pool_model *model = NULL;
    if (model_name && *model_name) {
        model = pool_model_for(pool, model_name, pool->now_ms);
        model->proven = true;
    }
    struct rest *rest = rest_at(pool, slot, model);
    rest->epoch = pool->epoch;
    if (until_ms <= rest->until_ms)
        return;
    rest->until_ms = until_ms;
    rest->since_ms = pool->now_ms;
    rest->reason = (uint8_t)reason;
    rest->rule = rest_reason_word(reason);
    rest->streak = streak > rest->streak ? streak : rest->streak;
    rest->probing = false;
    bool own = streak > 0 || !rest_is_quota(reason);
    if (own)
        rest->own_ms = until_ms;
    if (model && streak > 0 && rest_is_quota(reason))
        kin_refused_elsewhere(pool, model, slot, reason == REST_DAY_QUOTA, until_ms);
    settle_in(pool, slot, model, pool->now_ms);
}

void key_pool_reset_rest(struct key_pool *pool, int64_t id, const char *model_name, int64_t now_ms)
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    if (!model_name || !*model_name)
        rest_end(pool, slot, NULL, NULL, now_ms);
    for (uint32_t i = 0; i < pool->model_count; i++) {
        struct pool_model *model = pool->models[i];
        if (model_name && strcmp(model_name, model->name) != 0)
            continue;
        rest_end(pool, slot, model, NULL, now_ms);
        for (int which = 0; !model_name && which < LIMIT_KIND_COUNT; which++)
            limit_forget(model, slot, (enum limit_kind)which);
    }
}

void key_pool_reload_begin(struct key_pool *pool)
{
    pool->epoch++;
}

static void end_unknown(struct key_pool *pool, uint32_t slot, struct pool_model *model,
                        int64_t known_before_ms, int64_t now_ms)
{
    const struct rest *rest = rest_at(pool, slot, model);
    if (rest->until_ms > now_ms && rest->epoch != pool->epoch && rest->since_ms < known_before_ms)
        rest_end(pool, slot, model, NULL, now_ms);
}

void key_pool_reload_end(struct key_pool *pool, int64_t known_before_ms, int64_t now_ms)
{
    pool_tick(pool, now_ms);
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        if (pool->keys.items[slot].id == 0)
            continue;
        end_unknown(pool, slot, NULL, known_before_ms, now_ms);
        for (uint32_t i = 0; i < pool->model_count; i++)
            end_unknown(pool, slot, pool->models[i], known_before_ms, now_ms);
    }
}
