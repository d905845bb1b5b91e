/* Short rests that no key is to blame for. A gate closes for a while, each time for longer; then it lets
 * single calls through until one of them succeeds. */
#include "base/clock.h"
#include "pool/key_pool_priv.h"

enum {
    SILENCE_MS = 2500, /* a probe silent for so long: let another through */
    SILENCE_MIN_MS = 1000,
    LAG_MAX_MS = 60 * 1000,
    LAG_STEPS = 16,
    LOOK_AGAIN_MS = 200,
    QUIET_MS = 5000,    /* without a success for so long three refusals are enough */
    TOGETHER_MS = 2000, /* an answer speaks for calls lent so much later, too */
    OUTCOMES_SEEN = 8,
    OUTCOMES_BAD = 7
};

/* How long refusals take shows in those that came: the longest, of late. */
void gate_lag_learn(int64_t *lag_ms, int64_t taken_ms, int64_t now_ms)
{
    int64_t took = now_ms - taken_ms;
    took = took < 0 ? 0 : took > LAG_MAX_MS ? LAG_MAX_MS : took;
    *lag_ms = took > *lag_ms ? took : *lag_ms - (*lag_ms - took) / LAG_STEPS;
}

/* A probe silent for more than twice that is likely being answered, which may take minutes. */
int64_t gate_silence(int64_t lag_ms)
{
    int64_t silence = 2 * lag_ms + SECOND_MS / 2;
    return silence > SILENCE_MIN_MS ? silence : SILENCE_MIN_MS;
}

bool gate_seems_answered(const struct gate *gate, int64_t now_ms)
{
    return gate->streak && gate->silence_ms && gate->probing &&
           gate->probe_ms + gate->silence_ms <= now_ms;
}

int64_t gate_wait(const struct gate *gate, int64_t now_ms)
{
    if (gate->streak == 0 || gate_seems_answered(gate, now_ms))
        return 0;
    if (gate->until_ms > now_ms && !gate->probe_every_ms)
        return gate->until_ms;
    int64_t last = gate->probe_ms > gate->since_ms ? gate->probe_ms : gate->since_ms;
    int64_t next = gate->until_ms;
    if (gate->probing)
        next = gate->probe_ms + SILENCE_MS;
    else if (gate->probe_every_ms && last + gate->probe_every_ms < next)
        next = last + gate->probe_every_ms;
    if (next <= now_ms)
        return 0;
    return gate->probing && next > now_ms + LOOK_AGAIN_MS ? now_ms + LOOK_AGAIN_MS : next;
}

void gate_enter(struct gate *gate, int64_t now_ms)
{
    if (!gate || gate->streak == 0 || gate_seems_answered(gate, now_ms))
        return;
    gate->probing = true;
    gate->probe_ms = now_ms;
}

void gate_close(struct key_pool *pool, struct gate *gate, const struct rest_order *order,
                int64_t now_ms)
{
    bool fresh = gate->streak == 0 || order->taken_ms >= gate->until_ms;
    if (order->taken_ms >= gate->since_ms)
        gate->probing = false;
    if (fresh) {
        gate->streak++;
        gate->since_ms = now_ms;
    }
    int64_t own = fresh ? now_ms + rest_span_ms(pool, order->reason, gate->streak) : 0;
    int64_t until = order->until_ms > own ? order->until_ms : own;
    if (until > gate->until_ms)
        gate->until_ms = until;
}

void gate_untold(struct gate *gate, int64_t taken_ms)
{
    if (gate && gate->probing && gate->probe_ms == taken_ms)
        gate->probing = false;
}

static void to_second(struct pool_model *model, int64_t now_ms)
{
    int64_t second = now_ms / SECOND_MS;
    if (second == model->lent_second)
        return;
    model->lent[1] = second == model->lent_second + 1 ? model->lent[0] : 0;
    model->lent[0] = 0;
    model->lent_second = second;
}

void model_lent(struct pool_model *model, int64_t now_ms)
{
    to_second(model, now_ms);
    model->lent[0]++;
    model->unheard++;
}

void model_heard(struct pool_model *model)
{
    model->unheard--;
}

/* Refusals come at once, answers take their time: of many calls that were lent together the refused ones
 * are heard of first, and those that are silent are likely being answered. */
static bool silence_speaks(struct pool_model *model, int64_t now_ms)
{
    to_second(model, now_ms);
    int silent = model->lent[0] + model->lent[1] - model->overloads;
    return model->overloads <= (silent < model->unheard ? silent : model->unheard);
}

void model_let_in(struct pool_model *model, int64_t taken_ms, int64_t now_ms)
{
    model->proven = true;
    model->overloads = 0;
    model->last_success_ms = now_ms;
    if (model->overload.streak && taken_ms + TOGETHER_MS >= model->overload.since_ms)
        model->overload = (struct gate){0};
}

void model_hear_silence(struct pool_model *model, int64_t now_ms)
{
    if (!gate_seems_answered(&model->overload, now_ms))
        return;
    model->outcomes = (uint16_t)(model->outcomes << 1);
    model->overloads = 0;
    model->last_success_ms = now_ms;
    model->overload = (struct gate){0};
}

void model_succeeded(struct pool_model *model, int64_t taken_ms, int64_t now_ms)
{
    model->lessons->served++;
    model->outcomes = (uint16_t)(model->outcomes << 1);
    model_let_in(model, taken_ms, now_ms);
}

/* Overload often hits some calls and spares others: then a retry is better than a rest. The model rests
 * once hardly anything else comes back. */
void model_overloaded(struct key_pool *pool, struct pool_model *model,
                      const struct rest_order *order, int64_t now_ms)
{
    model->outcomes = (uint16_t)(model->outcomes << 1 | 1);
    model->overloads++;
    gate_lag_learn(&model->overload_lag_ms, order->taken_ms, now_ms);
    bool quiet = model->last_success_ms + QUIET_MS <= now_ms && (model->outcomes & 7) == 7;
    unsigned seen = model->outcomes & ((1u << OUTCOMES_SEEN) - 1);
    bool known_bad = __builtin_popcount(seen) >= OUTCOMES_BAD;
    bool bad = (quiet || known_bad) && !silence_speaks(model, now_ms);
    if (bad || model->overload.streak)
        gate_close(pool, &model->overload, order, now_ms);
    else
        gate_untold(&model->overload, order->taken_ms);
    model->overload.silence_ms = gate_silence(model->overload_lag_ms);
}
