/* Google also limits by the address that calls leave from, and says so by a 429 without details. A pool
 * that blames the key burns all of them in a second. Several keys with such an answer by the same way
 * out, and no success between, blame the way out: it rests for that model, and what the keys got for it
 * is taken back. */
#include "base/clock.h"
#include "pool/key_pool_priv.h"

enum {
    WINDOW_MS = 10 * 1000,
    KEYS_FEW = 2,
    KEYS_MIN = 3,
    KEYS_MAX = 6,
    KEYS_SHARE = 10,
    /* Single calls go out while it rests, and as long as it is a matter of minutes so often that
     * clients can wait in line for one (POOL_MAX_WAIT is 10 s). */
    PROBE_MIN_MS = 8 * 1000,
    PROBE_MAX_MS = 60 * 1000,
    PROBE_PATIENCE = 5,   /* rests: nearly eight minutes */
    SILENCE_MAX_MS = 2500 /* refusals for an address come at once */
};

struct gate *egress_gate_of(struct pool_model *model, uint32_t egress)
{
    for (size_t i = 0; i < model->egress_gates.len; i++)
        if (model->egress_gates.items[i].egress == egress)
            return &model->egress_gates.items[i].gate;
    return NULL;
}

static void open_gate(struct pool_model *model, uint32_t egress)
{
    for (size_t i = 0; i < model->egress_gates.len; i++)
        if (model->egress_gates.items[i].egress == egress) {
            model->egress_gates.items[i] = model->egress_gates.items[--model->egress_gates.len];
            return;
        }
}

void egress_close(struct key_pool *pool, struct pool_model *model, uint32_t egress,
                  const struct rest_order *order, int64_t now_ms)
{
    if (!egress_gate_of(model, egress)) {
        struct egress_gate fresh = {.egress = egress};
        VEC_PUSH(&model->egress_gates, fresh);
    }
    struct rest_order closing = *order;
    closing.reason = REST_EGRESS;
    struct gate *gate = egress_gate_of(model, egress);
    gate_close(pool, gate, &closing, now_ms);
    int64_t silence = gate_silence(model->throttle_lag_ms);
    gate->silence_ms = silence < SILENCE_MAX_MS ? silence : SILENCE_MAX_MS;
    gate->probe_every_ms = gate->streak <= PROBE_PATIENCE ? PROBE_MIN_MS : PROBE_MAX_MS;
}

void egress_succeeded(struct key_pool *pool, struct pool_model *model, uint32_t egress,
                      int64_t taken_ms)
{
    const struct gate *gate = egress_gate_of(model, egress);
    if (gate && taken_ms >= gate->since_ms)
        open_gate(model, egress);
    if (pool->vote_last_ms + WINDOW_MS < taken_ms)
        return;
    for (int i = 0; i < GUARD_VOTES; i++)
        if (pool->votes[i].model == model && pool->votes[i].egress == egress)
            pool->votes[i].model = NULL;
}

void egress_forget_model(struct key_pool *pool, const struct pool_model *model)
{
    for (int i = 0; i < GUARD_VOTES; i++)
        if (pool->votes[i].model == model)
            pool->votes[i].model = NULL;
}

static bool vote_counts(const struct guard_vote *vote, const struct pool_model *model,
                        uint32_t egress, int64_t now_ms)
{
    return vote->model == model && vote->egress == egress && vote->at_ms + WINDOW_MS > now_ms;
}

static int count_keys(const struct key_pool *pool, const struct pool_model *model, uint32_t egress,
                      int64_t now_ms)
{
    int64_t seen[GUARD_VOTES] = {0};
    int count = 0;
    for (int i = 0; i < GUARD_VOTES; i++) {
        if (!vote_counts(&pool->votes[i], model, egress, now_ms))
            continue;
        int at = 0;
        while (at < count && seen[at] != pool->votes[i].key_id)
            at++;
        seen[at] = pool->votes[i].key_id;
        count += at == count;
    }
    return count;
}

/* Newest vote first, so that the oldest state of a key is what remains. */
static void take_back(struct key_pool *pool, struct pool_model *model, uint32_t egress,
                      int64_t now_ms)
{
    for (uint32_t back = 1; back <= GUARD_VOTES; back++) {
        struct guard_vote *vote = &pool->votes[(pool->vote_next - back) % GUARD_VOTES];
        if (!vote_counts(vote, model, egress, now_ms))
            continue;
        const struct pool_key *key = &pool->keys.items[vote->slot];
        bool same = key->id == vote->key_id && key->generation == vote->generation;
        if (same && model->members[vote->slot].rest.reason == REST_THROTTLED)
            rest_end(pool, vote->slot, model, &vote->before, now_ms);
        vote->model = NULL;
    }
}

/* How many keys have to say so. Two are enough where nobody is left who could say otherwise. */
static int keys_needed(const struct key_pool *pool, const struct pool_model *model)
{
    uint32_t ready = 0;
    for (int kind = 0; kind < KEY_KINDS; kind++)
        ready += model->ready[kind].len;
    int needed = pool->live / KEYS_SHARE;
    if (ready <= 1) /* the one that tells of it just now */
        return KEYS_FEW;
    return needed < KEYS_MIN ? KEYS_MIN : needed > KEYS_MAX ? KEYS_MAX : needed;
}

bool egress_throttled(struct key_pool *pool, struct pool_model *model, uint32_t slot,
                      uint32_t egress, const struct rest_order *order, int64_t now_ms)
{
    gate_lag_learn(&model->throttle_lag_ms, order->taken_ms, now_ms);
    if (egress_gate_of(model, egress)) { /* it rests, or this was its probe */
        egress_close(pool, model, egress, order, now_ms);
        member_settle_in(pool, model, slot, now_ms);
        return true;
    }
    struct guard_vote *vote = &pool->votes[pool->vote_next++ % GUARD_VOTES];
    *vote = (struct guard_vote){
        .at_ms = now_ms,
        .key_id = pool->keys.items[slot].id,
        .model = model,
        .slot = slot,
        .generation = pool->keys.items[slot].generation,
        .egress = egress,
        .before = model->members[slot].rest,
    };
    pool->vote_last_ms = now_ms;
    if (count_keys(pool, model, egress, now_ms) < keys_needed(pool, model))
        return false;
    egress_close(pool, model, egress, order, now_ms);
    take_back(pool, model, egress, now_ms);
    member_settle_in(pool, model, slot, now_ms);
    return true;
}

int64_t key_pool_egress_wait(struct key_pool *pool, const char *model_name, const char *egress,
                             int64_t now_ms)
{
    pool_tick(pool, now_ms);
    struct pool_model *model = pool_model_find(pool, model_name);
    struct gate *gate = model ? egress_gate_of(model, pool_egress(pool, egress)) : NULL;
    if (!gate)
        return 0;
    int64_t wait = gate_wait(gate, now_ms);
    if (!wait)
        gate_enter(gate, now_ms);
    return wait;
}
