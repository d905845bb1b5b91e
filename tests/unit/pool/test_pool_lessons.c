/* What pools of several processes find out together, in memory that they share. */
#include "pool_test.h"

#include <stdio.h>

#include "pool/lessons.h"

enum { KEYS = 9, KIN = 5, RPM = 5 };

static struct key_pool *sharing_pool(void *memory, int keys)
{
    struct key_pool *pool = pool_test_create(keys);
    key_pool_share_lessons(pool, memory);
    return pool;
}

static void *new_memory(void)
{
    return xcalloc(1, KEY_POOL_LESSONS_BYTES);
}

static int64_t reserved(struct key_pool *pool, const char *model, int64_t actual, int64_t now_ms)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = model, .tokens = 1000};
    struct key_lease lease = pool_test_lend_query(pool, &query, now_ms);
    assert_int_not_equal(lease.key_id, 0);
    int64_t tokens = lease.reserved_tokens;
    struct key_effect effect = pool_test_effect(EFFECT_SUCCESS);
    effect.prompt_tokens = actual;
    key_pool_settle(pool, &lease, &effect, now_ms);
    return tokens;
}

static void test_sizes(void **state)
{
    (void)state;
    void *memory = new_memory();
    struct key_pool *one = sharing_pool(memory, 3);
    for (int i = 0; i < 100; i++)
        reserved(one, MODEL, 500, NOON + i);
    struct key_pool *other = sharing_pool(memory, 3);
    assert_in_range(reserved(other, MODEL, 500, NOON + 200), 400, 700);
    assert_in_range(reserved(other, "another", 500, NOON + 200), 1000, 2000);
    key_pool_destroy(&one);
    key_pool_destroy(&other);
    free(memory);
}

/* Four calls before a full minute of the clock; a fifth after it tests how minutes run. */
static bool tests_minutes(struct key_pool *pool, int64_t full_minute)
{
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(pool_test_call(pool, full_minute - 20 * SECOND_MS + i), 0);
    struct key_lease lease = pool_test_lend(pool, full_minute + 5 * SECOND_MS);
    if (!lease.key_id)
        return false;
    struct key_effect refused =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, full_minute + 41 * SECOND_MS);
    key_pool_settle(pool, &lease, &refused, full_minute + 5 * SECOND_MS);
    return true;
}

static void test_how_minutes_run(void **state)
{
    (void)state;
    void *memory = new_memory();
    bool tested[4];
    for (int i = 0; i < 4; i++) {
        struct key_pool *pool = sharing_pool(memory, 1);
        key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 4);
        tested[i] = tests_minutes(pool, NOON + i * 2 * MINUTE_MS);
        key_pool_destroy(&pool);
    }
    assert_true(tested[0] && tested[1]);
    assert_false(tested[2] || tested[3]); /* two have shown that they slide */
    free(memory);
}

/* A pool that runs already looks at its keys anew when another one finds something out. */
static void test_what_is_found_out_meanwhile(void **state)
{
    (void)state;
    void *memory = new_memory();
    struct key_pool *pools[2];
    for (int i = 0; i < 2; i++) {
        pools[i] = sharing_pool(memory, 2);
        key_pool_set_limit(pools[i], KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 2);
        assert_int_not_equal(pool_test_call(pools[i], NOON - 10 * MINUTE_MS + i), 0);
    }
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(pool_test_call(pools[1], NOON - 20 * SECOND_MS + i), 0);
    assert_int_equal(pool_test_call(pools[1], NOON - SECOND_MS), 0);
    for (int test = 0; test < 2; test++) { /* the other one is served beyond what sliding allows */
        int64_t minute = NOON - (4 - test * 2) * MINUTE_MS;
        for (int i = 0; i < 4; i++)
            assert_int_not_equal(pool_test_call(pools[0], minute - 20 * SECOND_MS + i), 0);
        assert_int_not_equal(pool_test_call(pools[0], minute + 5 * SECOND_MS), 0);
        assert_int_not_equal(pool_test_call(pools[0], minute + 5 * SECOND_MS + 1), 0);
    }
    for (int i = 0; i < 4; i++)
        assert_int_not_equal(pool_test_call(pools[1], NOON + 5 * SECOND_MS + i), 0);
    for (int i = 0; i < 2; i++)
        key_pool_destroy(&pools[i]);
    free(memory);
}

/* Each process would put what it assumes to the test; together they do so no more often than one. */
static void test_lost_guesses_are_counted_together(void **state)
{
    (void)state;
    void *memory = new_memory();
    int lost = 0;
    for (int process = 0; process < 40; process++) {
        int64_t now = NOON + process * 100;
        struct key_pool *pool = sharing_pool(memory, KEYS);
        key_pool_restore_limit(pool, 1, MODEL, LIMIT_REQUESTS_DAY, 5); /* assumed for the others */
        for (int id = 1; id <= KEYS; id++)
            key_pool_set_foreign_use(pool, id, MODEL, 0, 0, 5, 0, now);
        struct key_lease lease = pool_test_lend(pool, now);
        if (lease.key_id) {
            struct key_effect refused = pool_test_rest(REST_DAY_QUOTA, SCOPE_KEY_MODEL, 0);
            refused.limit = LIMIT_REQUESTS_DAY;
            key_pool_settle(pool, &lease, &refused, now);
            lost++;
        }
        key_pool_destroy(&pool);
    }
    assert_in_range(lost, 1, 3 + KEYS / 8);
    free(memory);
}

/* --- a process for each call ----------------------------------------------------------------- */

/* Google and the store, in small. */
struct site {
    void *memory;
    int64_t served_ms[KEYS + 1][64]; /* by key */
    int count[KEYS + 1];
    int64_t rests_ms[KEYS + 1];
    char project[KEYS + 1][KEY_PROJECT_NAME];
};

static int in_last_minute(const struct site *site, int64_t id, int64_t now_ms)
{
    int count = 0;
    for (int i = 0; i < site->count[id]; i++)
        count += site->served_ms[id][i] > now_ms - MINUTE_MS;
    return count;
}

static int used(const struct site *site, int64_t id, int64_t now_ms, int64_t *oldest_r)
{
    int from = id <= KIN ? 1 : (int)id, to = id <= KIN ? KIN : (int)id, count = 0;
    *oldest_r = now_ms;
    for (int key = from; key <= to; key++) {
        count += in_last_minute(site, key, now_ms);
        for (int i = 0; i < site->count[key]; i++)
            if (site->served_ms[key][i] > now_ms - MINUTE_MS && site->served_ms[key][i] < *oldest_r)
                *oldest_r = site->served_ms[key][i];
    }
    return count;
}

static struct key_pool *start_process(struct site *site, int64_t now_ms)
{
    struct key_pool_options options = pool_test_options();
    options.seed = (uint64_t)now_ms;
    struct key_pool *pool = key_pool_create(&options);
    key_pool_share_lessons(pool, site->memory);
    for (int id = 1; id <= KEYS; id++) {
        struct key_identity identity = {
            .id = id, .kind = KEY_GEMINI, .weight = 1, .project = site->project[id], .proxy = ""};
        key_pool_put(pool, &identity, now_ms);
        key_pool_restore_limit(pool, id, MODEL, LIMIT_REQUESTS_MINUTE, RPM);
        int minute = in_last_minute(site, id, now_ms);
        if (site->count[id])
            key_pool_set_foreign_use(pool, id, MODEL, minute, 0, site->count[id], 0, now_ms);
        if (site->rests_ms[id] > now_ms)
            key_pool_restore_rest(pool, id, MODEL, REST_MINUTE_QUOTA, site->rests_ms[id], 1);
    }
    return pool;
}

static void keep_what_it_decided(struct site *site, struct key_pool *pool)
{
    struct key_event event;
    while (key_pool_drain_events(pool, &event, 1)) {
        if (event.kind == KEY_EVENT_PROJECT)
            snprintf(site->project[event.key_id], KEY_PROJECT_NAME, "%s", event.project);
        if (event.kind == KEY_EVENT_REST)
            site->rests_ms[event.key_id] = event.until_ms;
    }
}

static void serve(struct site *site, struct key_pool *pool, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    query.preferred_key = 1 + now_ms / SECOND_MS % KEYS; /* the rotation that processes share */
    struct key_lease lease = pool_test_lend_query(pool, &query, now_ms);
    int64_t id = lease.key_id, oldest_ms;
    if (!id)
        return;
    if (used(site, id, now_ms, &oldest_ms) < RPM) {
        int *count = &site->count[id];
        if (*count == 64)
            memmove(site->served_ms[id], site->served_ms[id] + 32,
                    sizeof(site->served_ms[id][0]) * (size_t)((*count -= 32)));
        site->served_ms[id][(*count)++] = now_ms;
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, now_ms);
        return;
    }
    struct key_effect refused = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL,
                                               oldest_ms + MINUTE_MS + 2 * SECOND_MS);
    refused.limit = LIMIT_REQUESTS_MINUTE;
    refused.learned_value = RPM;
    key_pool_settle(pool, &lease, &refused, now_ms);
}

static void test_kin_among_processes(void **state)
{
    (void)state;
    struct site site = {.memory = new_memory()};
    for (int64_t now = NOON; now < NOON + 20 * MINUTE_MS; now += SECOND_MS) {
        struct key_pool *pool = start_process(&site, now);
        serve(&site, pool, now);
        keep_what_it_decided(&site, pool);
        key_pool_destroy(&pool);
    }
    for (int id = 1; id <= KEYS; id++)
        assert_string_equal(site.project[id], id <= KIN ? site.project[1] : "");
    assert_true(key_project_is_noticed(site.project[1]));
    free(site.memory);
}

/* --- what the memory may be ------------------------------------------------------------------ */

static void test_memory_of_another_layout(void **state)
{
    (void)state;
    struct lesson_book *book = new_memory();
    memset(book, 0xa5, sizeof(*book));
    struct key_pool *pool = sharing_pool(book, 2);
    assert_in_range(reserved(pool, MODEL, 1000, NOON), 1000, 2000);
    key_pool_destroy(&pool);
    free(book);
}

/* Whatever lies there, calls are lent; and what no pool can have written is not believed. */
static void test_damaged_memory(void **state)
{
    (void)state;
    struct lesson_book *book = new_memory();
    uint32_t random = 1;
    for (int round = 0; round < 50; round++) {
        struct key_pool *pool = sharing_pool(book, KEYS);
        for (int i = 0; i < 3 * KEYS; i++)
            reserved(pool, MODEL, 1000, NOON + round * DAY_MS + i);
        for (int i = 0; i < KEYS; i++) {
            struct key_lease lease = pool_test_lend(pool, NOON + round * DAY_MS + 100 + i);
            struct key_effect refused = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL, 0);
            key_pool_settle(pool, &lease, &refused, NOON + round * DAY_MS + 101 + i);
        }
        key_pool_destroy(&pool);
        uint64_t model = book->models[0].model;
        unsigned char *bytes = (unsigned char *)&book->kin;
        for (size_t i = 0; i < sizeof(book->kin) + sizeof(book->models[0]); i++) {
            random = random * 1664525u + 1013904223u;
            bytes[i] = (unsigned char)(random >> 24);
        }
        book->models[0].model = model;
    }
    struct key_pool *pool = sharing_pool(book, 2);
    book->models[0].token_caution = 1e300;
    assert_in_range(reserved(pool, MODEL, 1000, NOON + 100 * DAY_MS), 1000, 2000);
    key_pool_destroy(&pool);
    free(book);
}

/* There are fewer places than models may be: those in use keep theirs, the others have their own. */
static void test_more_models_than_places(void **state)
{
    (void)state;
    void *memory = new_memory();
    struct key_pool *pool = sharing_pool(memory, 1);
    char model[20];
    for (int i = 0; i < LESSON_MODELS + 6; i++) {
        snprintf(model, sizeof(model), "model-%d", i);
        for (int call = 0; call < 100; call++)
            reserved(pool, model, 500, NOON + i * 100 + call);
    }
    struct key_pool *other = sharing_pool(memory, 1);
    assert_in_range(reserved(other, "model-0", 500, NOON + MINUTE_MS), 400, 700);
    assert_in_range(reserved(other, model, 500, NOON + MINUTE_MS), 1000, 2000);
    /* After an hour one gives way; its pool goes on without the others. */
    int64_t later = NOON + HOUR_MS;
    for (int call = 0; call < 100; call++)
        reserved(other, model, 500, later + call);
    assert_in_range(reserved(pool, model, 500, later + 200), 400, 700);
    for (int i = 0; i < LESSON_MODELS; i++) {
        snprintf(model, sizeof(model), "model-%d", i);
        reserved(pool, model, 500, later + 300 + i);
    }
    key_pool_destroy(&pool);
    key_pool_destroy(&other);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_how_minutes_run),
        cmocka_unit_test(test_what_is_found_out_meanwhile),
        cmocka_unit_test(test_lost_guesses_are_counted_together),
        cmocka_unit_test(test_kin_among_processes),
        cmocka_unit_test(test_memory_of_another_layout),
        cmocka_unit_test(test_damaged_memory),
        cmocka_unit_test(test_more_models_than_places),
    };
    return UNIT_RUN(tests);
}
