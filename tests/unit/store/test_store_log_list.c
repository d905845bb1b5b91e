/* Looking through the log: every filter by an index, pages that join, deleting. */
#include "log_rows_test.h"

#include <stdio.h>

#include "store/store_log_list.h"
#include "store/store_log_read.h"

#define START 1700000000000

struct seen {
    size_t count;
    int64_t ids[300];
};

static int see(void *ctx, const struct log_request *row)
{
    struct seen *seen = ctx;
    assert_true(seen->count < ARRAY_LEN(seen->ids));
    seen->ids[seen->count++] = row->id;
    return 0;
}

/* 100 requests a second apart, ids 1 to 100: every tenth fails with 429 on key 2, the others
 * succeed on key 1; even ones ask for "even" with token 2. */
static void fill(struct store *store)
{
    for (int i = 1; i <= 100; i++) {
        bool failed = i % 10 == 0;
        struct log_request request =
            request_row(i, START + i * 1000, i % 2 ? "odd" : "even", failed ? 429 : 200);
        struct log_attempt attempt =
            attempt_row(i, START + i * 1000, failed ? 2 : 1, "odd", request.status);
        char empty[] = "{}";
        struct log_error_body body = {.request_id = i, .body = empty};
        const struct log_batch batch = {&request, 1, &attempt, 1, &body, failed};
        request.token_id = i % 2 ? 1 : 2;
        if (i == 50)
            snprintf(request.error, sizeof(request.error), "Quota 100%% Exceeded");
        assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    }
}

static struct log_page list(struct store *store, const struct log_filter *filter, struct seen *seen)
{
    struct log_page page;
    *seen = (struct seen){0};
    assert_int_equal(store_log_list(store, filter, see, seen, &page, NULL), 0);
    assert_int_equal(page.count, seen->count);
    return page;
}

static void test_filters(void **state)
{
    static const struct {
        const char *what;
        struct log_filter filter;
        size_t count;
        int64_t first;
    } cases[] = {
        {"all", {.token_id = -1, .limit = 200}, 100, 100},
        {"since", {.token_id = -1, .since_ms = START + 91000, .limit = 200}, 10, 100},
        {"until", {.token_id = -1, .until_ms = START + 11000, .limit = 200}, 10, 10},
        {"token", {.token_id = 2, .limit = 200}, 50, 100},
        {"nobody", {.token_id = 0, .limit = 200}, 0, 0},
        {"model", {.token_id = -1, .model = "odd", .limit = 200}, 50, 99},
        {"no such model", {.token_id = -1, .model = "od", .limit = 200}, 0, 0},
        {"route", {.token_id = -1, .route = "/v1/chat/completions", .limit = 200}, 100, 100},
        {"failed", {.token_id = -1, .failed = true, .limit = 200}, 10, 100},
        {"status", {.token_id = -1, .status = 429, .limit = 200}, 10, 100},
        {"success", {.token_id = -1, .status = 200, .limit = 200}, 90, 99},
        {"key", {.token_id = -1, .key_id = 2, .limit = 200}, 10, 100},
        {"error", {.token_id = -1, .error = "100% exc", .limit = 200}, 1, 50},
        {"many", {.token_id = 2, .model = "even", .status = 429, .limit = 200}, 10, 100},
        {"against", {.token_id = 1, .model = "even", .limit = 200}, 0, 0},
    };
    struct store *store = fixture_store(state);
    fill(store);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen seen;
        struct log_page page = list(store, &cases[i].filter, &seen);
        UNIT_ROW(seen.count == cases[i].count, cases[i].what);
        UNIT_ROW(seen.ids[0] == cases[i].first, cases[i].what);
        UNIT_ROW(!page.cut && page.next.time_ms == 0, cases[i].what);
    }
}

static void test_pages_join(void **state)
{
    struct store *store = fixture_store(state);
    struct log_filter filter = {.token_id = -1, .limit = 30};
    struct seen seen;
    int64_t expected = 100;
    fill(store);
    for (int i = 0; i < 4; i++) {
        struct log_page page = list(store, &filter, &seen);
        for (size_t k = 0; k < seen.count; k++)
            assert_int_equal(seen.ids[k], expected--);
        filter.before = page.next;
        assert_int_equal(page.next.time_ms != 0, i < 3);
    }
    assert_int_equal(expected, 0);
}

static void test_deleting(void **state)
{
    struct store *store = fixture_store(state);
    struct log_filter filter = {.token_id = -1, .limit = 200};
    struct log_extent extent;
    struct seen seen;
    struct strbuf body = STRBUF_INIT(100);
    const int64_t ids[] = {10, 20, 999};
    fill(store);
    assert_int_equal(store_log_delete(store, ids, ARRAY_LEN(ids), NULL), 2);
    list(store, &filter, &seen);
    assert_int_equal(seen.count, 98);
    assert_int_equal(store_log_body(store, 10, &body, NULL), 0);
    assert_int_equal(store_log_extent(store, &extent, NULL), 0);
    assert_int_equal(extent.oldest_ms, START + 1000);
    assert_int_equal(store_log_clear(store, NULL), 0);
    list(store, &filter, &seen);
    assert_int_equal(seen.count, 0);
    assert_int_equal(store_log_extent(store, &extent, NULL), 0);
    assert_int_equal(extent.oldest_ms, 0);
}

static void test_the_newest_so_many(void **state)
{
    struct store *store = fixture_store(state);
    fill(store);
    assert_int_equal(store_log_rows_cutoff(store, 0, NULL), 0);
    assert_int_equal(store_log_rows_cutoff(store, 1000, NULL), 0);
    int64_t before_ms = store_log_rows_cutoff(store, 30, NULL);
    struct log_filter filter = {.token_id = -1, .limit = 200};
    struct seen seen;
    assert_true(store_log_retain(store, before_ms, 0, 0, NULL) > 0);
    list(store, &filter, &seen);
    assert_int_equal(seen.count, 30);
}

static int see_key(void *ctx, int64_t key_id, int64_t count)
{
    assert_int_equal(key_id, 2);
    *(int64_t *)ctx = count;
    return 0;
}

static int count_attempt(void *ctx, const struct log_attempt *row)
{
    assert_int_equal(row->key_id, 2);
    ++*(int *)ctx;
    return 0;
}

static void test_keys(void **state)
{
    struct store *store = fixture_store(state);
    int64_t failures = 0;
    int attempts = 0;
    fill(store);
    const struct log_key_query query = {.status = 429, .since_ms = START + 50000, .limit = 5};
    assert_int_equal(store_log_failing_keys(store, &query, see_key, &failures, NULL), 0);
    assert_int_equal(failures, 6);
    assert_int_equal(store_log_attempts_of_key(store, 2, 4, count_attempt, &attempts, NULL), 0);
    assert_int_equal(attempts, 4);
}

/* The question for a statement's plan. Each has a place of its own, for statements are kept by the
 * address of their text. */
static const struct sql_text *plan_of(const struct sql_text *text)
{
    static struct sql_text plans[64];
    static char asked[64][4000];
    static size_t count;
    assert_in_range(count, 0, ARRAY_LEN(plans) - 1);
    snprintf(asked[count], sizeof(asked[count]), "EXPLAIN QUERY PLAN %s", text->text);
    plans[count] = (struct sql_text){text->name, asked[count]};
    return &plans[count++];
}

/* Whether one step of the plan reads the index and never the rows behind it. */
static bool is_covered(struct store *store, const struct sql_text *text, const char *index)
{
    FREE_AUTO char *wanted = xasprintf("USING COVERING INDEX %s ", index);
    STMT_AUTO struct sql_stmt *stmt = sql_query(store_log_db(store), plan_of(text), NULL);
    assert_non_null(stmt);
    bool found = false;
    while (sql_step(stmt, NULL) == 1)
        found |= strstr(sql_col_text(stmt, "detail"), wanted) != NULL;
    return found;
}

/* The search in texts of errors reads the index from end to end, not thousands of scattered rows; so
 * does the count of failing keys. */
static void test_searches_stay_in_the_index(void **state)
{
    struct store *store = fixture_store(state);
    bool found = false;
    for (size_t i = 0; store_log_list_text(i); i++) {
        if (strcmp(store_log_list_text(i)->name, "log_list_failed") == 0)
            found = is_covered(store, store_log_list_text(i), "requests_failed");
    }
    assert_true(found);
    assert_true(is_covered(store, store_log_failing_text(), "attempts_failed_by_status"));
}

/* No walk over a whole table, and no sorting of one. */
static void test_plans(void **state)
{
    struct store *store = fixture_store(state);
    for (size_t i = 0; store_log_list_text(i); i++) {
        const struct sql_text *text = store_log_list_text(i);
        STMT_AUTO struct sql_stmt *stmt = sql_query(store_log_db(store), plan_of(text), NULL);
        bool is_good = true, walks_index = false;
        assert_non_null(stmt);
        while (sql_step(stmt, NULL) == 1) {
            const char *detail = sql_col_text(stmt, "detail");
            is_good &= !strstr(detail, "TEMP B-TREE") &&
                       (!strstr(detail, "SCAN ") || strcmp(detail, "SCAN r") == 0 ||
                        strcmp(detail, "SCAN found") == 0 || strstr(detail, "SCAN (subquery"));
            walks_index |= strstr(detail, "USING INDEX requests_") != NULL ||
                           strstr(detail, "USING COVERING INDEX requests_") != NULL ||
                           strstr(detail, "attempts_by_key") != NULL;
            is_good &= strstr(detail, "SCAN requests") == NULL;
            if (!is_good)
                print_error("%s: %s\n", text->name, detail);
        }
        UNIT_ROW(is_good && walks_index, text->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_filters),
        STORE_TEST(test_pages_join),
        STORE_TEST(test_deleting),
        STORE_TEST(test_the_newest_so_many),
        STORE_TEST(test_keys),
        STORE_TEST(test_plans),
        STORE_TEST(test_searches_stay_in_the_index),
    };
    return UNIT_RUN(tests);
}
