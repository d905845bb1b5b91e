/* A writer that is killed at any moment: the store opens, is sound, and holds all that was
 * acknowledged. */
#include <signal.h>

#include "base/vec.h"
#include "log_rows_test.h"
#include "store/store_keys.h"

#define ROUNDS 12
#define NOW INT64_C(1795419015000)

/* Adds keys, settles their states and writes rows until it is killed; tells each number done. */
static void write_for_ever(const struct fixture *fixture, int first, int acknowledged)
{
    struct store *store = fixture_open(fixture);
    for (int i = first; store != NULL && i < first + 100000; i++) {
        char secret[32];
        int64_t id;
        snprintf(secret, sizeof(secret), "key-%d", i);
        struct log_request request = request_row(i, NOW, "m", 200);
        struct log_attempt attempt = attempt_row(i, NOW, i, "m", 200);
        struct log_batch batch = {
            .requests = &request, .request_count = 1, .attempts = &attempt, .attempt_count = 1};
        if (store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL) != 1 ||
            store_key_set_state(store, id, STORE_KEY_DEAD, "killed", i, NULL) != 0 ||
            store_log_write(store, &batch, true, NULL) != 0 ||
            write(acknowledged, &i, sizeof(i)) != sizeof(i))
            break;
    }
    _exit(1);
}

VEC(numbers, int);

/* Reads until the pipe is closed. */
static void read_all(int from, struct numbers *told)
{
    int number;
    while (read(from, &number, sizeof(number)) == sizeof(number))
        VEC_PUSH(told, number);
}

static void assert_all_there(struct store *store, const struct numbers *told)
{
    struct sql_db *db = store_main(store);
    int64_t dead = query_int(db, SQL("SELECT count(*) AS value FROM keys WHERE state = 'dead'"
                                     " AND reason = 'killed'"));
    int64_t logged = query_int(store_log_db(store), SQL("SELECT count(*) AS value FROM requests"));
    int64_t counted =
        query_int(db, SQL("SELECT coalesce(sum(requests), 0) AS value FROM usage_total"
                          " WHERE span = 2"));
    assert_true(dead >= (int64_t)told->len);
    assert_true(logged >= (int64_t)told->len);
    assert_true(counted >= (int64_t)told->len);
    for (size_t i = 0; i < told->len; i++) {
        char secret[32];
        int64_t id;
        snprintf(secret, sizeof(secret), "key-%d", told->items[i]);
        assert_int_equal(store_key_find(store, STORE_KEY_GEMINI, secret, &id, NULL), 1);
    }
}

static void test_kill_at_any_moment(void **state)
{
    struct fixture *fixture = *state;
    struct numbers told = {0};
    int next = 1;
    for (int round = 0; round < ROUNDS; round++) {
        int acknowledged[2];
        assert_int_equal(pipe(acknowledged), 0);
        fflush(NULL);
        pid_t pid = fork();
        if (pid == 0) {
            close(acknowledged[0]);
            write_for_ever(fixture, next, acknowledged[1]);
        }
        close(acknowledged[1]);
        usleep((unsigned)((15000 + round * 7919) * unit_slow()));
        assert_int_equal(kill(pid, SIGKILL), 0);
        read_all(acknowledged[0], &told);
        close(acknowledged[0]);
        assert_int_equal(child_wait(pid), -SIGKILL);

        struct store *store = fixture_open(fixture);
        assert_non_null(store);
        struct err err = ERR_INIT;
        assert_ok(store_check(store, &err), &err);
        assert_all_there(store, &told);
        /* One that was under way may be there and was not told. */
        next = (int)query_int(store_main(store),
                              SQL("SELECT coalesce(max(id), 0) + 1 AS value FROM keys"));
        store_close(&store);
    }
    assert_true(told.len > ROUNDS);
    VEC_FREE(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kill_at_any_moment, fixture_dir, fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
