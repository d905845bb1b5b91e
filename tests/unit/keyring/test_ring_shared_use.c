/* Two processes share the quotas of their keys: what one used the other learns within a second and a
 * half, so that together they go beyond a limit by at most what they call in that time. */
#include <sys/mman.h>

#include "ring_fixture.h"

#define KEYS 2
#define LIMIT 40 /* of each key, by minute for one model and by day for the other */
#define EVERY_MS 80
#define ROUNDS 90
#define LAG_MS 1600
#define SETTINGS                                                                 \
    "RATE_LIMITS={\"*\":{\"by-minute\":{\"rpm\":40},\"by-day\":{\"rpd\":40}}}\n" \
    "POOL_AFFINITY=false"

static const char *const models[] = {"by-minute", "by-day"};

/* Where a minute of the clock ends inside a test, the pool rightly tries whether quotas begin anew with
 * it: waits until `ms` are left of this one. */
static void have_minute_left(int64_t ms)
{
    while (clock_wall_ms() % MINUTE_MS > MINUTE_MS - ms ||
           clock_wall_ms() % MINUTE_MS < 2 * SECOND_MS)
        pause_ms(100);
}

static void post_row(struct ring *ring, int64_t id, const char *model)
{
    struct log_attempt row = {.request_id = store_log_id(clock_wall_ms()),
                              .number = 1,
                              .time_ms = clock_wall_ms(),
                              .key_id = id,
                              .outcome = "ok",
                              .status = 200,
                              .effect = "success",
                              .first_byte_ms = -1};
    snprintf(row.model, sizeof(row.model), "%s", model);
    journal_attempt(ring->journal, &row);
}

static int64_t call(struct ring *ring, const char *model)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = model};
    int64_t id = ring_serve(ring, &query);
    if (id)
        post_row(ring, id, model);
    return id;
}

static int use_up(struct fixture *fixture, int number, void *ctx)
{
    int(*used)[2] = ctx;
    struct ring ring;
    if (ring_open(&ring, fixture, RING_THREADED, SETTINGS) < 0)
        return 1;
    for (int i = 0; i < ROUNDS; i++) {
        keyring_refresh(ring.keyring); /* the scheduler's part */
        keyring_share_use(ring.keyring);
        for (int which = 0; which < 2; which++)
            used[number][which] += call(&ring, models[which]) > 0;
        pause_ms(EVERY_MS);
    }
    ring_close(&ring);
    return 0;
}

static void test_limits_hold_for_both_together(void **state)
{
    struct fixture *fixture = *state;
    add_keys(fixture, KEYS);
    have_minute_left(25 * SECOND_MS);
    size_t size = 2 * sizeof(int[2]);
    int(*used)[2] = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true((void *)used != MAP_FAILED);
    pid_t pids[2];
    for (int i = 0; i < 2; i++)
        pids[i] = child_start(fixture, use_up, i, used);
    for (int i = 0; i < 2; i++)
        assert_int_equal(child_wait(pids[i]), 0);
    for (int which = 0; which < 2; which++) {
        int total = used[0][which] + used[1][which];
        print_message("%s: %d and %d of %d\n", models[which], used[0][which], used[1][which],
                      KEYS * LIMIT);
        assert_in_range(total, KEYS * LIMIT, KEYS * LIMIT + 2 * LAG_MS / EVERY_MS);
    }
    /* Whoever starts now knows it too. */
    struct ring ring;
    assert_int_equal(ring_open(&ring, fixture, RING_SINGLE_USE, SETTINGS), 0);
    assert_int_equal(call(&ring, "by-day"), 0);
    assert_int_equal(call(&ring, "by-minute"), 0);
    ring_close(&ring);
    munmap(used, size);
}

/* Alone, a process is not held back by its own use told back to it. */
static void test_own_use_counts_once(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    add_keys(fixture, KEYS);
    have_minute_left(15 * SECOND_MS);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, SETTINGS), 0);
    int served[2] = {0, 0};
    for (int i = 0; i < KEYS * LIMIT + 20; i++) {
        for (int which = 0; which < 2; which++)
            served[which] += call(&ring, models[which]) > 0;
        keyring_share_use(ring.keyring);
        pause_ms(30);
    }
    assert_int_equal(served[0], KEYS * LIMIT);
    assert_int_equal(served[1], KEYS * LIMIT);
    ring_close(&ring);
}

static void count_foreign(void *ctx, const struct key_view *view)
{
    *(int64_t *)ctx += view->minute_requests;
}

/* Nor is it when calls last: counted by the pool when they begin, by the counters when they end. */
static void test_long_calls_count_once(void **state)
{
    struct fixture *fixture = *state;
    struct key_grant grants[20];
    struct ring ring;
    add_keys(fixture, KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, SETTINGS), 0);
    struct key_query query = {.kind = KEY_GEMINI, .model = models[0]};
    struct key_shortage shortage;
    /* As if they had begun more than a minute ago. */
    for (size_t i = 0; i < ARRAY_LEN(grants); i++)
        assert_int_equal(ring.source->acquire(ring.source->ctx, &query,
                                              clock_wall_ms() - 65 * SECOND_MS, &grants[i],
                                              &shortage),
                         ACQUIRE_OK);
    for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
        post_row(&ring, grants[i].lease.key_id, models[0]);
        ring_settle(&ring, &grants[i], &succeeded);
    }
    for (int i = 0; i < 4; i++) {
        pause_ms(400);
        keyring_share_use(ring.keyring);
    }
    int64_t used = 0;
    keyring_each(ring.keyring, KEY_GEMINI, models[0], count_foreign, &used);
    assert_int_equal(used, 0);
    ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_limits_hold_for_both_together),
        RING_TEST(test_own_use_counts_once),
        RING_TEST(test_long_calls_count_once),
    };
    return UNIT_RUN(tests);
}
