/* What the page /keys shows. */
#include "admin_fixture.h"

#include <stdlib.h>

#include "base/clock.h"

static void test_no_keys_yet(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/keys", NULL);
    assert_page_has(&front, "Add your first key");
    assert_page_has(&front, "http://gb.example:8000/v1<");
    assert_page_lacks(&front, "<table");
    front_free(&front);
}

static void test_a_key_is_masked(void **state)
{
    struct front front;
    fixture_key(*state, "AIzaSySecretSecretSecretSecretSecretWxYz", "");
    fixture_request(*state, &front, "/keys", NULL);
    assert_page_has(&front, "AIzaSy…WxYz");
    assert_page_lacks(&front, "SecretSecret");
    front_free(&front);
}

static void test_what_others_wrote_is_inert(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t id = fixture_key(fixture, "AIzaSy-1", "<script>alert(1)</script>");
    const struct store_rest rest = {.key_id = id,
                                    .model = "\"><img src=x>",
                                    .until_ms = clock_wall_ms() + HOUR_MS,
                                    .reason = "<b>why</b>"};
    store_rest_put(fixture->admin.store, &rest, NULL);
    store_key_failures(fixture->admin.store, id, 2, "' onmouseover='evil()", clock_wall_ms(), NULL);
    fixture_request(fixture, &front, "/keys?q=%22%3E%3Cscript%3E", NULL);
    assert_page_lacks(&front, "<script>alert");
    assert_page_lacks(&front, "\"><script>");
    front_free(&front);
    fixture_request(fixture, &front, "/keys", NULL);
    assert_page_has(&front, "&lt;script&gt;alert(1)&lt;/script&gt;");
    assert_page_lacks(&front, "<img");
    assert_page_lacks(&front, "<b>why");
    assert_page_lacks(&front, "' onmouseover");
    front_free(&front);
}

static void rest(struct admin_fixture *fixture, int64_t id, const char *model, const char *reason)
{
    const struct store_rest row = {
        .key_id = id, .model = model, .until_ms = clock_wall_ms() + 3 * HOUR_MS, .reason = reason};
    assert_int_equal(store_rest_put(fixture->admin.store, &row, NULL), 0);
}

static void test_states(void **state)
{
    struct admin_fixture *fixture = *state;
    struct store *store = fixture->admin.store;
    struct front front;
    fixture_key(fixture, "ready-key-0000000000001", "is-ready");
    int64_t partly = fixture_key(fixture, "partly-key-000000000002", "is-partly");
    int64_t resting = fixture_key(fixture, "resting-key-00000000003", "is-resting");
    int64_t paused = fixture_key(fixture, "paused-key-000000000004", "is-paused");
    int64_t dead = fixture_key(fixture, "dead-key-00000000000005", "is-dead");
    rest(fixture, partly, "gemini-3.8-flash", "day_quota");
    rest(fixture, resting, "", "throttled");
    store_key_set_state(store, paused, STORE_KEY_PAUSED, "", clock_wall_ms(), NULL);
    store_key_set_state(store, dead, STORE_KEY_DEAD, "key.invalid", clock_wall_ms(), NULL);

    fixture_request(fixture, &front, "/keys", NULL);
    assert_page_has(&front, "<b>gemini-3.8-flash</b> Quota of the day used up");
    assert_page_has(&front, "Throttled by Google");
    assert_page_has(&front, "back in 3 h");
    assert_page_has(&front, "Google does not know this key");
    front_free(&front);

    static const char *const words[] = {"ready", "partly", "resting", "paused", "dead"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        FREE_AUTO char *uri = xasprintf("/keys?state=%s", words[i]);
        FREE_AUTO char *label = xasprintf("is-%s<", words[i]);
        fixture_request(fixture, &front, uri, NULL);
        assert_page_has(&front, "Matches: 1");
        assert_page_has(&front, label);
        front_free(&front);
    }
}

static void test_search(void **state)
{
    struct front front;
    fixture_key(*state, "first-key-0000000000001", "of Mei");
    fixture_key(*state, "second-key-000000000002", "of Noor");
    fixture_request(*state, &front, "/keys?q=NOOR", NULL);
    assert_page_has(&front, "sub\">of Noor");
    assert_page_lacks(&front, "sub\">of Mei");
    front_free(&front);
    fixture_request(*state, &front, "/keys?q=nobody", NULL);
    assert_page_has(&front, "No key matches.");
    front_free(&front);
}

/* Reason, label and project: each is offered as it occurs, and means exactly that. */
static void test_exact_filters(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t first = fixture_key(fixture, "first-key-0000000000001", "home");
    int64_t second = fixture_key(fixture, "second-key-000000000002", "home two");
    rest(fixture, first, "gemini-3.8-flash", "day_quota");
    const struct store_key changes = {.id = second, .project = "work <b>"};
    assert_int_equal(store_key_edit(fixture->admin.store, &changes, NULL), 0);
    fixture_request(fixture, &front, "/keys", NULL);
    assert_page_has(&front, "<option value=\"day_quota\">Quota of the day used up</option>");
    assert_page_has(&front, "<option value=\"home\">home</option>");
    assert_page_lacks(&front, "work <b>");
    front_free(&front);
    static const struct {
        const char *uri, *there, *away;
    } cases[] = {
        {"/keys?why=day_quota", "value=\"1\" aria-label", "value=\"2\" aria-label"},
        {"/keys?tag=home", "value=\"1\" aria-label", "value=\"2\" aria-label"},
        {"/keys?in=work+%3Cb%3E", "value=\"2\" aria-label", "value=\"1\" aria-label"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_request(fixture, &front, cases[i].uri, NULL);
        assert_page_has(&front, "Matches: 1");
        assert_page_has(&front, cases[i].there);
        assert_page_lacks(&front, cases[i].away);
        front_free(&front);
    }
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part)) != NULL) {
        count++;
        text += strlen(part);
    }
    return count;
}

static void test_pages_of_the_list(void **state)
{
    struct front front;
    for (int i = 0; i < 45; i++) {
        FREE_AUTO char *secret = xasprintf("key-of-many-000000000%03d", i);
        FREE_AUTO char *label = xasprintf("label-%03d", i);
        fixture_key(*state, secret, label);
    }
    fixture_request(*state, &front, "/keys?size=20", NULL);
    assert_int_equal(count_of(front_answer_body(&front), "name=\"id\""), 20);
    assert_page_has(&front, "label-000");
    assert_page_has(&front, "href=\"/keys?size=20&amp;page=2\"");
    front_free(&front);
    fixture_request(*state, &front, "/keys?size=20&page=3", NULL);
    assert_int_equal(count_of(front_answer_body(&front), "name=\"id\""), 5);
    assert_page_has(&front, "label-044");
    front_free(&front);
    /* beyond the end the last page is shown; odd values take their default */
    fixture_request(*state, &front, "/keys?size=20&page=99", NULL);
    assert_page_has(&front, "label-044");
    front_free(&front);
    fixture_request(*state, &front, "/keys?size=10&page=2", NULL);
    assert_page_has(&front, "href=\"/keys?size=10&amp;page=3\"");
    front_free(&front);
    fixture_request(*state, &front, "/keys?size=500", NULL);
    assert_page_has(&front, "<option value=\"500\" selected>");
    front_free(&front);
    fixture_request(*state, &front, "/keys?size=7&page=-1&state=odd", NULL);
    assert_int_equal(count_of(front_answer_body(&front), "name=\"id\""), 45);
    front_free(&front);
}

static void test_forged_message_is_not_shown(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/keys?flash=1~5~0~0~0&sig=0123456789abcdef0123456789abcdef",
                    NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_lacks(&front, "Keys added");
    front_free(&front);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_no_keys_yet),
        IN(test_a_key_is_masked),
        IN(test_states),
        IN(test_what_others_wrote_is_inert),
        IN(test_search),
        IN(test_exact_filters),
        IN(test_pages_of_the_list),
        IN(test_forged_message_is_not_shown),
    };
    return UNIT_RUN(tests);
}
