/* FILES_CLEANUP_*: the records of files that Google has dropped, by the program's own table of jobs. */
#include "../store/store_test.h"

#include "base/clock.h"
#include "jobs/jobs.h"
#include "store/store_jobs.h"
#include "store/store_keys.h"
#include "store/store_pins.h"

#define JOB "files-cleanup"

static int64_t key_id;

static int set_up(void **state)
{
    if (fixture_set_up(state) < 0)
        return -1;
    return store_key_add(fixture_store(state), STORE_KEY_GEMINI, "a key", "", false, &key_id,
                         NULL) == 1
               ? 0
               : -1;
}

static void put(struct store *store, const char *name, const char *kind, int64_t expires_in_ms)
{
    int64_t now_ms = clock_wall_ms();
    const struct store_pin pin = {.name = name,
                                  .kind = kind,
                                  .key_id = key_id,
                                  .created_ms = now_ms - 2 * DAY_MS,
                                  .expires_ms = now_ms + expires_in_ms,
                                  .detail = ""};
    assert_int_equal(store_pin_put(store, &pin, NULL), 0);
}

static int join(void *ctx, const struct store_pin *pin)
{
    strbuf_printf(ctx, "%s ", pin->name);
    return 0;
}

/* The records that are there, also those that have expired. */
static void assert_there(struct store *store, const char *kind, const char *names)
{
    STRBUF_AUTO struct strbuf found = STRBUF_INIT(1000);
    const struct store_pin_filter filter = {.kind = kind, .token_id = -1};
    assert_int_equal(store_pins_each(store, &filter, join, &found, NULL), 0);
    assert_string_equal(strbuf_str(&found), names);
}

/* Runs what is due, as the scheduler's thread does. */
static void run_due(void **state, const char *enabled, const char *hours)
{
    struct fixture *fixture = *state;
    struct setting_rows rows = {0};
    struct err err = ERR_INIT;
    setting_rows_add(&rows, "DATA_DIR", fixture->dir);
    setting_rows_add(&rows, "CHECK_INTERVAL_HOURS", "0");
    setting_rows_add(&rows, "FILES_CLEANUP_ENABLED", enabled);
    setting_rows_add(&rows, "FILES_CLEANUP_INTERVAL_HOURS", hours);
    struct settings *set = settings_build(&rows, NULL, &err);
    assert_non_null(set);
    struct settings_holder *holder = settings_holder_create(set);
    const struct jobs_env env = {.store = fixture->store, .settings = holder};
    assert_true(jobs_run_shared(&env, false, &err) > 0);
    settings_holder_destroy(&holder);
    setting_rows_free(&rows);
}

static void ran_before(struct store *store, int64_t ms)
{
    assert_int_equal(store_job_ran(store, JOB, clock_wall_ms() - ms, "", NULL), 0);
}

static void what_has_expired_goes_and_the_rest_stays(void **state)
{
    struct store *store = fixture_store(state);
    put(store, "files/gone", "file", -1);
    put(store, "files/there", "file", HOUR_MS);
    put(store, "cachedContents/there", "cache", HOUR_MS);
    run_due(state, "true", "1");
    assert_there(store, "file", "files/there ");
    assert_there(store, "cache", "cachedContents/there ");
    assert_true(store_job_last_run(store, JOB) > 0);
}

static void off_means_off(void **state)
{
    struct store *store = fixture_store(state);
    put(store, "files/gone", "file", -1);
    put(store, "cachedContents/gone", "cache", -1);
    run_due(state, "false", "1");
    assert_there(store, "file", "files/gone ");
    assert_there(store, "cache", ""); /* another job's, which did run */
    run_due(state, "true", "1");
    assert_there(store, "file", "");
}

static void not_before_its_interval(void **state)
{
    struct store *store = fixture_store(state);
    put(store, "files/gone", "file", -1);
    ran_before(store, 3 * HOUR_MS);
    run_due(state, "true", "4");
    assert_there(store, "file", "files/gone ");
    run_due(state, "true", "3");
    assert_there(store, "file", "");
    put(store, "files/next", "file", -1);
    run_due(state, "true", "3");
    assert_there(store, "file", "files/next ");
    ran_before(store, 3 * HOUR_MS + 1);
    run_due(state, "true", "3");
    assert_there(store, "file", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_has_expired_goes_and_the_rest_stays, set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(off_means_off, set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(not_before_its_interval, set_up, fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
