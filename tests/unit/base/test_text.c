#include "../unit.h"

#include "base/scope.h"
#include "base/text.h"

static void equality(void **state)
{
    (void)state;
    assert_true(text_eq("a", "a"));
    assert_false(text_eq("a", "A"));
    assert_true(text_eq(NULL, NULL));
    assert_false(text_eq(NULL, ""));
    assert_true(text_ieq("Content-Type", "content-TYPE"));
    assert_false(text_ieq("abc", "abcd"));
    assert_false(text_ieq("abcd", "abc"));
    assert_true(text_ieq(NULL, NULL));
    assert_false(text_ieq("", NULL));
    assert_false(text_ieq("[", "{")); /* 32 apart, but no letters */
}

static void beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(text_starts("models/x", "models/"));
    assert_true(text_starts("x", ""));
    assert_false(text_starts("mod", "models/"));
    assert_false(text_starts(NULL, "x"));
    assert_true(text_istarts("Bearer x", "bearer "));
    assert_false(text_istarts("Bear", "bearer "));
    assert_true(text_ends("gemini-search", "-search"));
    assert_true(text_ends("x", ""));
    assert_false(text_ends("search", "-search"));
    assert_false(text_ends(NULL, "x"));
    assert_int_equal(text_len_without("http://a/b//", '/'), strlen("http://a/b"));
    assert_int_equal(text_len_without("http://a/b", '/'), strlen("http://a/b"));
    assert_int_equal(text_len_without("///", '/'), 0);
    assert_int_equal(text_len_without("", '/'), 0);
}

static void finding(void **state)
{
    const char *s = "text/Event-Stream; q=1";
    (void)state;
    assert_ptr_equal(text_ifind(s, "event-stream"), s + 5);
    assert_ptr_equal(text_ifind(s, ""), s);
    assert_null(text_ifind(s, "json"));
    assert_null(text_ifind(NULL, "x"));
    assert_ptr_equal(text_ifind("aab", "AB") - 1, text_ifind("aab", "AAB"));
}

static void emptiness(void **state)
{
    (void)state;
    assert_true(text_empty(NULL));
    assert_true(text_empty(""));
    assert_false(text_empty(" "));
}

static void patterns(void **state)
{
    static const struct {
        const char *pattern;
        const char *s;
        bool matches;
    } rows[] = {
        {"gemini-*", "gemini-3.8-flash", true},
        {"gemini-*", "gemini-", true},
        {"gemini-*", "gemini", false},
        {"*-image", "gemini-image", true},
        {"*-image", "gemini-image-2", false},
        {"*image*", "gemini-image-2", true},
        {"*", "", true},
        {"*", "anything", true},
        {"", "", true},
        {"", "x", false},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "abbc", true},
        {"a*b*c", "acb", false},
        {"*ab", "aab", true},
        {"a**b", "ab", true},
        {"exact", "exact", true},
        {"exact", "Exact", false},
        {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(text_match(rows[i].pattern, rows[i].s) == rows[i].matches, rows[i].pattern);
    assert_false(text_match("*", NULL));
    assert_false(text_match(NULL, ""));
}

static void trimming(void **state)
{
    char both[] = " \t a b\r\n ";
    char blank[] = "  \n";
    char none[] = "";
    (void)state;
    assert_string_equal(text_trim(both), "a b");
    assert_string_equal(text_trim(blank), "");
    assert_string_equal(text_trim(none), "");
}

static void integers(void **state)
{
    static const struct {
        const char *s;
        int64_t value;
    } good[] = {{"0", 0},
                {"-12", -12},
                {"+7", 7},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    static const char *const bad[] = {
        "", " 1", "1 ", "1.0", "0x10", "-", "+", "--1", "1e3", "abc", "9223372036854775808", NULL};
    int64_t value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        UNIT_ROW(text_to_int(good[i].s, &value) == 0, good[i].s);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        UNIT_ROW(text_to_int(bad[i], &value) == -1, bad[i] ? bad[i] : "NULL");
}

static void numbers(void **state)
{
    static const struct {
        const char *s;
        double value;
    } good[] = {{"0", 0}, {"-1.5", -1.5}, {"1e3", 1000}, {".5", 0.5}, {"+2", 2}, {"0.1", 0.1}};
    static const char *const bad[] = {"",      " 1",  "1 ", "inf", "nan",   "0x1p3",
                                      "1e999", "1,5", "-",  "e",   "1.2.3", NULL};
    double value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        UNIT_ROW(text_to_num(good[i].s, &value) == 0, good[i].s);
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        UNIT_ROW(text_to_num(bad[i], &value) == -1, bad[i] ? bad[i] : "NULL");
}

static void booleans(void **state)
{
    static const struct {
        const char *s;
        bool value;
    } good[] = {{"true", true}, {"FALSE", false}, {"1", true},  {"0", false},
                {"Yes", true},  {"no", false},    {"ON", true}, {"off", false}};
    static const char *const bad[] = {"", "2", "truely", " true", NULL};
    bool value;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        UNIT_ROW(text_to_bool(good[i].s, &value) == 0, good[i].s);
        assert_int_equal(value, good[i].value);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        UNIT_ROW(text_to_bool(bad[i], &value) == -1, bad[i] ? bad[i] : "NULL");
}

static void copies_are_cut_between_characters(void **state)
{
    char buf[6];
    (void)state;
    assert_true(text_copy(buf, sizeof(buf), "12345"));
    assert_string_equal(buf, "12345");
    assert_false(text_copy(buf, sizeof(buf), "123456"));
    assert_string_equal(buf, "12345");
    assert_false(text_copy(buf, sizeof(buf), "123\xE2\x82\xAC"));
    assert_string_equal(buf, "123");
    assert_true(text_copy(buf, sizeof(buf), "12\xE2\x82\xAC"));
    assert_true(text_copy(buf, sizeof(buf), NULL));
    assert_string_equal(buf, "");
    assert_false(text_copy(buf, 0, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality), cmocka_unit_test(beginnings_and_ends),
        cmocka_unit_test(finding),  cmocka_unit_test(emptiness),
        cmocka_unit_test(patterns), cmocka_unit_test(trimming),
        cmocka_unit_test(integers), cmocka_unit_test(numbers),
        cmocka_unit_test(booleans), cmocka_unit_test(copies_are_cut_between_characters),
    };
    return UNIT_RUN(tests);
}
