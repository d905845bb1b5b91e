/* Pages with millions of rows behind them: every question they ask goes through an index. */
#include "log_rows_test.h"

struct question {
    const char *what;
    struct sql_text text;
    const char *index; /* that the plan has to name */
};

#define NEWEST " ORDER BY time_ms DESC LIMIT 50"
#define WINDOW " AND time_ms >= 1 AND time_ms < 2"
#define ASK(what, sql, index)                          \
    {                                                  \
        what, {what, "EXPLAIN QUERY PLAN " sql}, index \
    }

static const struct question log_questions[] = {
    ASK("newest requests", "SELECT * FROM request_rows WHERE time_ms < 5" NEWEST,
        "requests_by_time"),
    ASK("by model", "SELECT * FROM request_rows WHERE model_id = 1" WINDOW NEWEST,
        "requests_by_model"),
    ASK("by token", "SELECT * FROM request_rows WHERE token_id = 1" WINDOW NEWEST,
        "requests_by_token"),
    ASK("by route", "SELECT * FROM request_rows WHERE route_id = 1" WINDOW NEWEST,
        "requests_by_route"),
    ASK("failures", "SELECT * FROM request_rows WHERE failed = 1" WINDOW NEWEST, "requests_failed"),
    ASK("failures by status",
        "SELECT * FROM request_rows WHERE failed = 1 AND status = 429" WINDOW NEWEST,
        "requests_failed_by_status"),
    ASK("one request", "SELECT * FROM request_rows WHERE id = 1", "PRIMARY KEY"),
    ASK("attempts of a request", "SELECT * FROM attempt_rows WHERE request_id = 1 ORDER BY number",
        "PRIMARY KEY"),
    ASK("attempts of a key", "SELECT * FROM attempt_rows WHERE key_id = 1" WINDOW NEWEST,
        "attempts_by_key"),
    ASK("oldest attempts",
        "SELECT request_id, number FROM attempts WHERE request_id < 5 ORDER BY request_id LIMIT 9",
        "PRIMARY KEY"),
    ASK("failed attempts by status",
        "SELECT key_id, count(*) FROM attempts WHERE failed = 1 AND status = 429" WINDOW
        " GROUP BY key_id",
        "attempts_failed_by_status"),
    ASK("number of a name", "SELECT id FROM names WHERE kind = 'model' AND text = 'm'",
        "sqlite_autoindex_names"),
    ASK("oldest requests", "SELECT id FROM requests WHERE time_ms < 5 ORDER BY time_ms LIMIT 9",
        "requests_by_time"),
};

static const struct question main_questions[] = {
    ASK("chart of all", "SELECT bucket, requests FROM usage_total WHERE span = 1 AND bucket >= 1",
        "PRIMARY KEY"),
    ASK("all keys today",
        "SELECT key_id, sum(requests) FROM usage_key WHERE span = 2 AND bucket = 1 GROUP BY key_id",
        "PRIMARY KEY"),
    ASK("chart of one key",
        "SELECT bucket, sum(requests) FROM usage_key INDEXED BY usage_key_by_key"
        " WHERE span = 1 AND bucket >= 1 AND bucket < 2"
        " AND key_id = 1 GROUP BY bucket",
        "usage_key_by_key"),
    ASK("chart of one token",
        "SELECT bucket, sum(requests) FROM usage_token INDEXED BY usage_token_by_token"
        " WHERE span = 1 AND bucket >= 1"
        " AND bucket < 2 AND token_id = 1 GROUP BY bucket",
        "usage_token_by_token"),
    ASK("old minutes", "DELETE FROM usage_key WHERE span = 0 AND bucket < 1", "PRIMARY KEY"),
    ASK("files of a token",
        "SELECT name FROM pins WHERE token_id = 1 AND kind = 'file' AND created_ms >= 1"
        " ORDER BY created_ms DESC",
        "pins_by_token"),
    ASK("failed logins", "SELECT count(*) FROM login_failures WHERE address = 'a' AND time_ms >= 1",
        "login_failures_by_address"),
    ASK("failed sign-ins in the audit log",
        "SELECT id FROM audit WHERE time_ms >= 1 AND action = 'a' AND address = 'b' LIMIT 1",
        "audit_by_time"),
    ASK("history of a setting", "SELECT * FROM settings_history WHERE name = 'a' ORDER BY id DESC",
        "settings_history_by_name"),
};

static bool plan_is_good(struct sql_db *db, const struct question *question)
{
    bool named = false, scans = false, sorts = false;
    STMT_AUTO struct sql_stmt *stmt = sql_query(db, &question->text, NULL);
    assert_non_null(stmt);
    while (sql_step(stmt, NULL) == 1) {
        const char *detail = sql_col_text(stmt, "detail");
        named |= strstr(detail, question->index) != NULL;
        scans |= strncmp(detail, "SCAN", 4) == 0;
        sorts |= strstr(detail, "ORDER BY") != NULL;
        if (scans || sorts)
            print_error("%s: %s\n", question->what, detail);
    }
    return named && !scans && !sorts;
}

static void test_the_log(void **state)
{
    struct sql_db *db = store_log_db(fixture_store(state));
    for (size_t i = 0; i < ARRAY_LEN(log_questions); i++)
        UNIT_ROW(plan_is_good(db, &log_questions[i]), log_questions[i].what);
}

static void test_the_main_database(void **state)
{
    struct sql_db *db = store_main(fixture_store(state));
    for (size_t i = 0; i < ARRAY_LEN(main_questions); i++)
        UNIT_ROW(plan_is_good(db, &main_questions[i]), main_questions[i].what);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_the_log),
        STORE_TEST(test_the_main_database),
    };
    return UNIT_RUN(tests);
}
