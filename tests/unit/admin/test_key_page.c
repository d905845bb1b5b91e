/* One key: its page, editing, looking at it; and work on many: order, export, verifying. */
#include "admin_fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store_audit.h"

#define KEY_A "AIzaSyAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01"
#define KEY_B "AIzaSyBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb02"
#define KEY_C "AIzaSyCccccccccccccccccccccccccccccccc3"

static bool audited;
static const char *audit_wanted;

static int look_for_audit(void *ctx, const struct store_audit *entry)
{
    (void)ctx;
    audited |= text_eq(entry->action, audit_wanted);
    return 0;
}

static bool was_audited(struct admin_fixture *fixture, const char *action)
{
    const struct store_audit_page all = {0, 100};
    audited = false;
    audit_wanted = action;
    assert_int_equal(store_audit_each(fixture->admin.store, &all, look_for_audit, NULL, NULL), 0);
    return audited;
}

static void test_page(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t id = fixture_key(fixture, KEY_A, "<i>mine");
    const struct store_rest rest = {.key_id = id,
                                    .model = "<u>model",
                                    .until_ms = clock_wall_ms() + HOUR_MS,
                                    .reason = "day_quota"};
    store_rest_put(fixture->admin.store, &rest, NULL);
    fixture_request(fixture, &front, "/keys/1", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Quota of the day used up");
    assert_page_lacks(&front, KEY_A);
    assert_page_lacks(&front, "<i>mine");
    assert_page_lacks(&front, "<u>model");
    front_free(&front);
    fixture_request(fixture, &front, "/keys/2", NULL);
    assert_int_equal(front_status(&front), 404);
    front_free(&front);
}

static void test_reveal(void **state)
{
    struct front front;
    fixture_key(*state, KEY_A, "");
    fixture_request(*state, &front, "/keys/1/reveal", "x=1");
    assert_int_equal(front_status(&front), 403);
    front_free(&front);
    assert_false(was_audited(*state, "key.reveal"));
    fixture_post(*state, &front, "/keys/1/reveal", "");
    assert_page_has(&front, KEY_A);
    front_free(&front);
    assert_true(was_audited(*state, "key.reveal"));
    fixture_request(*state, &front, "/audit", NULL);
    assert_page_has(&front, "<code>key.reveal</code>");
    front_free(&front);
}

static void test_editing(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    struct store_key key;
    struct arena *arena = arena_create(4096);
    fixture_key(fixture, KEY_A, "old");
    fixture_post(fixture, &front, "/keys/1",
                 "label=new&project=p1&weight=2.5&proxy=socks5%3A%2F%2Fuser%3Apass%40host%3A1080");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "The key was saved.");
    assert_page_has(&front, "socks5://host:1080");
    assert_page_lacks(&front, "user:pass");
    front_free(&front);
    assert_int_equal(store_key_get(fixture->admin.store, 1, false, arena, &key, NULL), 1);
    assert_string_equal(key.label, "new");
    assert_string_equal(key.proxy, "socks5://user:pass@host:1080");
    assert_true(key.weight > 2.4 && key.weight < 2.6);
    static const char *const wrong[] = {"weight=0", "weight=x", "weight=1&proxy=ftp%3A%2F%2Fx",
                                        "weight=1&proxy=http%3A%2F%2F"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        fixture_post(fixture, &front, "/keys/1", wrong[i]);
        UNIT_ROW(front_status(&front) == 400, wrong[i]);
        front_free(&front);
    }
    fixture_post(fixture, &front, "/keys/1", "weight=1&no_proxy=1");
    front_free(&front);
    store_key_get(fixture->admin.store, 1, false, arena, &key, NULL);
    assert_string_equal(key.proxy, "");
    arena_destroy(&arena);
}

static void test_export(void **state)
{
    struct front front;
    fixture_key(*state, KEY_A, "=1+1");
    fixture_key(*state, KEY_B, "");
    fixture_post(*state, &front, "/keys/action", "action=export&id=2");
    assert_string_equal(front_answer_body(&front), KEY_B "\n");
    front_free(&front);
    fixture_post(*state, &front, "/keys/action", "action=csv&all=1");
    assert_page_has(&front, KEY_A);
    assert_page_has(&front, KEY_B);
    assert_page_has(&front, "\"'=1+1\"");
    front_free(&front);
    assert_true(was_audited(*state, "key.export"));
}

static void test_all_that_match(void **state)
{
    struct front front;
    fixture_key(*state, KEY_A, "red");
    fixture_key(*state, KEY_B, "blue");
    fixture_key(*state, KEY_C, "blue");
    fixture_post(*state, &front, "/keys/action", "action=pause&all=1&q=blue&id=1");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Keys paused: 2.");
    front_free(&front);
    assert_int_equal(fixture_key_state(*state, 1), STORE_KEY_ACTIVE);
    assert_int_equal(fixture_key_state(*state, 3), STORE_KEY_PAUSED);
}

static void test_order(void **state)
{
    struct admin_fixture *fixture = *state;
    static const struct {
        const char *sort;
        const char *first;
    } cases[] = {{"age", "/keys/1\""},
                 {"newest", "/keys/3\""},
                 {"failures", "/keys/2\""},
                 {"label", "/keys/3\""},
                 {"use", "/keys/1\""}};
    fixture_key(fixture, KEY_A, "");
    fixture_key(fixture, KEY_B, "zebra");
    fixture_key(fixture, KEY_C, "ape");
    store_key_failures(fixture->admin.store, 2, 5, NULL, 1, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct front front;
        char uri[60];
        snprintf(uri, sizeof(uri), "/keys?sort=%s&size=20", cases[i].sort);
        fixture_request(fixture, &front, uri, NULL);
        const char *link = strstr(front_answer_body(&front), "class=\"quiet\" href=\"");
        assert_non_null(link);
        UNIT_ROW(text_starts(link + strlen("class=\"quiet\" href=\""), cases[i].first),
                 cases[i].sort);
        front_free(&front);
    }
}

static void test_verifying(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture_key(fixture, KEY_A, "");
    fixture_key(fixture, KEY_B, "");
    fixture_post(fixture, &front, "/keys/action", "action=verify&id=1&id=2");
    fixture_follow(fixture, &front); /* no way to Google here */
    assert_int_equal(fixture_verified, 0);
    front_free(&front);
    fixture->admin.upstream = (struct upstream *)fixture;
    fixture_post(fixture, &front, "/keys/action", "action=verify&id=1&id=2");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "They work: 1.");
    assert_page_has(&front, "Dead: 1.");
    front_free(&front);
    fixture_post(fixture, &front, "/keys/add", "keys=" KEY_C "&verify=1");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "Keys added: 1.");
    assert_page_has(&front, "They work: 1.");
    front_free(&front);
    assert_int_equal(fixture_verified, 3);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_page),           IN(test_reveal), IN(test_editing),   IN(test_export),
        IN(test_all_that_match), IN(test_order),  IN(test_verifying),
    };
    return UNIT_RUN(tests);
}
