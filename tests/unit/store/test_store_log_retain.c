/* The log stays within its age and its size. */
#include "log_rows_test.h"

static void write_rows(struct store *store, int first, int count, int status)
{
    struct log_request *requests = xcalloc((size_t)count, sizeof(*requests));
    struct log_attempt *attempts = xcalloc((size_t)count, sizeof(*attempts));
    for (int i = 0; i < count; i++) {
        int64_t time_ms = (first + i) * 1000;
        requests[i] = request_row(store_log_id(time_ms), time_ms, "m", status);
        attempts[i] = attempt_row(requests[i].id, time_ms + 1, 1, "m", status);
    }
    struct log_error_body body = {.request_id = requests[0].id, .body = xstrdup("body")};
    struct log_batch batch = {.requests = requests,
                              .request_count = (size_t)count,
                              .attempts = attempts,
                              .attempt_count = (size_t)count,
                              .bodies = &body,
                              .body_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    free(body.body);
    free(requests);
    free(attempts);
}

static void assert_counts(struct store *store, int requests, int attempts, int bodies)
{
    struct sql_db *db = store_log_db(store);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM requests")), requests);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM attempts")), attempts);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM error_bodies")), bodies);
}

static void test_by_age(void **state)
{
    struct store *store = fixture_store(state);
    write_rows(store, 1, 50, 200);
    write_rows(store, 51, 50, 500);
    assert_int_equal(store_log_retain(store, 0, 0, 0, NULL), 0);
    assert_counts(store, 100, 100, 2);
    /* Everything before 31 s goes, and failures before 61 s. */
    assert_int_equal(store_log_retain(store, 31000, 61000, 0, NULL), 30 + 10);
    assert_counts(store, 60, 60, 0);
    assert_int_equal(store_log_retain(store, 1000000, 0, 0, NULL), 60);
    assert_counts(store, 0, 0, 0);
}

static void test_attempts_without_a_request(void **state)
{
    struct store *store = fixture_store(state);
    struct log_attempt lost[] = {
        attempt_row(store_log_id(5), 5, 1, "m", 200),
        attempt_row(store_log_id(999), 5000, 1, "m", 200), /* waited for long */
        attempt_row(store_log_id(1000), 1001, 1, "m", 200) /* not old enough yet */
    };
    struct log_batch batch = {.attempts = lost, .attempt_count = ARRAY_LEN(lost)};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    write_rows(store, 100, 10, 200);
    assert_counts(store, 10, 13, 1);
    assert_int_equal(store_log_retain(store, 1000, 0, 0, NULL), 0);
    assert_counts(store, 10, 11, 1);
    /* Nor do they keep a log from coming within its size. */
    assert_int_equal(store_log_retain(store, 0, 0, 1, NULL), 10);
    assert_counts(store, 0, 0, 0);
}

static void test_by_size(void **state)
{
    struct store *store = fixture_store(state);
    write_rows(store, 1, 12000, 500);
    struct sql_db *db = store_log_db(store);
    int64_t size = sql_size(db);
    assert_true(size > 2000000);
    int64_t deleted = store_log_retain(store, 0, 0, size / 2, NULL);
    assert_true(deleted > 4000 && deleted < 9000);
    assert_true(sql_size(db) <= size / 2);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM requests")), 12000 - deleted);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM attempts")), 12000 - deleted);
    /* The oldest went. */
    assert_int_equal(query_int(db, SQL("SELECT min(time_ms) / 1000 AS value FROM requests")),
                     deleted + 1);
    /* And the file is smaller: pages were given back. */
    assert_true(query_int(db, SQL("SELECT freelist_count AS value FROM pragma_freelist_count")) <
                100);
    /* A bound that nothing can meet ends too. */
    assert_true(store_log_retain(store, 0, 0, 1, NULL) > 0);
    assert_counts(store, 0, 0, 0);
    assert_int_equal(sql_check(db, NULL), 0);
}

/* When the program ends nobody waits for a log of millions of rows. */
static void test_the_end_comes_between_slices(void **state)
{
    struct store *store = fixture_store(state);
    write_rows(store, 1, 5000, 200);
    store_log_retain_end(store);
    int64_t deleted = store_log_retain(store, 10000000, 10000000, 1, NULL);
    assert_true(deleted > 0 && deleted < 5000);
    assert_int_equal(query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests")),
                     5000 - deleted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_by_age),
        STORE_TEST(test_the_end_comes_between_slices),
        STORE_TEST(test_attempts_without_a_request),
        STORE_TEST(test_by_size),
    };
    return UNIT_RUN(tests);
}
