/* What one process finds out or a person changes, the others know within 300 ms: half of it at least, for the machine
 * may be busy with something else. */
#include "ring_fixture.h"

#define WITHIN_MS 300

static const struct key_effect day_rest = {.kind = EFFECT_REST,
                                           .scope = SCOPE_KEY_MODEL,
                                           .reason = REST_DAY_QUOTA,
                                           .rule = "quota.day",
                                           .prompt_tokens = -1,
                                           .output_tokens = -1};
static const struct key_effect limited = {.kind = EFFECT_REST,
                                          .scope = SCOPE_KEY_MODEL,
                                          .reason = REST_MINUTE_QUOTA,
                                          .rule = "quota.minute",
                                          .limit = LIMIT_REQUESTS_MINUTE,
                                          .learned_value = 17,
                                          .prompt_tokens = -1,
                                          .output_tokens = -1};
static const struct key_effect death = {
    .kind = EFFECT_DEAD, .scope = SCOPE_KEY, .rule = "key.leaked"};

typedef bool ring_condition(struct ring *ring);

/* How long it took; it happens in the end. */
static int until(struct ring *ring, ring_condition *condition)
{
    int64_t began_ms = clock_mono_ms();
    while (clock_mono_ms() - began_ms < UNIT_AT_ONCE_MS) {
        keyring_refresh(ring->keyring);
        if (condition(ring))
            return (int)(clock_mono_ms() - began_ms);
        pause_ms(5);
    }
    fail_msg("not seen");
    return -1;
}

static bool one_rests(struct ring *ring)
{
    struct ring_look look = ring_view(ring, 1);
    return look.found && look.view.reason == REST_DAY_QUOTA;
}

static bool one_is_free(struct ring *ring)
{
    return ring_view(ring, 1).view.eligible;
}

static bool five_is_limited(struct ring *ring)
{
    return ring_view(ring, 5).view.limits[LIMIT_REQUESTS_MINUTE] == 17;
}

static bool five_is_not_limited(struct ring *ring)
{
    return ring_view(ring, 5).view.limits[LIMIT_REQUESTS_MINUTE] == 0;
}

static bool two_is_dead(struct ring *ring)
{
    return ring_view(ring, 2).view.state == KEY_DEAD;
}

static bool three_is_paused(struct ring *ring)
{
    return ring_view(ring, 3).view.state == KEY_PAUSED;
}

static bool four_is_gone(struct ring *ring)
{
    return !ring_view(ring, 4).found;
}

static bool six_serves(struct ring *ring)
{
    return ring_view(ring, 6).found && ring_hit(ring, 6, &succeeded) == 0;
}

/* The other process does the step whose letter is written to it. */
static int other_process(struct fixture *fixture, int number, void *ctx)
{
    struct ring ring;
    const int *pipes = ctx;
    struct err err = ERR_INIT;
    int64_t id;
    char step = '\0';
    (void)number;
    if (ring_open(&ring, fixture, RING_THREADED, NULL) < 0 || write(pipes[3], "k", 1) != 1)
        return 1;
    int rc = 0;
    while (rc == 0 && read(pipes[0], &step, 1) == 1 && step != 'q') {
        if (step == 'r')
            rc = ring_hit(&ring, 1, &day_rest);
        else if (step == 'f')
            rc = keyring_reset_rest(ring.keyring, 1, NULL, &err);
        else if (step == 'l')
            rc = ring_hit(&ring, 5, &limited);
        else if (step == 'o')
            rc = keyring_reset_rest(ring.keyring, 5, NULL, &err);
        else if (step == 'd')
            rc = ring_hit(&ring, 2, &death);
        else if (step == 'p')
            rc = store_key_set_state(ring.store, 3, STORE_KEY_PAUSED, "", clock_wall_ms(), &err);
        else if (step == 'x')
            rc = store_key_delete(ring.store, 4, &err) == 1 ? 0 : -1;
        else if (step == 'a')
            rc = store_key_add(ring.store, STORE_KEY_GEMINI, "another", "", false, &id, &err) == 1
                     ? 0
                     : -1;
        if (rc == 0 && write(pipes[3], "k", 1) != 1)
            rc = -1;
    }
    ring_close(&ring);
    return rc == 0 ? 0 : 2;
}

static void test_another_process_sees_it(void **state)
{
    static const struct {
        char step;
        ring_condition *seen;
    } steps[] = {{'r', one_rests},       {'f', one_is_free},         {'d', two_is_dead},
                 {'l', five_is_limited}, {'o', five_is_not_limited}, {'p', three_is_paused},
                 {'x', four_is_gone},    {'a', six_serves}};
    struct fixture *fixture = *state;
    int pipes[4], soon = 0;
    char byte;
    add_keys(fixture, 5);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipe(pipes + 2), 0);
    pid_t pid = child_start(fixture, other_process, 1, pipes);
    struct ring ring;
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    assert_int_equal(read(pipes[2], &byte, 1), 1);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        assert_int_equal(write(pipes[1], &steps[i].step, 1), 1);
        assert_int_equal(read(pipes[2], &byte, 1), 1);
        soon += until(&ring, steps[i].seen) <= WITHIN_MS;
    }
    assert_in_range(soon, ARRAY_LEN(steps) / 2, ARRAY_LEN(steps));
    assert_int_equal(write(pipes[1], "q", 1), 1);
    assert_int_equal(child_wait(pid), 0);
    ring_close(&ring);
    /* And what was forgotten does not return. */
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    assert_true(five_is_not_limited(&ring));
    assert_true(one_is_free(&ring));
    assert_true(two_is_dead(&ring));
    ring_close(&ring);
    for (int i = 0; i < 4; i++)
        close(pipes[i]);
}

/* Own decisions stand although the store is read anew before they are written. */
static void test_a_reload_does_not_undo_what_is_unwritten(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    struct err err = ERR_INIT;
    add_keys(fixture, 3);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    struct sql_tx *lock = sql_begin(store_main(ring.store), &err);
    assert_non_null(lock);
    assert_int_equal(ring_hit(&ring, 1, &day_rest), 0);
    assert_int_equal(ring_hit(&ring, 2, &death), 0);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(keyring_reload(ring.keyring, &err), 0);
        assert_true(one_rests(&ring));
        assert_true(two_is_dead(&ring));
        pause_ms(20);
    }
    sql_rollback(&lock);
    assert_int_equal(journal_flush(ring.journal, 5000), 0);
    assert_int_equal(keyring_reload(ring.keyring, &err), 0);
    assert_true(one_rests(&ring));
    assert_true(two_is_dead(&ring));
    /* And then a person's word counts again. */
    assert_int_equal(
        store_key_set_state(ring.store, 2, STORE_KEY_ACTIVE, "", clock_wall_ms(), &err), 0);
    pause_ms(150);
    keyring_refresh(ring.keyring);
    assert_false(two_is_dead(&ring));
    ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_another_process_sees_it),
        RING_TEST(test_a_reload_does_not_undo_what_is_unwritten),
    };
    return UNIT_RUN(tests);
}
