/* Numbers for names: shared by processes, bounded, forgotten when they were never committed. */
#include "log_rows_test.h"
#include "store/store_log_read.h"
#include "store/store_names.h"
#include "store/store_private.h"

static int64_t number_of(struct store *store, const char *text, bool known_only, bool commit)
{
    struct sql_tx *tx = sql_begin(store->log, NULL);
    names_enter(store->log_names);
    struct name_asked asked = {"model", text, known_only};
    int64_t id = names_id(store->log_names, tx, &asked, NULL);
    if (commit)
        assert_int_equal(sql_commit(&tx, NULL), 0);
    else
        sql_rollback(&tx);
    names_leave(store->log_names, commit);
    return id;
}

static void test_a_name_keeps_its_number(void **state)
{
    struct fixture *fixture = *state;
    int64_t a = number_of(fixture->store, "a", false, true);
    int64_t b = number_of(fixture->store, "b", false, true);
    assert_true(a > 0 && b > 0 && a != b);
    assert_int_equal(number_of(fixture->store, "a", false, true), a);
    assert_int_equal(number_of(fixture->store, "", false, true), 0);
    store_close(&fixture->store);
    fixture->store = fixture_open(fixture);
    assert_int_equal(number_of(fixture->store, "a", false, true), a);
}

static void test_what_was_rolled_back_has_no_number(void **state)
{
    struct store *store = fixture_store(state);
    int64_t a = number_of(store, "a", false, false);
    int64_t b = number_of(store, "b", false, true);
    assert_int_equal(a, b); /* free again, and given to another */
    assert_int_not_equal(number_of(store, "a", false, true), b);
}

static void test_only_known_names(void **state)
{
    struct store *store = fixture_store(state);
    int64_t a = number_of(store, "a", false, true);
    int64_t other = number_of(store, "never seen", true, true);
    assert_int_equal(number_of(store, "a", true, true), a);
    assert_int_equal(number_of(store, NAMES_OTHER, false, true), other);
    assert_int_equal(number_of(store, "never seen either", true, true), other);
}

static void test_a_kind_has_a_maximum(void **state)
{
    struct store *store = fixture_store(state);
    assert_int_equal(
        execute(
            store->log,
            SQL("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
                " INSERT INTO names (kind, text) SELECT 'model', 'junk-' || i FROM n"),
            NULL),
        10000);
    int64_t id = number_of(store, "one more", false, true);
    assert_int_equal(number_of(store, NAMES_OTHER, false, true), id);
    assert_int_equal(number_of(store, "junk-77", false, true), 77);
}

/* Names that nothing uses any more go with the rows, and no process writes their numbers again. */
static void test_unused_names_are_removed(void **state)
{
    struct store *store = fixture_store(state);
    assert_int_equal(
        execute(store->log,
                SQL("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)"
                    " INSERT INTO names (kind, text) SELECT 'model', 'junk-' || i FROM n"),
                NULL),
        6000);
    struct log_request used = request_row(1, 1000, "used", 200);
    struct log_request junk = request_row(2, 1000, "junk-77", 404);
    struct log_batch batch = {.requests = &used, .request_count = 1};
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    assert_int_equal(number_of(store, "junk-77", false, true), 77); /* remembered */
    assert_int_equal(store_log_retain(store, 0, 0, 0, NULL), 0);
    assert_int_equal(
        query_int(store->log, SQL("SELECT count(*) AS value FROM names WHERE kind = 'model'")), 1);
    batch.requests = &junk;
    assert_int_equal(store_log_write(store, &batch, true, NULL), 0);
    struct log_request read;
    assert_int_equal(store_log_request(store, 2, &read, NULL), 1);
    assert_string_equal(read.model, "junk-77");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_name_keeps_its_number),
        STORE_TEST(test_what_was_rolled_back_has_no_number),
        STORE_TEST(test_only_known_names),
        STORE_TEST(test_a_kind_has_a_maximum),
        STORE_TEST(test_unused_names_are_removed),
    };
    return UNIT_RUN(tests);
}
