#include "../unit.h"

#include "base/vec.h"

VEC(numbers, int);

static void items_are_kept_in_order(void **state)
{
    struct numbers numbers = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        VEC_PUSH(&numbers, i * 3);
    assert_int_equal(numbers.len, 1000);
    assert_true(numbers.cap >= 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i * 3);
    VEC_FREE(&numbers);
    assert_null(numbers.items);
    assert_int_equal(numbers.len, 0);
    VEC_PUSH(&numbers, 1);
    assert_int_equal(numbers.items[0], 1);
    VEC_FREE(&numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(items_are_kept_in_order)};
    return UNIT_RUN(tests);
}
