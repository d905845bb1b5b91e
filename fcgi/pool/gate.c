/* Short rests that no key is to blame for. A gate closes for a while, each time for longer; then it lets
 * single calls through until one of them succeeds. */
#include "base/clock.h"
#include "pool/key_pool_priv.h"

enum {
    PROBE_PATIENCE_MS = 5000, /* a probe silent for so long is likely answering: let another through */
    LOOK_AGAIN_MS = 200,
    QUIET_MS = 5000,          /* without a success for so long two refusals are enough */
    OUTCOMES_SEEN = 8,
    OUTCOMES_BAD = 7
};

int64_t gate_wait(const struct gate *gate, int64_t now_ms)
{
    if (gate->until_ms > now_ms) {
        int64_t last = gate->probe_ms > gate->since_ms ? gate->probe_ms : gate->since_ms;
        int64_t probe = gate->probe_every_ms ? last + gate->probe_every_ms : gate->until_ms;
        return probe <= now_ms ? 0 : probe < gate->until_ms ? probe : gate->until_ms;
    }
    bool under_way = gate->streak > 0 && gate->probing;
    int64_t patience = gate->probe_ms + PROBE_PATIENCE_MS - now_ms;
    if (!under_way || patience <= 0)
        return 0;
    return now_ms + (patience < LOOK_AGAIN_MS ? patience : LOOK_AGAIN_MS);
}

void gate_enter(struct gate *gate, int64_t now_ms)
{
    if (!gate || gate->streak == 0)
        return;
    gate->probing = true;
    gate->probe_ms = now_ms;
}

void gate_close(struct key_pool *pool, struct gate *gate, const struct rest_order *order,
                int64_t now_ms)
{
    bool fresh = gate->streak == 0 || order->taken_ms >= gate->until_ms;
    if (fresh) {
        gate->streak++;
        gate->since_ms = now_ms;
        gate->probing = false;
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

void model_succeeded(struct pool_model *model, int64_t taken_ms, int64_t now_ms)
{
    model->proven = true;
    model->served++;
    model->outcomes = (uint16_t)(model->outcomes << 1);
    model->last_success_ms = now_ms;
    if (model->overload.streak && taken_ms >= model->overload.since_ms)
        model->overload = (struct gate){0};
}

/* Overload often hits some calls and spares others: then a retry is better than a rest. The model rests
 * once hardly anything else comes back. */
void model_overloaded(struct key_pool *pool, struct pool_model *model,
                      const struct rest_order *order, int64_t now_ms)
{
    model->outcomes = (uint16_t)(model->outcomes << 1 | 1);
    bool quiet = model->last_success_ms + QUIET_MS <= now_ms && (model->outcomes & 3) == 3;
    unsigned seen = model->outcomes & ((1u << OUTCOMES_SEEN) - 1);
    bool known_bad = __builtin_popcount(seen) >= OUTCOMES_BAD;
    if (quiet || known_bad || model->overload.streak)
        gate_close(pool, &model->overload, order, now_ms);
    else
        gate_untold(&model->overload, order->taken_ms);
}
