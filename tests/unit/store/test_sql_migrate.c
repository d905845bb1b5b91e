/* Migrations: in order, once, all or none. */
#include "store_test.h"

static const struct sql_migration steps[] = {
    {1, "one", "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);"},
    {2, "two", "-- a comment; with a semicolon\nUPDATE a SET n = n + 10;"},
    {3, "three", "CREATE TABLE b (n INTEGER);"},
};

static int migrate(struct sql_db *db, size_t count, const char *keep, struct err *err)
{
    return sql_migrate(db, &(struct sql_migrations){steps, count}, keep, err);
}

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
    assert_int_equal(migrate(db, 1, NULL, NULL), 0);
    assert_int_equal(migrate(db, 1, NULL, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 1);
    assert_int_equal(migrate(db, 3, NULL, NULL), 0);
    sql_close(&db);
    db = open_db(state);
    assert_int_equal(migrate(db, 3, NULL, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 11);
    sql_close(&db);
}

static void test_a_failure_leaves_nothing(void **state)
{
    const struct sql_migration broken[] = {
        steps[0], steps[1], {3, "broken", "CREATE TABLE c (n INTEGER); INSERT INTO d VALUES (1);"}};
    struct sql_db *db = open_db(state);
    struct err err = ERR_INIT;
    assert_int_equal(sql_migrate(db, &(struct sql_migrations){broken, 3}, NULL, &err), -1);
    assert_non_null(strstr(err.text, "broken"));
    assert_int_equal(
        query_int(db, SQL("SELECT count(*) AS value FROM sqlite_master WHERE name IN ('a', 'c')")),
        0);
    assert_int_equal(migrate(db, 3, NULL, NULL), 0);
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 11);
    sql_close(&db);
}

static void test_a_newer_database_is_refused(void **state)
{
    struct sql_db *db = open_db(state);
    assert_int_equal(migrate(db, 3, NULL, NULL), 0);
    struct err err = ERR_INIT;
    assert_int_equal(migrate(db, 2, NULL, &err), -1);
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
            int rc = migrate(db, 3, NULL, NULL);
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

/* The column "value" in a copy that was kept. */
static int64_t value_in(const char *path, const struct sql_text *text)
{
    struct sql_options options = {.path = path, .busy_timeout_ms = 1000, .readers = 1};
    assert_int_equal(access(path, R_OK), 0);
    struct sql_db *db = sql_open(&options, NULL);
    int64_t value = query_int(db, text);
    sql_close(&db);
    return value;
}

static void test_a_copy_is_kept_before(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *keep = fixture_path(fixture, "m.db");
    FREE_AUTO char *first = fixture_path(fixture, "m.db.v1");
    FREE_AUTO char *second = fixture_path(fixture, "m.db.v2");
    struct sql_db *db = open_db(state);
    assert_int_equal(migrate(db, 1, keep, NULL), 0);
    assert_int_equal(access(first, F_OK), -1); /* a new database has nothing to lose */
    assert_int_equal(migrate(db, 2, keep, NULL), 0);
    assert_int_equal(value_in(first, SQL("SELECT n AS value FROM a")), 1);
    assert_int_equal(migrate(db, 3, keep, NULL), 0);
    assert_int_equal(value_in(second, SQL("SELECT n AS value FROM a")), 11);
    assert_int_equal(access(first, F_OK), 0);
    sql_close(&db);
}

static void test_only_two_copies_stay(void **state)
{
    const struct sql_migration more[] = {
        steps[0], steps[1], steps[2], {4, "four", "CREATE TABLE c (n INTEGER);"}};
    struct fixture *fixture = *state;
    FREE_AUTO char *keep = fixture_path(fixture, "m.db");
    struct sql_db *db = open_db(state);
    for (size_t count = 1; count <= 4; count++)
        assert_int_equal(sql_migrate(db, &(struct sql_migrations){more, count}, keep, NULL), 0);
    sql_close(&db);
    for (int version = 1; version <= 4; version++) {
        FREE_AUTO char *path = xasprintf("%s.v%d", keep, version);
        UNIT_ROW((access(path, F_OK) == 0) == (version == 2 || version == 3), path);
    }
}

static void test_without_a_copy_nothing_is_changed(void **state)
{
    struct fixture *fixture = *state;
    FREE_AUTO char *keep = fixture_path(fixture, "no such folder/m.db");
    struct sql_db *db = open_db(state);
    assert_int_equal(migrate(db, 1, keep, NULL), 0);
    struct err err = ERR_INIT;
    assert_int_equal(migrate(db, 2, keep, &err), -1);
    assert_non_null(strstr(err.text, "stays as it is"));
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM a")), 1);
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
        cmocka_unit_test_setup_teardown(test_a_copy_is_kept_before, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_only_two_copies_stay, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_a_copy_nothing_is_changed, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
