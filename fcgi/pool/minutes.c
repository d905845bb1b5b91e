/* How the minutes of Google's limits run: each key's own, or the clock's.
 *
 * Sliding ones are assumed, for they allow the least. That they stand by the clock shows when a key is served
 * that would be full if they slid, and a refusal hints at it whose delay leads to where a minute of the clock
 * begins. That they slide shows when a key is refused that would have room if they stood. A refusal that says
 * both says nothing: traffic may have begun just at the turn of a minute, or somebody else uses the key. */
#include "base/clock.h"
#include "pool/key_pool_priv.h"

enum {
    VOTES_SURE = 2,
    TEST_MS = 5 * 60 * 1000,
    AGAIN_MS = 6 * 60 * 60 * 1000, /* what seemed to slide may have had another cause */
    UNCLEAR_MS = 60 * 1000,        /* in the same minute the others would say no more */
    TOLD_MS = 3 * 1000             /* the verdict's margin, and a second for what is cut off */
};

static bool has_shown(const struct key_account *account)
{
    return account && account->window != WINDOW_UNKNOWN;
}

static bool is_unclear(const struct key_pool *pool, const struct pool_model *model)
{
    return model->lessons->window_unclear_ms &&
           pool->now_ms < model->lessons->window_unclear_ms + UNCLEAR_MS;
}

enum window_kind minutes_of(const struct key_pool *pool, const struct pool_model *model,
                            const struct key_account *account)
{
    if (has_shown(account))
        return (enum window_kind)account->window;
    if (account && account->told_fixed)
        return WINDOW_FIXED;
    bool fixed = model->lessons->window_votes[WINDOW_FIXED] + model->told_fixed >= VOTES_SURE;
    return fixed && !model->lessons->window_votes[WINDOW_SLIDING] && !is_unclear(pool, model)
               ? WINDOW_FIXED
               : WINDOW_SLIDING;
}

/* When all who were asked slide, the others are asked less and less often. */
bool minutes_are_open(const struct key_pool *pool, const struct pool_model *model,
                      const struct key_account *account)
{
    if (has_shown(account))
        return account->window == WINDOW_SLIDING && pool->now_ms >= account->window_ms + AGAIN_MS;
    if (is_unclear(pool, model))
        return false;
    return model->lessons->window_votes[WINDOW_SLIDING] < VOTES_SURE ||
           model->lessons->window_votes[WINDOW_FIXED] ||
           pool->now_ms >= model->lessons->window_next_ms;
}

static void tell(struct pool_model *model, struct key_account *account, bool fixed)
{
    if (fixed != account->told_fixed)
        model->stale = true;
    model->told_fixed += (int)fixed - (int)account->told_fixed;
    account->told_fixed = fixed;
}

void minutes_told(struct pool_model *model, struct key_account *account, int64_t until_ms)
{
    tell(model, account, until_ms > 0 && until_ms % MINUTE_MS < TOLD_MS);
}

static void vote(struct pool_model *model, struct key_account *account, enum window_kind window,
                 int64_t now_ms)
{
    account->window_ms = now_ms;
    if (account->window == window)
        return;
    if (has_shown(account) && model->lessons->window_votes[account->window] > 0)
        model->lessons->window_votes[account->window]--;
    account->window = (uint8_t)window;
    lessons_changed(model);
    model->lessons->window_votes[window] += model->lessons->window_votes[window] < VOTES_MAX;
}

void minutes_tested(struct pool_model *model, int64_t now_ms)
{
    model->lessons->window_next_ms =
        now_ms + model->lessons->window_votes[WINDOW_SLIDING] * TEST_MS;
}

void minutes_stand(struct pool_model *model, struct key_account *account, int64_t now_ms)
{
    if (account->window != WINDOW_FIXED)
        vote(model, account, WINDOW_FIXED, now_ms);
}

void minutes_do_not_stand(struct pool_model *model, struct key_account *account, int64_t now_ms)
{
    if (!account->told_fixed) {
        vote(model, account, WINDOW_SLIDING, now_ms);
        return;
    }
    tell(model, account, false);
    model->lessons->window_unclear_ms = now_ms;
    lessons_changed(model);
}
