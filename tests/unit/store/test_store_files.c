/* What a store leaves on the disk, and who may open it. */
#include <sys/stat.h>

#include "store_test.h"

static int mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (int)(status.st_mode & 0777);
}

static void test_modes(void **state)
{
    struct fixture *fixture = *state;
    mode_t before = umask(0);
    FREE_AUTO char *dir = fixture_path(fixture, "new");
    struct store_options options = {
        .dir = dir, .vault = fixture->vault, .busy_timeout_ms = 1000, .readers = 1};
    struct store *store = store_open(&options, NULL);
    umask(before);
    assert_non_null(store);
    assert_int_equal(mode_of(dir), 0700);
    const char *names[] = {"gemini-balance.db", "gemini-balance.db-wal", "gemini-balance.db-shm",
                           "log.db"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        FREE_AUTO char *path = xasprintf("%s/%s", dir, names[i]);
        UNIT_ROW(mode_of(path) == 0600, names[i]);
    }
    assert_true(store_reachable(store));
    assert_int_equal(store_check(store, NULL), 0);
    store_close(&store);
    assert_null(store);
    const char *left[] = {"gemini-balance.db", "log.db"};
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        FREE_AUTO char *path = xasprintf("%s/%s", dir, left[i]);
        unlink(path);
    }
    rmdir(dir);
}

static void test_what_lies_in_the_way(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *file = fixture_path(fixture, "file");
    fclose(fopen(file, "w"));
    FREE_AUTO char *dir = fixture_path(fixture, "file/below");
    struct store_options options = {
        .dir = dir, .vault = fixture->vault, .busy_timeout_ms = 1000, .readers = 1};
    struct err err = ERR_INIT;
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_IO);
    options.dir = file;
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_IO);
}

static void test_a_newer_store_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->store = fixture_open(fixture);
    assert_int_equal(execute(store_main(fixture->store),
                             SQL("INSERT INTO schema_versions VALUES (1000, 'later', 0)"), NULL),
                     1);
    store_close(&fixture->store);
    struct store_options options = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 1000, .readers = 1};
    struct err err = ERR_INIT;
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "gemini-balance.db"));
}

/* Processes that start together all get the store. */
static void open_in_children(struct fixture *fixture)
{
    pid_t pids[6];
    fflush(NULL);
    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct store *store = fixture_open(fixture);
            bool ok = store != NULL && store_reachable(store);
            store_close(&store);
            _exit(ok ? 0 : 1);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(pids); i++)
        assert_int_equal(child_wait(pids[i]), 0);
}

static void test_many_processes_make_one_store(void **state)
{
    struct fixture *fixture = *state;
    open_in_children(fixture);
    fixture->store = fixture_open(fixture);
    assert_int_equal(store_check(fixture->store, NULL), 0);
}

/* Fills the file from `from` on with bytes that are no pages of a database. */
static void damage(const char *path, long from)
{
    struct stat status;
    FILE *file = fopen(path, "r+");
    assert_int_equal(stat(path, &status), 0);
    fseek(file, from, SEEK_SET);
    for (long at = from; at < status.st_size; at++)
        fputc(0xa5, file);
    fclose(file);
}

static void test_a_damaged_log_is_set_aside(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, "log.db");
    FREE_AUTO char *aside = fixture_path(fixture, "log.db.damaged");
    for (long from = 0; from <= 4096; from += 4096) {
        fixture->store = fixture_open(fixture);
        store_close(&fixture->store);
        damage(path, from);
        open_in_children(fixture);
        assert_int_equal(mode_of(aside), 0600);
        assert_int_equal(mode_of(path), 0600);
    }
    unlink(aside);
}

static void test_a_damaged_main_database_is_refused(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *path = fixture_path(fixture, "gemini-balance.db");
    struct store_options options = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 1000, .readers = 1};
    struct err err = ERR_INIT;
    fixture->store = fixture_open(fixture);
    store_close(&fixture->store);
    damage(path, 0);
    assert_null(store_open(&options, &err));
    assert_int_equal(err.code, ERR_DAMAGED);
    assert_non_null(strstr(err.text, "gemini-balance.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_modes, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_lies_in_the_way, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_store_is_refused, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_many_processes_make_one_store, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_log_is_set_aside, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_main_database_is_refused, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
