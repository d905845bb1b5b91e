#include "../unit.h"

#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"

static void good_texts(void **state)
{
    static const char *const rows[] = {
        "{}",
        "[]",
        "{\"a\":1}",
        " {\"a\" : [1, 2.5, -3e2, true, false, null]} \r\n\t",
        "1",
        "-12.5",
        "\"text\"",
        "true",
        "\"\\u00e9\\ud83d\\ude00\"",
        "\"\xC3\xA9\xF0\x9F\x98\x80\"",
        " 7 ",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        JSON_AUTO json_object *doc = json_parse_text(rows[i], strlen(rows[i]), &err);
        UNIT_ROW(doc, rows[i]);
        assert_int_equal(err.code, ERR_NONE);
    }
}

static void bad_texts_and_where(void **state)
{
    static const struct {
        const char *text;
        const char *where;
    } rows[] = {
        {"", "at byte 0"},
        {"   ", "at byte 3"},
        {"{\"a\":1", "at byte 6"},
        {"{\"a\":}", "at byte 5"},
        {"{\"a\":1} x", "at byte 8"},
        {"{} {}", "at byte 3"},
        {"[1,2,]", "at byte 5"},
        {"{\"a\":1,}", "at byte 7"},
        {"{a:1}", "at byte 1"},
        {"{'a':1}", "at byte 1"},
        {"[1 2]", "at byte 3"},
        {"null", "null"},
        {"nul", "at byte 3"},
        {"tru", "at byte 3"},
        {"NaN", "at byte 0"},
        {"[NaN]", "at byte 1"},
        {"[-Infinity]", "at byte 2"},
        {"['a']", "at byte 1"},
        {"// c\n{}", "at byte"},
        {"/* c */{}", "at byte"},
        {"[\"\xC3(\"]", "at byte 2"},
        {"[\"\xFF\"]", "at byte 2"},
        {"[\"\xED\xA0\x80\"]", "at byte 2"},
        {"[\"\xC0\x80\"]", "at byte 2"},
        {"[\"a\nb\"]", "at byte 3"},
        {"[\"\\\"\n\"]", "at byte 4"},
        {"[1.]", "at byte 2"},
        {"1.", "at byte 1"},
        {"\"open", "at byte 5"},
        {"[-]", "at byte"},
        {"[01]", "at byte"},
        {"1,2", "at byte 1"},
        {"\xEF\xBB\xBF{}", "at byte 0"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        JSON_AUTO json_object *doc = json_parse_text(rows[i].text, strlen(rows[i].text), &err);
        UNIT_ROW(!doc, rows[i].text);
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.text, rows[i].where))
            fail_msg("%s: \"%s\" lacks \"%s\"", rows[i].text, err.text, rows[i].where);
    }
}

/* Strings are looked at in words: the place within a word must not matter. */
static void a_long_string_is_strict_at_every_place(void **state)
{
    enum { LEN = 40 };
    (void)state;
    for (size_t i = 1; i + 1 < LEN - 1; i++) {
        struct err err = ERR_INIT;
        char where[32];
        char text[LEN];
        memset(text, 'x', LEN);
        text[0] = text[LEN - 1] = '"';
        text[i] = '\n';
        assert_null(json_parse_text(text, LEN, &err));
        snprintf(where, sizeof(where), "at byte %zu:", i);
        if (!strstr(err.text, where))
            fail_msg("\"%s\" lacks \"%s\"", err.text, where);
        text[i] = '\\';
        text[i + 1] = '"'; /* ends nothing */
        JSON_AUTO json_object *doc = json_parse_text(text, LEN, &err);
        assert_int_equal(json_object_get_string_len(doc), LEN - 3);
    }
}

static void a_nul_byte_ends_nothing(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"{}\0", 3}, {"{}\0{}", 5}, {"1\0", 2}, {"[1,\0 2]", 7}, {"[\"a\0b\"]", 7}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        UNIT_ROW(!json_parse_text(rows[i].text, rows[i].len, &err), rows[i].text);
        assert_int_equal(err.code, ERR_INVALID);
    }
}

static void only_len_bytes_are_read(void **state)
{
    (void)state;
    JSON_AUTO json_object *doc = json_parse_text("[12]garbage", 4, NULL);
    assert_non_null(doc);
    JSON_AUTO json_object *number = json_parse_text("123456", 3, NULL);
    assert_int_equal(json_object_get_int(number), 123);
}

static json_object *parse_nested(int depth, struct err *err)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    for (int i = 0; i < depth; i++)
        strbuf_putc(&text, '[');
    for (int i = 0; i < depth; i++)
        strbuf_putc(&text, ']');
    return json_parse_text(text.data, text.len, err);
}

static void depth_is_limited(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    JSON_AUTO json_object *doc = parse_nested(LIMIT_JSON_DEPTH - 1, &err);
    assert_non_null(doc);
    assert_null(parse_nested(LIMIT_JSON_DEPTH + 1, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.text, "deeper than 128"));
    assert_null(parse_nested(100000, NULL));
}

static void numbers_keep_their_value(void **state)
{
    static const char text[] = "[9223372036854775807,-9223372036854775808,0.1,1e2]";
    (void)state;
    JSON_AUTO json_object *doc = json_parse_text(text, sizeof(text) - 1, NULL);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    json_write(&out, doc);
    assert_string_equal(strbuf_str(&out), text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_texts),
        cmocka_unit_test(bad_texts_and_where),
        cmocka_unit_test(a_long_string_is_strict_at_every_place),
        cmocka_unit_test(a_nul_byte_ends_nothing),
        cmocka_unit_test(only_len_bytes_are_read),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(numbers_keep_their_value),
    };
    return UNIT_RUN(tests);
}
