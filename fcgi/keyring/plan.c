/* The rotation that processes share: blocks of picks, planned under the store's write lock. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/text.h"
#include "keyring/keyring_priv.h"
#include "store/store_rotation.h"

#define BLOCK_MIN 16
/* How long planning waits for other writers of the store: a process that serves one request has its
 * client waiting meanwhile; the journal's thread has other work to do. */
#define WAIT_SINGLE_MS 250
/* Where the store cannot be written, a process picks by chance among the next so many. */
#define GUESS_AMONG 16
#define WAIT_MS 1000
/* After planning failed the pool of this process chooses alone for so long. */
#define AGAIN_MS 1000

static size_t block_size(const struct keyring *ring)
{
    size_t half = ring->keys.len / 2;
    if (ring->single_use)
        return 1;
    if (half < BLOCK_MIN)
        return BLOCK_MIN;
    return half < PLAN_PICKS_MAX ? half : PLAN_PICKS_MAX;
}

static struct plan *find_plan(struct keyring *ring, const struct key_query *query)
{
    for (size_t i = 0; i < ring->plan_count; i++)
        if (ring->plans[i].kind == query->kind && text_eq(ring->plans[i].model, query->model))
            return &ring->plans[i];
    return NULL;
}

/* The plan of that kind and model, or a new one in the place of the one least recently used; NULL
 * when that one has a refill on its way. */
static struct plan *make_plan(struct keyring *ring, const struct key_query *query)
{
    struct plan *plan = find_plan(ring, query);
    if (plan)
        return plan;
    if (ring->plan_count < PLANS_MAX) {
        plan = &ring->plans[ring->plan_count++];
    } else {
        plan = &ring->plans[0];
        for (size_t i = 1; i < ring->plan_count; i++)
            if (ring->plans[i].used_ms < plan->used_ms)
                plan = &ring->plans[i];
        if (plan->asked)
            return NULL;
    }
    memset(plan, 0, sizeof(*plan));
    plan->kind = query->kind;
    text_copy(plan->model, sizeof(plan->model), query->model);
    return plan;
}

enum acquire_result keyring_take_planned(struct keyring *ring, const struct key_query *query,
                                         int64_t now_ms, struct key_lease *lease_r)
{
    struct plan *plan = find_plan(ring, query);
    if (!plan)
        return ACQUIRE_TRIED;
    plan->used_ms = now_ms;
    while (plan->next < plan->len) {
        enum acquire_result result =
            key_pool_acquire_planned(ring->pool, query, plan->picks[plan->next], now_ms, lease_r);
        if (result == ACQUIRE_WAIT)
            return ACQUIRE_TRIED; /* the model rests: the pool itself says for how long */
        plan->next++;
        if (result == ACQUIRE_OK)
            return ACQUIRE_OK;
    }
    return ACQUIRE_TRIED;
}

/* --- planning ------------------------------------------------------------------------------ */

struct planning {
    struct keyring *ring;
    enum key_kind kind;
    char model[LIMIT_MODEL_NAME];
    bool guess; /* others may be guessing as well: one of the next, whichever */
};

static void refill(struct plan *plan, const int64_t *picks, size_t count)
{
    if (!plan)
        return;
    size_t left = plan->len - plan->next;
    memmove(plan->picks, plan->picks + plan->next, left * sizeof(picks[0]));
    if (count > PLAN_ROOM - left)
        count = PLAN_ROOM - left;
    memcpy(plan->picks + left, picks, count * sizeof(picks[0]));
    plan->len = left + count;
    plan->next = 0;
}

static int plan_block(void *ctx, const struct store_progress *stored, size_t count,
                      struct store_progress **changed_r, size_t *changed_count_r)
{
    const struct planning *planning = ctx;
    struct keyring *ring = planning->ring;
    struct key_query query = {.kind = planning->kind, .model = planning->model};
    struct key_progress *known = xcalloc(count, sizeof(*known));
    for (size_t i = 0; i < count; i++)
        known[i] = (struct key_progress){stored[i].key_id, stored[i].progress};
    struct key_progress changed[PLAN_PICKS_MAX];
    int64_t picks[PLAN_PICKS_MAX];
    size_t changed_count = 0;

    pthread_mutex_lock(&ring->lock);
    size_t wanted = planning->guess ? GUESS_AMONG : block_size(ring);
    size_t planned = key_pool_plan(ring->pool, &query, wanted, known, count, clock_wall_ms(), picks,
                                   changed, PLAN_PICKS_MAX, &changed_count);
    if (planning->guess && planned > 1) {
        picks[0] = picks[rand_below(planned)];
        planned = 1;
    }
    refill(find_plan(ring, &query), picks, planned);
    pthread_mutex_unlock(&ring->lock);

    free(known);
    *changed_r = xcalloc(changed_count, sizeof(**changed_r));
    for (size_t i = 0; i < changed_count; i++)
        (*changed_r)[i] = (struct store_progress){changed[i].key_id, changed[i].progress};
    *changed_count_r = changed_count;
    return 0;
}

static void planning_ended(const struct planning *planning, bool failed)
{
    struct keyring *ring = planning->ring;
    struct key_query query = {.kind = planning->kind, .model = planning->model};
    LOCK_SCOPE(&ring->lock);
    struct plan *plan = find_plan(ring, &query);
    if (plan) {
        plan->asked = false;
        plan->again_ms = failed ? clock_mono_ms() + AGAIN_MS : 0;
    }
    ring->tasks--;
}

static bool is_closing(struct keyring *ring)
{
    LOCK_SCOPE(&ring->lock);
    return ring->closing;
}

static void run_planning(struct store *store, void *ctx)
{
    struct planning *planning = ctx;
    struct keyring *ring = planning->ring;
    struct err err = ERR_INIT;
    char quoted[400];
    int wait_ms = ring->single_use ? WAIT_SINGLE_MS : WAIT_MS;
    int rc = -1;
    if (!is_closing(ring))
        rc = store_rotation_lease_within(store, wait_ms, planning->model, plan_block, planning,
                                         &err);
    if (rc < 0 && err.code != ERR_NONE)
        log_event(LOG_WARNING, "pool.unplanned", "error=%s",
                  log_quote(err.text, quoted, sizeof(quoted)));
    if (rc < 0 && ring->single_use) {
        /* The pool of a new process does not know whose turn it is. */
        planning->guess = true;
        store_rotation_peek(store, planning->model, plan_block, planning, NULL);
    }
    planning_ended(planning, rc < 0);
}

/* True when the plan runs low and nobody has asked for more; then it is marked as asked for. */
static bool should_plan(struct keyring *ring, const struct key_query *query, int64_t now_ms)
{
    struct plan *plan = make_plan(ring, query);
    if (!plan || plan->asked || plan->len - plan->next > block_size(ring) / 4 ||
        clock_mono_ms() < plan->again_ms)
        return false;
    plan->asked = true;
    plan->used_ms = now_ms;
    ring->tasks++;
    return true;
}

void keyring_plan_ahead(struct keyring *ring, const struct key_query *query, int64_t now_ms)
{
    pthread_mutex_lock(&ring->lock);
    bool wanted = should_plan(ring, query, now_ms);
    pthread_mutex_unlock(&ring->lock);
    if (!wanted)
        return;
    struct planning made = {.ring = ring, .kind = query->kind};
    text_copy(made.model, sizeof(made.model), query->model);
    struct planning *planning = xcalloc(1, sizeof(*planning));
    *planning = made;
    if (journal_run(ring->journal, run_planning, planning) < 0)
        planning_ended(&made, true);
}
