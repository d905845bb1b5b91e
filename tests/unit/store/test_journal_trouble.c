/* The journal while the store is locked, full or damaged. */
#include <signal.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "log_rows_test.h"
#include "store/journal.h"

#define NOW INT64_C(1795419015000)

static struct journal *open_journal(struct store *store, bool threaded)
{
    struct journal_options options = {.store = store, .threaded = threaded, .max_rows = 1000};
    struct journal *journal = journal_open(&options, NULL);
    assert_non_null(journal);
    return journal;
}

static void post(struct journal *journal, int first, int count)
{
    for (int i = 0; i < count; i++) {
        struct log_request row = request_row(first + i, NOW, "m", 200);
        struct log_attempt attempt = attempt_row(first + i, NOW, 1, "m", 200);
        journal_request(journal, &row);
        journal_attempt(journal, &attempt);
    }
}

static int64_t rows(struct store *store)
{
    return query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests"));
}

static int64_t counted(struct store *store)
{
    return query_int(store_main(store), SQL("SELECT coalesce(sum(requests), 0) AS value"
                                            " FROM usage_total WHERE span = 1"));
}

/* A second process that holds the write lock of a database until it is told to end. */
struct holder {
    pid_t pid;
    int ready[2], end[2];
};

static void hold(struct holder *holder, const struct fixture *fixture, bool log)
{
    assert_int_equal(pipe(holder->ready), 0);
    assert_int_equal(pipe(holder->end), 0);
    fflush(NULL);
    holder->pid = fork();
    if (holder->pid == 0) {
        close(holder->end[1]);
        struct store *store = fixture_open(fixture);
        struct sql_tx *tx = sql_begin(log ? store_log_db(store) : store_main(store), NULL);
        char byte = tx != NULL;
        if (write(holder->ready[1], &byte, 1) != 1 || read(holder->end[0], &byte, 1) > 0)
            _exit(1);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(holder->ready[0], &byte, 1), 1);
}

static void release(struct holder *holder)
{
    close(holder->end[1]);
    assert_int_equal(child_wait(holder->pid), 0);
    close(holder->end[0]);
    close(holder->ready[0]);
    close(holder->ready[1]);
}

/* Neither database waits for the other, and nothing is lost or counted twice. */
static void test_a_lock_of_one_database(void **state, bool log)
{
    struct fixture *fixture = *state;
    struct holder holder;
    hold(&holder, fixture, log);
    fixture->store = fixture_open(fixture);
    struct journal *journal = open_journal(fixture->store, false);
    post(journal, 1, 20);
    assert_int_equal(journal_flush(journal, 300), -1);
    assert_int_equal(rows(fixture->store), log ? 0 : 20);
    assert_int_equal(counted(fixture->store), log ? 20 : 0);
    assert_true(journal_stats(journal).failed_batches > 0);
    post(journal, 101, 10);
    assert_int_equal(journal_flush(journal, 300), -1);
    release(&holder);
    assert_int_equal(journal_flush(journal, 5000), 0);
    assert_int_equal(rows(fixture->store), 30);
    assert_int_equal(counted(fixture->store), 30);
    assert_int_equal(journal_stats(journal).dropped, 0);
    journal_close(&journal);
}

static void test_the_log_is_locked(void **state)
{
    test_a_lock_of_one_database(state, true);
}

static void test_the_main_database_is_locked(void **state)
{
    test_a_lock_of_one_database(state, false);
}

static void test_the_thread_tries_again_by_itself(void **state)
{
    struct fixture *fixture = *state;
    struct holder holder;
    hold(&holder, fixture, true);
    fixture->store = fixture_open(fixture);
    struct journal *journal = open_journal(fixture->store, true);
    post(journal, 1, 20);
    int64_t began = clock_mono_ms();
    while (journal_stats(journal).failed_batches == 0 && clock_mono_ms() - began < 20000)
        usleep(10000);
    assert_true(journal_stats(journal).failed_batches > 0);
    assert_int_equal(counted(fixture->store), 20);
    release(&holder);
    while (rows(fixture->store) == 0 && clock_mono_ms() - began < 20000)
        usleep(10000);
    assert_int_equal(rows(fixture->store), 20);
    journal_close(&journal);
}

static void test_closing_does_not_wait_for_ever(void **state)
{
    struct fixture *fixture = *state;
    struct holder holder;
    hold(&holder, fixture, true);
    fixture->store = fixture_open(fixture);
    struct journal *journal = open_journal(fixture->store, true);
    post(journal, 1, 20);
    journal_error_body(journal, 1, xstrdup("never written"));
    int64_t began = clock_mono_ms();
    journal_close(&journal);
    int64_t took = clock_mono_ms() - began;
    assert_true(took >= 3000 && took < 2 * UNIT_AT_ONCE_MS);
    release(&holder);
    assert_int_equal(rows(fixture->store), 0);
    assert_int_equal(counted(fixture->store), 20);
}

/* Runs in a child of its own: the limit on file sizes stands for a full disk. */
static int write_on_a_full_disk(struct fixture *fixture)
{
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = fixture_open(fixture);
    struct journal *journal = open_journal(store, true);
    post(journal, 1, 10);
    bool first = journal_flush(journal, 5000) == 0;

    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 30; i++) {
        post(journal, 1000 + 100 * i, 50);
        usleep(2000);
    }
    bool stuck = journal_flush(journal, 500) == -1;
    struct journal_stats stats = journal_stats(journal);
    bool bounded = stats.queued == 1000 && stats.dropped == 3000 - 1000;

    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    bool again = journal_flush(journal, 10000) == 0;
    bool whole = rows(store) == 510 && counted(store) == 510 && store_check(store, NULL) == 0;
    if (!first || !stuck || !bounded || !again || !whole)
        fprintf(stderr, "first %d stuck %d queued %zu dropped %d again %d rows %d counted %d\n",
                first, stuck, stats.queued, (int)stats.dropped, again, (int)rows(store),
                (int)counted(store));
    journal_close(&journal);
    store_close(&store);
    vault_destroy(&fixture->vault);
    return first && stuck && bounded && again && whole ? 0 : 1;
}

static void test_a_full_disk(void **state)
{
    struct fixture *fixture = *state;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(write_on_a_full_disk(fixture));
    assert_int_equal(child_wait(pid), 0);
}

static void test_rows_that_cannot_be_written_are_given_up(void **state)
{
    struct store *store = fixture_store(state);
    struct journal *journal = open_journal(store, false);
    assert_true(execute(store_log_db(store), SQL("DROP VIEW request_rows"), NULL) >= 0);
    assert_true(execute(store_log_db(store), SQL("ALTER TABLE requests RENAME TO lost"), NULL) >=
                0);
    post(journal, 1, 5);
    assert_int_equal(journal_flush(journal, 5000), 0);
    struct journal_stats stats = journal_stats(journal);
    assert_int_equal(stats.dropped, 10);
    assert_int_equal(stats.queued, 0);
    assert_int_equal(counted(store), 5);
    journal_close(&journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_log_is_locked, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_main_database_is_locked, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_thread_tries_again_by_itself, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_closing_does_not_wait_for_ever, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk, fixture_dir, fixture_tear_down),
        STORE_TEST(test_rows_that_cannot_be_written_are_given_up),
    };
    return UNIT_RUN(tests);
}
