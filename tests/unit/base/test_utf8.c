#include "../unit.h"

#include "base/codec.h"

static void good_and_bad_sequences(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        {"", true},
        {"plain ascii of more than eight bytes", true},
        {"\xC2\x80", true},
        {"\xDF\xBF", true},
        {"\xE0\xA0\x80", true},
        {"\xED\x9F\xBF", true},
        {"\xEE\x80\x80", true},
        {"\xEF\xBF\xBF", true},
        {"\xF0\x90\x80\x80", true},
        {"\xF4\x8F\xBF\xBF", true},
        {"12345678\xF0\x9F\x98\x80tail of it", true},
        {"\x80", false},
        {"\xC0\x80", false},
        {"\xC1\xBF", false},
        {"\xC2", false},
        {"\xC2\x41", false},
        {"\xE0\x9F\xBF", false},
        {"\xED\xA0\x80", false},
        {"\xED\xBF\xBF", false},
        {"\xE2\x82", false},
        {"\xE2\x28\xA1", false},
        {"\xF0\x8F\xBF\xBF", false},
        {"\xF4\x90\x80\x80", false},
        {"\xF5\x80\x80\x80", false},
        {"\xF0\x9F\x98", false},
        {"\xFE", false},
        {"\xFF", false},
        {"1234567\xFF", false},
        {"12345678\xFF", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(utf8_valid(rows[i].text, strlen(rows[i].text)) == rows[i].valid, rows[i].text);
    assert_true(utf8_valid("a\0b", 3));
}

/* Every code point, encoded by the rule, is valid exactly when it is no surrogate. */
static void every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0x800; c < 0x10000; c++) {
        char text[] = {(char)(0xE0 | c >> 12), (char)(0x80 | (c >> 6 & 63)),
                       (char)(0x80 | (c & 63))};
        assert_int_equal(utf8_valid(text, 3), c < 0xD800 || c > 0xDFFF);
    }
    for (uint32_t c = 0; c < 0x200000; c += 7) {
        char text[] = {(char)(0xF0 | c >> 18), (char)(0x80 | (c >> 12 & 63)),
                       (char)(0x80 | (c >> 6 & 63)), (char)(0x80 | (c & 63))};
        assert_int_equal(utf8_valid(text, 4), c >= 0x10000 && c <= 0x10FFFF);
    }
}

static void where_it_breaks(void **state)
{
    (void)state;
    assert_int_equal(utf8_valid_len("abc\xFFz", 5), 3);
    assert_int_equal(utf8_valid_len("12345678abc\xC3", 12), 11);
    assert_int_equal(utf8_valid_len("\xE2\x82\xAC", 3), 3);
}

static void prefixes_end_between_characters(void **state)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    (void)state;
    for (size_t len = 0; len < sizeof(text); len++)
        assert_int_equal(utf8_prefix(text, len), expected[len]);
    assert_int_equal(utf8_prefix("\x80\x80\x80\x80\x80", 5), 5); /* nothing sensible: all */
}

static void counts(void **state)
{
    static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    (void)state;
    assert_int_equal(utf8_count(text, sizeof(text) - 1), 4);
    assert_int_equal(utf16_count(text, sizeof(text) - 1), 5);
    assert_int_equal(utf8_count("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_and_bad_sequences),
        cmocka_unit_test(every_code_point),
        cmocka_unit_test(where_it_breaks),
        cmocka_unit_test(prefixes_end_between_characters),
        cmocka_unit_test(counts),
    };
    return UNIT_RUN(tests);
}
