/* Leases of scheduled jobs. */
#include "store/store_jobs.h"
#include "store_test.h"

static void test_one_owner_at_a_time(void **state)
{
    struct store *store = fixture_store(state);
    assert_int_equal(store_lease_take(store, "jobs", "a", 100, 200, NULL), 1);
    assert_int_equal(store_lease_take(store, "jobs", "b", 150, 250, NULL), 0);
    assert_int_equal(store_lease_take(store, "jobs", "a", 150, 300, NULL), 1); /* renewed */
    assert_int_equal(store_lease_take(store, "jobs", "b", 299, 400, NULL), 0);
    assert_int_equal(store_lease_take(store, "jobs", "b", 300, 400, NULL), 1); /* expired */
    assert_int_equal(store_lease_take(store, "jobs", "a", 310, 500, NULL), 0);
    assert_int_equal(store_lease_take(store, "other", "a", 310, 500, NULL), 1);
    assert_int_equal(store_lease_release(store, "jobs", "a", NULL), 0); /* not a's */
    assert_int_equal(store_lease_take(store, "jobs", "a", 310, 500, NULL), 0);
    assert_int_equal(store_lease_release(store, "jobs", "b", NULL), 0);
    assert_int_equal(store_lease_take(store, "jobs", "a", 310, 500, NULL), 1);
}

static void test_the_last_run(void **state)
{
    struct store *store = fixture_store(state);
    assert_int_equal(store_job_last_run(store, "trim"), 0);
    assert_int_equal(store_job_ran(store, "trim", 100, "ok", NULL), 0);
    assert_int_equal(store_job_ran(store, "trim", 200, NULL, NULL), 0);
    assert_int_equal(store_job_last_run(store, "trim"), 200);
    assert_int_equal(store_job_last_run(store, "check"), 0);
}

static void test_one_process_of_many_gets_it(void **state)
{
    struct fixture *fixture = *state;
    pid_t pids[4];
    fflush(NULL);
    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            char owner[16];
            snprintf(owner, sizeof(owner), "p%zu", i);
            struct store *store = fixture_open(fixture);
            int rc = store_lease_take(store, "jobs", owner, 100, 200, NULL);
            store_close(&store);
            _exit(rc < 0 ? 99 : rc);
        }
    }
    int owners = 0;
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        owners += child_wait(pids[i]);
    assert_int_equal(owners, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_one_owner_at_a_time),
        STORE_TEST(test_the_last_run),
        cmocka_unit_test_setup_teardown(test_one_process_of_many_gets_it, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
