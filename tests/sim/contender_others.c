/* What the pool is compared with.
 *
 *   round robin   strict rotation that counts every failure of a key and leaves a key out after three,
 *                 until an hourly check with another model succeeds; a success clears nothing.
 *   random        any key that did not fail within the last minute.
 *   oracle        knows all limits and all use, and never sends in vain; free keys before paid ones. */
#include "sim.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/scope.h"

struct other {
    const struct sim_scenario *scenario;
    struct sim_google *google;
    uint64_t random;
    int next;
    int failures[SIM_KEYS_MAX];
    int64_t rests_until_ms[SIM_KEYS_MAX];
    int64_t checked_ms;
};

enum { FAILURES_MAX = 3, COOLDOWN_MS = 60 * 1000 };

static void *create(const struct sim_scenario *scenario, struct sim_google *google)
{
    struct other *self = xcalloc(1, sizeof(*self));
    self->scenario = scenario;
    self->google = google;
    self->random = scenario->seed + 7;
    return self;
}

static void destroy(void *ctx)
{
    free(ctx);
}

/* --- round robin ----------------------------------------------------------------------------- */

static void hourly_check(struct other *self, int64_t now_ms)
{
    if (now_ms < self->checked_ms + HOUR_MS)
        return;
    self->checked_ms = now_ms;
    for (int key = 0; key < self->scenario->key_count; key++)
        if (self->failures[key] && !self->scenario->keys[key].dead &&
            !self->scenario->keys[key].not_entitled)
            self->failures[key] = 0;
}

static int choose_next(void *ctx, struct sim_client *client, int64_t now_ms, int64_t *again_ms)
{
    struct other *self = ctx;
    (void)again_ms;
    hourly_check(self, now_ms);
    if (client->attempts >= FAILURES_MAX)
        return -1;
    int count = self->scenario->key_count;
    int first = self->next;
    for (int i = 0; i < count; i++) {
        int key = (first + i) % count;
        self->next = (key + 1) % count;
        if (self->failures[key] < FAILURES_MAX)
            return key;
    }
    return first; /* all are called invalid: it goes on with them */
}

static void count_failure(void *ctx, struct sim_client *client, const struct sim_answer *answer,
                          int64_t now_ms)
{
    struct other *self = ctx;
    (void)now_ms;
    self->failures[client->key] += answer->kind != ANSWER_OK;
}

const struct contender contender_round_robin = {"round robin", false,         create, destroy,
                                                choose_next,   count_failure, NULL,   NULL};

/* --- random with a fixed cooldown ------------------------------------------------------------ */

static int choose_any(void *ctx, struct sim_client *client, int64_t now_ms, int64_t *again_ms)
{
    struct other *self = ctx;
    int ready[SIM_KEYS_MAX];
    int count = 0;
    if (client->attempts >= FAILURES_MAX)
        return -1;
    for (int key = 0; key < self->scenario->key_count; key++) {
        if (self->rests_until_ms[key] <= now_ms)
            ready[count++] = key;
        else if (!*again_ms || self->rests_until_ms[key] < *again_ms)
            *again_ms = self->rests_until_ms[key];
    }
    return count ? ready[sim_random(&self->random) % (uint64_t)count] : -1;
}

static void cool_down(void *ctx, struct sim_client *client, const struct sim_answer *answer,
                      int64_t now_ms)
{
    struct other *self = ctx;
    if (answer->kind != ANSWER_OK)
        self->rests_until_ms[client->key] = now_ms + COOLDOWN_MS;
}

const struct contender contender_random = {
    "random, fixed cooldown", false, create, destroy, choose_any, cool_down, NULL, NULL};

/* --- oracle ---------------------------------------------------------------------------------- */

static int choose_knowing(void *ctx, struct sim_client *client, int64_t now_ms, int64_t *again_ms)
{
    struct other *self = ctx;
    int best = -1;
    int64_t best_left = 0;
    for (int key = 0; key < self->scenario->key_count; key++) {
        if (!sim_google_would_serve(self->google, key, client->model, client->tokens, now_ms))
            continue;
        int64_t left = sim_google_day_left(self->google, key, client->model, now_ms);
        if (self->scenario->keys[key].paid)
            left = 0;
        if (best < 0 || left > best_left) {
            best = key;
            best_left = left;
        }
    }
    *again_ms = sim_google_next_change(self->google, client->model, client->tokens, now_ms);
    return best;
}

static void learn_nothing(void *ctx, struct sim_client *client, const struct sim_answer *answer,
                          int64_t now_ms)
{
    (void)ctx;
    (void)client;
    (void)answer;
    (void)now_ms;
}

const struct contender contender_oracle = {"oracle",       true,          create, destroy,
                                           choose_knowing, learn_nothing, NULL,   NULL};
