/* Nothing that was found out is lost: not by a restart, not by kill -9, not while the store is locked. */
#include <sys/mman.h>

#include "ring_fixture.h"
#include "store/store_limits.h"

static struct key_effect rest_of(enum rest_reason reason, const char *rule)
{
    return (struct key_effect){.kind = EFFECT_REST,
                               .scope = SCOPE_KEY_MODEL,
                               .reason = reason,
                               .rule = rule,
                               .prompt_tokens = -1,
                               .output_tokens = -1};
}

static const struct key_effect fault = {
    .kind = EFFECT_FAULT, .scope = SCOPE_KEY, .reason = REST_FAULT, .rule = "key.fault"};
static const struct key_effect death = {
    .kind = EFFECT_DEAD, .scope = SCOPE_KEY, .rule = "key.leaked"};

static void find_out(struct ring *ring)
{
    struct key_effect day = rest_of(REST_DAY_QUOTA, "quota.day");
    struct key_effect minute = rest_of(REST_MINUTE_QUOTA, "quota.minute");
    minute.limit = LIMIT_REQUESTS_MINUTE;
    minute.learned_value = 7;
    assert_int_equal(ring_hit(ring, 1, &day), 0);
    assert_int_equal(ring_hit(ring, 2, &death), 0);
    assert_int_equal(ring_hit(ring, 3, &fault), 0);
    assert_int_equal(ring_hit(ring, 4, &minute), 0);
}

static void assert_known(struct ring *ring)
{
    struct ring_look look = ring_view(ring, 1);
    assert_int_equal(look.view.reason, REST_DAY_QUOTA);
    assert_true(look.view.until_ms > clock_wall_ms());
    assert_int_equal(ring_view(ring, 2).view.state, KEY_DEAD);
    assert_string_equal(ring_view(ring, 2).view.rule, "key.leaked");
    assert_int_equal(ring_view(ring, 3).view.failures, 1);
    assert_int_equal(ring_view(ring, 4).view.limits[LIMIT_REQUESTS_MINUTE], 7);
    assert_int_equal(ring_view(ring, 4).view.reason, REST_MINUTE_QUOTA);
    assert_true(ring_view(ring, 5).view.eligible);
}

static void restart(struct fixture *fixture, enum ring_mode mode)
{
    struct ring ring;
    add_keys(fixture, 5);
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    find_out(&ring);
    ring_close(&ring);
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    assert_known(&ring);
    ring_close(&ring);
}

static void test_a_restart_forgets_nothing(void **state)
{
    restart(*state, RING_THREADED);
}

static void test_nor_does_one_without_threads(void **state)
{
    restart(*state, RING_UNTHREADED);
}

static void test_nor_does_the_end_of_a_request_under_cgi(void **state)
{
    restart(*state, RING_SINGLE_USE);
}

/* --- a project that two keys turn out to share ------------------------------------------------ */

#define PROJECT_KEYS 6
#define DAY_LIMIT 20

/* Calls on each key in turn; 1 and 2 use up one day's limit together without anybody knowing. */
static void play_day(struct ring *ring, int64_t start_ms)
{
    int used[PROJECT_KEYS + 1] = {0};
    for (int i = 0; i < PROJECT_KEYS * DAY_LIMIT * 3; i++) {
        int64_t id = i % PROJECT_KEYS + 1, now_ms = start_ms + i * 100;
        int project = id <= 2 ? 1 : (int)id;
        struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .pinned_key = id};
        struct key_shortage shortage;
        struct key_grant grant;
        if (ring->source->acquire(ring->source->ctx, &query, now_ms, &grant, &shortage) !=
            ACQUIRE_OK)
            continue;
        struct key_effect refused = rest_of(REST_DAY_QUOTA, "quota.day");
        refused.scope = SCOPE_PROJECT_MODEL;
        refused.limit = LIMIT_REQUESTS_DAY;
        refused.learned_value = DAY_LIMIT;
        const struct key_effect *effect = used[project] < DAY_LIMIT ? &succeeded : &refused;
        used[project] += effect == &succeeded;
        ring->source->settle(ring->source->ctx, &grant, effect, now_ms);
    }
}

static void assert_projects(const struct ring *ring, int64_t one, int64_t other, bool same)
{
    struct arena *arena = arena_create(4096);
    struct store_key first = {0}, second = {0};
    assert_int_equal(store_key_get(ring->store, one, false, arena, &first, NULL), 1);
    assert_int_equal(store_key_get(ring->store, other, false, arena, &second, NULL), 1);
    if (same)
        assert_true(first.project[0] != '\0');
    assert_int_equal(strcmp(first.project, second.project) == 0 && first.project[0], same);
    arena_destroy(&arena);
}

static void test_a_noticed_project_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    int64_t now_ms = clock_wall_ms();
    add_keys(fixture, PROJECT_KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_UNTHREADED, NULL), 0);
    play_day(&ring, now_ms);
    play_day(&ring, now_ms + DAY_MS);
    ring_close(&ring);
    assert_int_equal(ring_open(&ring, fixture, RING_UNTHREADED, NULL), 0);
    assert_projects(&ring, 1, 2, true);
    assert_projects(&ring, 1, 3, false);
    ring_close(&ring);
}

/* The calls of the one count for the other. */
static bool one_counts_for_two(struct ring *ring)
{
    int64_t before = ring_view(ring, 2).view.day_requests;
    return ring_hit(ring, 1, &succeeded) == 0 && ring_view(ring, 2).view.day_requests == before + 1;
}

static void refresh(struct ring *ring)
{
    pause_ms(150); /* how often a look at the store is worth it */
    keyring_refresh(ring->keyring);
}

static void test_other_processes_see_a_noticed_project(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring, other;
    int64_t now_ms = clock_wall_ms();
    add_keys(fixture, PROJECT_KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_UNTHREADED, NULL), 0);
    assert_int_equal(ring_open(&other, fixture, RING_UNTHREADED, NULL), 0);
    assert_false(one_counts_for_two(&other));
    play_day(&ring, now_ms - 2 * DAY_MS); /* long over, for those who know of it by their rests */
    play_day(&ring, now_ms - DAY_MS);
    assert_int_equal(journal_flush(ring.journal, 5000), 0);
    assert_projects(&ring, 1, 2, true);
    refresh(&other);
    assert_true(one_counts_for_two(&other));
    /* And that it was a mistake. */
    assert_int_equal(store_key_notice_project(ring.store, 2, "", NULL), 0);
    refresh(&other);
    assert_false(one_counts_for_two(&other));
    ring_close(&other);
    ring_close(&ring);
}

/* --- kill -9 --------------------------------------------------------------------------------- */

#define KILL_KEYS 40

/* Puts key after key to rest and tells of each a quarter of a second later. */
static int rest_all(struct fixture *fixture, int number, void *ctx)
{
    struct ring ring;
    int *told = ctx;
    struct key_effect day = rest_of(REST_DAY_QUOTA, "quota.day");
    (void)number;
    if (ring_open(&ring, fixture, RING_THREADED, NULL) < 0)
        return 1;
    for (int id = 1; id <= KILL_KEYS; id++) {
        if (ring_hit(&ring, id, &day) < 0)
            return 2;
        pause_ms(20);
        if (id > 12)
            *told = id - 12;
    }
    pause_ms(10000);
    return 0;
}

static void test_kill_9_loses_only_the_last_moment(void **state)
{
    struct fixture *fixture = *state;
    add_keys(fixture, KILL_KEYS);
    int *told = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(told != MAP_FAILED);
    pid_t pid = child_start(fixture, rest_all, 1, told);
    for (int i = 0; i < 1000 && *(volatile int *)told < 10; i++)
        pause_ms(5);
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid), -SIGKILL);
    assert_true(*told >= 10);
    struct ring ring;
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    for (int id = 1; id <= *told; id++)
        assert_int_equal(ring_view(&ring, id).view.reason, REST_DAY_QUOTA);
    assert_true(ring_call(&ring, &succeeded) > 0);
    ring_close(&ring);
    munmap(told, sizeof(int));
}

/* --- a locked store -------------------------------------------------------------------------- */

static int hold_the_lock(struct fixture *fixture, int number, void *ctx)
{
    const int *pipes = ctx;
    struct err err = ERR_INIT;
    struct store *store = fixture_open(fixture);
    struct sql_tx *tx = store ? sql_begin(store_main(store), &err) : NULL;
    char byte;
    (void)number;
    if (!tx || write(pipes[3], "k", 1) != 1 || read(pipes[0], &byte, 1) != 1)
        return 1;
    sql_rollback(&tx);
    store_close(&store);
    return 0;
}

/* Nearly all calls get a key within `most_ms`; the machine may be busy for a moment. */
static void calls_while_locked(struct fixture *fixture, enum ring_mode mode, int most_ms)
{
    int calls = mode == RING_THREADED ? 200 : 3;
    struct ring ring;
    int pipes[4];
    char byte;
    add_keys(fixture, 5);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipe(pipes + 2), 0);
    pid_t pid = child_start(fixture, hold_the_lock, 1, pipes);
    assert_int_equal(read(pipes[2], &byte, 1), 1);
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    int late = 0;
    for (int i = 0; i < calls; i++) {
        struct key_grant grant;
        int64_t began_ms = clock_mono_ms();
        assert_int_equal(ring_acquire(&ring, &grant), ACQUIRE_OK);
        int took = (int)(clock_mono_ms() - began_ms);
        if (took > most_ms)
            print_error("a key took %d ms\n", took);
        late += took > most_ms;
        ring_settle(&ring, &grant, &succeeded);
        pause_ms(mode == RING_THREADED ? 8 : 0);
    }
    assert_in_range(late, 0, calls / 10);
    if (mode == RING_THREADED)
        find_out(&ring);
    assert_int_equal(write(pipes[1], "q", 1), 1);
    assert_int_equal(child_wait(pid), 0);
    ring_close(&ring);
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    if (mode == RING_THREADED)
        assert_known(&ring);
    ring_close(&ring);
    for (int i = 0; i < 4; i++)
        close(pipes[i]);
}

static void test_a_locked_store_holds_up_no_call(void **state)
{
    calls_while_locked(*state, RING_THREADED, 60);
}

static void test_nor_a_cgi_process_for_long(void **state)
{
    calls_while_locked(*state, RING_SINGLE_USE, 5000); /* less than the store waits */
}

/* Each request a new process, none of which can write whose turn is next. */
static void test_a_locked_store_does_not_wear_out_one_key(void **state)
{
    struct fixture *fixture = *state;
    int pipes[4], used[6] = {0};
    char byte;
    add_keys(fixture, 5);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipe(pipes + 2), 0);
    pid_t pid = child_start(fixture, hold_the_lock, 1, pipes);
    assert_int_equal(read(pipes[2], &byte, 1), 1);
    for (int i = 0; i < 12; i++) {
        struct ring ring;
        assert_int_equal(ring_open(&ring, fixture, RING_SINGLE_USE, NULL), 0);
        used[ring_call(&ring, &succeeded)]++;
        ring_close(&ring);
    }
    assert_int_equal(write(pipes[1], "q", 1), 1);
    assert_int_equal(child_wait(pid), 0);
    assert_int_equal(used[0], 0);
    for (int id = 1; id <= 5; id++)
        assert_true(used[id] < 12);
    for (int i = 0; i < 4; i++)
        close(pipes[i]);
}

/* The lock lasts longer than a write is tried: it is tried again. */
static void test_what_a_locked_store_did_not_take_is_written_later(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    struct err err = ERR_INIT;
    add_keys(fixture, 5);
    struct store_options brief = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 50, .readers = 2};
    struct store *other = fixture_open(fixture);
    ring.store = store_open(&brief, &err);
    struct journal_options journal = {.store = ring.store, .threaded = true, .max_rows = 1000};
    ring.journal = journal_open(&journal, &err);
    struct settings *set = ring_settings(NULL);
    struct keyring_options options = {.store = ring.store, .journal = ring.journal};
    ring.keyring = keyring_open(&options, set, &err);
    ring.source = keyring_source(ring.keyring);
    struct sql_tx *lock = sql_begin(store_main(other), &err);
    assert_non_null(lock);
    find_out(&ring);
    pause_ms(700);
    sql_rollback(&lock);
    for (int i = 0; i < 12; i++) {
        keyring_refresh(ring.keyring); /* the scheduler's part */
        pause_ms(110);
    }
    struct ring reader;
    assert_int_equal(ring_open(&reader, fixture, RING_UNTHREADED, NULL), 0);
    assert_known(&reader);
    ring_close(&reader);
    ring_close(&ring);
    store_close(&other);
    const struct settings *done = set;
    settings_unref(&done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_a_restart_forgets_nothing),
        RING_TEST(test_nor_does_one_without_threads),
        RING_TEST(test_nor_does_the_end_of_a_request_under_cgi),
        RING_TEST(test_a_noticed_project_is_kept),
        RING_TEST(test_other_processes_see_a_noticed_project),
        RING_TEST(test_kill_9_loses_only_the_last_moment),
        RING_TEST(test_a_locked_store_holds_up_no_call),
        RING_TEST(test_nor_a_cgi_process_for_long),
        RING_TEST(test_a_locked_store_does_not_wear_out_one_key),
        RING_TEST(test_what_a_locked_store_did_not_take_is_written_later),
    };
    return UNIT_RUN(tests);
}
