/* Transactions: all or nothing, one at a time in a process. */
#include "store_test.h"

static struct sql_db *open_file(struct fixture *fixture)
{
    FREE_AUTO char *path = fixture_path(fixture, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 5000, .readers = 2};
    struct sql_db *db = sql_open(&options, NULL);
    assert_non_null(db);
    assert_true(execute(db, SQL("CREATE TABLE IF NOT EXISTS t (n INTEGER)"), NULL) >= 0);
    return db;
}

static int64_t count(struct sql_db *db)
{
    return query_int(db, SQL("SELECT count(*) AS value FROM t"));
}

static void insert_in(struct sql_tx *tx)
{
    STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, SQL("INSERT INTO t VALUES (1)"), NULL);
    assert_int_equal(sql_run(stmt, NULL), 0);
}

static void leave_in_the_middle(struct sql_db *db)
{
    TX_AUTO struct sql_tx *tx = sql_begin(db, NULL);
    insert_in(tx);
}

static void test_commit_and_rollback(void **state)
{
    struct sql_db *db = open_file(*state);
    struct sql_tx *tx = sql_begin(db, NULL);
    insert_in(tx);
    assert_int_equal(count(db), 0); /* readers see what is committed */
    assert_int_equal(sql_commit(&tx, NULL), 0);
    assert_int_equal(count(db), 1);
    tx = sql_begin(db, NULL);
    insert_in(tx);
    sql_rollback(&tx);
    sql_rollback(&tx);
    leave_in_the_middle(db);
    assert_int_equal(count(db), 1);
    sql_close(&db);
}

static void test_a_transaction_inside_another_is_refused(void **state)
{
    struct sql_db *db = open_file(*state);
    struct sql_tx *tx = sql_begin(db, NULL);
    struct err err = ERR_INIT;
    assert_null(sql_begin(db, &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    insert_in(tx);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    assert_int_equal(count(db), 1);
    sql_close(&db);
}

static void test_a_statement_outlives_its_transaction_without_harm(void **state)
{
    struct sql_db *db = open_file(*state);
    struct sql_tx *tx = sql_begin(db, NULL);
    struct sql_stmt *stmt = sql_tx_stmt(tx, SQL("INSERT INTO t VALUES (:n)"), NULL);
    sql_bind_int(stmt, "n", 1);
    assert_int_equal(sql_run(stmt, NULL), 0);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    struct err err = ERR_INIT;
    sql_bind_int(stmt, "n", 2);
    assert_int_equal(sql_run(stmt, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_int_equal(sql_changes(stmt), 1);
    sql_stmt_done(&stmt);
    assert_int_equal(count(db), 1);
    sql_close(&db);
}

static void test_a_reader_does_not_write(void **state)
{
    struct sql_db *db = open_file(*state);
    struct sql_stmt *stmt = sql_query(db, SQL("INSERT INTO t VALUES (1)"), NULL);
    struct err err = ERR_INIT;
    assert_int_equal(sql_run(stmt, &err), -1);
    sql_stmt_done(&stmt);
    assert_int_equal(count(db), 0);
    sql_close(&db);
}

#define THREADS 8
#define ROUNDS 200

static void *add_many(void *ctx)
{
    struct sql_db *db = ctx;
    for (int i = 0; i < ROUNDS; i++) {
        struct sql_tx *tx = sql_begin(db, NULL);
        if (tx == NULL)
            return ctx;
        STMT_AUTO struct sql_stmt *stmt = sql_tx_stmt(tx, SQL("UPDATE t SET n = n + 1"), NULL);
        if (stmt == NULL || sql_run(stmt, NULL) != 0 || sql_commit(&tx, NULL) != 0)
            return ctx;
        STMT_AUTO struct sql_stmt *read = sql_query(db, SQL("SELECT n FROM t"), NULL);
        if (read == NULL || sql_step(read, NULL) != 1)
            return ctx;
    }
    return NULL;
}

static void test_threads_queue(void **state)
{
    struct sql_db *db = open_file(*state);
    assert_int_equal(execute(db, SQL("INSERT INTO t VALUES (0)"), NULL), 1);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, db), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(query_int(db, SQL("SELECT n AS value FROM t")), THREADS * ROUNDS);
    sql_close(&db);
}

static void *read_once(void *ctx)
{
    struct err err = ERR_INIT;
    struct sql_stmt *stmt = sql_query(ctx, SQL("SELECT 1 AS value"), &err);
    bool busy = stmt == NULL && err.code == ERR_BUSY;
    sql_stmt_done(&stmt);
    return busy ? ctx : NULL;
}

static void test_readers_run_out(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "t.db");
    struct sql_options options = {.path = path, .busy_timeout_ms = 50, .readers = 1};
    struct sql_db *db = sql_open(&options, NULL);
    struct sql_stmt *mine = sql_query(db, SQL("SELECT 1 AS value"), NULL);
    /* The same thread reads on the connection that it has. */
    assert_int_equal(query_int(db, SQL("SELECT 2 AS value")), 2);
    pthread_t thread;
    void *busy;
    pthread_create(&thread, NULL, read_once, db);
    pthread_join(thread, &busy);
    assert_non_null(busy);
    sql_stmt_done(&mine);
    pthread_create(&thread, NULL, read_once, db);
    pthread_join(thread, &busy);
    assert_null(busy);
    sql_close(&db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_commit_and_rollback, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_transaction_inside_another_is_refused, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_statement_outlives_its_transaction_without_harm,
                                        fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_reader_does_not_write, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_threads_queue, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_readers_run_out, fixture_dir, fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
