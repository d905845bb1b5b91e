#include "../unit.h"

#include "base/json.h"
#include "config/literal.h"

static const struct row {
    const char *text;
    const char *json; /* NULL: refused */
} rows[] = {
    {"[\"a\",1,true]", "[\"a\",1,true]"},
    {"{\"a\":{\"b\":[1.5]}}", "{\"a\":{\"b\":[1.5]}}"},
    {"['a', 'b']", "[\"a\",\"b\"]"},
    {"('a', 'b',)", "[\"a\",\"b\"]"},
    {"(\"a\")", "[\"a\"]"},
    {"[]", "[]"},
    {"()", "[]"},
    {"{'a': True, 'b': False, 'c': [None]}", "{\"a\":true,\"b\":false,\"c\":[null]}"},
    {"{'it': \"it's\", \"q\": 'say \"x\"'}", "{\"it\":\"it's\",\"q\":\"say \\\"x\\\"\"}"},
    {"['it\\'s', 'back\\\\slash', 'a\\nb']", "[\"it's\",\"back\\\\slash\",\"a\\nb\"]"},
    {"['(not, a] tuple', 'True']", "[\"(not, a] tuple\",\"True\"]"},
    {"[1,\n 2,\n]", "[1,2]"},
    {"{'a': 4000.0,}", "{\"a\":4000.0}"},
    {"\"text\"", "\"text\""},
    {"", NULL},
    {"[", NULL},
    {"['a'", NULL},
    {"['a", NULL},
    {"['a\\", NULL},
    {"[a]", NULL},
    {"['a'] 'b'", NULL},
    {"{'a'}", NULL},
    {",", NULL},
    {"None", NULL},
    {"[,]", "[]"},
    {"(]", "[]"},
};

static void literals_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = ERR_INIT;
        JSON_AUTO json_object *value = literal_parse(rows[i].text, &err);
        struct strbuf json STRBUF_AUTO = STRBUF_INIT(1024);
        UNIT_ROW(!value == !rows[i].json, rows[i].text);
        if (!value) {
            UNIT_ROW(err.code == ERR_INVALID && err.text[0], rows[i].text);
            continue;
        }
        UNIT_ROW(err.code == ERR_NONE, rows[i].text);
        json_write(&json, value);
        if (strcmp(strbuf_str(&json), rows[i].json) != 0)
            fail_msg("%s gave %s", rows[i].text, strbuf_str(&json));
    }
}

static void outer_quotes_come_off(void **state)
{
    static const struct {
        const char *text, *rest;
    } quotes[] = {
        {"\"a\"", "a"},
        {"'a'", "a"},
        {"''", ""},
        {"a", "a"},
        {"'", "'"},
        {"'a\"", "'a\""},
        {"'a','b'", "'a','b'"},
        {"it's", "it's"},
        {"'[\"a\"]'", "[\"a\"]"},
        {"", ""},
        {"\"[\"a\",\"b\"]\"", "[\"a\",\"b\"]"},
        {"\"{\"a\":1}\"", "{\"a\":1}"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
        char *copy = xstrdup(quotes[i].text);
        assert_string_equal(literal_unquote(copy), quotes[i].rest);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_are_read),
        cmocka_unit_test(outer_quotes_come_off),
    };
    return UNIT_RUN(tests);
}
