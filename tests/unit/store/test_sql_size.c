/* The version that tells of others' writes, the size, and giving space back. */
#include "base/clock.h"
#include "store_test.h"

static struct sql_db *open_db(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 5000, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    assert_non_null(db);
    assert_true(execute(db, SQL("CREATE TABLE IF NOT EXISTS t (body TEXT)"), NULL) >= 0);
    return db;
}

static void test_the_version_moves_when_another_process_writes(void **state)
{
    struct sql_db *db = open_db(state);
    int64_t version = sql_data_version(db);
    assert_true(version >= 0);
    assert_int_equal(sql_data_version(db), version);
    sql_close(&db);

    fflush(NULL);
    int go[2];
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char byte;
        if (read(go[0], &byte, 1) != 1)
            _exit(2);
        struct sql_db *other = open_db(state);
        int64_t changes = execute(other, SQL("INSERT INTO t VALUES ('x')"), NULL);
        sql_close(&other);
        _exit(changes == 1 ? 0 : 1);
    }
    db = open_db(state);
    version = sql_data_version(db);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(child_wait(pid), 0);
    assert_int_not_equal(sql_data_version(db), version);
    sql_close(&db);
    close(go[0]);
    close(go[1]);
}

static void test_space_is_given_back(void **state)
{
    struct sql_db *db = open_db(state);
    int64_t empty = sql_size(db);
    assert_true(empty > 0);
    const struct sql_text *insert = SQL("INSERT INTO t VALUES (hex(randomblob(500000)))");
    for (int i = 0; i < 5; i++)
        assert_int_equal(execute(db, insert, NULL), 1);
    assert_true(sql_size(db) > 5000000);
    assert_int_equal(execute(db, SQL("DELETE FROM t"), NULL), 5);
    assert_true(sql_size(db) <= empty + 8192); /* and the map of pages */
    int slices = 0;
    while (sql_shrink(db, NULL) == 1)
        slices++;
    assert_true(slices >= 2 && slices < 10);
    assert_int_equal(
        query_int(db, SQL("SELECT freelist_count AS value FROM pragma_freelist_count")), 0);
    assert_int_equal(sql_check(db, NULL), 0);
    sql_close(&db);
}

/* In KiB, as SQLite tells it: negative. */
static void test_a_lean_connection_keeps_few_pages(void **state)
{
    const struct sql_text *cache = SQL("SELECT cache_size AS value FROM pragma_cache_size");
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 5000, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    assert_int_equal(query_int(db, cache), -1024);
    sql_close(&db);
    options.lean = true;
    db = sql_open(&options, NULL);
    assert_int_equal(query_int(db, cache), -128);
    sql_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_version_moves_when_another_process_writes,
                                        fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_space_is_given_back, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_lean_connection_keeps_few_pages, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
