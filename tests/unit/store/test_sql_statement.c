/* Statements: binding and reading by name, and what goes wrong. */
#include "store_test.h"

static const struct sql_options in_memory = {
    .path = ":memory:", .busy_timeout_ms = 1000, .readers = 1};

static int set_up(void **state)
{
    struct sql_db *db = sql_open(&in_memory, NULL);
    assert_non_null(db);
    assert_true(execute(db,
                        SQL("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE,"
                            " weight REAL, body BLOB, note TEXT CHECK (note <> 'bad'))"),
                        NULL) >= 0);
    *state = db;
    return 0;
}

static int tear_down(void **state)
{
    struct sql_db *db = *state;
    sql_close(&db);
    assert_null(db);
    return 0;
}

static const struct sql_text INSERT = {
    "insert", "INSERT INTO thing (name, weight, body, note) VALUES (:name, :weight, :body, :note)"};

static void insert(struct sql_db *db, const char *name)
{
    struct sql_tx *tx = sql_begin(db, NULL);
    struct sql_stmt *stmt = sql_tx_stmt(tx, &INSERT, NULL);
    sql_bind_text(stmt, "name", name);
    sql_bind_num(stmt, ":weight", 2.5); /* the colon may be written */
    sql_bind_blob(stmt, "body", "a\0b", 3);
    sql_bind_null(stmt, "note");
    assert_int_equal(sql_run(stmt, NULL), 0);
    assert_int_equal(sql_changes(stmt), 1);
    sql_stmt_done(&stmt);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    assert_null(tx);
}

static void test_values_come_back_by_name(void **state)
{
    insert(*state, "one");
    struct sql_stmt *stmt =
        sql_query(*state, SQL("SELECT note, body, weight, name, id FROM thing"), NULL);
    assert_int_equal(sql_step(stmt, NULL), 1);
    assert_int_equal(sql_col_int(stmt, "id"), 1);
    assert_string_equal(sql_col_text(stmt, "name"), "one");
    assert_true(sql_col_num(stmt, "weight") > 2.4 && sql_col_num(stmt, "weight") < 2.6);
    size_t len;
    assert_memory_equal(sql_col_blob(stmt, "body", &len), "a\0b", 3);
    assert_int_equal(len, 3);
    assert_true(sql_col_is_null(stmt, "note"));
    assert_null(sql_col_text(stmt, "note"));
    assert_false(sql_col_is_null(stmt, "name"));
    assert_int_equal(sql_step(stmt, NULL), 0);
    /* There is no row to read any more. */
    assert_int_equal(sql_col_int(stmt, "id"), 0);
    sql_stmt_done(&stmt);
    assert_null(stmt);
    sql_stmt_done(&stmt);
}

static void test_runs_again_with_other_values(void **state)
{
    struct sql_tx *tx = sql_begin(*state, NULL);
    struct sql_stmt *stmt = sql_tx_stmt(tx, &INSERT, NULL);
    for (int i = 0; i < 3; i++) {
        char name[32];
        snprintf(name, sizeof(name), "n%d", i);
        sql_bind_text(stmt, "name", name);
        assert_int_equal(sql_run(stmt, NULL), 0);
        assert_int_equal(sql_insert_id(stmt), i + 1);
    }
    sql_stmt_done(&stmt);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    assert_int_equal(query_int(*state, SQL("SELECT count(*) AS value FROM thing")), 3);
    /* A run forgets what was bound. */
    assert_int_equal(
        query_int(*state, SQL("SELECT count(*) AS value FROM thing WHERE weight IS NULL")), 3);
}

static void test_a_parameter_that_is_not_there(void **state)
{
    struct err err = ERR_INIT;
    struct sql_stmt *stmt = sql_query(*state, SQL("SELECT :a AS value"), NULL);
    sql_bind_int(stmt, "b", 1);
    sql_bind_int(stmt, "a", 1);
    assert_int_equal(sql_step(stmt, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.text, "\"b\""));
    sql_stmt_done(&stmt);
}

static void test_a_column_that_is_not_there_aborts(void **state)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        /* In memory: nothing of the file's that fork() would break. */
        struct sql_db *db = sql_open(&in_memory, NULL);
        struct sql_stmt *stmt = sql_query(db, SQL("SELECT 1 AS value"), NULL);
        sql_step(stmt, NULL);
        sql_col_int(stmt, "valu");
        _exit(0);
    }
    assert_int_equal(child_wait(pid), -6);
    (void)state;
}

static void test_failures_have_their_kind(void **state)
{
    insert(*state, "one");
    struct err err = ERR_INIT;
    assert_int_equal(execute(*state, SQL("INSERT INTO thing (name) VALUES ('one')"), &err), -1);
    assert_int_equal(err.code, ERR_EXISTS);
    assert_int_equal(execute(*state, SQL("INSERT INTO thing (note) VALUES ('bad')"), &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(sql_query(*state, SQL("SELECT nothing FROM nowhere"), &err));
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_null(sql_query(*state, SQL("-- only a comment"), &err));
    assert_int_equal(err.code, ERR_INTERNAL);
}

static void test_one_statement_used_inside_itself(void **state)
{
    insert(*state, "one");
    insert(*state, "two");
    const struct sql_text *all = SQL("SELECT id, name FROM thing ORDER BY id");
    struct sql_stmt *outer = sql_query(*state, all, NULL);
    int inner_rows = 0;
    while (sql_step(outer, NULL) == 1) {
        struct sql_stmt *inner = sql_query(*state, all, NULL);
        while (sql_step(inner, NULL) == 1)
            inner_rows++;
        sql_stmt_done(&inner);
    }
    sql_stmt_done(&outer);
    assert_int_equal(inner_rows, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_values_come_back_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs_again_with_other_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_parameter_that_is_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_column_that_is_not_there_aborts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failures_have_their_kind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_statement_used_inside_itself, set_up, tear_down),
    };
    return UNIT_RUN(tests);
}
