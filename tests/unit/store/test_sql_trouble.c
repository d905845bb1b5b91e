/* A lock that others hold, a disk that is full, a fork at the wrong time. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store_test.h"

static struct sql_db *open_db(void **state, int busy_timeout_ms)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = busy_timeout_ms, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    assert_non_null(db);
    assert_true(execute(db, SQL("CREATE TABLE IF NOT EXISTS t (body TEXT)"), NULL) >= 0);
    return db;
}

/* Holds the write lock until the pipe is closed; tells by a byte when it has it. */
static void hold_lock(void **state, int ready, int end)
{
    struct sql_db *db = open_db(state, 5000);
    struct sql_tx *tx = sql_begin(db, NULL);
    char byte = tx != NULL;
    if (write(ready, &byte, 1) == 1 && read(end, &byte, 1) <= 0)
        _exit(0);
    _exit(1);
}

static void test_a_lock_of_another_process(void **state)
{
    int ready[2], end[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(end), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(end[1]);
        hold_lock(state, ready[1], end[0]);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);

    FREE_AUTO char *path = fixture_path(*state, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 200, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    struct err err = ERR_INIT;
    int64_t began = clock_mono_ms();
    assert_null(sql_begin(db, &err));
    assert_int_equal(err.code, ERR_BUSY);
    int64_t took = clock_mono_ms() - began;
    assert_true(took >= 190 && took < UNIT_AT_ONCE_MS);
    assert_null(sql_begin_within(db, 0, &err));
    assert_int_equal(err.code, ERR_BUSY);
    /* Reading does not wait. */
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 0);

    close(end[1]);
    assert_int_equal(child_wait(pid), 0);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('x')"), &err), 1);
    sql_close(&db);
    close(end[0]);
    close(ready[0]);
    close(ready[1]);
}

/* Inserts until it fails; the rows that were committed, the failure in err. */
static int fill(struct sql_db *db, struct err *err)
{
    const struct sql_text *insert = SQL("INSERT INTO t VALUES (hex(randomblob(20000)))");
    int rows = 0;
    while (rows < 2000 && execute(db, insert, err) == 1)
        rows++;
    return rows;
}

static void test_a_database_at_its_maximum(void **state)
{
    struct sql_db *db = open_db(state, 1000);
    struct sql_tx *tx = sql_begin(db, NULL);
    struct sql_stmt *limit = sql_tx_stmt(tx, SQL("PRAGMA max_page_count = 100"), NULL);
    assert_int_equal(sql_run(limit, NULL), 0);
    sql_stmt_done(&limit);
    assert_int_equal(sql_commit(&tx, NULL), 0);

    struct err err = ERR_INIT;
    int rows = fill(db, &err);
    assert_int_equal(err.code, ERR_FULL);
    assert_true(rows > 0 && rows < 2000);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), rows);
    assert_true(execute(db, SQL("DELETE FROM t"), NULL) == rows);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('x')"), NULL), 1);
    assert_int_equal(sql_check(db, NULL), 0);
    sql_close(&db);
}

static void test_what_follows_a_failure_stays_in_the_transaction(void **state)
{
    struct sql_db *db = open_db(state, 1000);
    struct sql_tx *tx = sql_begin(db, NULL);
    STMT_AUTO struct sql_stmt *limit = sql_tx_stmt(tx, SQL("PRAGMA max_page_count = 20"), NULL);
    assert_int_equal(sql_run(limit, NULL), 0);
    STMT_AUTO struct sql_stmt *small = sql_tx_stmt(tx, SQL("INSERT INTO t VALUES ('x')"), NULL);
    STMT_AUTO struct sql_stmt *large =
        sql_tx_stmt(tx, SQL("INSERT INTO t VALUES (hex(randomblob(1000000)))"), NULL);
    assert_int_equal(sql_run(small, NULL), 0);
    struct err err = ERR_INIT;
    assert_int_equal(sql_run(large, &err), -1);
    assert_int_equal(err.code, ERR_FULL);
    /* Whether the database gave up or not: nothing of it is seen unless the commit succeeds. */
    int rc = sql_run(small, NULL);
    bool committed = sql_commit(&tx, NULL) == 0;
    int64_t count = query_int(db, SQL("SELECT count(*) AS value FROM t"));
    assert_int_equal(count, committed ? 2 : 0);
    assert_true(committed || rc != 0);
    sql_close(&db);
}

/* With a limit on file sizes writes fail as on a full disk. */
static void fill_with_limit(void **state)
{
    signal(SIGXFSZ, SIG_IGN);
    struct sql_db *db = open_db(state, 1000);
    struct rlimit limit = {.rlim_cur = 300000, .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    struct err err = ERR_INIT;
    int rows = fill(db, &err);
    bool full = err.code == ERR_FULL && rows > 0;
    int64_t count = query_int(db, SQL("SELECT count(*) AS value FROM t"));
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    bool again = execute(db, SQL("INSERT INTO t VALUES ('x')"), &err) == 1;
    bool sound = sql_check(db, &err) == 0;
    if (!full || count != rows || !again || !sound)
        fprintf(stderr, "rows %d, count %d: %s\n", rows, (int)count, err.text);
    sql_close(&db);
    _exit(full && count == rows && again && sound ? 0 : 1);
}

static void test_a_full_disk(void **state)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        fill_with_limit(state);
    assert_int_equal(child_wait(pid), 0);
}

static void test_a_child_does_not_use_its_parents_database(void **state)
{
    struct sql_db *db = open_db(state, 1000);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct err err = ERR_INIT;
        bool refused = sql_begin(db, &err) == NULL && err.code == ERR_INTERNAL &&
                       sql_query(db, SQL("SELECT 1 AS value"), &err) == NULL;
        sql_close(&db);
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(child_wait(pid), 0);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('x')"), NULL), 1);
    sql_close(&db);
}

static void test_a_place_that_is_none(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "no/such/place.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 100, .readers = 1};
    struct err err = ERR_INIT;
    assert_null(sql_open(&options, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "place.db"));
}

static void test_a_file_that_is_no_database(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", file);
    fclose(file);
    struct sql_options options = {.path = path, .busy_timeout_ms = 100, .readers = 1};
    struct err err = ERR_INIT;
    assert_null(sql_open(&options, &err));
    assert_int_equal(err.code, ERR_DAMAGED);
}

static void rename_database(const char *from, const char *to)
{
    FREE_AUTO char *from_log = xasprintf("%s-wal", from);
    FREE_AUTO char *to_log = xasprintf("%s-wal", to);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(rename(from_log, to_log), 0);
}

static void unlink_logs(const char *path)
{
    FREE_AUTO char *log = xasprintf("%s-wal", path);
    FREE_AUTO char *index = xasprintf("%s-shm", path);
    unlink(log);
    unlink(index);
}

/* What is written to a file that has lost its name is lost: it has to fail. */
static void test_a_file_that_was_removed(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    FREE_AUTO char *away = fixture_path(*state, "away.db");
    struct sql_db *db = open_db(state, 200);
    struct err err = ERR_INIT;
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('x')"), NULL), 1);
    int64_t version = sql_data_version(db);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 1);
    rename_database(path, away);
    assert_null(sql_begin(db, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_null(sql_query(db, SQL("SELECT count(*) AS value FROM t"), &err));
    assert_int_equal(err.code, ERR_IO);
    /* When it is back, all is well, and whoever watches for changes is told of one. */
    rename_database(away, path);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('y')"), NULL), 1);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 2);
    assert_int_not_equal(sql_data_version(db), version);
    assert_int_equal(sql_check(db, NULL), 0);
    sql_close(&db);
}

static void test_another_file_in_its_place(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    FREE_AUTO char *copy = fixture_path(*state, "copy.db");
    struct sql_db *db = open_db(state, 200);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('x')"), NULL), 1);
    assert_int_equal(sql_copy(db, copy, NULL), 0);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('y')"), NULL), 1);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 2);
    unlink_logs(path);
    assert_int_equal(rename(copy, path), 0);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 1);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES ('z')"), NULL), 1);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 2);
    sql_close(&db);
    db = open_db(state, 200);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM t")), 2);
    sql_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_lock_of_another_process, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_database_at_its_maximum, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_follows_a_failure_stays_in_the_transaction,
                                        fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_child_does_not_use_its_parents_database, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_place_that_is_none, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_no_database, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_was_removed, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_another_file_in_its_place, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
