/* Choosing a key. The normal path looks at the tops of two queues: at most log n steps, however many
 * keys rest. Only when nobody is ready is more looked at, and then not every time. */
#include "pool/key_pool_priv.h"

enum {
    STRETCH_LOOK_MS = 250,     /* between two vain searches through all who are busy, unless the
                                * later one is for a smaller call */
    STRETCH_PATIENCE_MS = 200, /* no test of a guess when a key is back so soon */
    AMPLE_LOOKS = 32,          /* keys looked at for one with ample room for the tokens */
    AFFINITY_LEAD = 32         /* picks that a conversation may put its key ahead of the others */
};

static int64_t whole(double tokens)
{
    return tokens > 0 && tokens < 1e9 ? (int64_t)(tokens + 0.5) : 0;
}

static uint8_t prompt_kind(const struct key_query *query)
{
    bool known = query->prompt_kind > 0 && query->prompt_kind < KEY_PROMPT_KINDS;
    return known ? (uint8_t)query->prompt_kind : 0;
}

/* Estimates are corrected by what they were off so far, in this conversation (whose language and kind of
 * text stay) or with this model, and on the safe side of that: what is too much is given back when the
 * answer tells. A call whose size nobody estimated is taken for an average one. */
static void size_up(struct search *search)
{
    const struct pool_model *model = search->model;
    const struct size_lesson *size = &model->lessons->sizes[prompt_kind(search->query)];
    double estimate = (double)search->query->tokens;
    double known = search->pool->options.affinity
                       ? affinity_ratio(&search->pool->affinity, search->query->affinity)
                       : 0;
    double ratio = known > 0 ? known : size->ratio;
    double spread = known > 0 ? model->lessons->turn_spread : size->spread;
    double mean = estimate > 0 ? estimate * ratio : model->lessons->token_mean;
    double more = estimate > 0 ? estimate * model->lessons->token_caution * spread : 0;
    double most = estimate * (size->most > ratio ? size->most : ratio);
    if (mean + more > most && estimate > 0)
        more = most - mean;
    search->tokens = whole(mean + more);
    search->surplus = whole(more);
    search->turn_ratio = known;
}

void search_begin(struct search *search, struct key_pool *pool, const struct key_query *query,
                  int64_t now_ms)
{
    pool_tick(pool, now_ms);
    *search = (struct search){.pool = pool, .query = query, .now_ms = now_ms};
    search->model = pool_model_for(pool, query->model, now_ms);
    recent_follow(pool, search->model);
    size_up(search);
    if (query->kind == KEY_GEMINI && !query->need_paid)
        search->kinds[search->kind_count++] = KEY_GEMINI;
    search->kinds[search->kind_count++] = query->kind == KEY_VERTEX ? KEY_VERTEX : KEY_PAID;
}

static bool tried(const struct key_query *query, int64_t id)
{
    for (int i = 0; i < query->tried_count && i < KEY_TRIED_MAX; i++)
        if (query->tried[i] == id)
            return true;
    return false;
}

bool search_wants(const struct search *search, uint32_t slot)
{
    const struct pool_key *key = &search->pool->keys.items[slot];
    bool kind =
        key->kind == search->kinds[0] || (search->kind_count == 2 && key->kind == search->kinds[1]);
    return kind && !tried(search->query, key->id);
}

/* Whether the call's tokens fit; if not, remembers when they will. */
static bool fits(struct search *search, uint32_t slot)
{
    if (search->tokens <= 1)
        return true;
    struct block block =
        member_block(search->pool, search->model, slot, search->tokens, search->now_ms);
    if (!block.wake_ms)
        return true;
    if (!search->too_large_ms || block.wake_ms < search->too_large_ms)
        search->too_large_ms = block.wake_ms;
    return false;
}

/* Whether more than this call would fit: keys filled to the brim are those that Google refuses when an
 * estimate was too small. */
static bool ample(const struct search *search, uint32_t slot)
{
    return search->tokens <= 1 ||
           !member_block(search->pool, search->model, slot, 2 * search->tokens, search->now_ms)
                .wake_ms;
}

/* The best ready key of one kind. Those that turn out to rest move to the rest queue, those that only
 * this call cannot use are set aside in pool->skipped. */
static uint32_t ready_of(struct search *search, enum key_kind kind)
{
    struct pool_model *model = search->model;
    struct tight_spot *tight = &model->tight[kind];
    if (tight->until_ms > search->now_ms && search->tokens >= tight->tokens) {
        search->too_large_ms = tight->until_ms;
        return SLOT_NONE;
    }
    size_t large = 0;
    int looks = 0;
    uint32_t tight_slot = SLOT_NONE;
    uint32_t slot;
    while ((slot = queue_top(&model->ready[kind])) != SLOT_NONE) {
        struct block block = member_block(search->pool, model, slot, 1, search->now_ms);
        if (block.wake_ms) {
            member_put(search->pool, model, slot, &block);
            continue;
        }
        bool wanted = search_wants(search, slot);
        bool fitting = wanted && fits(search, slot);
        if (fitting && (looks++ >= AMPLE_LOOKS || ample(search, slot)))
            return tight_slot != SLOT_NONE && looks > AMPLE_LOOKS ? tight_slot : slot;
        if (fitting && tight_slot == SLOT_NONE)
            tight_slot = slot;
        large += wanted && !fitting;
        queue_remove(&model->ready[kind], model->members, slot, ready_before);
        VEC_PUSH(&search->pool->skipped, slot);
    }
    if (tight_slot != SLOT_NONE)
        return tight_slot;
    if (large && search->query->tried_count == 0)
        *tight = (struct tight_spot){search->tokens, search->too_large_ms};
    return SLOT_NONE;
}

static void put_back(struct search *search)
{
    struct pool_model *model = search->model;
    for (size_t i = 0; i < search->pool->skipped.len; i++) {
        uint32_t slot = search->pool->skipped.items[i];
        queue_push(&model->ready[model->members[slot].kind], model->members, slot, ready_before);
    }
    search->pool->skipped.len = 0;
}

uint32_t search_ready(struct search *search)
{
    const struct pool_member *members = search->model->members;
    uint32_t best = SLOT_NONE;
    for (int i = 0; i < search->kind_count; i++) {
        if (best != SLOT_NONE && search->pool->options.free_first)
            break;
        uint32_t slot = ready_of(search, search->kinds[i]);
        if (slot != SLOT_NONE &&
            (best == SLOT_NONE || ready_before(&members[slot], &members[best])))
            best = slot;
    }
    put_back(search);
    return best;
}

/* A test of what is likely rather than of what is not. */
static bool is_likely(uint8_t stretch)
{
    return (stretch & ~(STRETCH_UNSURE | STRETCH_EDGE)) == 0;
}

struct stretch_choice {
    uint32_t slot;
    uint8_t stretch;
};

/* What a busy key, or a ready one that only lacks room for these tokens, would put to the test; 0: it
 * cannot serve. */
static uint8_t stretch_at(struct search *search, uint32_t slot)
{
    struct pool_model *model = search->model;
    const struct pool_member *member = &model->members[slot];
    bool rests = member->place == PLACE_REST && member->why != WHY_BUSY &&
                 !rest_is_kins(&member->rest, search->now_ms);
    if (member->place == PLACE_OUT || rests || !search_wants(search, slot))
        return 0;
    return member_block(search->pool, model, slot, search->tokens, search->now_ms).stretch;
}

static void stretch_in(struct search *search, const struct queue *queue,
                       struct stretch_choice *best)
{
    const struct pool_member *members = search->model->members;
    for (uint32_t i = 0; i < queue->len; i++) {
        uint32_t slot = queue->slots[i];
        uint8_t stretch = stretch_at(search, slot);
        if (!stretch)
            continue;
        bool likely = is_likely(stretch), was_likely = is_likely(best->stretch);
        if (best->slot == SLOT_NONE || likely > was_likely ||
            (likely == was_likely && ready_before(&members[slot], &members[best->slot])))
            *best = (struct stretch_choice){slot, stretch};
    }
}

static uint32_t stretch_of(struct search *search, enum key_kind kind, uint8_t *stretch_r)
{
    struct stretch_choice best = {.slot = SLOT_NONE};
    stretch_in(search, &search->model->rest[kind], &best);
    stretch_in(search, &search->model->ready[kind], &best);
    *stretch_r = best.stretch;
    return best.slot;
}

/* A key whose use has come into doubt only after a search through all was vain. */
static uint32_t stretch_hinted(struct search *search, uint8_t *stretch_r)
{
    uint32_t hint = search->model->stretch_hint;
    *stretch_r = hint && hint <= search->pool->keys.len ? stretch_at(search, hint - 1) : 0;
    return *stretch_r ? hint - 1 : SLOT_NONE;
}

uint32_t search_stretch(struct search *search, uint8_t *stretch_r)
{
    struct pool_model *model = search->model;
    bool searched =
        search->now_ms < model->stretch_next_ms && search->tokens >= model->stretch_vain_tokens;
    if (!stretch_affordable(search->pool, model))
        return SLOT_NONE;
    if (searched)
        return stretch_hinted(search, stretch_r);
    for (int i = 0; i < search->kind_count; i++) {
        uint32_t top = queue_top(&model->rest[search->kinds[i]]);
        if (top != SLOT_NONE && model->members[top].wake_ms <= search->now_ms + STRETCH_PATIENCE_MS)
            return SLOT_NONE;
    }
    for (int i = 0; i < search->kind_count; i++) {
        int turn = (int)(model->stretches + (uint32_t)i) % search->kind_count;
        uint32_t slot = stretch_of(search, search->kinds[turn], stretch_r);
        if (slot != SLOT_NONE)
            return slot;
    }
    if (search->query->tried_count == 0) { /* else others may find what this one has tried */
        model->stretch_next_ms = search->now_ms + STRETCH_LOOK_MS;
        model->stretch_vain_tokens = search->tokens;
        model->stretch_hint = 0;
    }
    return SLOT_NONE;
}

/* `in_turn`: it was the smallest progress that chose it, so that others start from there. */
void search_advance(struct search *search, uint32_t slot, bool in_turn)
{
    struct pool_model *model = search->model;
    struct pool_member *member = &model->members[slot];
    double *base = &model->base[pool_tier(search->pool, (enum key_kind)member->kind)];
    if (in_turn && member->progress > *base)
        *base = member->progress;
    member->progress += 1.0 / search->pool->keys.items[slot].weight;
    if (member->place == PLACE_READY)
        queue_moved(&model->ready[member->kind], model->members, slot, ready_before);
}

void search_lend(struct search *search, uint32_t slot, uint8_t stretch, struct key_lease *lease_r)
{
    struct key_pool *pool = search->pool;
    struct pool_model *model = search->model;
    struct pool_key *key = &pool->keys.items[slot];
    struct pool_member *member = &model->members[slot];
    *lease_r = (struct key_lease){
        .key_id = key->id,
        .slot = slot,
        .generation = key->generation,
        .model_slot = pool_model_slot(pool, model),
        .taken_ms = search->now_ms,
        .reserved_tokens = search->tokens,
        .prompt_kind = prompt_kind(search->query),
        .estimate = search->query->tokens,
        .surplus = search->surplus,
        .affinity = pool->options.affinity ? search->query->affinity : 0,
        .turn_ratio = search->turn_ratio,
        .stretch = stretch,
    };
    struct rest *probed[2] = {&key->rest, &member->rest};
    for (int i = 0; i < 2; i++) {
        if (!rest_wants_probe(probed[i], search->now_ms))
            continue;
        probed[i]->probing = lease_r->probe = true;
        probed[i]->probe_ms = search->now_ms;
    }
    model_hear_silence(model, search->now_ms);
    gate_enter(&model->overload, search->now_ms);
    gate_enter(egress_gate_of(model, key->egress), search->now_ms);
    struct ledger_time time = pool_time(pool, slot, search->now_ms);
    struct key_account *account = member_account(pool, model, slot);
    key_account_reserve(account, search->tokens, &time);
    account->surplus += search->surplus;
    if (!model->lessons->counting_ms)
        model->lessons->counting_ms = search->now_ms;
    member->last_used_ms = search->now_ms;
    if (member->place == PLACE_READY)
        queue_moved(&model->ready[member->kind], model->members, slot, ready_before);
    member->in_flight++;
    member->unheard++;
    key->in_flight++;
    model->in_flight++;
    model_lent(model, search->now_ms);
    recent_add(pool, model, lease_r);
    if (stretch)
        stretch_begun(pool, model, slot, stretch, search->now_ms);
    affinity_bind(&pool->affinity, lease_r->affinity, key->id, search->now_ms);
}

/* --- the ways to a key ----------------------------------------------------------------------- */

/* Where a key stands that is wanted above others; SLOT_NONE when it cannot serve now. */
static uint32_t search_one(struct search *search, int64_t id)
{
    struct key_pool *pool = search->pool;
    uint32_t slot = id ? pool_slot_of(pool, id) : SLOT_NONE;
    if (slot == SLOT_NONE || !search_wants(search, slot) ||
        member_block(pool, search->model, slot, search->tokens, search->now_ms).wake_ms)
        return SLOT_NONE;
    return search->model->members[slot].place == PLACE_READY ? slot : SLOT_NONE;
}

/* The key that served the conversation before, unless it cannot now or is far ahead of the others. */
static uint32_t search_bound(struct search *search)
{
    struct key_pool *pool = search->pool;
    uint32_t slot = search_one(search, search->query->preferred_key);
    if (slot != SLOT_NONE || !search->query->affinity || !pool->options.affinity)
        return slot;
    slot = search_one(search, affinity_get(&pool->affinity, search->query->affinity,
                                           pool->options.affinity_ttl_ms, search->now_ms));
    if (slot == SLOT_NONE)
        return SLOT_NONE;
    const struct pool_member *member = &search->model->members[slot];
    int tier = pool_tier(pool, (enum key_kind)member->kind);
    double lead = (member->progress - search->model->base[tier]) * pool->keys.items[slot].weight;
    return lead <= AFFINITY_LEAD ? slot : SLOT_NONE;
}

static enum acquire_result acquire_pinned(struct search *search, struct key_lease *lease_r,
                                          struct key_shortage *shortage_r)
{
    struct key_pool *pool = search->pool;
    uint32_t slot = pool_slot_of(pool, search->query->pinned_key);
    shortage_r->total = slot != SLOT_NONE;
    if (slot == SLOT_NONE)
        return ACQUIRE_PINNED;
    if (tried(search->query, search->query->pinned_key))
        return ACQUIRE_TRIED;
    member_settle_in(pool, search->model, slot, search->now_ms);
    struct block block = member_block(pool, search->model, slot, search->tokens, search->now_ms);
    int64_t gate = gate_wait(&search->model->overload, search->now_ms);
    if (!block.wake_ms && !gate) {
        search_advance(search, slot, false);
        search_lend(search, slot, 0, lease_r);
        return ACQUIRE_OK;
    }
    shortage_r->paused = pool->keys.items[slot].state == KEY_PAUSED;
    shortage_r->dead = pool->keys.items[slot].state == KEY_DEAD;
    if (block.wake_ms == WAKE_NEVER)
        return ACQUIRE_PINNED;
    shortage_r->earliest_ms = block.wake_ms > gate ? block.wake_ms : gate;
    if (!block.wake_ms)
        shortage_r->resting[REST_OVERLOAD] = 1;
    else if (block.why == WHY_BUSY)
        shortage_r->busy = 1;
    else
        shortage_r->resting[block.why] = 1;
    return ACQUIRE_PINNED;
}

enum acquire_result key_pool_acquire(struct key_pool *pool, const struct key_query *query,
                                     int64_t now_ms, struct key_lease *lease_r,
                                     struct key_shortage *shortage_r)
{
    struct search search;
    search_begin(&search, pool, query, now_ms);
    *lease_r = (struct key_lease){0};
    *shortage_r = (struct key_shortage){0};
    if (query->pinned_key > 0)
        return acquire_pinned(&search, lease_r, shortage_r);
    model_wake(pool, search.model, now_ms);
    if (gate_wait(&search.model->overload, now_ms))
        return shortage_of(&search, shortage_r);
    uint8_t stretch = 0;
    uint32_t slot = search_bound(&search);
    bool in_turn = slot == SLOT_NONE;
    if (slot == SLOT_NONE)
        slot = search_ready(&search);
    if (slot == SLOT_NONE) {
        slot = search_stretch(&search, &stretch);
        in_turn = false;
    }
    if (slot == SLOT_NONE)
        return shortage_of(&search, shortage_r);
    search_advance(&search, slot, in_turn);
    search_lend(&search, slot, stretch, lease_r);
    return ACQUIRE_OK;
}

bool key_pool_has_affinity(struct key_pool *pool, const struct key_query *query, int64_t now_ms)
{
    struct search search;
    bool bound = query->affinity && pool->options.affinity;
    if (!bound && !query->preferred_key)
        return false;
    search_begin(&search, pool, query, now_ms);
    model_wake(pool, search.model, now_ms);
    return search_bound(&search) != SLOT_NONE;
}
