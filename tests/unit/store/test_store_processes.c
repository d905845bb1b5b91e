/* Several processes on one store: what they add ends exact, and what one changes another sees. */
#include "log_rows_test.h"
#include "store/journal.h"
#include "store/store_keys.h"

#define PROCESSES 3
#define ROUNDS 60
#define NOW INT64_C(1795419015000)

static void prepare(struct fixture *fixture)
{
    struct store *store = fixture_open(fixture);
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "key", "", false, &id, NULL), 1);
    store_close(&store);
}

static int write_all(struct store *store, int process)
{
    for (int i = 0; i < ROUNDS; i++) {
        int64_t request_id = process * 1000 + i;
        struct log_request request = request_row(request_id, NOW, "m", 200);
        struct log_attempt attempt = attempt_row(request_id, NOW, 1, "m", 200);
        struct log_batch batch = {
            .requests = &request, .request_count = 1, .attempts = &attempt, .attempt_count = 1};
        struct store_rest rest = {.key_id = 1, .model = "m", .until_ms = request_id, .reason = "r"};
        struct err err = ERR_INIT;
        if (store_log_write(store, &batch, true, &err) != 0 ||
            store_key_failures(store, 1, 1, NULL, NOW, &err) != 0 ||
            store_rest_put(store, &rest, &err) != 0) {
            fprintf(stderr, "process %d: %s\n", process, err.text);
            return 1;
        }
    }
    return 0;
}

static int see_failures(void *ctx, const struct store_key *key)
{
    *(int64_t *)ctx = key->failures;
    return 0;
}

static void test_counters_end_exact(void **state)
{
    struct fixture *fixture = *state;
    prepare(fixture);
    pid_t pids[PROCESSES];
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct store *store = fixture_open(fixture);
            int rc = store == NULL || write_all(store, i + 1) != 0;
            store_close(&store);
            _exit(rc);
        }
    }
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_wait(pids[i]), 0);

    fixture->store = fixture_open(fixture);
    struct sql_db *db = store_main(fixture->store);
    const int total = PROCESSES * ROUNDS;
    assert_int_equal(query_int(db, SQL("SELECT sum(requests) AS value FROM usage_total")),
                     3 * total);
    assert_int_equal(query_int(db, SQL("SELECT sum(prompt_tokens) AS value FROM usage_key")),
                     3 * 10 * total);
    assert_int_equal(
        query_int(store_log_db(fixture->store), SQL("SELECT count(*) AS value FROM attempts")),
        total);
    int64_t failures = 0;
    assert_int_equal(store_keys_each(fixture->store, false, see_failures, &failures, NULL), 0);
    assert_int_equal(failures, total);
    assert_int_equal(query_int(db, SQL("SELECT until_ms AS value FROM rests")),
                     PROCESSES * 1000 + ROUNDS - 1);
    assert_int_equal(query_int(db, SQL("SELECT count(*) AS value FROM names")), 1);
}

static void test_another_process_sees_a_change(void **state)
{
    struct fixture *fixture = *state;
    prepare(fixture);
    int ready[2], done[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(done), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        struct store *store = fixture_open(fixture);
        struct store_generations before, after;
        int64_t version = store_version(store);
        int rc = store_generations(store, &before, NULL);
        char byte = 'r';
        if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1)
            _exit(2);
        bool seen = store_version(store) != version;
        rc |= store_generations(store, &after, NULL);
        store_close(&store);
        _exit(rc == 0 && seen && after.keys > before.keys ? 0 : 1);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    fixture->store = fixture_open(fixture);
    assert_int_equal(store_key_set_state(fixture->store, 1, STORE_KEY_PAUSED, NULL, 1, NULL), 0);
    assert_int_equal(write(done[1], "d", 1), 1);
    assert_int_equal(child_wait(pid), 0);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(done[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counters_end_exact, fixture_dir, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_another_process_sees_a_change, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
