/* What people do to keys, and what they are told. */
#include "admin_fixture.h"

#include <stdlib.h>

#include "base/clock.h"

#define KEY_A "AIzaSyAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01"
#define KEY_B "AIzaSyBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb02"

static int64_t id_of(struct admin_fixture *fixture, enum store_key_kind kind, const char *secret)
{
    int64_t id;
    return store_key_find(fixture->admin.store, kind, secret, &id, NULL) == 1 ? id : 0;
}

static void test_add(void **state)
{
    struct front front;
    fixture_key(*state, KEY_B, "");
    fixture_post(*state, &front, "/keys/add",
                 "keys=first%3A+" KEY_A "%0A" KEY_B "%2C" KEY_A "+AIzaSyTooShort&label=%E6%A2%85");
    assert_int_equal(fixture_pool_reloads, 1);
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys added: 1.");
    assert_page_has(&front, "Already there: 1.");
    assert_page_has(&front, "More than once in the text: 1.");
    assert_page_has(&front, "Looked like keys but are not: 1.");
    assert_page_has(&front, "梅");
    assert_page_lacks(&front, "TooShort");
    assert_true(id_of(*state, STORE_KEY_GEMINI, KEY_A) > 0);
    front_free(&front);
}

static struct store_key key_of(struct admin_fixture *fixture, int64_t id)
{
    static struct arena *arena;
    struct store_key key;
    arena_destroy(&arena);
    arena = arena_create(4096);
    assert_int_equal(store_key_get(fixture->admin.store, id, false, arena, &key, NULL), 1);
    return key;
}

static void test_add_with_options(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/keys/add",
                 "keys=" KEY_A "&project=p1&weight=2.5&cap_share=80&cap_requests_day=100");
    assert_int_equal(front_status(&front), 303);
    const struct store_key key = key_of(*state, id_of(*state, STORE_KEY_GEMINI, KEY_A));
    assert_string_equal(key.project, "p1");
    assert_true(key.weight > 2.4);
    assert_int_equal(key.caps.share, 80);
    assert_int_equal(key.caps.most[2], 100);
    assert_int_equal(key.caps.most[0], 0);
    front_free(&front);
    fixture_post(*state, &front, "/keys/add", "keys=" KEY_B "&cap_share=101");
    assert_int_equal(front_status(&front), 400);
    assert_int_equal(id_of(*state, STORE_KEY_GEMINI, KEY_B), 0);
    front_free(&front);
}

/* Many at once: a form first, then only what was filled in; the filter's keys as well as the ticked. */
static void test_edit_many(void **state)
{
    struct front front;
    int64_t a = fixture_key(*state, KEY_A, "one");
    int64_t b = fixture_key(*state, KEY_B, "two");
    FREE_AUTO char *both = xasprintf("action=edit&id=%lld&id=%lld", (long long)a, (long long)b);
    fixture_post(*state, &front, "/keys/action", both);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Edit keys (2)");
    assert_page_has(&front, "name=\"cap_tokens_minute\"");
    front_free(&front);
    FREE_AUTO char *filled = xasprintf("%s&apply=1&label=&project=shared&cap_requests_minute=5"
                                       "&cap_share=",
                                       both);
    fixture_post(*state, &front, "/keys/action", filled);
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys changed: 2.");
    front_free(&front);
    assert_string_equal(key_of(*state, b).label, "two");
    assert_string_equal(key_of(*state, b).project, "shared");
    assert_int_equal(key_of(*state, b).caps.most[0], 5);
    fixture_post(*state, &front, "/keys/action",
                 "action=edit&apply=1&all=1&tag=one&cap_requests_minute=0");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys changed: 1.");
    front_free(&front);
    assert_int_equal(key_of(*state, a).caps.most[0], 0);
    assert_int_equal(key_of(*state, b).caps.most[0], 5);
    FREE_AUTO char *wrong = xasprintf("%s&apply=1&weight=heavy", both);
    fixture_post(*state, &front, "/keys/action", wrong);
    assert_int_equal(front_status(&front), 400);
    assert_page_has(&front, "a number from 0.01 to 100");
    front_free(&front);
}

static void test_add_of_a_kind(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/keys/add", "keys=" KEY_A "&kind=paid");
    assert_int_equal(front_status(&front), 303);
    assert_true(id_of(*state, STORE_KEY_PAID, KEY_A) > 0);
    front_free(&front);
}

static void test_add_nothing(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/keys/add", "keys=hello+there");
    fixture_follow(*state, &front);
    assert_page_has(&front, "No key was found in that text.");
    assert_int_equal(fixture_pool_reloads, 0);
    front_free(&front);
}

static void test_pause_and_resume(void **state)
{
    struct front front;
    int64_t a = fixture_key(*state, KEY_A, "");
    int64_t b = fixture_key(*state, KEY_B, "");
    FREE_AUTO char *both =
        xasprintf("action=pause&id=%lld&id=%lld&id=999", (long long)a, (long long)b);
    fixture_post(*state, &front, "/keys/action", both);
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys paused: 2.");
    assert_page_has(&front, "No longer there: 1.");
    assert_int_equal(fixture_key_state(*state, a), STORE_KEY_PAUSED);
    assert_int_equal(fixture_key_state(*state, b), STORE_KEY_PAUSED);
    front_free(&front);

    /* the button of one row counts, not the boxes */
    FREE_AUTO char *one = xasprintf("only=resume%%3A%lld&id=%lld", (long long)a, (long long)b);
    fixture_post(*state, &front, "/keys/action", one);
    assert_int_equal(front_status(&front), 303);
    assert_int_equal(fixture_key_state(*state, a), STORE_KEY_ACTIVE);
    assert_int_equal(fixture_key_state(*state, b), STORE_KEY_PAUSED);
    front_free(&front);
}

static int count_rest(void *ctx, const struct store_rest *rest)
{
    (void)rest;
    ++*(int *)ctx;
    return 0;
}

static void test_reset(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int rests = 0;
    int64_t id = fixture_key(fixture, KEY_A, "");
    const struct store_rest rest = {.key_id = id,
                                    .model = "gemini-3.8-flash",
                                    .until_ms = clock_wall_ms() + HOUR_MS,
                                    .reason = "day_quota"};
    store_rest_put(fixture->admin.store, &rest, NULL);
    FREE_AUTO char *form = xasprintf("action=reset&id=%lld", (long long)id);
    fixture_post(fixture, &front, "/keys/action", form);
    fixture_follow(fixture, &front);
    assert_page_has(&front, "Rests ended for keys: 1.");
    store_rests_each(fixture->admin.store, clock_wall_ms(), count_rest, &rests, NULL);
    assert_int_equal(rests, 0);
    front_free(&front);
}

static void test_delete_asks_first(void **state)
{
    struct front front;
    int64_t id = fixture_key(*state, KEY_A, "mine");
    FREE_AUTO char *form = xasprintf("action=delete&id=%lld&state=ready&q=mine&size=10", (long long)id);
    FREE_AUTO char *confirmed = xasprintf("%s&confirm=1", form);
    FREE_AUTO char *hidden = xasprintf("name=\"id\" value=\"%lld\"", (long long)id);
    fixture_post(*state, &front, "/keys/action", form);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Delete this key?");
    assert_page_has(&front, hidden);
    assert_true(id_of(*state, STORE_KEY_GEMINI, KEY_A) > 0);
    front_free(&front);

    fixture_post(*state, &front, "/keys/action", confirmed);
    FREE_AUTO char *location = fixture_header(&front, "Location");
    assert_non_null(strstr(location, "/keys?state=ready&q=mine&size=10&flash="));
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys deleted: 1.");
    assert_int_equal(id_of(*state, STORE_KEY_GEMINI, KEY_A), 0);
    front_free(&front);
}

static void test_nothing_selected(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/keys/action", "action=pause");
    fixture_follow(*state, &front);
    assert_page_has(&front, "No key was selected.");
    front_free(&front);
    fixture_post(*state, &front, "/keys/action", "action=explode&id=1");
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
}

static void test_csrf(void **state)
{
    static const char *const starts[] = {"", "csrf=&", "csrf=0123&"};
    int64_t id = fixture_key(*state, KEY_A, "");
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        struct front front;
        FREE_AUTO char *form = xasprintf("%saction=pause&id=%lld", starts[i], (long long)id);
        fixture_request(*state, &front, "/keys/action", form);
        assert_int_equal(front_status(&front), 403);
        assert_int_equal(fixture_key_state(*state, id), STORE_KEY_ACTIVE);
        front_free(&front);
    }
}

/* Another process holds the write lock for longer than anybody waits. */
static void test_locked_store(void **state)
{
    struct admin_fixture *fixture = *state;
    struct store_options options = {
        .dir = fixture->dir, .vault = fixture->vault, .busy_timeout_ms = 50, .readers = 1};
    struct front front;
    int64_t id = fixture_key(fixture, KEY_A, "");
    FREE_AUTO char *form = xasprintf("action=pause&id=%lld", (long long)id);
    struct store *other = store_open(&options, NULL);
    struct sql_tx *tx = sql_begin(store_main(other), NULL);
    assert_non_null(tx);

    fixture_post(fixture, &front, "/keys/action", form);
    assert_int_equal(front_status(&front), 503);
    assert_page_has(&front, "locked or full");
    front_free(&front);
    fixture_post(fixture, &front, "/keys/add", "keys=" KEY_B);
    assert_int_equal(front_status(&front), 503);
    front_free(&front);
    fixture_request(fixture, &front, "/keys", NULL);
    assert_int_equal(front_status(&front), 200);
    front_free(&front);

    sql_rollback(&tx);
    store_close(&other);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_add),           IN(test_add_with_options),  IN(test_edit_many),
        IN(test_add_of_a_kind), IN(test_add_nothing),       IN(test_pause_and_resume),
        IN(test_reset),         IN(test_delete_asks_first), IN(test_nothing_selected),
        IN(test_csrf),          IN(test_locked_store),
    };
    return UNIT_RUN(tests);
}
