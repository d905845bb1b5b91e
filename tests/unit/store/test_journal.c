/* The journal: rows and tasks on their way to the store. */
#include "base/clock.h"
#include "log_rows_test.h"
#include "store/journal.h"
#include "store/store_log_read.h"

#define NOW INT64_C(1795419015000)

static struct journal *open_journal(struct store *store, bool threaded, size_t max_rows)
{
    struct journal_options options = {.store = store, .threaded = threaded, .max_rows = max_rows};
    struct err err = ERR_INIT;
    struct journal *journal = journal_open(&options, &err);
    assert_ok(journal != NULL ? 0 : -1, &err);
    return journal;
}

static int64_t count_requests(struct store *store)
{
    return query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests"));
}

static int64_t counted_requests(struct store *store)
{
    return query_int(store_main(store), SQL("SELECT coalesce(sum(requests), 0) AS value"
                                            " FROM usage_total WHERE span = 1"));
}

static void post_requests(struct journal *journal, int first, int count)
{
    for (int i = 0; i < count; i++) {
        struct log_request row = request_row(first + i, NOW, "m", 200);
        journal_request(journal, &row);
    }
}

static void test_rows_arrive(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, true, 0);
    post_requests(journal, 1, 3);
    struct log_attempt attempt = attempt_row(1, NOW, 1, "m", 429);
    journal_attempt(journal, &attempt);
    journal_error_body(journal, 1,
                       xstrdup("{\"key\":\"AIzaSyA0123456789abcdefghijklmnopqrstuvw\"}"));
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(count_requests(store), 3);
    assert_int_equal(counted_requests(store), 3);
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(1000);
    assert_int_equal(store_log_body(store, 1, &body, NULL), 1);
    assert_null(strstr(strbuf_str(&body), "0123456789abcdefghij"));
    struct journal_stats stats = journal_stats(journal);
    assert_int_equal(stats.written, 5);
    assert_int_equal(stats.queued, 0);
    assert_int_equal(stats.dropped, 0);
    journal_close(&journal);
    assert_null(journal);
}

static void test_a_batch_is_written_soon(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, true, 0);
    int64_t began = clock_mono_ms();
    post_requests(journal, 1, 1);
    while (count_requests(store) == 0 && clock_mono_ms() - began < UNIT_AT_ONCE_MS)
        usleep(5000);
    int64_t took = clock_mono_ms() - began;
    assert_true(took >= 200 && took < UNIT_AT_ONCE_MS);
    journal_close(&journal);
}

static void test_closing_writes_what_is_left(void **state)
{
    struct store *store = fixture_store(state);
    for (int threaded = 0; threaded <= 1; threaded++) {
        struct journal *journal = open_journal(store, threaded == 1, 0);
        post_requests(journal, 1 + 100 * threaded, 100);
        journal_close(&journal);
        assert_int_equal(count_requests(store), 100 * (threaded + 1));
        assert_int_equal(counted_requests(store), 100 * (threaded + 1));
    }
}

static void test_without_a_thread_flushing_writes(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, false, 0);
    post_requests(journal, 1, 10);
    assert_int_equal(count_requests(store), 0);
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(count_requests(store), 10);
    assert_int_equal(journal_flush(journal, 5000), 0);
    journal_close(&journal);
}

static void test_counters_without_rows(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, true, 0);
    journal_keep_rows(journal, false);
    post_requests(journal, 1, 10);
    journal_error_body(journal, 1, xstrdup("body"));
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(count_requests(store), 0);
    assert_int_equal(counted_requests(store), 10);
    journal_close(&journal);
}

static void test_a_full_queue_drops_the_newest(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, false, 50);
    post_requests(journal, 1, 80);
    journal_error_body(journal, 1, xstrdup("body"));
    struct journal_stats stats = journal_stats(journal);
    assert_int_equal(stats.queued, 50);
    assert_int_equal(stats.dropped, 31);
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(query_int(store_log_db(store), SQL("SELECT max(id) AS value FROM requests")),
                     50);
    post_requests(journal, 100, 1);
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(count_requests(store), 51);
    journal_close(&journal);
}

static void test_bodies_are_cut(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, false, 0);
    const size_t len = 100000;
    char *body = xcalloc(1, len + 1);
    memset(body, 'x', len);
    memcpy(body + 65535, "\xc3\xa4", 2); /* a character across the cut */
    journal_error_body(journal, 1, body);
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(query_int(store_log_db(store), SQL("SELECT length(body) AS value"
                                                        " FROM error_bodies")),
                     65535);
    journal_close(&journal);
}

struct order {
    int number;
    int *at;
    bool *right;
};

static void note_order(struct store *store, void *ctx)
{
    struct order *order = ctx;
    /* The row that was posted before is there. */
    if ((*order->at)++ != order->number || count_requests(store) != order->number + 1)
        *order->right = false;
}

static void test_tasks_run_in_order_with_rows(void **state)
{
    struct store *store = fixture_store(state);
    for (int threaded = 0; threaded <= 1; threaded++) {
        struct journal *journal = open_journal(store, threaded == 1, 0);
        int at = threaded * 20;
        bool right = true;
        for (int i = 0; i < 20; i++) {
            post_requests(journal, 1 + i + threaded * 20, 1);
            if (threaded == 0)
                assert_int_equal(journal_flush(journal, 5000), 0);
            struct order *order = xcalloc(1, sizeof(*order));
            *order = (struct order){.number = i + threaded * 20, .at = &at, .right = &right};
            journal_run(journal, note_order, order);
        }
        assert_int_equal(journal_flush(journal, 5000), 0);
        assert_true(right);
        assert_int_equal(at, 20 + threaded * 20);
        journal_close(&journal);
    }
}

static void note_time(struct store *store, void *ctx)
{
    (void)store;
    **(_Atomic int64_t **)ctx = clock_mono_ms();
}

/* How long it was until a task ran. */
static int64_t time_of_task(struct journal *journal)
{
    _Atomic int64_t ran = 0;
    _Atomic int64_t **ctx = xcalloc(1, sizeof(*ctx));
    *ctx = &ran;
    int64_t began = clock_mono_ms();
    journal_run(journal, note_time, ctx);
    while (ran == 0 && clock_mono_ms() - began < UNIT_AT_ONCE_MS)
        usleep(1000);
    assert_true(ran != 0);
    return ran - began;
}

static void test_a_task_does_not_wait_for_a_batch(void **state)
{
    enum { TRIES = 20, BATCH_MS = 250 };
    struct journal *journal = open_journal(fixture_store(state), true, 0);
    int64_t took = BATCH_MS;
    for (int i = 0; i < TRIES && took >= BATCH_MS; i++)
        took = time_of_task(journal);
    assert_true(took < BATCH_MS);
    journal_close(&journal);
}

#define THREADS 4
#define ROWS 500

struct poster {
    struct journal *journal;
    int first;
};

static void *post_many(void *ctx)
{
    struct poster *poster = ctx;
    for (int i = 0; i < ROWS; i++) {
        post_requests(poster->journal, poster->first + i, 1);
        struct log_attempt row = attempt_row(poster->first + i, NOW, 1 + i % 7, "m", 200);
        journal_attempt(poster->journal, &row);
        if (i % 100 == 0)
            journal_flush(poster->journal, 1);
    }
    return NULL;
}

static void test_many_threads_post(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, true, 0);
    pthread_t threads[THREADS];
    struct poster posters[THREADS];
    for (int i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){.journal = journal, .first = 1 + i * ROWS};
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    journal_close(&journal);
    assert_int_equal(count_requests(store), THREADS * ROWS);
    assert_int_equal(counted_requests(store), THREADS * ROWS);
    assert_int_equal(query_int(store_main(store), SQL("SELECT sum(requests) AS value FROM usage_key"
                                                      " WHERE span = 2")),
                     THREADS * ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_rows_arrive),
        STORE_TEST(test_a_batch_is_written_soon),
        STORE_TEST(test_closing_writes_what_is_left),
        STORE_TEST(test_without_a_thread_flushing_writes),
        STORE_TEST(test_counters_without_rows),
        STORE_TEST(test_a_full_queue_drops_the_newest),
        STORE_TEST(test_bodies_are_cut),
        STORE_TEST(test_tasks_run_in_order_with_rows),
        STORE_TEST(test_a_task_does_not_wait_for_a_batch),
        STORE_TEST(test_many_threads_post),
    };
    return UNIT_RUN(tests);
}
