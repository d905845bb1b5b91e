#include "../unit.h"

#include "base/json.h"
#include "config/bootstrap.h"

static const struct row {
    const char *text;
    const char *json; /* NULL: refused */
} rows[] = {
    {"[\"a\",\"b\"]", "[\"a\",\"b\"]"},
    {"('a','b')", "[\"a\",\"b\"]"},
    {"(\"a\",\"b\")", "[\"a\",\"b\"]"},
    {"['a', \"b\", ]", "[\"a\",\"b\"]"},
    {"one", "[\"one\"]"},
    {" one ", "[\"one\"]"},
    {"'one'", "[\"one\"]"},
    {"a,b", "[\"a\",\"b\"]"},
    {" a , b ,, ", "[\"a\",\"b\"]"},
    {"a\nb\r\n\r\nc\n", "[\"a\",\"b\",\"c\"]"},
    {"\"a\",\"b\"", "[\"a\",\"b\"]"},
    {"'a, still a','b'", "[\"a, still a\",\"b\"]"},
    {"it's,b", "[\"it's\",\"b\"]"},
    {"'open,b", "[\"'open\",\"b\"]"},
    {"'[\"a\",\"b\"]'", "[\"a\",\"b\"]"},
    {"\"[\"a\",\"b\"]\"", "[\"a\",\"b\"]"},
    {"", "[]"},
    {"  \n ", "[]"},
    {"''", "[]"},
    {"[]", "[]"},
    {"()", "[]"},
    {"[\"\", \" a \", null]", "[\"a\"]"},
    {"[123456, 1.5]", "[\"123456\",\"1.5\"]"},
    {"[\"'kept'\"]", "[\"'kept'\"]"},
    {"*", "[\"*\"]"},
    {"10.0.0.0/8, ::1", "[\"10.0.0.0/8\",\"::1\"]"},
    {"[\"a\"", NULL},
    {"[\"a\",[\"b\"]]", NULL},
    {"[true]", NULL},
    {"{\"a\":\"b\"}", NULL},
    {"(a", NULL},
};

static void lists_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        JSON_AUTO json_object *list = bootstrap_parse_list(rows[i].text, &err);
        struct strbuf json STRBUF_AUTO = STRBUF_INIT(1024);
        UNIT_ROW(!list == !rows[i].json, rows[i].text);
        UNIT_ROW(list || err.text[0], rows[i].text);
        if (list)
            json_write(&json, list);
        if (list && strcmp(strbuf_str(&json), rows[i].json) != 0)
            fail_msg("%s gave %s", rows[i].text, strbuf_str(&json));
    }
}

static void many_items_are_read(void **state)
{
    (void)state;
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    for (int i = 0; i < 5000; i++)
        strbuf_printf(&text, "AIzaSyKey%05d\r\n", i);
    JSON_AUTO json_object *list = bootstrap_parse_list(strbuf_str(&text), NULL);
    assert_int_equal(json_object_array_length(list), 5000);
    json_object *last = json_object_array_get_idx(list, 4999);
    assert_string_equal(json_object_get_string(last), "AIzaSyKey04999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_read),
        cmocka_unit_test(many_items_are_read),
    };
    return UNIT_RUN(tests);
}
