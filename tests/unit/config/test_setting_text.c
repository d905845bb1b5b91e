#include "../unit.h"

#include "config/setting_text.h"

static const struct row {
    const char *name, *english, *chinese;
} rows[] = {
    {"MAX_RETRIES", "a whole number from 0 to 10", "0 到 10 的整数"},
    {"CONNECT_TIMEOUT", "a number from 0.1 to 300", "0.1 到 300 的数字"},
    {"MAX_REQUEST_BODY", "a whole number from 1024 to 4294967296", "1024 到 4294967296 的整数"},
    {"POOL_AFFINITY", "true or false", "true 或 false"},
    {"TEST_MODEL", "a text of 1 to 256 bytes", "1 到 256 字节的文本"},
    {"AUTH_TOKEN", "a text of at most 256 bytes", "最多 256 字节的文本"},
    {"SECRET_KEY", "empty or a text of 16 to 1024 bytes", "空或 16 到 1024 字节的文本"},
    {"TTS_SPEED", "one of slow, normal, fast", "以下之一:slow、normal、fast"},
    {"API_KEYS", "a list", "列表"},
    {"FILTERED_MODELS", "a list of at most 1000 items", "最多 1000 项的列表"},
    {"CUSTOM_HEADERS", "an object in JSON of at most 64 members", "最多 64 项的 JSON 对象"},
    {"RATE_LIMITS", "JSON", "JSON"},
};

static void assert_range(const char *name, const char *language, const char *expected)
{
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1024);
    setting_range_text(&text, setting_find(name), language);
    if (strcmp(strbuf_str(&text), expected) != 0)
        fail_msg("%s: %s", name, strbuf_str(&text));
}

static void ranges_are_said_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_range(rows[i].name, "en", rows[i].english);
        assert_range(rows[i].name, "zh-CN", rows[i].chinese);
    }
    assert_range("RATE_LIMITS", NULL, "JSON");
}

static void help_and_titles_follow_the_language(void **state)
{
    (void)state;
    const struct setting_def *def = setting_find("MAX_RETRIES");
    assert_ptr_equal(setting_help(def, "zh"), def->help_zh);
    assert_ptr_equal(setting_help(def, "ZH-cn"), def->help_zh);
    assert_ptr_equal(setting_help(def, "en"), def->help_en);
    assert_ptr_equal(setting_help(def, "fr"), def->help_en);
    assert_ptr_equal(setting_help(def, NULL), def->help_en);
    for (int group = 0; group < GROUP_COUNT; group++) {
        assert_non_null(setting_group_title((enum setting_group)group, "en"));
        assert_non_null(setting_group_title((enum setting_group)group, "zh"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_said_in_both_languages),
        cmocka_unit_test(help_and_titles_follow_the_language),
    };
    return UNIT_RUN(tests);
}
