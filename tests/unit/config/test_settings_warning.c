#include "../unit.h"

#include "base/strbuf.h"
#include "config/settings.h"

static void note(void *ctx, const char *name, const char *text)
{
    strbuf_printf(ctx, "%s: %s\n", name, text);
}

static void warnings_of(struct strbuf *out, struct setting_rows *rows)
{
    struct err err = ERR_INIT;
    const struct settings *set = settings_build(rows, NULL, &err);
    if (!set)
        fail_msg("%s", err.text);
    settings_each_warning(set, note, out);
    settings_unref(&set);
    setting_rows_free(rows);
}

static void a_sound_set_gives_none(void **state)
{
    (void)state;
    struct setting_rows rows = {0};
    struct strbuf out STRBUF_AUTO = STRBUF_INIT(4096);
    setting_rows_add(&rows, "AUTH_TOKEN", "sk-p7Hs0QwErTyUiOpAsDfG");
    setting_rows_add(&rows, "ALLOWED_TOKENS", "sk-9kJd73hFsQ2mXv");
    setting_rows_add(&rows, "API_KEYS", "AIzaSyD3k9f0-Qw_81LmNoPqRsTuVwXyZa0bC1d");
    warnings_of(&out, &rows);
    assert_string_equal(strbuf_str(&out), "");
}

static void example_values_are_told(void **state)
{
    (void)state;
    struct setting_rows rows = {0};
    struct strbuf out STRBUF_AUTO = STRBUF_INIT(4096);
    setting_rows_add(&rows, "AUTH_TOKEN", "sk-123456");
    setting_rows_add(&rows, "ALLOWED_TOKENS", "[\"your_token_1\"]");
    setting_rows_add(&rows, "API_KEYS", "[\"AIzaSyxxxxxxxx\",\"key-1\",\"your_api_key_1\"]");
    setting_rows_add(&rows, "SMMS_SECRET_TOKEN", "XXXX");
    setting_rows_add(&rows, "MYSQL_PASSWORD", "change_me");
    warnings_of(&out, &rows);
    assert_string_equal(
        strbuf_str(&out),
        "API_KEYS: 2 of 3 entries are placeholders of an example file: not added to the pool\n"
        "ALLOWED_TOKENS: 1 of 1 entries are placeholders of an example file: in force, but anybody "
        "can guess it\n"
        "AUTH_TOKEN: a placeholder of an example file: in force, but anybody can guess it\n"
        "SMMS_SECRET_TOKEN: a placeholder of an example file: it will not work\n");
}

static void settings_that_surprise_are_told(void **state)
{
    static const char *const expected[] = {
        "AUTH_TOKEN: not set",
        "DATABASE_TYPE: this program has no MySQL backend",
        "STREAM_MIN_DELAY: longer than STREAM_MAX_DELAY",
        "STREAM_SHORT_TEXT_THRESHOLD: higher than",
    };
    (void)state;
    struct setting_rows rows = {0};
    struct strbuf out STRBUF_AUTO = STRBUF_INIT(4096);
    setting_rows_add(&rows, "DATABASE_TYPE", "mysql");
    setting_rows_add(&rows, "STREAM_MIN_DELAY", "0.5");
    setting_rows_add(&rows, "STREAM_SHORT_TEXT_THRESHOLD", "60");
    warnings_of(&out, &rows);
    for (size_t i = 0; i < ARRAY_LEN(expected); i++)
        UNIT_ROW(strstr(strbuf_str(&out), expected[i]), expected[i]);
}

static void no_admin_needs_no_admin_token(void **state)
{
    (void)state;
    struct setting_rows rows = {0};
    struct strbuf out STRBUF_AUTO = STRBUF_INIT(4096);
    setting_rows_add(&rows, "ADMIN_ENABLED", "false");
    warnings_of(&out, &rows);
    assert_string_equal(strbuf_str(&out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_set_gives_none),
        cmocka_unit_test(example_values_are_told),
        cmocka_unit_test(settings_that_surprise_are_told),
        cmocka_unit_test(no_admin_needs_no_admin_token),
    };
    return UNIT_RUN(tests);
}
