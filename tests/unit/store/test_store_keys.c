/* Keys: adding, reading, states, edits, failures, deleting. */
#include "base/clock.h"
#include "store/store_keys.h"
#include "store_test.h"

#define SECRET "AIzaSyA-test-key-000000000000000000001"

static int64_t add(struct store *store, const char *secret, bool seed)
{
    int64_t id;
    struct err err = ERR_INIT;
    assert_ok(store_key_add(store, STORE_KEY_GEMINI, secret, "label", seed, &id, &err), &err);
    return id;
}

static struct store_key get(struct store *store, int64_t id)
{
    static struct arena *arena;
    arena_destroy(&arena);
    arena = arena_create(4096);
    struct store_key key = {0};
    assert_int_equal(store_key_get(store, id, true, arena, &key, NULL), 1);
    return key;
}

static void test_a_key_comes_back(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    struct store_key key = get(store, id);
    assert_int_equal(key.id, id);
    assert_int_equal(key.kind, STORE_KEY_GEMINI);
    assert_int_equal(key.state, STORE_KEY_ACTIVE);
    assert_string_equal(key.secret, SECRET);
    assert_null(strstr(key.sealed, "AIza"));
    assert_null(strstr(key.hint, SECRET));
    assert_string_equal(key.label, "label");
    assert_string_equal(key.project, "");
    assert_string_equal(key.proxy, "");
    assert_true(key.weight > 0.99 && key.weight < 1.01);
    assert_true(clock_wall_ms() - key.created_ms < MINUTE_MS);

    int64_t found;
    assert_int_equal(store_key_find(store, STORE_KEY_GEMINI, SECRET, &found, NULL), 1);
    assert_int_equal(found, id);
    assert_int_equal(store_key_find(store, STORE_KEY_VERTEX, SECRET, &found, NULL), 0);
    assert_int_equal(store_key_find(store, STORE_KEY_GEMINI, "other", &found, NULL), 0);
    struct store_key none;
    assert_int_equal(store_key_get(store, id + 1, true, NULL, &none, NULL), 0);
}

static void test_a_project_that_was_found_out(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    assert_int_equal(store_key_notice_project(store, id, "with key 7", NULL), 0);
    assert_string_equal(get(store, id).project, "with key 7");
    assert_int_equal(store_key_notice_project(store, id, "", NULL), 0);
    assert_string_equal(get(store, id).project, "");
    assert_int_equal(store_key_notice_project(store, id, "with key 3", NULL), 0);
    assert_int_equal(store_key_notice_project(store, id, "projects/12345", NULL), 0);
    assert_string_equal(get(store, id).project, "projects/12345");
    assert_int_equal(store_key_notice_project(store, id, "with key 3", NULL), 0);
    assert_string_equal(get(store, id).project, "projects/12345");
    struct store_key changes = {.id = id, .project = "a person's"};
    assert_int_equal(store_key_edit(store, &changes, NULL), 0);
    assert_int_equal(store_key_notice_project(store, id, "projects/12345", NULL), 0);
    assert_int_equal(store_key_notice_project(store, id, "", NULL), 0);
    assert_string_equal(get(store, id).project, "a person's");
    assert_int_equal(store_key_notice_project(store, id + 1, "with key 3", NULL), 0); /* gone */
}

static void test_adding_twice(void **state)
{
    struct store *store = fixture_store(state);
    int64_t first, id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, false, &first, NULL), 1);
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, false, &id, NULL), 0);
    assert_int_equal(id, first);
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, true, &id, NULL), 0);
    assert_int_equal(id, first);
    /* The same text as a key of another kind is another key. */
    assert_int_equal(store_key_add(store, STORE_KEY_PAID, SECRET, NULL, false, &id, NULL), 1);
    assert_int_not_equal(id, first);
}

static void test_what_is_no_key(void **state)
{
    struct store *store = fixture_store(state);
    struct err err = ERR_INIT;
    int64_t id;
    char too_long[1000];
    memset(too_long, 'k', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, "", NULL, false, &id, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, too_long, NULL, false, &id, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_null(strstr(err.text, "kkk"));
}

static void test_a_deleted_seed_stays_deleted(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, true);
    assert_int_equal(store_key_delete(store, id, NULL), 1);
    assert_int_equal(store_key_delete(store, id, NULL), 0);
    int64_t again;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, true, &again, NULL), 0);
    assert_int_equal(again, 0);
    /* A person brings it back, under a new number; from then on the seed is known again. */
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, false, &again, NULL), 1);
    assert_true(again > id);
    int64_t seeded;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, SECRET, NULL, true, &seeded, NULL), 0);
    assert_int_equal(seeded, again);
}

static void test_deleting_takes_all_with_it(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    struct store_rest rest = {.key_id = id, .model = "m", .until_ms = INT64_MAX, .reason = "r"};
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
    assert_int_equal(store_key_delete(store, id, NULL), 1);
    assert_int_equal(query_int(store_main(store), SQL("SELECT count(*) AS value FROM rests")), 0);
    /* A rest that comes late, of a key that is gone, is no error. */
    assert_int_equal(store_rest_put(store, &rest, NULL), 0);
    assert_int_equal(query_int(store_main(store), SQL("SELECT count(*) AS value FROM rests")), 0);
}

static void test_states(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    assert_int_equal(store_key_failures(store, id, 2, "one", 1000, NULL), 0);
    assert_int_equal(store_key_set_state(store, id, STORE_KEY_DEAD, "key_invalid", 2000, NULL), 0);
    struct store_key key = get(store, id);
    assert_int_equal(key.state, STORE_KEY_DEAD);
    assert_string_equal(key.reason, "key_invalid");
    assert_int_equal(key.state_since_ms, 2000);
    assert_int_equal(key.failures, 2);

    assert_int_equal(store_key_set_state(store, id, STORE_KEY_DEAD, "suspended", 3000, NULL), 0);
    key = get(store, id);
    assert_string_equal(key.reason, "suspended");
    assert_int_equal(key.state_since_ms, 2000);

    assert_int_equal(store_key_set_state(store, id, STORE_KEY_ACTIVE, NULL, 4000, NULL), 0);
    key = get(store, id);
    assert_int_equal(key.state, STORE_KEY_ACTIVE);
    assert_string_equal(key.reason, "");
    assert_int_equal(key.state_since_ms, 4000);
    assert_int_equal(key.failures, 0);

    assert_int_equal(store_key_set_state(store, id, STORE_KEY_PAUSED, NULL, 5000, NULL), 0);
    assert_int_equal(get(store, id).state, STORE_KEY_PAUSED);
    struct err err = ERR_INIT;
    assert_int_equal(store_key_set_state(store, 99, STORE_KEY_PAUSED, NULL, 0, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_edits(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    struct store_key changes = {.id = id, .project = "p1", .weight = 3};
    assert_int_equal(store_key_edit(store, &changes, NULL), 0);
    changes = (struct store_key){.id = id, .label = "", .proxy = "socks5://u:pass@host:1080"};
    assert_int_equal(store_key_edit(store, &changes, NULL), 0);
    struct store_key key = get(store, id);
    assert_string_equal(key.label, "");
    assert_string_equal(key.project, "p1");
    assert_string_equal(key.proxy, "socks5://u:pass@host:1080");
    assert_true(key.weight > 2.9);
    /* The password does not lie in the file. */
    assert_int_equal(query_int(store_main(store), SQL("SELECT count(*) AS value FROM keys"
                                                      " WHERE proxy_sealed LIKE '%pass%'")),
                     0);
    changes = (struct store_key){.id = id, .proxy = ""};
    assert_int_equal(store_key_edit(store, &changes, NULL), 0);
    assert_string_equal(get(store, id).proxy, "");
    struct err err = ERR_INIT;
    changes.id = 99;
    assert_int_equal(store_key_edit(store, &changes, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_caps(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    assert_int_equal(get(store, id).caps.share, 0);
    const struct store_key_caps all = {80, {10, 200000, 250, 0}};
    assert_int_equal(store_key_cap(store, id, &all, NULL), 0);
    const struct store_key_caps some = {-1, {-1, -1, 100, -1}};
    assert_int_equal(store_key_cap(store, id, &some, NULL), 0);
    const struct store_key key = get(store, id);
    assert_int_equal(key.caps.share, 80);
    assert_int_equal(key.caps.most[0], 10);
    assert_int_equal(key.caps.most[1], 200000);
    assert_int_equal(key.caps.most[2], 100);
    assert_int_equal(key.caps.most[3], 0);
    struct err err = ERR_INIT;
    assert_int_equal(store_key_cap(store, 99, &all, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_failures_add_up(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, SECRET, false);
    assert_int_equal(store_key_failures(store, id, 1, "first", 10, NULL), 0);
    assert_int_equal(store_key_failures(store, id, 2, NULL, 20, NULL), 0);
    struct store_key key = get(store, id);
    assert_int_equal(key.failures, 3);
    assert_string_equal(key.last_error, "first");
    assert_int_equal(key.last_error_ms, 10);
    assert_int_equal(store_key_failures(store, id, -5, NULL, 30, NULL), 0);
    assert_int_equal(get(store, id).failures, 0);
    assert_int_equal(store_key_failures(store, id, 4, "second", 40, NULL), 0);
    assert_int_equal(store_key_failures(store, id, INT64_MIN, NULL, 50, NULL), 0);
    assert_int_equal(get(store, id).failures, 0);
    assert_string_equal(get(store, id).last_error, "second");
    assert_int_equal(store_key_failures(store, 99, 1, NULL, 0, NULL), 0);
}

static int count_to_two(void *ctx, const struct store_key *key)
{
    int *count = ctx;
    assert_null(key->secret);
    return ++*count == 2;
}

static void test_the_walk_can_be_stopped(void **state)
{
    struct store *store = fixture_store(state);
    add(store, SECRET "a", false);
    add(store, SECRET "b", false);
    add(store, SECRET "c", false);
    int count = 0;
    assert_int_equal(store_keys_each(store, false, count_to_two, &count, NULL), 0);
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_key_comes_back),
        STORE_TEST(test_a_project_that_was_found_out),
        STORE_TEST(test_adding_twice),
        STORE_TEST(test_what_is_no_key),
        STORE_TEST(test_a_deleted_seed_stays_deleted),
        STORE_TEST(test_deleting_takes_all_with_it),
        STORE_TEST(test_states),
        STORE_TEST(test_edits),
        STORE_TEST(test_caps),
        STORE_TEST(test_failures_add_up),
        STORE_TEST(test_the_walk_can_be_stopped),
    };
    return UNIT_RUN(tests);
}
