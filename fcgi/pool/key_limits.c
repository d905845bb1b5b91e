/* Which limits are in force for a key and model, and how much of that is guessed.
 *
 * The settings' number and what a 429 told this very project are taken as true (the smaller of them).
 * Without either, what was learned from other keys of the same kind is assumed. An assumption is put to
 * the test only when a client would otherwise be turned away, and only as often as the call that is
 * lost with a wrong one can be afforded. */
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pool/key_pool_priv.h"

enum {
    STRETCHES_FREE = 3,       /* tests that may be lost before anything was served ... */
    KEYS_PER_STRETCH = 8,     /* ... one more for so many keys ... */
    SERVED_PER_STRETCH = 200, /* ... and one more for so many calls */
    UNSURE_VOTES_SURE = 2,
    UNSURE_TEST_MS = 60 * 60 * 1000, /* what speaks against may have had another cause */
    BESIDE_MS = 5 * 1000             /* a test takes the room that another call was lent for */
};

void key_pool_set_limit(struct key_pool *pool, enum key_kind kind, const char *model_pattern,
                        enum limit_kind which, int64_t value)
{
    struct limit_rule rule = {
        .kind = kind, .which = which, .pattern = xstrdup(model_pattern), .value = value};
    VEC_PUSH(&pool->limits, rule);
    for (uint32_t i = 0; i < pool->model_count; i++)
        model_resolve_limits(pool, pool->models[i]);
}

void key_pool_clear_limits(struct key_pool *pool)
{
    for (size_t i = 0; i < pool->limits.len; i++)
        free(pool->limits.items[i].pattern);
    pool->limits.len = 0;
    for (uint32_t i = 0; i < pool->model_count; i++)
        model_resolve_limits(pool, pool->models[i]);
}

void model_resolve_limits(const struct key_pool *pool, struct pool_model *model)
{
    size_t best[KEY_KINDS][LIMIT_KIND_COUNT] = {{0}};
    memset(model->set_limit, 0, sizeof(model->set_limit));
    for (size_t i = 0; i < pool->limits.len; i++) {
        const struct limit_rule *rule = &pool->limits.items[i];
        size_t len = strlen(rule->pattern) + 1;
        if (len < best[rule->kind][rule->which] || !text_match(rule->pattern, model->name))
            continue;
        best[rule->kind][rule->which] = len;
        model->set_limit[rule->kind][rule->which] = rule->value;
    }
    model->stale = true;
}

static int64_t share_of(int64_t limit, int64_t percent)
{
    int64_t part = limit / 100 * percent + limit % 100 * percent / 100;
    return part > 0 ? part : 1;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a <= 0 ? b : b <= 0 || a < b ? a : b;
}

struct quota quota_of(const struct key_pool *pool, const struct pool_model *model, uint32_t slot)
{
    const struct pool_key *key = &pool->keys.items[slot];
    const struct key_account *account = model->members[slot].account;
    int64_t percent = key->cap_share > 0 ? key->cap_share : pool->options.limit_share;
    struct quota quota = {0};
    for (int which = 0; which < LIMIT_KIND_COUNT; which++) {
        int64_t learned = account ? account->learned[which] : 0;
        int64_t limit = lesser(model->set_limit[key->kind][which], learned);
        bool doubted = account && account->beyond & (1u << which);
        if (limit <= 0 && !doubted && model->tier[key->kind][which].votes > 0) {
            limit = model->tier[key->kind][which].value;
            quota.guessed |= (uint8_t)(1u << which);
        }
        quota.whole[which] = limit;
        limit = limit <= 0 ? 0 : percent < 100 ? share_of(limit, percent) : limit;
        if (limit > 0 && account)
            limit = key_account_our_part(account, (enum limit_kind)which, limit, pool->now_ms);
        if (key->caps[which] > 0 && (limit <= 0 || key->caps[which] <= limit)) {
            limit = key->caps[which];
            quota.guessed &= (uint8_t) ~(1u << which);
            quota.capped |= (uint8_t)(1u << which);
        }
        quota.limit[which] = limit;
    }
    quota.window = minutes_of(pool, model, account);
    quota.window_open = minutes_are_open(pool, model, account);
    quota.kin_open = key->noticed && kin_test_due(pool, slot);
    if (quota.kin_open)
        quota.kin_unheard = kin_unheard(pool, model, slot);
    quota.unsure_free = model->lessons->unsure_votes >= UNSURE_VOTES_SURE;
    quota.unsure_open = model->lessons->unsure_votes > -UNSURE_VOTES_SURE ||
                        pool->now_ms >= model->lessons->unsure_next_ms;
    return quota;
}

void limit_learn(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                 enum limit_kind which, int64_t value)
{
    struct key_account *account = member_account(pool, model, slot);
    account->beyond &= (uint8_t) ~(1u << which);
    struct tier_lesson *tier = &model->tier[pool->keys.items[slot].kind][which];
    if (account->learned[which] == value)
        return;
    account->learned[which] = value;
    account->learned_ms = pool->now_ms;
    struct key_event *event = pool_event(pool, KEY_EVENT_LIMIT, slot, model);
    event->limit = which;
    event->value = value;
    if (tier->value == value || tier->votes <= 0) {
        model->stale |= tier->votes <= 0;
        tier->value = value;
        tier->votes += tier->votes < VOTES_MAX;
    } else {
        model->stale |= --tier->votes == 0;
    }
}

void key_pool_restore_limit(struct key_pool *pool, int64_t id, const char *model_name,
                            enum limit_kind which, int64_t value)
{
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE || value <= 0)
        return;
    struct pool_model *model = pool_model_for(pool, model_name, pool->now_ms);
    model->proven = true;
    size_t events = pool->events.len;
    limit_learn(pool, model, slot, which, value);
    model->members[slot].account->in_store |= (uint8_t)(1u << which);
    pool->events.len = events; /* the owner has told us */
    member_settle_in(pool, model, slot, pool->now_ms);
}

void limit_forget(struct pool_model *model, uint32_t slot, enum limit_kind which)
{
    struct key_account *account = model->members[slot].account;
    if (!account || account->learned[which] <= 0)
        return;
    struct tier_lesson *tier = &model->tier[model->members[slot].kind][which];
    tier->votes -= tier->value == account->learned[which] && tier->votes > 0;
    account->learned[which] = 0;
    account->beyond &= (uint8_t) ~(1u << which);
    model->stale = true;
}

typedef void account_visit(struct pool_model *model, uint32_t slot, int64_t known_before_ms);

static void each_account(struct key_pool *pool, account_visit *visit, int64_t known_before_ms)
{
    for (uint32_t i = 0; i < pool->model_count; i++)
        for (uint32_t slot = 0; slot < pool->keys.len; slot++)
            if (pool->keys.items[slot].id && pool->models[i]->members[slot].account)
                visit(pool->models[i], slot, known_before_ms);
}

static void not_seen_yet(struct pool_model *model, uint32_t slot, int64_t known_before_ms)
{
    (void)known_before_ms;
    model->members[slot].account->in_store = 0;
}

static void forget_unseen(struct pool_model *model, uint32_t slot, int64_t known_before_ms)
{
    const struct key_account *account = model->members[slot].account;
    for (int which = 0; which < LIMIT_KIND_COUNT; which++)
        if (!(account->in_store & (1u << which)) && account->learned_ms < known_before_ms)
            limit_forget(model, slot, (enum limit_kind)which);
}

void key_pool_reload_limits_begin(struct key_pool *pool)
{
    each_account(pool, not_seen_yet, 0);
}

void key_pool_reload_limits_end(struct key_pool *pool, int64_t known_before_ms)
{
    each_account(pool, forget_unseen, known_before_ms);
}

void key_pool_set_foreign_use(struct key_pool *pool, int64_t id, const char *model_name,
                              int64_t minute_requests, int64_t minute_tokens, int64_t day_requests,
                              int64_t day_tokens, int64_t now_ms)
{
    pool_tick(pool, now_ms);
    uint32_t slot = pool_slot_of(pool, id);
    if (slot == SLOT_NONE)
        return;
    struct pool_model *model = pool_model_for(pool, model_name, now_ms);
    struct key_account *account = member_account(pool, model, slot);
    account->foreign = (struct foreign_use){
        .told_ms = now_ms,
        .day = pool->day,
        .amount = {minute_requests, minute_tokens, day_requests, day_tokens},
    };
    member_settle_in(pool, model, slot, now_ms);
}

/* --- tests of what is assumed ---------------------------------------------------------------- */

bool stretch_affordable(const struct key_pool *pool, const struct pool_model *model)
{
    return model->stretches_open + model->lessons->stretches_lost <
           STRETCHES_FREE + pool->live / KEYS_PER_STRETCH +
               model->lessons->served / SERVED_PER_STRETCH;
}

void stretch_begun(struct key_pool *pool, struct pool_model *model, uint32_t slot, uint8_t stretch,
                   int64_t now_ms)
{
    model->stretches_open++;
    model->stretches++;
    model->stretched_ms = now_ms;
    if (stretch & STRETCH_WINDOW)
        minutes_tested(model, now_ms);
    if (stretch & STRETCH_UNSURE)
        model->lessons->unsure_next_ms = now_ms + UNSURE_TEST_MS;
    if (stretch & STRETCH_KIN)
        kin_test_begun(pool, slot, now_ms);
}

void stretch_succeeded(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                       uint8_t stretch, int64_t now_ms)
{
    struct key_account *account = model->members[slot].account;
    for (int which = 0; which < LIMIT_KIND_COUNT; which++) {
        if (!(stretch & (1u << which)) || account->beyond & (1u << which))
            continue;
        account->beyond |= (uint8_t)(1u << which);
        model->tier[model->members[slot].kind][which].votes--;
        model->stale = true;
    }
    if (stretch & STRETCH_WINDOW)
        minutes_stand(model, account, now_ms);
    if (stretch & STRETCH_UNSURE && model->lessons->unsure_votes < UNSURE_VOTES_SURE) {
        model->lessons->unsure_votes++;
        lessons_changed(model);
    }
    if (stretch & STRETCH_KIN)
        kin_test_failed(pool, slot, now_ms);
}

bool stretch_refused(struct key_pool *pool, struct pool_model *model, const struct key_lease *lease,
                     enum limit_kind which)
{
    struct key_account *account = model->members[lease->slot].account;
    uint8_t stretch = lease->stretch;
    bool unsure = which == LIMIT_REQUESTS_DAY ? account->day_unsure > 0 : account->unsure[0] > 0;
    bool relied = !stretch && unsure && model->lessons->unsure_votes >= UNSURE_VOTES_SURE;
    model->lessons->stretches_lost += stretch != 0;
    if ((relied || stretch & STRETCH_UNSURE) && which != LIMIT_TOKENS_MINUTE) {
        model->lessons->unsure_votes -= model->lessons->unsure_votes > -UNSURE_VOTES_SURE;
        lessons_changed(model);
        key_account_doubt_no_more(account);
    }
    struct quota quota = quota_of(pool, model, lease->slot);
    struct ledger_call call = {lease->taken_ms, lease->reserved_tokens, pool->now_ms};
    bool asked = stretch & STRETCH_WINDOW || (quota.window == WINDOW_FIXED && !stretch);
    if (asked && key_account_slides(account, which, quota.limit[which], &call))
        minutes_do_not_stand(model, account, pool->now_ms);
    bool beside = model->stretched_ms && pool->now_ms - model->stretched_ms < BESIDE_MS;
    return stretch != 0 || relied || beside ||
           (quota.window == WINDOW_FIXED &&
            key_account_slid_full(account, which, quota.limit[which], &call));
}
