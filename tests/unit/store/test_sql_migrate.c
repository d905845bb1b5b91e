/* Migrations: in order, once, all or none. */
#include "store_test.h"

static const struct sql_migration steps[] = {
    {1, "one", "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);"},
    {2, "two", "-- a comment; with a semicolon\nUPDATE a SET n = n + 10;"},
    {3, "three", "CREATE TABLE b (n INTEGER);"},
};

static struct sql_db *open_db(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "m.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 5000, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    assert_non_null(db);
    return db;
}

static void test_each_runs_once(void **state)
{
    struct sql_db *db = open_db(state);
    assert_int_equal(sql_migrate(db, steps, 1, NULL), 0);
    assert_int_equal(sql_migrate(db, steps, 1, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 1);
    assert_int_equal(sql_migrate(db, steps, 3, NULL), 0);
    sql_close(&db);
    db = open_db(state);
    assert_int_equal(sql_migrate(db, steps, 3, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 11);
    sql_close(&db);
}

static void test_a_failure_leaves_nothing(void **state)
{
    const struct sql_migration broken[] = {
        steps[0], steps[1], {3, "broken", "CREATE TABLE c (n INTEGER); INSERT INTO d VALUES (1);"}};
    struct sql_db *db = open_db(state);
    struct err err = ERR_INIT;
    assert_int_equal(sql_migrate(db, broken, 3, &err), -1);
    assert_non_null(strstr(err.text, "broken"));
    assert_int_equal(
        query_int(db, SQL("SELECT count(*) AS value FROM sqlite_master WHERE name IN ('a', 'c')")),
        0);
    assert_int_equal(sql_migrate(db, steps, 3, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 11);
    sql_close(&db);
}

static void test_a_newer_database_is_refused(void **state)
{
    struct sql_db *db = open_db(state);
    assert_int_equal(sql_migrate(db, steps, 3, NULL), 0);
    struct err err = ERR_INIT;
    assert_int_equal(sql_migrate(db, steps, 2, &err), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "newer version"));
    sql_close(&db);
}

static void test_two_processes_at_once(void **state)
{
    pid_t pids[4];
    fflush(NULL);
    for (int i = 0; i < 4; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct sql_db *db = open_db(state);
            int rc = sql_migrate(db, steps, 3, NULL);
            sql_close(&db);
            _exit(rc == 0 ? 0 : 1);
        }
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(child_wait(pids[i]), 0);
    struct sql_db *db = open_db(state);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 11);
    sql_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_runs_once, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_failure_leaves_nothing, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_database_is_refused, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_two_processes_at_once, fixture_dir, fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
