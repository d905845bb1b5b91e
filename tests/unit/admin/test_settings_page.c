/* The page of settings: what it shows, what it saves, and what it refuses. */
#include "admin_fixture.h"

#include <stdio.h>

#include "auth/session.h"
#include "base/clock.h"
#include "store/store_settings.h"

struct saved {
    size_t count;
    char last[200];
};

static int count_saved(void *ctx, const char *name, const char *value)
{
    struct saved *saved = ctx;
    saved->count++;
    snprintf(saved->last, sizeof(saved->last), "%s=%s", name, value);
    return 0;
}

static struct saved saved_of(struct admin_fixture *fixture)
{
    struct saved saved = {0};
    assert_int_equal(store_settings_each(fixture->admin.store, count_saved, &saved, NULL), 0);
    return saved;
}

static void test_what_is_shown(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/config", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "name=\"MAX_FAILURES\" value=\"3\"");
    assert_page_has(&front, "Consecutive faults of a key itself");
    assert_page_has(&front, "a whole number from 1 to 100");
    assert_page_lacks(&front, "MYSQL_PASSWORD"); /* only accepted */
    assert_page_lacks(&front, "name=\"DATA_DIR\"");
    assert_page_lacks(&front, "name=\"ALLOWED_TOKENS\"");
    assert_page_has(&front, "name=\"AUTH_TOKEN\"");
    assert_page_lacks(&front, FIXTURE_TOKEN);
    front_free(&front);
}

static void test_only_what_changed_is_saved(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config",
                 "MAX_FAILURES=7&CHECK_INTERVAL_HOURS=1&TEST_MODEL=gemini-3.5-flash-lite");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Saved and in force.</span> <a href=\"/config/history\">Undo</a>");
    assert_page_has(&front, "<code>MAX_FAILURES</code>");
    front_free(&front);
    struct saved saved = saved_of(*state);
    assert_int_equal(saved.count, 1);
    assert_string_equal(saved.last, "MAX_FAILURES=7");
}

static void test_nothing_changed(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config", "MAX_FAILURES=3");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Nothing was changed.");
    front_free(&front);
    assert_int_equal(saved_of(*state).count, 0);
}

static void test_a_wrong_value_keeps_all_input(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config", "MAX_FAILURES=%22%3E%3Cb%3Enine&TEST_MODEL=other");
    assert_int_equal(front_status(&front), 400);
    assert_page_has(&front, "Nothing was saved");
    assert_page_has(&front, "value=\"&quot;&gt;&lt;b&gt;nine\"");
    assert_page_has(&front, "name=\"TEST_MODEL\" value=\"other\"");
    assert_page_has(&front, "class=\"field-error\"");
    assert_page_has(&front, "MAX_FAILURES must be a whole number");
    front_free(&front);
    assert_int_equal(saved_of(*state).count, 0);
}

/* In Chinese the range says what is wrong with a plain value, and no English stands there. */
static void test_what_is_wrong_is_told_in_chinese(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config?lang=zh", "MAX_FAILURES=nine");
    assert_int_equal(front_status(&front), 400);
    assert_page_has(&front, "填写不正确。");
    assert_page_lacks(&front, "must be a whole number");
    front_free(&front);
}

static void test_a_box_that_is_not_ticked(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config", "was.POOL_AFFINITY=0123456789abcdef");
    fixture_follow(*state, &front);
    front_free(&front);
    assert_string_equal(saved_of(*state).last, "POOL_AFFINITY=false");
}

static void test_what_was_not_touched_is_left_alone(void **state)
{
    struct front front;
    /* The mark of "9", which this page showed before somebody else saved 3. */
    fixture_post(*state, &front, "/config", "MAX_FAILURES=9&was.MAX_FAILURES=19581e27de7ced00");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Nothing was changed.");
    front_free(&front);
}

static void test_a_list_by_lines(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/config", NULL);
    assert_page_has(&front, ">gemini-nano-banana-2.1\ngemini-3.1-flash-image\n");
    front_free(&front);
    fixture_post(*state, &front, "/config", "FILTERED_MODELS=one%0D%0Atwo%0D%0A");
    fixture_follow(*state, &front);
    front_free(&front);
    assert_string_equal(saved_of(*state).last, "FILTERED_MODELS=one\ntwo");
}

static void test_a_new_admin_token_ends_other_sessions(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    const struct store_session other = {
        .id_hash = "other", .csrf = "x", .expires_ms = clock_wall_ms() + HOUR_MS};
    struct store_session found;
    assert_int_equal(store_session_put(fixture->admin.store, &other, NULL), 0);
    fixture_post(fixture, &front, "/config", "AUTH_TOKEN=another-token-of-the-admin");
    fixture_follow(fixture, &front);
    assert_int_equal(front_status(&front), 200);
    assert_page_lacks(&front, "another-token-of-the-admin");
    front_free(&front);
    assert_int_equal(
        store_session_get(fixture->admin.store, "other", clock_wall_ms(), &found, NULL), 0);
}

static void test_reset(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config", "MAX_FAILURES=7");
    front_free(&front);
    fixture_post(*state, &front, "/config", "reset=MAX_FAILURES&MAX_FAILURES=7");
    fixture_follow(*state, &front);
    assert_page_has(&front, "The saved value was removed.");
    front_free(&front);
    assert_int_equal(saved_of(*state).count, 0);
    fixture_post(*state, &front, "/config", "reset=DATA_DIR");
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
}

static void test_history_and_undo(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/config/history", NULL);
    assert_page_has(&front, "No setting has been changed yet.");
    front_free(&front);
    fixture_post(*state, &front, "/config", "MAX_FAILURES=7");
    front_free(&front);
    fixture_post(*state, &front, "/config", "AUTH_TOKEN=another-token-of-the-admin");
    front_free(&front);
    fixture_request(*state, &front, "/config/history", NULL);
    assert_page_has(&front, "<code>MAX_FAILURES</code>");
    assert_page_has(&front, "secret, not kept");
    assert_page_has(&front, "name=\"id\" value=\"1\"");
    assert_page_lacks(&front, "name=\"id\" value=\"2\"");
    front_free(&front);
    fixture_post(*state, &front, "/config/undo", "id=1");
    fixture_follow(*state, &front);
    assert_page_has(&front, "The change was undone.");
    front_free(&front);
    assert_int_equal(saved_of(*state).count, 1); /* the token */
    static const char *const wrong[] = {"id=2", "id=99", "id=0", "id=x", "id=9223372036854775807"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        fixture_post(*state, &front, "/config/undo", wrong[i]);
        UNIT_ROW(front_status(&front) == 400 || front_status(&front) == 404, wrong[i]);
        front_free(&front);
    }
}

static void test_a_read_only_setting_cannot_be_posted(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/config", "DATA_DIR=/tmp/elsewhere&API_KEYS=a&MYSQL_HOST=b");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Nothing was changed.");
    front_free(&front);
}

static void test_without_its_token(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/config", "MAX_FAILURES=7");
    assert_int_equal(front_status(&front), 403);
    front_free(&front);
    assert_int_equal(saved_of(*state).count, 0);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_what_is_shown),
        IN(test_only_what_changed_is_saved),
        IN(test_nothing_changed),
        IN(test_a_wrong_value_keeps_all_input),
        IN(test_what_is_wrong_is_told_in_chinese),
        IN(test_a_box_that_is_not_ticked),
        IN(test_what_was_not_touched_is_left_alone),
        IN(test_a_list_by_lines),
        IN(test_a_new_admin_token_ends_other_sessions),
        IN(test_reset),
        IN(test_history_and_undo),
        IN(test_a_read_only_setting_cannot_be_posted),
        IN(test_without_its_token),
    };
    return UNIT_RUN(tests);
}
