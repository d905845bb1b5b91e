/* Many random steps; after each, what must always hold. */
#include <stdio.h>

#include "pool_test.h"

#include "pool/key_pool_priv.h"

enum { KEYS_MAX = 24, LEASES_MAX = 60, STEPS = 30000, MODELS = 4 };

struct play {
    struct key_pool *pool;
    uint64_t random;
    int64_t now;
    struct key_lease leases[LEASES_MAX];
    int model_of[LEASES_MAX];
    int lent;
    bool present[KEYS_MAX + 1];
    int acquired, refused;
};

static const char *const models[MODELS] = {"one", "two", "three", ""};

static uint32_t roll(struct play *play, uint32_t bound)
{
    play->random = slot_map_mix(play->random);
    return (uint32_t)(play->random >> 33) % bound;
}

static void put_key(struct play *play)
{
    static const char *const projects[] = {"",      "",           "",           "",
                                           "alpha", "with key 1", "with key 2", "projects/12345"};
    static const char *const proxies[] = {"", "http://one", NULL};
    int64_t id = 1 + roll(play, KEYS_MAX);
    struct key_identity identity = {.id = id,
                                    .kind = (enum key_kind)roll(play, KEY_KINDS),
                                    .project = projects[roll(play, 8)],
                                    .proxy = proxies[roll(play, 3)],
                                    .weight = 0.5 + roll(play, 4)};
    key_pool_put(play->pool, &identity, play->now);
    play->present[id] = true;
}

static void remove_key(struct play *play)
{
    int64_t id = 1 + roll(play, KEYS_MAX);
    if (roll(play, 4) == 0) {
        key_pool_remove(play->pool, id);
        play->present[id] = false;
    }
}

static void acquire(struct play *play)
{
    if (play->lent == LEASES_MAX)
        return;
    int model = (int)roll(play, MODELS);
    struct key_query query = {.kind = (enum key_kind)roll(play, KEY_KINDS),
                              .model = models[model],
                              .tokens = roll(play, 3000),
                              .affinity = roll(play, 3) ? roll(play, 10) : 0,
                              .need_paid = roll(play, 10) == 0,
                              .pinned_key = roll(play, 8) ? 0 : 1 + roll(play, KEYS_MAX)};
    for (uint32_t i = roll(play, 4); i > 0; i--)
        query.tried[query.tried_count++] = 1 + roll(play, KEYS_MAX);
    struct key_lease lease;
    struct key_shortage shortage;
    enum acquire_result result = key_pool_acquire(play->pool, &query, play->now, &lease, &shortage);
    assert_int_equal(result == ACQUIRE_OK, lease.key_id != 0);
    if (result != ACQUIRE_OK) {
        play->refused++;
        assert_true(shortage.earliest_ms == 0 || shortage.earliest_ms > play->now);
        return;
    }
    play->acquired++;
    assert_true(play->present[lease.key_id]);
    assert_true(query.pinned_key == 0 || lease.key_id == query.pinned_key);
    for (int i = 0; i < query.tried_count; i++)
        assert_int_not_equal(lease.key_id, query.tried[i]);
    const struct pool_key *key = &play->pool->keys.items[lease.slot];
    assert_int_equal(key->state, KEY_READY);
    assert_true(key->rest.until_ms <= play->now);
    const struct rest *rest = &play->pool->models[lease.model_slot]->members[lease.slot].rest;
    assert_true(rest->until_ms <= play->now ||
                (key->noticed && lease.stretch & STRETCH_KIN && rest->own_ms <= play->now));
    play->model_of[play->lent] = model;
    play->leases[play->lent++] = lease;
}

static void settle(struct play *play)
{
    if (play->lent == 0)
        return;
    int at = (int)roll(play, (uint32_t)play->lent);
    struct key_lease lease = play->leases[at];
    play->leases[at] = play->leases[--play->lent];
    play->model_of[at] = play->model_of[play->lent];
    static const enum key_effect_kind kinds[] = {
        EFFECT_SUCCESS,  EFFECT_SUCCESS, EFFECT_SUCCESS, EFFECT_SUCCESS, EFFECT_NONE,
        EFFECT_NOT_SENT, EFFECT_REST,    EFFECT_REST,    EFFECT_FAULT,   EFFECT_DEAD};
    struct key_effect effect = pool_test_effect(kinds[roll(play, 10)]);
    effect.scope = (enum rest_scope)roll(play, SCOPE_EGRESS_MODEL + 1);
    effect.reason = (enum rest_reason)roll(play, REST_REASON_COUNT);
    effect.until_ms = roll(play, 2) ? play->now + roll(play, 100000) : 0;
    effect.confirm_twice = roll(play, 4) != 0;
    effect.prompt_tokens = roll(play, 2) ? (int64_t)roll(play, 4000) : -1;
    effect.limit = (enum limit_kind)roll(play, LIMIT_KIND_COUNT);
    effect.learned_value = roll(play, 3) ? 0 : 1 + roll(play, 50);
    effect.egress = roll(play, 2) ? "" : "http://one";
    effect.project = roll(play, 30) ? NULL : roll(play, 2) ? "projects/12345" : "projects/67890";
    key_pool_settle(play->pool, &lease, &effect, play->now);
    assert_int_equal(lease.key_id, 0);
}

static void change(struct play *play)
{
    int64_t id = 1 + roll(play, KEYS_MAX);
    const char *model = models[roll(play, MODELS)];
    switch (roll(play, 8)) {
    case 0:
    case 1:
        key_pool_set_state(play->pool, id, KEY_READY, "", play->now);
        break;
    case 2:
        key_pool_set_state(play->pool, id, (enum key_state)roll(play, KEY_STATES), "r", play->now);
        break;
    case 3:
        key_pool_restore_rest(play->pool, id, model,
                              (enum rest_reason)roll(play, REST_REASON_COUNT),
                              play->now + roll(play, 60000), (int)roll(play, 4));
        break;
    case 4:
        key_pool_reset_rest(play->pool, id, roll(play, 2) ? NULL : model, play->now);
        break;
    case 5:
        key_pool_set_foreign_use(play->pool, id, model, roll(play, 5), roll(play, 500),
                                 roll(play, 50), roll(play, 5000), play->now);
        break;
    case 6:
        key_pool_set_limit(play->pool, (enum key_kind)roll(play, KEY_KINDS), "t*",
                           (enum limit_kind)roll(play, LIMIT_KIND_COUNT), 1 + roll(play, 5000));
        break;
    default:
        key_pool_clear_limits(play->pool);
        break;
    }
}

/* Every member stands where its place says, the queues are heaps, the counters agree. */
static void check_model(const struct key_pool *pool, const struct pool_model *model)
{
    uint32_t blocked[KEY_KINDS][WHY_COUNT] = {{0}};
    uint32_t lengths[KEY_KINDS][2] = {{0}};
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        const struct pool_member *member = &model->members[slot];
        if (member->place == PLACE_OUT)
            continue;
        assert_int_not_equal(pool->keys.items[slot].id, 0);
        bool rests = member->place == PLACE_REST;
        const struct queue *queue =
            rests ? &model->rest[member->kind] : &model->ready[member->kind];
        assert_int_equal(queue->slots[member->position], slot);
        if (member->position > 0) {
            const struct pool_member *parent =
                &model->members[queue->slots[(member->position - 1) / 2]];
            assert_false((rests ? rest_before : ready_before)(member, parent));
        }
        lengths[member->kind][rests]++;
        blocked[member->kind][member->why] += rests;
    }
    for (int kind = 0; kind < KEY_KINDS; kind++) {
        assert_int_equal(model->ready[kind].len, lengths[kind][0]);
        assert_int_equal(model->rest[kind].len, lengths[kind][1]);
        assert_memory_equal(model->blocked[kind], blocked[kind], sizeof(blocked[kind]));
    }
}

/* Keys of a project, and no others, stand in one ring and share their accounts. */
static void check_project(const struct key_pool *pool, uint32_t slot)
{
    const struct pool_key *key = &pool->keys.items[slot];
    assert_int_equal(key->noticed, key_project_is_noticed(key->project));
    uint32_t count = 1;
    for (uint32_t at = key->sibling; at != slot; at = pool->keys.items[at].sibling) {
        assert_true(++count <= KEYS_MAX);
        assert_string_equal(pool->keys.items[at].project, key->project);
        for (uint32_t i = 0; i < pool->model_count; i++) {
            const struct pool_member *members = pool->models[i]->members;
            if (members[at].account && members[slot].account)
                assert_ptr_equal(members[at].account, members[slot].account);
        }
    }
    for (uint32_t i = 0; i < pool->model_count; i++) {
        const struct pool_member *member = &pool->models[i]->members[slot];
        assert_in_range(member->unheard, 0, member->in_flight);
        assert_true(!member->account || member->account->holders <= count);
    }
}

static void check_pool(const struct play *play)
{
    const struct key_pool *pool = play->pool;
    int in_flight = 0, live = 0, states[KEY_KINDS][KEY_STATES] = {{0}};
    for (uint32_t slot = 0; slot < pool->keys.len; slot++) {
        const struct pool_key *key = &pool->keys.items[slot];
        if (key->id == 0)
            continue;
        live++;
        in_flight += key->in_flight;
        assert_true(key->in_flight >= 0);
        check_project(pool, slot);
        states[key->kind][key->state]++;
    }
    assert_true(in_flight <= play->lent); /* those of deleted keys are gone */
    assert_int_equal(pool->live, live);
    assert_memory_equal(pool->state_count, states, sizeof(states));
    int of_models = 0;
    for (uint32_t i = 0; i < pool->model_count; i++) {
        check_model(pool, pool->models[i]);
        of_models += pool->models[i]->in_flight;
    }
    assert_int_equal(of_models, play->lent);
}

static void play_seed(uint64_t seed)
{
    struct play play = {.pool = pool_test_create(0), .random = seed, .now = NOON};
    for (int step = 0; step < STEPS; step++) {
        play.now += roll(&play, 50) ? roll(&play, 300) : roll(&play, 4000000);
        switch (roll(&play, 12)) {
        case 0:
            put_key(&play);
            break;
        case 1:
            remove_key(&play);
            break;
        case 2:
            change(&play);
            break;
        case 3:
        case 4:
        case 5:
        case 6:
            settle(&play);
            break;
        default:
            acquire(&play);
            break;
        }
        struct key_event event;
        while (key_pool_drain_events(play.pool, &event, 1))
            assert_true(event.key_id != 0 && event.rule != NULL);
        if (step % 16 == 0)
            check_pool(&play);
    }
    while (play.lent)
        settle(&play);
    check_pool(&play);
    assert_true(play.acquired > STEPS / 100);
    key_pool_destroy(&play.pool);
}

static void test_random_play(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++)
        play_seed(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_play)};
    return UNIT_RUN(tests);
}
