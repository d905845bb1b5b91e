/* Keys that nobody named a project of show by their refusals that they share one; and that they do not. */
#include "pool_test.h"

enum { KEYS = 9, RPM = 5, CALLS_MAX = 64 };

/* Google, in small: who is of which project, and what each project was served in the last minute (or day). */
struct world {
    struct key_pool *pool;
    int project[KEYS + 1];
    int64_t served_ms[KEYS + 1][CALLS_MAX];
    int count[KEYS + 1];
    int64_t window_ms;
    int limit;
    enum limit_kind which;
    int refused, served;
};

static void put(struct key_pool *pool, int64_t id, const char *project, int64_t now_ms)
{
    struct key_identity identity = {
        .id = id, .kind = KEY_GEMINI, .weight = 1, .project = project, .proxy = ""};
    key_pool_put(pool, &identity, now_ms);
}

/* `kin`: so many of the first keys are of one project. */
static struct world world_of(int keys, int kin)
{
    struct world world = {.pool = pool_test_create(keys),
                          .window_ms = MINUTE_MS,
                          .limit = RPM,
                          .which = LIMIT_REQUESTS_MINUTE};
    for (int id = 1; id <= keys; id++)
        world.project[id] = id <= kin ? 1 : id;
    return world;
}

static struct key_effect answer(struct world *world, int64_t key, int64_t now_ms)
{
    int project = world->project[key];
    int64_t *served = world->served_ms[project];
    int *count = &world->count[project];
    while (*count && served[0] + world->window_ms <= now_ms) {
        memmove(served, served + 1, sizeof(served[0]) * (size_t)(*count - 1));
        (*count)--;
    }
    if (*count < world->limit) {
        served[(*count)++] = now_ms;
        world->served++;
        return pool_test_effect(EFFECT_SUCCESS);
    }
    bool daily = world->which == LIMIT_REQUESTS_DAY;
    int64_t until = daily ? 0 : served[0] + world->window_ms + 2 * SECOND_MS;
    struct key_effect effect =
        pool_test_rest(daily ? REST_DAY_QUOTA : REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, until);
    effect.limit = world->which;
    effect.learned_value = world->limit;
    world->refused++;
    return effect;
}

/* A call every `gap_ms`, of which each is settled before the next. */
static void play(struct world *world, int64_t from_ms, int64_t to_ms, int64_t gap_ms)
{
    for (int64_t now = from_ms; now < to_ms; now += gap_ms) {
        struct key_lease lease = pool_test_lend(world->pool, now);
        if (lease.key_id == 0)
            continue;
        struct key_effect effect = answer(world, lease.key_id, now);
        key_pool_settle(world->pool, &lease, &effect, now + 1);
    }
}

static size_t siblings(const struct world *world, int64_t id)
{
    int64_t ids[KEYS];
    return key_pool_siblings(world->pool, id, ids, KEYS);
}

static void test_five_become_one(void **state)
{
    (void)state;
    struct world world = world_of(KEYS, 5);
    play(&world, NOON, NOON + 20 * MINUTE_MS, 1000);
    for (int id = 1; id <= KEYS; id++)
        assert_int_equal(siblings(&world, id), id <= 5 ? 4 : 0);
    world.refused = world.served = 0;
    play(&world, NOON + 20 * MINUTE_MS, NOON + 60 * MINUTE_MS, 1000);
    assert_true(world.served >= 5 * RPM * 39);
    assert_true(world.refused * 100 <= world.served);
    key_pool_destroy(&world.pool);
}

static void test_the_owner_is_told(void **state)
{
    (void)state;
    struct world world = world_of(KEYS, 5);
    play(&world, NOON, NOON + 20 * MINUTE_MS, 1000);
    int told = 0;
    struct key_event event;
    while (key_pool_drain_events(world.pool, &event, 1)) {
        if (event.kind != KEY_EVENT_PROJECT)
            continue;
        told++;
        assert_in_range(event.key_id, 1, 5);
        assert_true(key_project_is_noticed(event.project));
    }
    assert_true(told >= 5);
    key_pool_destroy(&world.pool);
}

static void test_others_are_not_taken_for_kin(void **state)
{
    (void)state;
    struct world world = world_of(KEYS, 1);
    play(&world, NOON, NOON + 3 * HOUR_MS, 700);
    for (int id = 1; id <= KEYS; id++)
        assert_int_equal(siblings(&world, id), 0);
    key_pool_destroy(&world.pool);
}

/* Strangers use two keys each: their refusals come without our doing, and at the same times; but while the one
 * is refused the other serves now and then. */
static void test_strangers_do_not_make_kin(void **state)
{
    (void)state;
    struct world world = world_of(6, 1);
    uint32_t random = 7;
    for (int64_t now = NOON; now < NOON + 3 * HOUR_MS; now += 500) {
        random = random * 1664525u + 1013904223u;
        int key = (random >> 16) % 5 == 0 ? 1 : (random >> 16) % 5 == 1 ? 2 : 0;
        if (key && now % 3000 == 0)
            answer(&world, key, now);
        play(&world, now, now + 1, 1);
    }
    int apart = 0;
    for (int id = 3; id <= 6; id++)
        apart += siblings(&world, id) == 0;
    assert_int_equal(apart, 4);
    key_pool_destroy(&world.pool);
}

static void test_by_days(void **state)
{
    (void)state;
    struct world world = world_of(6, 2);
    world.window_ms = DAY_MS / 2; /* a window of calls that all lie in one day */
    world.limit = 20;
    world.which = LIMIT_REQUESTS_DAY;
    play(&world, NOON, NOON + 3 * MINUTE_MS, 100);
    assert_int_equal(siblings(&world, 1), 0); /* one coincidence proves nothing */
    play(&world, NOON + DAY_MS, NOON + DAY_MS + 3 * MINUTE_MS, 100);
    assert_int_equal(siblings(&world, 1), 1);
    for (int id = 3; id <= 6; id++)
        assert_int_equal(siblings(&world, id), 0);
    struct key_pool *pool = world.pool;
    int64_t later = NOON + 2 * DAY_MS;
    struct key_lease lease = pool_test_lend_key(pool, 1, later);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, later);
    assert_int_equal(pool_test_view(pool, 2, MODEL, later).day_requests, 1);
    put(pool, 2, "", later); /* another proxy, say: what was noticed stays */
    assert_int_equal(pool_test_view(pool, 2, MODEL, later).day_requests, 1);
    put(pool, 2, "own", later); /* until a person knows better */
    assert_int_equal(pool_test_view(pool, 2, MODEL, later).day_requests, 0);
    key_pool_destroy(&pool);
}

/* --- single signs ---------------------------------------------------------------------------- */

/* Keys that were used some minutes ago, so that what they used since is known. */
static struct key_pool *used_before(int keys)
{
    struct key_pool *pool = pool_test_create(keys);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    for (int id = 1; id <= keys; id++) {
        struct key_lease lease = pool_test_lend_key(pool, id, NOON - 5 * MINUTE_MS);
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON - 5 * MINUTE_MS);
    }
    return pool;
}

static void refuse(struct key_pool *pool, int64_t id, int64_t now_ms)
{
    struct key_effect refused =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, now_ms + 40 * SECOND_MS);
    refused.limit = LIMIT_REQUESTS_MINUTE;
    refused.learned_value = RPM;
    pool_test_hit(pool, id, &refused, now_ms);
}

static void serve(struct key_pool *pool, int64_t id, int calls, int64_t now_ms)
{
    for (int i = 0; i < calls; i++) {
        struct key_lease lease = pool_test_lend_key(pool, id, now_ms + i);
        assert_int_equal(lease.key_id, id);
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, now_ms + i);
    }
}

static size_t kin(struct key_pool *pool, int64_t id)
{
    int64_t ids[KEYS];
    return key_pool_siblings(pool, id, ids, KEYS);
}

static void test_two_signs_join(void **state)
{
    (void)state;
    struct key_pool *pool = used_before(3);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(kin(pool, 1), 0);
        refuse(pool, 1, NOON + i * 3 * MINUTE_MS);
        refuse(pool, 2, NOON + i * 3 * MINUTE_MS + 1000);
    }
    assert_int_equal(kin(pool, 1), 1);
    key_pool_destroy(&pool);
}

/* Who is joined to one of a group is joined to all, and brings its own. */
static void test_groups_become_one(void **state)
{
    (void)state;
    struct key_pool *pool = used_before(5);
    put(pool, 1, "with key 1", NOON - MINUTE_MS);
    put(pool, 2, "with key 1", NOON - MINUTE_MS);
    put(pool, 3, "with key 3", NOON - MINUTE_MS);
    put(pool, 4, "with key 3", NOON - MINUTE_MS);
    for (int i = 0; i < 2; i++) {
        refuse(pool, 1, NOON + i * 3 * MINUTE_MS);
        refuse(pool, 3, NOON + i * 3 * MINUTE_MS + 1000);
    }
    for (int id = 1; id <= 5; id++)
        assert_int_equal(kin(pool, id), id <= 4 ? 3 : 0);
    key_pool_destroy(&pool);
}

/* One that was served after the other was refused is not of its project. */
static void test_served_meanwhile(void **state)
{
    (void)state;
    struct key_pool *pool = used_before(3);
    refuse(pool, 1, NOON);
    serve(pool, 2, 1, NOON + 500);
    refuse(pool, 2, NOON + 1000); /* no sign */
    refuse(pool, 1, NOON + 3 * MINUTE_MS);
    refuse(pool, 2, NOON + 3 * MINUTE_MS + 1000); /* the first one */
    assert_int_equal(kin(pool, 1), 0);
    key_pool_destroy(&pool);
}

/* Two that have used more than one limit together are not. */
static void test_more_than_one_limit(void **state)
{
    (void)state;
    struct key_pool *pool = used_before(3);
    for (int i = 0; i < 6; i++) {
        int64_t now = NOON + i * 3 * MINUTE_MS + 5000;
        serve(pool, 1, 2, now);
        serve(pool, 2, 4, now + 100);
        refuse(pool, 1, now + 1000);
        refuse(pool, 2, now + 2000);
    }
    assert_int_equal(kin(pool, 1), 0);
    key_pool_destroy(&pool);
}

/* A sign, one against it, a sign: it takes one more. */
static void test_signs_against_count(void **state)
{
    (void)state;
    struct key_pool *pool = used_before(3);
    refuse(pool, 1, NOON);
    refuse(pool, 2, NOON + 1000);
    refuse(pool, 1, NOON + 3 * MINUTE_MS);
    serve(pool, 2, 1, NOON + 3 * MINUTE_MS + 1000);
    for (int i = 2; i < 4; i++) {
        refuse(pool, 1, NOON + i * 3 * MINUTE_MS);
        assert_int_equal(kin(pool, 1), 0);
        refuse(pool, 2, NOON + i * 3 * MINUTE_MS + 1000);
    }
    assert_int_equal(kin(pool, 1), 1);
    key_pool_destroy(&pool);
}

/* The one is refused in another process, which tells by its rest. */
static void test_refusals_of_other_processes(void **state)
{
    (void)state;
    struct world world = world_of(3, 2);
    struct key_pool *pool = world.pool;
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    for (int i = 0; i < 3; i++)
        pool_test_call(pool, NOON - 5 * MINUTE_MS + i);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(siblings(&world, 1), 0);
        int64_t now = NOON + i * 3 * MINUTE_MS, until = now + 40 * SECOND_MS;
        pool_test_view(pool, 3, MODEL, now);
        key_pool_restore_rest(pool, 1, MODEL, REST_MINUTE_QUOTA, until, 1);
        struct key_effect refused = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, until);
        refused.limit = LIMIT_REQUESTS_MINUTE;
        refused.learned_value = RPM;
        pool_test_hit(pool, 2, &refused, now + 1000);
    }
    assert_int_equal(siblings(&world, 1), 1);
    assert_int_equal(siblings(&world, 3), 0);
    key_pool_destroy(&pool);
}

/* The store says that keys 1 and 2 share a project, which they do not. */
static struct world misjoined(void)
{
    struct world world = world_of(2, 1);
    put(world.pool, 1, "with key 1", NOON - HOUR_MS);
    put(world.pool, 2, "with key 1", NOON - HOUR_MS);
    key_pool_set_limit(world.pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, RPM);
    return world;
}

static void test_found_out_by_trying(void **state)
{
    (void)state;
    struct world world = misjoined();
    assert_int_equal(siblings(&world, 1), 1);
    play(&world, NOON + 2000, NOON + 10 * SECOND_MS, 500);
    assert_int_equal(siblings(&world, 1), 0); /* beyond the one limit a key was served */
    struct key_event event = pool_test_event(world.pool, KEY_EVENT_PROJECT);
    assert_int_not_equal(event.key_id, 0);
    assert_string_equal(event.project, "");
    world.refused = 0;
    play(&world, NOON + MINUTE_MS + 5000, NOON + 3 * MINUTE_MS, 500);
    assert_true(world.served >= 4 * RPM);
    assert_in_range(world.refused, 0, 3); /* how minutes run is tried, too */
    key_pool_destroy(&world.pool);
}

/* The one that rests for the other's sake is tried, too, and rests no longer when it is served. */
static void test_a_rest_for_anothers_sake_ends(void **state)
{
    (void)state;
    struct world world = misjoined();
    struct key_pool *pool = world.pool;
    struct key_effect day = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
    day.limit = LIMIT_REQUESTS_DAY;
    day.learned_value = 20;
    pool_test_hit(pool, 1, &day, NOON);
    assert_int_equal(pool_test_view(pool, 2, MODEL, NOON + 1).reason, REST_DAY_QUOTA);
    struct key_lease lease = pool_test_lend(pool, NOON + 5000);
    assert_int_equal(lease.key_id, 2);
    assert_int_equal(pool_test_lend(pool, NOON + 5001).key_id, 0); /* one call tells */
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 5100);
    assert_int_equal(siblings(&world, 2), 0);
    assert_true(pool_test_view(pool, 2, MODEL, NOON + 5200).eligible);
    assert_false(pool_test_view(pool, 1, MODEL, NOON + 5200).eligible);
    assert_int_equal(pool_test_event(pool, KEY_EVENT_REST_CLEARED).key_id, 2);
    key_pool_destroy(&pool);
}

/* What the key rests for on its own account is not ended by that. */
static void test_own_rests_stay(void **state)
{
    (void)state;
    struct world world = misjoined();
    struct key_pool *pool = world.pool;
    struct key_effect minute =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + 30 * SECOND_MS);
    struct key_effect day = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
    pool_test_hit(pool, 2, &minute, NOON);
    pool_test_hit(pool, 1, &day, NOON + 1);
    assert_true(pool_test_view(pool, 2, MODEL, NOON + 2).until_ms > NOON + HOUR_MS);
    assert_int_equal(pool_test_lend(pool, NOON + 20 * SECOND_MS).key_id, 0);
    struct key_lease lease = pool_test_lend(pool, NOON + 31 * SECOND_MS);
    assert_int_equal(lease.key_id, 2);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 32 * SECOND_MS);
    assert_true(pool_test_view(pool, 2, MODEL, NOON + 33 * SECOND_MS).eligible);
    key_pool_destroy(&pool);
}

/* Another model's refusal, on its own account, outlasts the end of the kinship. */
static void test_own_rest_after_the_end(void **state)
{
    (void)state;
    struct world world = misjoined();
    struct key_pool *pool = world.pool;
    struct key_query query = pool_test_query();
    query.model = "another";
    query.pinned_key = 2;
    struct key_effect day = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
    struct key_effect minute = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, NOON + MINUTE_MS);
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON);
    key_pool_settle(pool, &lease, &minute, NOON + 1);
    query.pinned_key = 1;
    lease = pool_test_lend_query(pool, &query, NOON + 2);
    key_pool_settle(pool, &lease, &day, NOON + 3);
    pool_test_hit(pool, 1, &day, NOON + 4);
    lease = pool_test_lend(pool, NOON + 5000);
    assert_int_equal(lease.key_id, 2);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 5100);
    assert_true(pool_test_view(pool, 2, MODEL, NOON + 5200).eligible);
    assert_int_equal(pool_test_view(pool, 2, "another", NOON + 5200).until_ms, NOON + MINUTE_MS);
    struct key_event event = pool_test_event(pool, KEY_EVENT_REST);
    assert_int_equal(event.key_id, 2); /* the store is told of the end, and of what is left */
    assert_int_equal(event.until_ms, NOON + MINUTE_MS);
    assert_int_equal(event.streak, 1);
    key_pool_destroy(&pool);
}

/* True kin is tried seldom: twice in half an hour of many clients waiting, and less and less. */
static void test_true_kin_is_tried_seldom(void **state)
{
    (void)state;
    struct world world = world_of(3, 3);
    world.limit = 60;
    for (int id = 1; id <= 3; id++)
        put(world.pool, id, "with key 1", NOON - HOUR_MS);
    key_pool_set_limit(world.pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 60);
    play(&world, NOON + 2000, NOON + 30 * MINUTE_MS, 200);
    assert_in_range(world.refused, 1, 6);
    assert_true(world.served > 60 * 25);
    assert_int_equal(siblings(&world, 1), 2);
    key_pool_destroy(&world.pool);
}

/* What is no quota's is the key's alone as long as the project is only a guess. */
static void test_no_guilt_by_association(void **state)
{
    (void)state;
    struct world world = misjoined();
    struct key_effect spent = pool_test_rest(REST_SPENT, SCOPE_PROJECT, 0);
    pool_test_hit(world.pool, 1, &spent, NOON);
    struct key_effect none = pool_test_rest(REST_NOT_ENTITLED, SCOPE_PROJECT_MODEL, 0);
    assert_true(pool_test_view(world.pool, 2, MODEL, NOON + 1).eligible);
    pool_test_hit(world.pool, 2, &none, NOON + 1);
    assert_int_equal(pool_test_view(world.pool, 1, "other", NOON + 2).reason, REST_SPENT);
    assert_true(pool_test_view(world.pool, 2, "other", NOON + 2).eligible);
    key_pool_destroy(&world.pool);
}

/* A rest for another's sake is known for one after a restart, too. */
static void test_after_a_restart(void **state)
{
    (void)state;
    struct world before = misjoined(), after = misjoined();
    struct key_effect day = pool_test_rest(REST_DAY_QUOTA, SCOPE_PROJECT_MODEL, 0);
    pool_test_hit(before.pool, 1, &day, NOON);
    struct key_event event;
    while (key_pool_drain_events(before.pool, &event, 1)) {
        assert_int_equal(event.kind, KEY_EVENT_REST);
        assert_int_equal(event.streak, event.key_id == 1);
        key_pool_restore_rest(after.pool, event.key_id, event.model, event.reason, event.until_ms,
                              event.streak);
    }
    key_pool_reset_rest(before.pool, 1, NULL, NOON + 1);
    assert_true(pool_test_view(before.pool, 1, MODEL, NOON + 2).eligible);
    assert_false(pool_test_view(after.pool, 1, MODEL, NOON + 2).eligible);
    assert_false(pool_test_view(after.pool, 2, MODEL, NOON + 2).eligible);
    struct key_lease lease = pool_test_lend(after.pool, NOON + 5000);
    assert_int_equal(lease.key_id, 2);
    pool_test_settle(after.pool, &lease, EFFECT_SUCCESS, NOON + 5100);
    assert_int_equal(siblings(&after, 2), 0);
    key_pool_destroy(&before.pool);
    key_pool_destroy(&after.pool);
}

/* Another process has found out that they are not of one project. */
static void test_undone_elsewhere(void **state)
{
    (void)state;
    struct world world = misjoined();
    put(world.pool, 2, "", NOON);
    assert_int_equal(siblings(&world, 1), 0);
    key_pool_destroy(&world.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_become_one),
        cmocka_unit_test(test_the_owner_is_told),
        cmocka_unit_test(test_others_are_not_taken_for_kin),
        cmocka_unit_test(test_strangers_do_not_make_kin),
        cmocka_unit_test(test_by_days),
        cmocka_unit_test(test_two_signs_join),
        cmocka_unit_test(test_groups_become_one),
        cmocka_unit_test(test_served_meanwhile),
        cmocka_unit_test(test_more_than_one_limit),
        cmocka_unit_test(test_signs_against_count),
        cmocka_unit_test(test_refusals_of_other_processes),
        cmocka_unit_test(test_found_out_by_trying),
        cmocka_unit_test(test_a_rest_for_anothers_sake_ends),
        cmocka_unit_test(test_own_rests_stay),
        cmocka_unit_test(test_own_rest_after_the_end),
        cmocka_unit_test(test_true_kin_is_tried_seldom),
        cmocka_unit_test(test_no_guilt_by_association),
        cmocka_unit_test(test_after_a_restart),
        cmocka_unit_test(test_undone_elsewhere),
    };
    return UNIT_RUN(tests);
}
