/* Counters: what a batch adds up to, by key, token, model and time. */
#include "base/clock.h"
#include "log_rows_test.h"
#include "store/store_keys.h"
#include "store/store_tokens.h"
#include "store/store_usage.h"

/* 2026-11-23 07:30:15 UTC: still the 22nd in California. */
#define NOW INT64_C(1795419015000)

static void write_batch(struct store *store, const struct log_request *requests, size_t requests_n,
                        const struct log_attempt *attempts, size_t attempts_n)
{
    struct log_batch batch = {.requests = requests,
                              .request_count = requests_n,
                              .attempts = attempts,
                              .attempt_count = attempts_n};
    struct err err = ERR_INIT;
    assert_ok(store_log_write(store, &batch, false, &err), &err);
}

static int join(void *ctx, const struct usage_row *row)
{
    strbuf_printf(ctx, "%lld/%s=%lld ", (long long)row->id, row->model,
                  (long long)row->counters.requests);
    return 0;
}

static void assert_usage(struct store *store, struct usage_query query, const char *expected)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1000);
    query.to = query.to == 0 ? INT64_MAX : query.to;
    struct err err = ERR_INIT;
    assert_ok(store_usage_each(store, &query, join, &text, &err), &err);
    assert_string_equal(strbuf_str(&text), expected);
}

static void test_attempts_by_key_and_model(void **state)
{
    struct store *store = fixture_store(state);
    const struct log_attempt attempts[] = {
        attempt_row(1, NOW, 1, "a", 200),           attempt_row(2, NOW, 1, "a", 429),
        attempt_row(3, NOW, 1, "b", 200),           attempt_row(4, NOW, 2, "a", 200),
        attempt_row(5, NOW + HOUR_MS, 2, "a", 503),
    };
    write_batch(store, NULL, 0, attempts, 3);
    write_batch(store, NULL, 0, attempts + 3, 2);
    struct usage_query query = {.subject = USAGE_KEY, .span = USAGE_DAY, .id = -1};
    query.group = USAGE_BY_ID_AND_MODEL;
    /* The last attempt is of the next Pacific day. */
    query.from = clock_pacific_day(NOW);
    query.to = query.from + 1;
    assert_usage(store, query, "1/a=2 1/b=1 2/a=1 ");
    query.to = query.from + 2;
    assert_usage(store, query, "1/a=2 1/b=1 2/a=2 ");
    query.group = USAGE_BY_ID;
    assert_usage(store, query, "1/=3 2/=2 ");
    query.group = USAGE_BY_MODEL;
    assert_usage(store, query, "0/a=4 0/b=1 ");
    query.id = 2;
    assert_usage(store, query, "0/a=2 ");
    query.span = USAGE_HOUR;
    query.group = USAGE_BY_BUCKET;
    query.from = NOW / HOUR_MS;
    query.to = query.from + 2;
    assert_usage(store, query, "0/=1 0/=1 ");
    query.span = USAGE_MINUTE;
    query.from = NOW / MINUTE_MS;
    query.to = query.from + 1;
    assert_usage(store, query, "0/=1 ");
}

static int take_counters(void *ctx, const struct usage_row *row)
{
    *(struct usage_counters *)ctx = row->counters;
    return 0;
}

static void test_every_counter(void **state)
{
    struct store *store = fixture_store(state);
    const int statuses[] = {200, 200, 429, 403, 400, 500, 503, 404, 0};
    struct log_attempt attempts[ARRAY_LEN(statuses)];
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        attempts[i] = attempt_row((int64_t)i, NOW, 1, "a", statuses[i]);
    snprintf(attempts[1].outcome, sizeof(attempts[1].outcome), "idle"); /* broke off */
    write_batch(store, NULL, 0, attempts, ARRAY_LEN(statuses));
    struct usage_query query = {
        .subject = USAGE_KEY, .span = USAGE_HOUR, .to = INT64_MAX, .group = USAGE_BY_ID, .id = 1};
    struct usage_counters sum = {0};
    assert_int_equal(store_usage_each(store, &query, take_counters, &sum, NULL), 0);
    const struct usage_counters expected = {.requests = 9,
                                            .successes = 1,
                                            .failed_429 = 1,
                                            .failed_403 = 1,
                                            .failed_400 = 1,
                                            .failed_5xx = 2,
                                            .failed_other = 3,
                                            .prompt_tokens = 90,
                                            .output_tokens = 180,
                                            .thought_tokens = 45,
                                            .cached_tokens = 18,
                                            .first_ms_sum = 500,
                                            .first_count = 2,
                                            .duration_ms_sum = 900};
    assert_memory_equal(&sum, &expected, sizeof(sum));
}

static void test_requests_by_token_and_in_total(void **state)
{
    struct store *store = fixture_store(state);
    struct log_request requests[] = {
        request_row(1, NOW, "a", 200),
        request_row(2, NOW, "a", 500),
        request_row(3, NOW + MINUTE_MS, "a", 200),
    };
    requests[1].token_id = 0; /* somebody without a token */
    requests[2].served_model[0] = '\0';
    write_batch(store, requests, ARRAY_LEN(requests), NULL, 0);
    struct usage_query query = {
        .subject = USAGE_TOKEN, .span = USAGE_DAY, .id = -1, .group = USAGE_BY_ID_AND_MODEL};
    assert_usage(store, query, "0/a=1 1/a=2 ");
    query.id = 0;
    assert_usage(store, query, "0/a=1 ");
    query = (struct usage_query){.subject = USAGE_TOTAL, .span = USAGE_MINUTE};
    assert_usage(store, query, "0/=2 0/=1 ");

    struct usage_counters since;
    const int64_t now = NOW + 5 * MINUTE_MS;
    assert_int_equal(store_usage_since(store, NOW, now, &since, NULL), 0);
    assert_int_equal(since.requests, 3);
    assert_int_equal(since.successes, 2);
    assert_int_equal(since.failed_5xx, 1);
    assert_int_equal(store_usage_since(store, NOW + MINUTE_MS, now, &since, NULL), 0);
    assert_int_equal(since.requests, 1);
    assert_int_equal(store_usage_since(store, now - 30 * DAY_MS, now, &since, NULL), 0);
    assert_int_equal(since.requests, 3);
    assert_int_equal(store_usage_since(store, now - 300 * DAY_MS, now, &since, NULL), 0);
    assert_int_equal(since.requests, 3);
    assert_int_equal(store_usage_since(store, now + HOUR_MS, now, &since, NULL), 0);
    assert_int_equal(since.requests, 0);
}

static void test_names_that_only_failed_have_no_counters_of_their_own(void **state)
{
    struct store *store = fixture_store(state);
    const struct log_attempt attempts[] = {
        attempt_row(1, NOW, 1, "nonsense-1", 404), attempt_row(2, NOW, 1, "nonsense-2", 404),
        attempt_row(3, NOW, 1, "real", 200),       attempt_row(4, NOW, 1, "full", 429),
        attempt_row(5, NOW, 1, "real", 404),
    };
    write_batch(store, NULL, 0, attempts, ARRAY_LEN(attempts));
    struct usage_query query = {
        .subject = USAGE_KEY, .span = USAGE_DAY, .id = -1, .group = USAGE_BY_MODEL};
    assert_usage(store, query, "0/" USAGE_OTHER_MODEL "=2 0/full=1 0/real=2 ");
}

static int join_today(void *ctx, int64_t key_id, const char *model, const struct usage_today *today)
{
    strbuf_printf(ctx, "%lld/%s=%lld,%lld ", (long long)key_id, model, (long long)today->requests,
                  (long long)today->tokens);
    return 0;
}

static void test_todays_use(void **state)
{
    struct store *store = fixture_store(state);
    const struct log_attempt attempts[] = {
        attempt_row(1, NOW, 1, "a", 200), attempt_row(2, NOW, 1, "a", 429),
        attempt_row(3, NOW, 1, "a", 503), attempt_row(4, NOW + HOUR_MS, 1, "a", 200),
        attempt_row(5, NOW, 2, "b", 200),
    };
    write_batch(store, NULL, 0, attempts, ARRAY_LEN(attempts));
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1000);
    assert_int_equal(store_usage_today(store, NOW + MINUTE_MS, join_today, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), "1/a=2,30 2/b=1,10 ");
    strbuf_clear(&text);
    assert_int_equal(store_usage_today(store, NOW + HOUR_MS, join_today, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), "1/a=1,10 ");
}

static int take_used(void *ctx, const struct store_key *key)
{
    *(int64_t *)ctx = key->last_used_ms;
    return 0;
}

static int take_token_used(void *ctx, const struct store_token *token)
{
    *(int64_t *)ctx = token->last_used_ms;
    return 0;
}

static void test_last_use(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "key-one", "", false, &id, NULL), 1);
    assert_int_equal(store_token_add(store, "sk-one", "", false, &id, NULL), 1);
    const struct log_attempt attempts[] = {attempt_row(1, NOW, 1, "a", 200),
                                           attempt_row(2, NOW - 5000, 1, "a", 200),
                                           attempt_row(2, NOW, 99, "a", 200)};
    const struct log_request requests[] = {request_row(1, NOW - 7, "a", 200)};
    write_batch(store, requests, 1, attempts, ARRAY_LEN(attempts));
    write_batch(store, NULL, 0, attempts + 1, 1);
    int64_t used = 0;
    assert_int_equal(store_keys_each(store, false, take_used, &used, NULL), 0);
    assert_int_equal(used, NOW);
    assert_int_equal(store_tokens_each(store, false, take_token_used, &used, NULL), 0);
    assert_int_equal(used, NOW - 7);
}

static void test_old_buckets_are_trimmed(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "key-one", "", false, &id, NULL), 1);
    const int64_t ages[] = {0, 5 * HOUR_MS, 3 * DAY_MS, 10 * DAY_MS, 50 * DAY_MS};
    for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
        struct log_request request = request_row(1, NOW - ages[i], "a", 200);
        struct log_attempt attempt = attempt_row(1, NOW - ages[i], id, "a", 200);
        write_batch(store, &request, 1, &attempt, 1);
    }
    /* A key that is gone, with more rows than a slice. */
    for (int i = 0; i < 1100; i++) {
        struct log_attempt gone = attempt_row(1, NOW - i * DAY_MS, id + 1, "a", 200);
        write_batch(store, NULL, 0, &gone, 1);
    }
    assert_int_equal(store_usage_trim(store, NOW, NULL), 0);
    const char *keys[] = {"1/=1 ", "1/=3 ", "1/=5 "};
    const char *tokens[] = {"1/=2 ", "1/=4 ", "1/=5 "};
    for (int span = USAGE_MINUTE; span <= USAGE_DAY; span++) {
        struct usage_query query = {.id = -1, .group = USAGE_BY_ID, .span = (enum usage_span)span};
        query.subject = USAGE_KEY;
        assert_usage(store, query, keys[span]);
        query.subject = USAGE_TOKEN;
        assert_usage(store, query, tokens[span]);
    }
    struct usage_query query = {.subject = USAGE_TOTAL, .span = USAGE_MINUTE};
    assert_usage(store, query, "0/=1 0/=1 ");
}

/* When the program ends nobody waits for counters of thousands of keys. */
static void test_the_end_comes_between_slices(void **state)
{
    struct store *store = fixture_store(state);
    static const struct sql_text FILL = {
        "fill", "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
                " INSERT INTO usage_key SELECT 0, 1, i, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                "0 FROM n"};
    static const struct sql_text COUNT = {"count", "SELECT count(*) AS value FROM usage_key"};
    TX_AUTO struct sql_tx *tx = sql_begin(store_main(store), NULL);
    struct sql_stmt *stmt = sql_tx_stmt(tx, &FILL, NULL);
    assert_int_equal(sql_run(stmt, NULL), 0);
    sql_stmt_done(&stmt);
    assert_int_equal(sql_commit(&tx, NULL), 0);
    store_log_retain_end(store);
    assert_int_equal(store_usage_trim(store, NOW, NULL), 0);
    assert_int_equal(query_int(store_main(store), &COUNT), 3000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_attempts_by_key_and_model),
        STORE_TEST(test_every_counter),
        STORE_TEST(test_requests_by_token_and_in_total),
        STORE_TEST(test_names_that_only_failed_have_no_counters_of_their_own),
        STORE_TEST(test_todays_use),
        STORE_TEST(test_last_use),
        STORE_TEST(test_old_buckets_are_trimmed),
        STORE_TEST(test_the_end_comes_between_slices),
    };
    return UNIT_RUN(tests);
}
