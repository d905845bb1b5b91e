#include "../unit.h"

#include "base/json.h"

static const char text[] = "{\"s\":\"text\",\"i\":42,\"big\":9223372036854775807,\"d\":2.75,"
                           "\"int64\":\"-1234567890123\",\"word\":\"12x\",\"b\":true,\"z\":null,"
                           "\"o\":{\"list\":[{\"x\":1},{\"x\":2}],\"camelCase\":\"c\"},\"a\":[1],"
                           "\"snake_case\":\"s\"}";

static int parse(void **state)
{
    *state = json_parse_text(text, sizeof(text) - 1, NULL);
    return *state ? 0 : -1;
}

static int release(void **state)
{
    json_object_put(*state);
    return 0;
}

static void text_members(void **state)
{
    assert_string_equal(json_get_str(*state, "s", "?"), "text");
    assert_string_equal(json_get_str(*state, "i", "?"), "?");
    assert_string_equal(json_get_str(*state, "z", "?"), "?");
    assert_null(json_get_str(*state, "missing", NULL));
}

static void number_members(void **state)
{
    assert_int_equal(json_get_int(*state, "i", -1), 42);
    assert_true(json_get_int(*state, "big", -1) == INT64_MAX);
    assert_int_equal(json_get_int(*state, "d", -1), 2);
    assert_int_equal(json_get_int(*state, "int64", -1), -1234567890123);
    assert_int_equal(json_get_int(*state, "word", -1), -1);
    assert_int_equal(json_get_int(*state, "b", -1), -1);
    assert_int_equal(json_get_int(*state, "z", -1), -1);
    assert_true(json_get_num(*state, "d", -1) == 2.75);
    assert_true(json_get_num(*state, "i", -1) == 42.0);
    assert_true(json_get_num(*state, "s", -1) == -1.0);
}

static void flags(void **state)
{
    assert_true(json_get_bool(*state, "b", false));
    assert_true(json_get_bool(*state, "i", true));
    assert_false(json_get_bool(*state, "i", false));
}

static void members_and_types(void **state)
{
    assert_null(json_member(*state, "z"));
    assert_null(json_member(*state, "missing"));
    assert_null(json_member(NULL, "x"));
    assert_null(json_member(json_member(*state, "a"), "x"));
    assert_non_null(json_get_obj(*state, "o"));
    assert_null(json_get_obj(*state, "a"));
    assert_non_null(json_get_arr(*state, "a"));
    assert_null(json_get_arr(*state, "o"));
    assert_true(json_is_str(json_member(*state, "s")));
    assert_true(json_is_num(json_member(*state, "d")));
    assert_false(json_is_num(json_member(*state, "s")));
    assert_false(json_is_str(NULL));
}

static void both_spellings(void **state)
{
    json_object *camel = json_member2(json_get_obj(*state, "o"), "camelCase", "camel_case");
    json_object *snake = json_member2(*state, "snakeCase", "snake_case");
    assert_string_equal(json_object_get_string(camel), "c");
    assert_string_equal(json_object_get_string(snake), "s");
    assert_null(json_member2(*state, "none", "no_ne"));
}

static void paths(void **state)
{
    assert_int_equal(json_object_get_int(json_path(*state, "o.list.1.x")), 2);
    assert_int_equal(json_object_get_int(json_path(*state, "a.0")), 1);
    assert_ptr_equal(json_path(*state, ""), *state);
    assert_null(json_path(*state, "o.list.2.x"));
    assert_null(json_path(*state, "o.list.-1.x"));
    assert_null(json_path(*state, "o.list.x"));
    assert_null(json_path(*state, "s.x"));
    assert_null(json_path(*state, "z.x"));
    assert_null(json_path(NULL, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_members, parse, release),
        cmocka_unit_test_setup_teardown(number_members, parse, release),
        cmocka_unit_test_setup_teardown(flags, parse, release),
        cmocka_unit_test_setup_teardown(members_and_types, parse, release),
        cmocka_unit_test_setup_teardown(both_spellings, parse, release),
        cmocka_unit_test_setup_teardown(paths, parse, release),
    };
    return UNIT_RUN(tests);
}
