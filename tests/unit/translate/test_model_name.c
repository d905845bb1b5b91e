#include "../unit.h"

#include "base/json.h"
#include "base/scope.h"
#include "translate/model_name.h"

static json_object *parse(const char *text)
{
    json_object *value = json_parse_text(text, strlen(text), NULL);
    assert_non_null(value);
    return value;
}

static void aliases(void **state)
{
    static const struct {
        const char *name;
        const char *model;
    } rows[] = {
        {"gpt-4o", "gemini-a"}, {"gpt-4o-mini", "gemini-b"},
        {"gpt-5", "gemini-c"},  {"claude", "claude"},
        {"odd", "odd"},         {"gemini-a", "gemini-a"},
    };
    JSON_AUTO json_object *map =
        parse("{\"gpt-*\":\"gemini-c\",\"gpt-4o\":\"gemini-a\",\"gpt-4o-*\":\"gemini-z\","
              "\"odd\":5,\"gpt-4o-mini\":\"gemini-b\"}");
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(strcmp(model_name_alias(map, rows[i].name), rows[i].model) == 0, rows[i].name);
    assert_string_equal(model_name_alias(NULL, "gpt-4o"), "gpt-4o");
}

static void lists(void **state)
{
    JSON_AUTO json_object *list = parse("[\"gemini-a\",\"gemini-3*\",7,null]");
    (void)state;
    assert_true(model_name_listed(list, "gemini-a"));
    assert_true(model_name_listed(list, "gemini-3.8-flash"));
    assert_false(model_name_listed(list, "gemini-4"));
    assert_false(model_name_listed(list, "7"));
    assert_false(model_name_listed(NULL, "gemini-a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(aliases), cmocka_unit_test(lists)};
    return UNIT_RUN(tests);
}
