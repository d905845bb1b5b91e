/* Leases of the rotation: nobody plans on what another has planned. */
#include "store/store_keys.h"
#include "store/store_rotation.h"
#include "store_test.h"

#define KEYS 5
#define PROCESSES 3
#define LEASES 100

static void add_keys(struct store *store)
{
    for (int i = 0; i < KEYS; i++) {
        char secret[32];
        int64_t id;
        snprintf(secret, sizeof(secret), "key-%d", i);
        assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
        assert_int_equal(id, i + 1);
    }
}

/* Picks the key with the least progress, as a pool would; ctx remembers the progress it left. */
static int plan_least(void *ctx, const struct store_progress *stored, size_t count,
                      struct store_progress **changed_r, size_t *changed_count_r)
{
    double progress[KEYS + 1] = {0};
    for (size_t i = 0; i < count; i++)
        progress[stored[i].key_id] = stored[i].progress;
    int least = 1;
    for (int id = 2; id <= KEYS; id++)
        if (progress[id] < progress[least])
            least = id;
    *changed_r = xcalloc(1, sizeof(**changed_r));
    (*changed_r)[0] = (struct store_progress){.key_id = least, .progress = progress[least] + 1};
    *changed_count_r = 1;
    *(double *)ctx = progress[least] + 1;
    return 0;
}

static int plan_nothing(void *ctx, const struct store_progress *stored, size_t count,
                        struct store_progress **changed_r, size_t *changed_count_r)
{
    (void)stored;
    (void)changed_r;
    (void)changed_count_r;
    *(size_t *)ctx = count;
    return 0;
}

static int plan_gone(void *ctx, const struct store_progress *stored, size_t count,
                     struct store_progress **changed_r, size_t *changed_count_r)
{
    (void)stored;
    (void)count;
    *changed_r = xcalloc(2, sizeof(**changed_r));
    (*changed_r)[0] = (struct store_progress){.key_id = 999, .progress = 7};
    (*changed_r)[1] = (struct store_progress){.key_id = 2, .progress = 7.25};
    *changed_count_r = 2;
    return ctx != NULL ? -1 : 0;
}

static void test_progress_is_kept_by_model(void **state)
{
    struct store *store = fixture_store(state);
    add_keys(store);
    double left;
    for (int i = 0; i < KEYS; i++)
        assert_int_equal(store_rotation_lease(store, "m", plan_least, &left, NULL), 0);
    assert_true(left > 0.9 && left < 1.1);
    assert_int_equal(store_rotation_lease(store, "m", plan_least, &left, NULL), 0);
    assert_true(left > 1.9);
    size_t count = 99;
    assert_int_equal(store_rotation_lease(store, "other", plan_nothing, &count, NULL), 0);
    assert_int_equal(count, 0);
    assert_int_equal(store_rotation_lease(store, "m", plan_nothing, &count, NULL), 0);
    assert_int_equal(count, KEYS);
}

static void test_a_key_that_is_gone_is_left_out(void **state)
{
    struct store *store = fixture_store(state);
    add_keys(store);
    assert_int_equal(store_rotation_lease(store, "m", plan_gone, NULL, NULL), 0);
    size_t count = 99;
    assert_int_equal(store_rotation_lease(store, "m", plan_nothing, &count, NULL), 0);
    assert_int_equal(count, 1);
}

static void test_a_plan_that_fails_writes_nothing(void **state)
{
    struct store *store = fixture_store(state);
    add_keys(store);
    assert_int_equal(store_rotation_lease(store, "m", plan_gone, store, NULL), -1);
    size_t count = 99;
    assert_int_equal(store_rotation_lease(store, "m", plan_nothing, &count, NULL), 0);
    assert_int_equal(count, 0);
}

static void lease_many(struct fixture *fixture)
{
    struct store *store = fixture_open(fixture);
    int failed = store == NULL;
    double left;
    for (int i = 0; i < LEASES && !failed; i++)
        failed = store_rotation_lease(store, "m", plan_least, &left, NULL) != 0;
    store_close(&store);
    _exit(failed);
}

static void test_processes_rotate_together(void **state)
{
    struct fixture *fixture = *state;
    fixture->store = fixture_open(fixture);
    add_keys(fixture->store);
    store_close(&fixture->store);
    pid_t pids[PROCESSES];
    fflush(NULL);
    for (int i = 0; i < PROCESSES; i++)
        if ((pids[i] = fork()) == 0)
            lease_many(fixture);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_wait(pids[i]), 0);
    fixture->store = fixture_open(fixture);
    struct sql_db *db = store_main(fixture->store);
    /* Each lease moved the key that was behind by one: any other order would leave gaps. */
    assert_int_equal(query_int(db, SQL("SELECT sum(progress) AS value FROM rotation")),
                     PROCESSES * LEASES);
    assert_int_equal(
        query_int(db, SQL("SELECT max(progress) - min(progress) AS value FROM rotation")), 0);
}

/* Looking writes nothing, and works while another holds the store's write lock. */
static void test_a_peek_sees_and_writes_nothing(void **state)
{
    struct store *store = fixture_store(state);
    add_keys(store);
    double left = 0;
    assert_int_equal(store_rotation_lease(store, "m", plan_least, &left, NULL), 0);
    size_t known = 9;
    struct sql_tx *lock = sql_begin(store_main(store), NULL);
    assert_non_null(lock);
    struct store *other = fixture_open(*state);
    assert_int_equal(store_rotation_peek(other, "m", plan_nothing, &known, NULL), 0);
    assert_int_equal(known, 1);
    assert_int_equal(store_rotation_peek(other, "another", plan_nothing, &known, NULL), 0);
    assert_int_equal(known, 0);
    left = 0;
    assert_int_equal(store_rotation_peek(other, "m", plan_least, &left, NULL), 0);
    sql_rollback(&lock);
    store_close(&other);
    assert_int_equal(store_rotation_peek(store, "m", plan_nothing, &known, NULL), 0);
    assert_int_equal(known, 1); /* what plan_least() wanted to change was not written */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_peek_sees_and_writes_nothing),
        STORE_TEST(test_progress_is_kept_by_model),
        STORE_TEST(test_a_key_that_is_gone_is_left_out),
        STORE_TEST(test_a_plan_that_fails_writes_nothing),
        cmocka_unit_test_setup_teardown(test_processes_rotate_together, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
