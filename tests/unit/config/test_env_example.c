#include "../unit.h"

#include <stdlib.h>

#include "base/text.h"
#include "config/dotenv.h"
#include "config/env_example.h"

/* Takes the # from every "#NAME=". */
static void open_settings(struct strbuf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        bool setting = text[0] == '#' && text[1] != ' ' && text[1] != '\n';
        strbuf_append(out, text + setting, len - setting);
        strbuf_putc(out, '\n');
        text += len + (text[len] == '\n');
    }
}

static void assert_same_as_defaults(const struct setting_rows *rows)
{
    const struct settings *defaults = settings_build(NULL, NULL, NULL);
    struct err err = ERR_INIT;
    const struct settings *set = settings_build(rows, NULL, &err);
    if (!set)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < setting_count(); i++) {
        char *expected = setting_value_text(defaults, setting_at(i));
        char *actual = setting_value_text(set, setting_at(i));
        assert_string_equal(actual, expected);
        free(expected);
        free(actual);
    }
    settings_unref(&defaults);
    settings_unref(&set);
}

static void opened_it_reads_as_the_defaults(const char *language)
{
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct strbuf opened STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct setting_rows rows = {0};
    struct err err = ERR_INIT;
    settings_print_env_example(&text, language);
    open_settings(&opened, strbuf_str(&text));
    if (dotenv_parse(&rows, NULL, strbuf_str(&opened), opened.len, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < setting_count(); i++) {
        const struct setting_def *def = setting_at(i);
        bool shown = setting_rows_get(&rows, def->name);
        UNIT_ROW(shown == !(def->flags & SET_ACCEPTED), def->name);
    }
    assert_same_as_defaults(&rows);
    setting_rows_free(&rows);
}

static void in_english(void **state)
{
    (void)state;
    opened_it_reads_as_the_defaults("en");
}

static void in_chinese(void **state)
{
    (void)state;
    opened_it_reads_as_the_defaults("zh-CN");
}

static void as_it_is_it_sets_nothing(void **state)
{
    (void)state;
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct setting_rows rows = {0};
    settings_print_env_example(&text, NULL);
    assert_int_equal(dotenv_parse(&rows, NULL, strbuf_str(&text), text.len, NULL), 0);
    assert_int_equal(rows.len, 0);
    setting_rows_free(&rows);
}

static void it_explains_each_setting(void **state)
{
    (void)state;
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    settings_print_env_example(&text, "en");
    const char *expected = "\n# How many attempts one request gets in all, each on another key. 0 "
                           "and 1 both mean a single\n# attempt.\n"
                           "# Takes a whole number from 0 to 10.\n#MAX_RETRIES=3\n";
    assert_non_null(strstr(strbuf_str(&text), expected));
    assert_non_null(strstr(strbuf_str(&text), "\n#API_KEYS=[]\n"));
    assert_non_null(strstr(strbuf_str(&text), "\n# ---- Pool ----\n"));
    strbuf_clear(&text);
    settings_print_env_example(&text, "zh");
    assert_non_null(strstr(strbuf_str(&text), "# 取值:0 到 10 的整数。\n#MAX_RETRIES=3\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_english),
        cmocka_unit_test(in_chinese),
        cmocka_unit_test(as_it_is_it_sets_nothing),
        cmocka_unit_test(it_explains_each_setting),
    };
    return UNIT_RUN(tests);
}
