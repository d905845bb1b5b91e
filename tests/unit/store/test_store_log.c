/* Rows of the log: written in batches, once, and read back whole. */
#include "log_rows_test.h"
#include "store/store_log_read.h"

static int copy_attempt(void *ctx, const struct log_attempt *row)
{
    *(struct log_attempt *)ctx = *row;
    return 0;
}

static void test_rows_come_back(void **state)
{
    struct store *store = fixture_store(state);
    struct log_request request = request_row(77, 1000, "gemini-3.8-flash", 200);
    struct log_attempt attempt = attempt_row(77, 1001, 5, "gemini-3.8-flash", 429);
    snprintf(attempt.proxy, sizeof(attempt.proxy), "proxy.example");
    struct log_error_body body = {.request_id = 77, .body = xstrdup("{\"contents\":[]}")};
    struct log_batch batch = {.requests = &request,
                              .request_count = 1,
                              .attempts = &attempt,
                              .attempt_count = 1,
                              .bodies = &body,
                              .body_count = 1};
    struct err err = ERR_INIT;
    assert_ok(store_log_write(store, &batch, true, &err), &err);

    struct log_request read = {0};
    assert_int_equal(store_log_request(store, 77, &read, NULL), 1);
    assert_string_equal(read.route, request.route);
    assert_string_equal(read.dialect, request.dialect);
    assert_string_equal(read.model, request.model);
    assert_string_equal(read.served_model, request.served_model);
    assert_string_equal(read.client, request.client);
    assert_string_equal(read.agent, request.agent);
    assert_string_equal(read.error, "");
    assert_int_equal(read.time_ms, 1000);
    assert_int_equal(read.status, 200);
    assert_true(read.streamed);
    assert_int_equal(read.first_token_ms, 300);
    assert_int_equal(read.own_us, 150);
    assert_int_equal(read.cached_tokens, 2);
    assert_int_equal(store_log_request(store, 78, &read, NULL), 0);

    struct log_attempt got = {0};
    assert_int_equal(store_log_attempts(store, 77, copy_attempt, &got, NULL), 0);
    assert_int_equal(got.key_id, 5);
    assert_string_equal(got.rule, "minute_requests");
    assert_string_equal(got.effect, "rest");
    assert_string_equal(got.outcome, "ok");
    assert_string_equal(got.proxy, "proxy.example");
    assert_string_equal(got.error, "status 429");
    assert_int_equal(got.first_byte_ms, -1);

    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1000);
    assert_int_equal(store_log_body(store, 77, &text, NULL), 1);
    assert_string_equal(strbuf_str(&text), body.body);
    assert_int_equal(store_log_body(store, 78, &text, NULL), 0);
    free(body.body);
}

static void test_without_rows_only_the_counters_move(void **state)
{
    struct store *store = fixture_store(state);
    struct log_request request = request_row(1, 1000, "m", 200);
    struct log_batch batch = {.requests = &request, .request_count = 1};
    assert_int_equal(store_log_write(store, &batch, false, NULL), 0);
    assert_int_equal(query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests")),
                     0);
    assert_int_equal(query_int(store_main(store), SQL("SELECT sum(requests) AS value"
                                                      " FROM usage_total WHERE span = 0")),
                     1);
}

static void test_a_row_is_written_once(void **state)
{
    struct store *store = fixture_store(state);
    struct log_request request = request_row(1, 1000, "m", 200);
    struct log_batch batch = {.requests = &request, .request_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    assert_int_equal(query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests")),
                     1);
}

static void test_full_texts_are_cut_nowhere(void **state)
{
    struct store *store = fixture_store(state);
    struct log_request request = request_row(1, 1000, "m", 500);
    memset(request.model, 'm', sizeof(request.model) - 1);
    memset(request.error, 'e', sizeof(request.error) - 1);
    memset(request.agent, 'a', sizeof(request.agent) - 1);
    struct log_batch batch = {.requests = &request, .request_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    struct log_request read = {0};
    assert_int_equal(store_log_request(store, 1, &read, NULL), 1);
    assert_string_equal(read.model, request.model);
    assert_string_equal(read.error, request.error);
    assert_string_equal(read.agent, request.agent);
}

static void test_ids_grow_with_time(void **state)
{
    (void)state;
    int64_t before = store_log_id(1700000000000);
    int64_t after = store_log_id(1700000000001);
    assert_true(before > 0 && after > before);
    assert_int_not_equal(store_log_id(5), store_log_id(5));
    assert_true(store_log_first_id(1700000000000) <= before);
    assert_true(store_log_first_id(1700000000001) > before);
    assert_int_equal(store_log_id_time(before), 1700000000000);
    assert_int_equal(store_log_id_time(store_log_first_id(1700000000001) - 1), 1700000000000);
    assert_true(store_log_id(4102444800000) > 0); /* the year 2100 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_rows_come_back),
        STORE_TEST(test_without_rows_only_the_counters_move),
        STORE_TEST(test_a_row_is_written_once),
        STORE_TEST(test_full_texts_are_cut_nowhere),
        cmocka_unit_test(test_ids_grow_with_time),
    };
    return UNIT_RUN(tests);
}
