/* Numbers as people read them. */
#include "../unit.h"

#include "admin/number_text.h"

static struct arena *arena;

static void test_short(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } cases[] = {
        {0, "0"},
        {7, "7"},
        {999, "999"},
        {1000, "1.00k"},
        {12345, "12.3k"},
        {99960, "100k"},
        {999499, "999k"},
        {999600, "1.00M"},
        {4560000, "4.56M"},
        {7800000000, "7.80G"},
        {7800000000000, "7800G"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_string_equal(number_short(arena, cases[i].number), cases[i].text);
}

static void test_percent(void **state)
{
    (void)state;
    assert_string_equal(number_percent(arena, 0, 0), "–");
    assert_string_equal(number_percent(arena, 0, 5), "0.0%");
    assert_string_equal(number_percent(arena, 1, 3), "33.3%");
    assert_string_equal(number_percent(arena, 5, 5), "100%");
    assert_string_equal(number_percent(arena, 999999, 1000000), "99.9%"); /* not all */
}

static void test_ms_and_bytes(void **state)
{
    (void)state;
    assert_string_equal(number_ms(arena, -1), "–");
    assert_string_equal(number_ms(arena, 840), "840 ms");
    assert_string_equal(number_ms(arena, 2140), "2.1 s");
    assert_string_equal(number_ms(arena, 48000), "48 s");
    assert_string_equal(number_bytes(arena, 512), "512 B");
    assert_string_equal(number_bytes(arena, 3565158), "3.40 MB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_ms_and_bytes),
    };
    arena = arena_create(4096);
    int failed = UNIT_RUN(tests);
    arena_destroy(&arena);
    return failed;
}
