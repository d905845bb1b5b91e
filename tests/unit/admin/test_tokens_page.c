/* Client tokens: made, shown once, limited, paused, deleted. */
#include "admin_fixture.h"

#include <stdio.h>

#include "base/text.h"
#include "store/store_audit.h"
#include "store/store_tokens.h"

struct seen {
    int count;
    struct store_token last;
    char name[120], secret[100], models[100];
};

static int see(void *ctx, const struct store_token *token)
{
    struct seen *seen = ctx;
    seen->count++;
    seen->last = *token;
    text_copy(seen->name, sizeof(seen->name), token->name);
    text_copy(seen->secret, sizeof(seen->secret), token->secret);
    text_copy(seen->models, sizeof(seen->models), token->models);
    return 0;
}

static struct seen tokens_of(struct admin_fixture *fixture)
{
    struct seen seen = {0};
    assert_int_equal(store_tokens_each(fixture->admin.store, true, see, &seen, NULL), 0);
    return seen;
}

static void test_made_and_shown_once(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/tokens/add",
                 "name=%3Cb%3Efamily&requests_per_minute=5&tokens_per_day=90000"
                 "&models=gemini-3*%0D%0Agemini-2.5-flash&expires=2030-12-31");
    assert_int_equal(front_status(&front), 200);
    struct seen seen = tokens_of(*state);
    assert_int_equal(seen.count, 1);
    assert_int_equal(strlen(seen.secret), 3 + 48);
    assert_page_has(&front, seen.secret);
    assert_page_lacks(&front, "<b>family");
    front_free(&front);
    assert_string_equal(seen.name, "<b>family");
    assert_string_equal(seen.models, "[\"gemini-3*\",\"gemini-2.5-flash\"]");
    assert_int_equal(seen.last.requests_per_minute, 5);
    assert_int_equal(seen.last.requests_per_day, 0);
    assert_int_equal(seen.last.tokens_per_day, 90000);
    assert_true(seen.last.expires_ms > 1924900000000);
    fixture_request(*state, &front, "/tokens/1", NULL);
    assert_page_has(&front, "value=\"2030-12-31\""); /* the day comes back as it was typed */
    front_free(&front);
    fixture_request(*state, &front, "/tokens", NULL);
    assert_page_lacks(&front, seen.secret);
    assert_page_has(&front, "&lt;b&gt;family");
    assert_page_has(&front, "5 requests/min");
    front_free(&front);
}

static void test_what_is_wrong_is_kept(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/tokens/add", "name=family&requests_per_day=many&expires=soon");
    assert_int_equal(front_status(&front), 400);
    assert_page_has(&front, "value=\"family\"");
    assert_page_has(&front, "value=\"many\"");
    assert_page_has(&front, "A whole number, or nothing.");
    assert_page_has(&front, "A day, for example");
    front_free(&front);
    assert_int_equal(tokens_of(*state).count, 0);
}

static void test_editing(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/tokens/add", "name=one");
    front_free(&front);
    fixture_request(*state, &front, "/tokens/1", NULL);
    assert_page_has(&front, "name=\"name\" value=\"one\"");
    front_free(&front);
    fixture_post(*state, &front, "/tokens/1", "name=two&requests_per_day=7");
    fixture_follow(*state, &front);
    assert_page_has(&front, "The token was saved.");
    front_free(&front);
    struct seen seen = tokens_of(*state);
    assert_string_equal(seen.name, "two");
    assert_int_equal(seen.last.requests_per_day, 7);
    fixture_post(*state, &front, "/tokens/1", "name=two&requests_per_day=-7");
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
    fixture_request(*state, &front, "/tokens/2", NULL);
    assert_int_equal(front_status(&front), 404);
    front_free(&front);
}

static void test_buttons(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/tokens/add", "name=one");
    front_free(&front);
    fixture_post(*state, &front, "/tokens/action", "only=pause%3A1");
    front_free(&front);
    assert_true(tokens_of(*state).last.paused);
    fixture_post(*state, &front, "/tokens/action", "only=resume%3A1");
    front_free(&front);
    assert_false(tokens_of(*state).last.paused);
    fixture_post(*state, &front, "/tokens/action", "only=delete%3A1");
    assert_page_has(&front, "Delete this token?");
    front_free(&front);
    assert_int_equal(tokens_of(*state).count, 1);
    fixture_post(*state, &front, "/tokens/action", "only=delete%3A1&confirm=1");
    fixture_follow(*state, &front);
    assert_page_has(&front, "The token was deleted.");
    front_free(&front);
    assert_int_equal(tokens_of(*state).count, 0);
    static const char *const wrong[] = {"only=pause%3A9", "only=eat%3A1", "only=pause", "x=1"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        fixture_post(*state, &front, "/tokens/action", wrong[i]);
        UNIT_ROW(front_status(&front) == 400 || front_status(&front) == 404, wrong[i]);
        front_free(&front);
    }
}

static int is_reveal(void *ctx, const struct store_audit *entry)
{
    *(bool *)ctx |= text_eq(entry->action, "token.reveal") && text_eq(entry->subject, "1");
    return 0;
}

static void test_looking_is_written_down(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    bool told = false;
    const struct store_audit_page all = {0, 50};
    fixture_post(fixture, &front, "/tokens/add", "name=one");
    front_free(&front);
    struct seen seen = tokens_of(fixture);
    fixture_post(fixture, &front, "/tokens/action", "only=reveal%3A1");
    assert_page_has(&front, seen.secret);
    front_free(&front);
    assert_int_equal(store_audit_each(fixture->admin.store, &all, is_reveal, &told, NULL), 0);
    assert_true(told);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_made_and_shown_once),
        IN(test_what_is_wrong_is_kept),
        IN(test_editing),
        IN(test_buttons),
        IN(test_looking_is_written_down),
    };
    return UNIT_RUN(tests);
}
