/* Every text stands in both languages, and templates show only texts that there are. */
#include "../unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "admin/key_reason.h"
#include "admin/preferences.h"
#include "admin/strings.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/strbuf.h"
#include "base/text.h"

static void test_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < STRING_COUNT; i++) {
        const char *english = string_text(LANGUAGE_ENGLISH, (enum string_id)i);
        const char *chinese = string_text(LANGUAGE_CHINESE, (enum string_id)i);
        const char *name = string_template_name((enum string_id)i);
        UNIT_ROW(*english && *chinese, name);
        UNIT_ROW(utf8_valid(chinese, strlen(chinese)), name);
        UNIT_ROW(!strstr(english, "{n}") == !strstr(chinese, "{n}"), name);
        UNIT_ROW(!strstr(english, "{s}") == !strstr(chinese, "{s}"), name);
    }
}

static bool is_known(const char *name, size_t len)
{
    for (int i = 0; i < STRING_COUNT; i++) {
        const char *known = string_template_name((enum string_id)i);
        if (strlen(known) == len && memcmp(known, name, len) == 0)
            return true;
    }
    return false;
}

static void check_template(const char *path)
{
    static char text[1 << 18];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    for (const char *at = text; (at = strstr(at, "{{T_")) != NULL;) {
        at += 2;
        size_t len = strcspn(at, "}");
        FREE_AUTO char *what = xasprintf("%s: %.*s", path, (int)len, at);
        UNIT_ROW(is_known(at, len), what);
    }
}

static void test_templates_name_known_texts(void **state)
{
    (void)state;
    int checked = 0;
    DIR *dir = opendir(GB_SRCDIR "/templates");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        FREE_AUTO char *path = xasprintf("%s/%s", GB_SRCDIR "/templates", entry->d_name);
        if (!text_ends(entry->d_name, ".tpl"))
            continue;
        check_template(path);
        checked++;
    }
    closedir(dir);
    assert_true(checked > 3);
}

static void test_spans(void **state)
{
    static const struct {
        int64_t ms;
        const char *english;
        const char *chinese;
    } cases[] = {
        {-5, "0 s", "0 秒"},
        {41 * SECOND_MS, "41 s", "41 秒"},
        {119 * SECOND_MS, "119 s", "119 秒"},
        {2 * MINUTE_MS, "2 min", "2 分钟"},
        {119 * MINUTE_MS, "119 min", "119 分钟"},
        {47 * HOUR_MS, "47 h", "47 小时"},
        {9 * DAY_MS, "9 d", "9 天"},
    };
    (void)state;
    struct arena *arena = arena_create(1024);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(string_span(arena, LANGUAGE_ENGLISH, cases[i].ms), cases[i].english);
        assert_string_equal(string_span(arena, LANGUAGE_CHINESE, cases[i].ms), cases[i].chinese);
    }
    assert_string_equal(string_ago(arena, LANGUAGE_ENGLISH, 1000, 2000), "just now");
    assert_string_equal(string_ago(arena, LANGUAGE_ENGLISH, 5000, 2000), "just now");
    assert_string_equal(string_ago(arena, LANGUAGE_CHINESE, 0, 30 * SECOND_MS), "30 秒前");
    arena_destroy(&arena);
}

static void test_accepted_language(void **state)
{
    static const struct {
        const char *header;
        enum language expected;
    } cases[] = {
        {NULL, LANGUAGE_ENGLISH},
        {"", LANGUAGE_ENGLISH},
        {"fr-FR,fr", LANGUAGE_ENGLISH},
        {"zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE_CHINESE},
        {"en-US,en;q=0.9,zh-CN;q=0.8", LANGUAGE_ENGLISH},
        {"fr, en;q=0.2, zh-TW; q=0.7", LANGUAGE_CHINESE},
        {"ZH", LANGUAGE_CHINESE},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(language_accepted(cases[i].header), cases[i].expected);
}

static void test_reasons(void **state)
{
    (void)state;
    assert_string_equal(key_reason_text(LANGUAGE_ENGLISH, "day_quota"), "Quota of the day used up");
    assert_string_equal(key_reason_text(LANGUAGE_ENGLISH, "quota.day"), "Quota of the day used up");
    assert_string_equal(key_reason_text(LANGUAGE_CHINESE, "rule.of.later"), "rule.of.later");
    assert_string_equal(key_reason_text(LANGUAGE_CHINESE, NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_languages), cmocka_unit_test(test_templates_name_known_texts),
        cmocka_unit_test(test_spans),          cmocka_unit_test(test_accepted_language),
        cmocka_unit_test(test_reasons),
    };
    return UNIT_RUN(tests);
}
