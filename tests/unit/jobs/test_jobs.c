/* Shared jobs: run by exactly one process, when it is time, under a lease that a dead process loses. The
 * table of jobs is this test's own. */
#include "../store/store_test.h"

#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "jobs/jobs_priv.h"
#include "store/store_jobs.h"

#define PROCESSES 4
#define LEASE_MS (2 * MINUTE_MS) /* as jobs.c holds one */

static int64_t interval = HOUR_MS;
static int *ran; /* shared with children */
static int work_ms;
static bool broken;
static bool renewed;

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static int64_t counted_interval(const struct settings *set)
{
    (void)set;
    return interval;
}

static int counted(struct job_run *run, struct err *err)
{
    __atomic_add_fetch(ran, 1, __ATOMIC_SEQ_CST);
    for (int done = 0; done < work_ms; done += 10) {
        pause_ms(10);
        if (!job_may_go_on(run))
            break;
        /* Somebody who comes right after the first lease would have ended. */
        renewed =
            store_lease_take(run->env->store, run->job->name, "another", run->now_ms + LEASE_MS + 1,
                             run->now_ms + 2 * LEASE_MS, NULL) == 0;
    }
    snprintf(run->result, sizeof(run->result), "counted");
    return broken ? err_set(err, ERR_IO, "broken on purpose") : 0;
}

const struct job shared_jobs[] = {
    {.name = "counted", .interval_ms = counted_interval, .run = counted}};
const size_t shared_job_count = 1;

static struct settings_holder *holder(void)
{
    struct err err = ERR_INIT;
    struct settings *set = settings_build(NULL, NULL, &err);
    assert_non_null(set);
    struct settings_holder *made = settings_holder_create(set);
    return made;
}

static int set_up(void **state)
{
    ran = mmap(NULL, sizeof(*ran), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    interval = HOUR_MS;
    work_ms = 0;
    broken = renewed = false;
    return ran == MAP_FAILED ? -1 : fixture_dir(state);
}

static int tear_down(void **state)
{
    munmap(ran, sizeof(*ran));
    return fixture_tear_down(state);
}

/* Opens the store, runs what is due, closes it: as many jobs as ran, -1 on failure. */
static int run_due(struct fixture *fixture, bool force)
{
    struct err err = ERR_INIT;
    struct jobs_env env = {.store = fixture_open(fixture), .settings = holder()};
    int rc = env.store ? jobs_run_shared(&env, force, &err) : -1;
    if (rc < 0)
        fprintf(stderr, "jobs: %s\n", err.text);
    settings_holder_destroy(&env.settings);
    store_close(&env.store);
    return rc;
}

static void test_one_of_several_processes_runs_it(void **state)
{
    struct fixture *fixture = *state;
    pid_t pids[PROCESSES];
    work_ms = 50;
    store_close(&(struct store *){fixture_open(fixture)});
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            int rc = 0;
            for (int turn = 0; turn < 10 && rc >= 0; turn++)
                rc = run_due(fixture, false);
            _exit(rc < 0);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_wait(pids[i]), 0);
    assert_int_equal(*ran, 1);
}

static void test_it_runs_again_after_its_interval(void **state)
{
    interval = 60000;
    assert_int_equal(run_due(*state, false), 1);
    assert_int_equal(run_due(*state, false), 0);
    interval = 1;
    pause_ms(10);
    assert_int_equal(run_due(*state, false), 1);
    assert_int_equal(*ran, 2);
}

static void test_interval_0_is_off(void **state)
{
    interval = 0;
    assert_int_equal(run_due(*state, false), 0);
    assert_int_equal(*ran, 0);
    assert_int_equal(run_due(*state, true), 1);
}

static void test_force_does_not_wait(void **state)
{
    assert_int_equal(run_due(*state, false), 1);
    assert_int_equal(run_due(*state, true), 1);
    assert_int_equal(*ran, 2);
}

static void test_a_failure_is_told_and_not_repeated_at_once(void **state)
{
    struct fixture *fixture = *state;
    broken = true;
    assert_int_equal(run_due(fixture, false), 1);
    assert_int_equal(run_due(fixture, false), 0);
    fixture->store = fixture_open(fixture);
    assert_true(store_job_last_run(fixture->store, "counted") > 0);
}

static void test_the_lease_of_a_dead_process_expires(void **state)
{
    struct fixture *fixture = *state;
    work_ms = 60000;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_due(fixture, false) < 0);
    for (int i = 0; i < 500 && !__atomic_load_n(ran, __ATOMIC_SEQ_CST); i++)
        pause_ms(10);
    kill(pid, SIGKILL);
    assert_int_equal(child_wait(pid), -SIGKILL);
    assert_int_equal(*ran, 1);
    work_ms = 0;
    assert_int_equal(run_due(fixture, true), 0); /* it might still be at work */
    fixture->store = fixture_open(fixture);
    int64_t later_ms = clock_wall_ms() + LEASE_MS + SECOND_MS;
    assert_int_equal(
        store_lease_take(fixture->store, "counted", "another", later_ms, later_ms + 1, NULL), 1);
}

static void test_going_on_renews_the_lease(void **state)
{
    work_ms = 30;
    assert_int_equal(run_due(*state, false), 1);
    assert_true(renewed);
}

static void test_a_lost_lease_ends_the_job(void **state)
{
    struct fixture *fixture = *state;
    fixture->store = fixture_open(fixture);
    struct jobs_env env = {.store = fixture->store};
    struct job_run run = {.job = &shared_jobs[0], .env = &env, .owner = "first"};
    int64_t now_ms = clock_wall_ms();
    assert_true(job_may_go_on(&run));
    assert_int_equal(store_lease_release(fixture->store, "counted", "first", NULL), 0);
    assert_int_equal(
        store_lease_take(fixture->store, "counted", "second", now_ms, now_ms + MINUTE_MS, NULL), 1);
    assert_false(job_may_go_on(&run));
    bool stopping = true;
    struct job_run second = {
        .job = &shared_jobs[0], .env = &env, .owner = "second", .stopping = &stopping};
    assert_false(job_may_go_on(&second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_of_several_processes_runs_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_it_runs_again_after_its_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_interval_0_is_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_force_does_not_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failure_is_told_and_not_repeated_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_lease_of_a_dead_process_expires, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_going_on_renews_the_lease, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lost_lease_ends_the_job, set_up, tear_down),
    };
    return UNIT_RUN(tests);
}
