#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

static void assert_written(json_object *value, const char *expected)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(MIB);
    json_write(&out, value);
    assert_string_equal(strbuf_str(&out), expected);
}

static void members_of_every_type(void **state)
{
    JSON_AUTO json_object *doc = json_object_new_object();
    (void)state;
    json_add_str(doc, "s", "a/b \"q\"");
    json_add_str(doc, "none", NULL);
    json_add_strn(doc, "n", "abcdef", 3);
    json_add_strn(doc, "empty", NULL, 0);
    json_add_int(doc, "i", INT64_C(9007199254740993));
    json_add_bool(doc, "b", true);
    json_add_null(doc, "z");
    json_add(doc, "a", json_object_new_array());
    assert_written(doc, "{\"s\":\"a/b \\\"q\\\"\",\"n\":\"abc\",\"empty\":\"\","
                        "\"i\":9007199254740993,\"b\":true,\"z\":null,\"a\":[]}");
}

static void numbers_are_short_and_exact(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.1, "0.1"},      {1, "1"},      {-2.5, "-2.5"},     {1.0 / 3, "0.3333333333333333"},
        {1e300, "1e+300"}, {NAN, "null"}, {INFINITY, "null"}, {0.95, "0.95"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        JSON_AUTO json_object *doc = json_object_new_object();
        char expected[64];
        json_add_num(doc, "n", rows[i].value);
        snprintf(expected, sizeof(expected), "{\"n\":%s}", rows[i].text);
        assert_written(doc, expected);
    }
}

static void a_reference_is_shared(void **state)
{
    json_object *part = json_object_new_string("x");
    JSON_AUTO json_object *one = json_object_new_object();
    (void)state;
    json_add(one, "part", part);
    {
        JSON_AUTO json_object *two = json_object_new_object();
        json_add_ref(two, "again", json_member(one, "part"));
        assert_written(two, "{\"again\":\"x\"}");
    }
    assert_written(one, "{\"part\":\"x\"}");
}

static void text_in_an_arena(void **state)
{
    struct arena *arena = arena_create(64);
    JSON_AUTO json_object *doc = json_object_new_object();
    size_t len = 0;
    (void)state;
    json_add_int(doc, "n", -1);
    assert_string_equal(json_to_arena(arena, doc, &len), "{\"n\":-1}");
    assert_int_equal(len, 8);
    assert_string_equal(json_to_arena(arena, NULL, NULL), "null");
    arena_destroy(&arena);
}

static void bytes_of_utf8_pass_unescaped(void **state)
{
    JSON_AUTO json_object *doc = json_object_new_object();
    (void)state;
    json_add_str(doc, "k", "\xE4\xBD\xA0\xF0\x9F\x98\x80\n");
    assert_written(doc, "{\"k\":\"\xE4\xBD\xA0\xF0\x9F\x98\x80\\n\"}");
}

static void texts_are_escaped_where_they_must(void **state)
{
    static const char text[] = "\"\\/\b\f\n\r\t\x01\x1f\x7f plain";
    JSON_AUTO json_object *doc = json_object_new_object();
    (void)state;
    json_add_str(doc, "a \"name\"\n", text);
    json_add_strn(doc, "nul", "a\0b", 3);
    json_add_strn(doc, "", "", 0);
    assert_written(doc, "{\"a \\\"name\\\"\\n\":"
                        "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f plain\","
                        "\"nul\":\"a\\u0000b\",\"\":\"\"}");
}

/* What is written means what was read, in the words of the reader where it is a number. */
/* Texts are looked at in words: every byte at every place of some. */
static void every_byte_is_written_wherever_it_stands(void **state)
{
    enum { LEN = 20 };
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        for (int at = 0; at < LEN; at++) {
            char text[LEN + 1] = "aaaaaaaaaaaaaaaaaaaa";
            STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
            text[at] = (char)byte;
            json_write_text(&out, text, LEN);
            bool special = byte < ' ' || byte == '"' || byte == '\\';
            const char *rest = strbuf_str(&out) + 1 + at;
            assert_memory_equal(strbuf_str(&out) + 1, text, (size_t)at);
            assert_int_equal(*rest, special ? '\\' : (char)byte);
            assert_string_equal(strchr(strbuf_str(&out), '\0') - 1, "\"");
            if (!special)
                assert_int_equal(out.len, LEN + 2);
        }
    }
}

static void what_was_read_is_written_again(void **state)
{
    static const char text[] =
        "[0,-1,9223372036854775807,-9223372036854775808,18446744073709551615,1.50,1e400,-0.0,"
        "true,false,null,[],{},[[{\"a\":{\"b\":[1,2]}}]]]";
    JSON_AUTO json_object *doc = json_parse_text(text, strlen(text), NULL);
    (void)state;
    assert_non_null(doc);
    assert_written(doc, text);
}

static void a_raw_value_is_written_as_it_is(void **state)
{
    JSON_AUTO json_object *doc = json_object_new_object();
    (void)state;
    json_add(doc, "list", json_raw_take(xstrdup("[1, {\"a\":2}]")));
    json_add(doc, "lent", json_raw_ref("[ ]"));
    assert_written(doc, "{\"list\":[1, {\"a\":2}],\"lent\":[ ]}");
    assert_string_equal(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN),
                        "{\"list\":[1, {\"a\":2}],\"lent\":[ ]}");
}

static void members_are_written_without_a_tree(void **state)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    JSON_AUTO json_object *list = json_parse_text("[1,{}]", 6, NULL);
    (void)state;
    strbuf_puts(&out, "data: {");
    json_put_str(&out, "text", "a\"{");
    json_put_strn(&out, "cut", "abc", 2);
    json_put_int(&out, "number", -5);
    json_put_name(&out, "inner");
    strbuf_putc(&out, '{');
    json_put_value(&out, "list", list);
    json_put_value(&out, "none", NULL);
    strbuf_puts(&out, "}}");
    assert_string_equal(strbuf_str(&out),
                        "data: {\"text\":\"a\\\"{\",\"cut\":\"ab\",\"number\":-5,"
                        "\"inner\":{\"list\":[1,{}],\"none\":null}}");
}

static void a_member_without_room_is_left_out(void **state)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(4);
    (void)state;
    json_put_int(&out, "number", 1);
    assert_false(strbuf_ok(&out));
    json_put_str(&out, "a", "b");
    assert_int_equal(out.len, 0);
}

static void writing_ends_where_there_is_no_room(void **state)
{
    JSON_AUTO json_object *doc = json_object_new_array();
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(10);
    (void)state;
    for (int i = 0; i < 100; i++)
        json_object_array_add(doc, json_object_new_string("text"));
    json_write(&out, doc);
    assert_false(strbuf_ok(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_every_type),
        cmocka_unit_test(numbers_are_short_and_exact),
        cmocka_unit_test(a_reference_is_shared),
        cmocka_unit_test(text_in_an_arena),
        cmocka_unit_test(bytes_of_utf8_pass_unescaped),
        cmocka_unit_test(texts_are_escaped_where_they_must),
        cmocka_unit_test(every_byte_is_written_wherever_it_stands),
        cmocka_unit_test(what_was_read_is_written_again),
        cmocka_unit_test(a_raw_value_is_written_as_it_is),
        cmocka_unit_test(members_are_written_without_a_tree),
        cmocka_unit_test(a_member_without_room_is_left_out),
        cmocka_unit_test(writing_ends_where_there_is_no_room),
    };
    return UNIT_RUN(tests);
}
