/* An idle program writes nothing: the real jobs, run again and again with nothing to do, leave every file of
 * the store as it is; what is over is cleaned all the same, and then told. */
#include "../store/store_test.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "jobs/jobs_priv.h"
#include "store/store_jobs.h"
#include "store/store_keys.h"
#include "store/store_sessions.h"

#define ROUNDS 3

static const char *const files[] = {"gemini-balance.db", "gemini-balance.db-wal", "log.db",
                                    "log.db-wal"};

struct snapshot {
    off_t size[ARRAY_LEN(files)];
    struct timespec written[ARRAY_LEN(files)];
};

static void look(const struct fixture *fixture, struct snapshot *snapshot_r)
{
    memset(snapshot_r, 0, sizeof(*snapshot_r));
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *path = fixture_path(fixture, files[i]);
        struct stat found;
        if (stat(path, &found) == 0) {
            snapshot_r->size[i] = found.st_size;
            snapshot_r->written[i] = found.st_mtim;
        }
        free(path);
    }
}

static void run_all(struct store *store)
{
    struct err err = ERR_INIT;
    struct settings *set = settings_build(NULL, NULL, &err);
    assert_non_null(set);
    struct jobs_env env = {.store = store, .settings = settings_holder_create(set)};
    int rc = jobs_run_shared(&env, true, &err);
    assert_ok(rc, &err);
    assert_int_equal(rc, shared_job_count);
    settings_holder_destroy(&env.settings);
}

static void assert_untouched_by_jobs(const struct fixture *fixture)
{
    struct snapshot before, after;
    look(fixture, &before);
    for (int i = 0; i < ROUNDS; i++)
        run_all(fixture->store);
    look(fixture, &after);
    assert_memory_equal(&before, &after, sizeof(before));
}

static void add_session(struct store *store, const char *id, int64_t expires_ms)
{
    struct store_session session = {.csrf = "t", .created_ms = 1, .expires_ms = expires_ms};
    snprintf(session.id_hash, sizeof(session.id_hash), "%s", id);
    assert_int_equal(store_session_put(store, &session, NULL), 0);
}

static void test_a_new_store_is_left_alone(void **state)
{
    assert_untouched_by_jobs(*state);
}

static void test_what_lasts_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    add_session(fixture->store, "lasting", clock_wall_ms() + HOUR_MS);
    assert_untouched_by_jobs(fixture);
    for (size_t i = 0; i < shared_job_count; i++)
        assert_int_equal(store_job_last_run(fixture->store, shared_jobs[i].name), 0);
}

static void test_what_is_over_is_cleaned(void **state)
{
    struct fixture *fixture = *state;
    struct snapshot before, after;
    struct store_session got;
    add_session(fixture->store, "over", clock_wall_ms() - 1);
    look(fixture, &before);
    run_all(fixture->store);
    look(fixture, &after);
    assert_memory_not_equal(&before, &after, sizeof(before));
    assert_int_equal(store_session_get(fixture->store, "over", 0, &got, NULL), 0);
    assert_untouched_by_jobs(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_new_store_is_left_alone),
        STORE_TEST(test_what_lasts_is_left_alone),
        STORE_TEST(test_what_is_over_is_cleaned),
    };
    return UNIT_RUN(tests);
}
