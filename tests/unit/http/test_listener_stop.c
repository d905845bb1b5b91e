/* Stopping: running answers are finished, up to a bound. */
#include "listener_fixture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static void idle_workers_end_at_once(void **state)
{
    struct listener_fixture fixture;
    int fds[5];
    (void)state;
    fixture_open(&fixture, 10);
    for (int i = 0; i < 5; i++) { /* kept ones, and one on which nothing has come yet */
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        fds[i] = fixture_connect(&fixture);
        assert_true(client_request(fds[i], true, "/hello", "", 0, &out));
    }
    int64_t start_ms = clock_mono_ms();
    fixture_close(&fixture);
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    for (int i = 0; i < 5; i++) {
        assert_true(client_sees_close(fds[i]));
        close(fds[i]);
    }
}

static void running_answers_are_finished(void **state)
{
    enum { RUNNING = 5 };
    struct listener_fixture fixture;
    int fds[RUNNING];
    (void)state;
    fixture_open(&fixture, 10);
    for (int i = 0; i < RUNNING; i++) {
        fds[i] = fixture_connect(&fixture);
        assert_true(client_begin(fds[i], i % 2, "GET", "/sleep/400", -1));
        assert_true(client_body_end(fds[i]));
    }
    assert_true(fixture_wait_for(&fixture_seen.started, RUNNING));
    int64_t start_ms = clock_mono_ms();
    fixture_close(&fixture);
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    for (int i = 0; i < RUNNING; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        assert_true(client_answer(fds[i], &out));
        assert_string_equal(client_answer_body(&out), "slept");
        assert_true(client_sees_close(fds[i]));
        close(fds[i]);
    }
    assert_int_equal(client_connect(fixture.path, 0), -1);
}

/* In a process of its own: what the answer uses is left behind. */
static void the_wait_is_bounded(void **state)
{
    int status = 0;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        struct listener_fixture fixture;
        fixture_open_with(&fixture,
                          (struct http_listener_options){.workers_max = 4, .drain_timeout_s = 1});
        int fd = fixture_connect(&fixture);
        bool begun = client_begin(fd, false, "GET", "/sleep/60000", -1) && client_body_end(fd) &&
                     fixture_wait_for(&fixture_seen.started, 1);
        int64_t start_ms = clock_mono_ms();
        int running = http_listener_close(&fixture.listener);
        int64_t spent_ms = clock_mono_ms() - start_ms;
        rmdir(fixture.directory);
        bool bounded = spent_ms >= 900 && spent_ms < 2 * UNIT_AT_ONCE_MS;
        _exit(begun && running == 1 && !fixture.listener && bounded ? 0 : 1);
    }
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A connection whose request is on its way gets a second. */
static void fresh_connections_get_a_moment(void **state)
{
    struct listener_fixture fixture;
    int closing[2];
    int status = 0;
    (void)state;
    fixture_open(&fixture, 10);
    fixture_expect(&fixture, "/hello", "hello");
    int fd = fixture_connect(&fixture);
    fixture_sleep_ms(200); /* until it is accepted */
    assert_int_equal(pipe(closing), 0);
    pid_t child = fork(); /* sends while this process waits in fixture_close() */
    if (child == 0) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        char byte;
        (void)!read(closing[0], &byte, 1);
        fixture_sleep_ms(50);
        bool answered = client_request(fd, false, "/hello", "", 0, &out);
        _exit(answered && strcmp(client_answer_body(&out), "hello") == 0 ? 0 : 1);
    }
    close(fd);
    int64_t start_ms = clock_mono_ms();
    assert_int_equal(write(closing[1], "c", 1), 1);
    fixture_close(&fixture);
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    close(closing[0]);
    close(closing[1]);
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void open_and_close_again(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    for (int i = 0; i < 20; i++) {
        fixture_open(&fixture, 3);
        if (i % 2)
            fixture_expect(&fixture, "/hello", "hello");
        fixture_close(&fixture);
    }
    assert_int_equal(http_listener_close(&fixture.listener), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(idle_workers_end_at_once),
        cmocka_unit_test(running_answers_are_finished),
        cmocka_unit_test(the_wait_is_bounded),
        cmocka_unit_test(fresh_connections_get_a_moment),
        cmocka_unit_test(open_and_close_again),
    };
    return UNIT_RUN(tests);
}
