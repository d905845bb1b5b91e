#include "../unit.h"

#include "base/codec.h"
#include "base/err.h"

static void code_and_text_are_set(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(err_set(&err, ERR_INVALID, "port %d is out of range", 99999), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(err.text, "port 99999 is out of range");
    assert_string_equal(err.param, "");
}

static void a_field_can_be_named(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(err_set_param(&err, ERR_INVALID, "TIME_OUT", "must be %s", "positive"), -1);
    assert_string_equal(err.param, "TIME_OUT");
    assert_string_equal(err.text, "must be positive");
    err_set(&err, ERR_IO, "other");
    assert_string_equal(err.param, "");
}

static void a_prefix_keeps_code_and_field(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    err_set_param(&err, ERR_EXISTS, "name", "is taken");
    assert_int_equal(err_prefix(&err, "token %d", 5), -1);
    assert_int_equal(err.code, ERR_EXISTS);
    assert_string_equal(err.param, "name");
    assert_string_equal(err.text, "token 5: is taken");
}

static void the_own_text_may_be_an_argument(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    err_set_param(&err, ERR_IO, "a", "inner");
    err_set_param(&err, ERR_IO, err.param, "outer (%s)", err.text);
    assert_string_equal(err.text, "outer (inner)");
    assert_string_equal(err.param, "a");
}

static void the_text_is_one_line(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    err_set(&err, ERR_IO, "a\r\nb\tc\x7f");
    assert_string_equal(err.text, "a  b c ");
}

static void long_texts_are_cut_between_characters(void **state)
{
    char text[1000] = "";
    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        struct err err = ERR_INIT;
        memset(text, 'x', (size_t)shift);
        text[shift] = '\0';
        while (strlen(text) < 900)
            memcpy(text + strlen(text), "\xE2\x82\xAC", 4);
        err_set(&err, ERR_IO, "%s", text);
        assert_true(strlen(err.text) >= sizeof(err.text) - 3);
        assert_true(utf8_valid(err.text, strlen(err.text)));
        err_prefix(&err, "%s", text);
        assert_true(utf8_valid(err.text, strlen(err.text)));
    }
}

static void null_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "x"), -1);
    assert_int_equal(err_set_param(NULL, ERR_IO, "p", "x"), -1);
    assert_int_equal(err_prefix(NULL, "x"), -1);
    err_clear(NULL);
}

static void clear_forgets(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    err_set_param(&err, ERR_IO, "p", "x");
    err_clear(&err);
    assert_int_equal(err.code, ERR_NONE);
    assert_string_equal(err.text, "");
    assert_string_equal(err.param, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_and_text_are_set),
        cmocka_unit_test(a_field_can_be_named),
        cmocka_unit_test(a_prefix_keeps_code_and_field),
        cmocka_unit_test(the_own_text_may_be_an_argument),
        cmocka_unit_test(the_text_is_one_line),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(null_is_accepted),
        cmocka_unit_test(clear_forgets),
    };
    return UNIT_RUN(tests);
}
