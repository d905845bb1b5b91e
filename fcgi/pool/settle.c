/* What an attempt did: to the ledger, to what is known of limits, and to the key. */
#include <assert.h>
#include <math.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

enum { DOUBT_MS = 60 * 1000, RATIO_STEPS = 50, MOST_STEPS = 2000 };

/* Reserving more than the mean keeps room unused, reserving less gets refusals: as many of them as
 * balance these two steps, six in a thousand. */
static const double CAUTION_UP = 0.25, CAUTION_DOWN = 0.0015, CAUTION_MAX = 4;

/* No lesson goes beyond these factors: a text's bytes tell of its tokens, a film's hardly. */
static const double RATIO_MOST = 5, RATIO_MOST_MEDIA = 8;

/* One settling, as its parts are handed it. */
struct outcome {
    struct key_pool *pool;
    struct pool_model *model;
    uint32_t slot;
    const struct key_lease *lease;
    const struct key_effect *effect;
    int64_t now_ms;
    bool expected; /* a refusal that what was put to the test, or relied on, explains */
};

static struct rest_order order_of(const struct outcome *o)
{
    return (struct rest_order){
        .reason = o->effect->reason == REST_NONE ? REST_FAULT : o->effect->reason,
        .until_ms = o->effect->until_ms,
        .taken_ms = o->lease->taken_ms,
        .rule = o->effect->rule,
        .expected = o->expected,
    };
}

static struct pool_key *key_of(const struct outcome *o)
{
    return &o->pool->keys.items[o->slot];
}

static uint32_t egress_of(const struct outcome *o)
{
    return o->effect->egress ? pool_egress(o->pool, o->effect->egress) : key_of(o)->egress;
}

/* --- the ledger ------------------------------------------------------------------------------ */

static void mean_towards(double *mean, double value, int steps)
{
    *mean += (value - *mean) / steps;
}

static void learn_ratio(const struct outcome *o, double ratio)
{
    struct size_lesson *size = &o->model->lessons->sizes[o->lease->prompt_kind];
    double most = o->lease->prompt_kind ? RATIO_MOST_MEDIA : RATIO_MOST;
    ratio = ratio < 1 / most ? 1 / most : ratio > most ? most : ratio;
    size->seen += size->seen < RATIO_STEPS;
    mean_towards(&size->spread, fabs(ratio - size->ratio), size->seen);
    mean_towards(&size->ratio, ratio, size->seen);
    size->most -= (size->most - size->ratio) / MOST_STEPS;
    if (ratio > size->most)
        size->most = ratio;
    if (o->lease->turn_ratio > 0)
        mean_towards(&o->model->lessons->turn_spread, fabs(ratio - o->lease->turn_ratio),
                     RATIO_STEPS);
    affinity_learn(&o->pool->affinity, o->lease->affinity, ratio);
}

static void true_up(const struct outcome *o, struct key_account *account,
                    const struct ledger_time *time)
{
    int64_t actual = o->effect->prompt_tokens;
    if (actual < 0)
        return;
    struct pool_model *model = o->model;
    if (actual != o->lease->reserved_tokens) {
        key_account_correct(account, o->lease->taken_ms, actual - o->lease->reserved_tokens, time);
        recent_correct(o->pool, o->lease, actual);
        model->tight[key_of(o)->kind] = (struct tight_spot){0};
    }
    if (o->lease->sized)
        return;
    if (actual > 0 && o->lease->estimate > 0)
        learn_ratio(o, (double)actual / (double)o->lease->estimate);
    mean_towards(&model->lessons->token_mean, (double)actual, RATIO_STEPS);
    if (model->lessons->token_caution > CAUTION_DOWN)
        model->lessons->token_caution -= CAUTION_DOWN;
}

static void more_caution(struct pool_model *model)
{
    model->lessons->token_caution += CAUTION_UP;
    if (model->lessons->token_caution > CAUTION_MAX)
        model->lessons->token_caution = CAUTION_MAX;
}

static void give_back_surplus(struct key_account *account, const struct key_lease *lease)
{
    account->surplus -= account->surplus < lease->surplus ? account->surplus : lease->surplus;
}

static void settle_ledger(const struct outcome *o)
{
    /* It may be a new one: the key may have changed its project meanwhile. */
    struct key_account *account = member_account(o->pool, o->model, o->slot);
    struct ledger_time time = pool_time(o->pool, o->slot, o->now_ms);
    const struct key_effect *effect = o->effect;
    give_back_surplus(account, o->lease);
    bool refused = effect->kind == EFFECT_NOT_SENT || effect->kind == EFFECT_DEAD ||
                   (effect->kind == EFFECT_REST && rest_counts_nothing(effect->reason));
    if (refused) {
        key_account_give_back(account, o->lease->taken_ms, o->lease->reserved_tokens, &time);
        recent_correct(o->pool, o->lease, -1);
        o->model->tight[key_of(o)->kind] = (struct tight_spot){0};
        return;
    }
    true_up(o, account, &time);
    if (effect->kind == EFFECT_SUCCESS)
        account->served_ms =
            account->served_ms > o->lease->taken_ms ? account->served_ms : o->lease->taken_ms;
    else if (!o->lease->accepted) {
        key_account_doubt(account, o->lease->taken_ms, o->lease->reserved_tokens, &time);
        o->model->stretch_hint = o->slot + 1;
    }
}

static bool is_quota(const struct key_effect *effect)
{
    return effect->kind == EFFECT_REST &&
           (effect->reason == REST_MINUTE_QUOTA || effect->reason == REST_DAY_QUOTA);
}

/* Which limit a refusal is about; one that does not tell is about requests. */
static enum limit_kind refused_limit(const struct key_effect *effect)
{
    bool daily = effect->limit == LIMIT_REQUESTS_DAY || effect->limit == LIMIT_TOKENS_DAY;
    if (daily == (effect->reason == REST_DAY_QUOTA))
        return effect->limit;
    return daily ? LIMIT_REQUESTS_MINUTE : LIMIT_REQUESTS_DAY;
}

static void settle_lessons(struct outcome *o)
{
    const struct key_effect *effect = o->effect;
    if (effect->kind == EFFECT_SUCCESS) {
        if (o->lease->stretch)
            stretch_succeeded(o->pool, o->model, o->slot, o->lease->stretch, o->now_ms);
        kin_served(o->pool, o->model, o->slot, o->lease->taken_ms, o->lease->reserved_tokens);
        return;
    }
    if (!is_quota(effect))
        return;
    enum limit_kind limit = refused_limit(effect);
    if (effect->reason == REST_MINUTE_QUOTA)
        minutes_told(o->model, o->model->members[o->slot].account, effect->until_ms);
    o->expected = stretch_refused(o->pool, o->model, o->lease, limit);
    if (effect->learned_value > 0)
        limit_learn(o->pool, o->model, o->slot, limit, effect->learned_value);
    if (limit == LIMIT_TOKENS_MINUTE)
        more_caution(o->model);
    struct quota quota = quota_of(o->pool, o->model, o->slot);
    if (o->lease->stretch)
        return;
    struct kin_sign sign = {.which = limit,
                            .limit = quota.whole[limit],
                            .tokens = o->lease->reserved_tokens,
                            .taken_ms = o->lease->taken_ms,
                            .until_ms = effect->until_ms};
    kin_refused(o->pool, o->model, o->slot, &sign);
    if (effect->reason == REST_MINUTE_QUOTA) {
        struct ledger_call call = {o->lease->taken_ms, o->lease->reserved_tokens, o->now_ms};
        key_account_refused(member_account(o->pool, o->model, o->slot), limit, quota.whole[limit],
                            &call);
    }
}

/* --- the key --------------------------------------------------------------------------------- */

static void tell_failures(const struct outcome *o)
{
    struct key_event *event = pool_event(o->pool, KEY_EVENT_FAILURES, o->slot, NULL);
    event->failures = key_of(o)->failures;
    event->rule = pool_rule(o->pool, o->effect->rule);
}

static void die(const struct outcome *o)
{
    key_set_state(o->pool, o->slot, KEY_DEAD, o->effect->rule, o->now_ms);
    struct key_event *event = pool_event(o->pool, KEY_EVENT_STATE, o->slot, NULL);
    event->state = KEY_DEAD;
    event->rule = key_of(o)->rule;
}

static void on_nothing(const struct outcome *o)
{
    gate_untold(&o->model->overload, o->lease->taken_ms);
    gate_untold(egress_gate_of(o->model, egress_of(o)), o->lease->taken_ms);
    if (!o->lease->probe)
        return;
    key_of(o)->rest.probing = false;
    o->model->members[o->slot].rest.probing = false;
    key_settle_in(o->pool, o->slot, o->now_ms);
}

static void on_success(const struct outcome *o)
{
    struct pool_key *key = key_of(o);
    model_succeeded(o->model, o->lease->taken_ms, o->now_ms);
    egress_succeeded(o->pool, o->model, egress_of(o), o->lease->taken_ms);
    rest_succeeded(&key->rest, o->lease->taken_ms);
    rest_succeeded(&o->model->members[o->slot].rest, o->lease->taken_ms);
    if (o->lease->taken_ms >= key->doubted_ms)
        key->doubted_ms = 0;
    if (key->failures && o->lease->taken_ms >= key->fault_since_ms) {
        key->failures = 0;
        tell_failures(o);
    }
    if (o->lease->probe)
        key_settle_in(o->pool, o->slot, o->now_ms);
}

/* What waited for a single call to be let in waits no longer: its answer may take minutes. */
static void on_accepted(const struct outcome *o)
{
    model_let_in(o->model, o->lease->taken_ms, o->now_ms);
    egress_succeeded(o->pool, o->model, egress_of(o), o->lease->taken_ms);
    rest_succeeded(&key_of(o)->rest, o->lease->taken_ms);
    rest_succeeded(&o->model->members[o->slot].rest, o->lease->taken_ms);
    if (o->lease->probe)
        key_settle_in(o->pool, o->slot, o->now_ms);
}

static void rest_scope(const struct outcome *o, const struct rest_order *order)
{
    bool one_model = o->effect->scope == SCOPE_KEY_MODEL || o->effect->scope == SCOPE_PROJECT_MODEL;
    struct pool_model *model = one_model ? o->model : NULL;
    if (o->effect->scope == SCOPE_PROJECT_MODEL || o->effect->scope == SCOPE_PROJECT)
        key_rest_project(o->pool, o->slot, model, order, o->now_ms);
    else
        key_rest(o->pool, o->slot, model, order, o->now_ms);
}

static void on_rest(const struct outcome *o)
{
    struct rest_order order = order_of(o);
    if (o->effect->scope == SCOPE_MODEL) {
        order.reason = REST_OVERLOAD;
        model_overloaded(o->pool, o->model, &order, o->now_ms);
        return;
    }
    gate_untold(&o->model->overload, o->lease->taken_ms);
    if (o->effect->scope == SCOPE_EGRESS_MODEL) {
        egress_close(o->pool, o->model, egress_of(o), &order, o->now_ms);
        return;
    }
    o->model->proven |= o->effect->reason != REST_FAULT;
    uint32_t egress = egress_of(o);
    if (o->effect->reason == REST_THROTTLED && egress != EGRESS_NONE &&
        egress_throttled(o->pool, o->model, o->slot, egress, &order, o->now_ms))
        return;
    rest_scope(o, &order);
}

static void on_fault(const struct outcome *o)
{
    struct pool_key *key = key_of(o);
    struct rest_order order = order_of(o);
    order.reason = REST_FAULT;
    gate_untold(&o->model->overload, o->lease->taken_ms);
    if (key->failures == 0 || o->lease->taken_ms >= key->fault_since_ms) {
        key->failures++;
        key->fault_since_ms = o->now_ms;
        tell_failures(o);
    }
    if (o->pool->options.max_failures > 0 && key->failures >= o->pool->options.max_failures)
        die(o);
    else
        rest_scope(o, &order);
}

/* Google says "invalid" of a new key now and then: such a fault counts when it comes again. */
static void on_dead(const struct outcome *o)
{
    struct pool_key *key = key_of(o);
    gate_untold(&o->model->overload, o->lease->taken_ms);
    bool confirmed = key->doubted_ms && o->lease->taken_ms >= key->doubted_ms;
    if (!o->effect->confirm_twice || confirmed) {
        die(o);
        return;
    }
    if (!key->doubted_ms)
        key->doubted_ms = o->now_ms;
    struct rest_order order = order_of(o);
    order.reason = REST_FAULT;
    order.until_ms = o->now_ms + DOUBT_MS;
    key_rest(o->pool, o->slot, NULL, &order, o->now_ms);
}

static void (*const handlers[])(const struct outcome *o) = {
    [EFFECT_NONE] = on_nothing, [EFFECT_SUCCESS] = on_success, [EFFECT_NOT_SENT] = on_nothing,
    [EFFECT_REST] = on_rest,    [EFFECT_FAULT] = on_fault,     [EFFECT_DEAD] = on_dead,
};

static void settle_siblings_in(const struct outcome *o)
{
    uint32_t at = o->slot;
    do {
        if (o->model->members[at].place != PLACE_READY)
            member_settle_in(o->pool, o->model, at, o->now_ms);
        at = o->pool->keys.items[at].sibling;
    } while (at != o->slot);
}

void key_pool_accepted(struct key_pool *pool, struct key_lease *lease, int64_t prompt_tokens,
                       const char *egress, int64_t now_ms)
{
    assert(lease->key_id != 0);
    pool_tick(pool, now_ms);
    const struct key_effect let_in = {.prompt_tokens = prompt_tokens, .egress = egress};
    struct outcome o = {.pool = pool,
                        .model = pool->models[lease->model_slot],
                        .slot = lease->slot,
                        .lease = lease,
                        .effect = &let_in,
                        .now_ms = now_ms};
    struct pool_key *key = &pool->keys.items[lease->slot];
    if (lease->accepted || key->id != lease->key_id || key->generation != lease->generation)
        return;
    lease->accepted = true;
    o.model->members[o.slot].unheard--;
    model_heard(o.model);
    on_accepted(&o);
    if (prompt_tokens < 0)
        return;
    struct key_account *account = member_account(pool, o.model, o.slot);
    struct ledger_time time = pool_time(pool, o.slot, now_ms);
    give_back_surplus(account, lease);
    true_up(&o, account, &time);
    lease->sized = true;
    lease->reserved_tokens = prompt_tokens;
    lease->surplus = 0;
    settle_siblings_in(&o);
}

void key_pool_settle(struct key_pool *pool, struct key_lease *lease,
                     const struct key_effect *effect, int64_t now_ms)
{
    assert(lease->key_id != 0);
    pool_tick(pool, now_ms);
    struct outcome o = {.pool = pool,
                        .model = pool->models[lease->model_slot],
                        .slot = lease->slot,
                        .lease = lease,
                        .effect = effect,
                        .now_ms = now_ms};
    o.model->in_flight--;
    if (!lease->accepted)
        model_heard(o.model);
    o.model->stretches_open -= lease->stretch != 0;
    struct pool_key *key = &pool->keys.items[lease->slot];
    if (key->id == lease->key_id && key->generation == lease->generation) {
        key->in_flight--;
        o.model->members[o.slot].in_flight--;
        o.model->members[o.slot].unheard -= !lease->accepted;
        settle_ledger(&o);
        if (!text_empty(effect->project)) {
            project_told(pool, o.slot, effect->project, now_ms);
            member_account(pool, o.model, o.slot);
        }
        settle_lessons(&o);
        handlers[effect->kind](&o);
        if (o.model->proven)
            lessons_keep(pool, o.model, now_ms);
        settle_siblings_in(&o);
    }
    lease->key_id = 0;
}
