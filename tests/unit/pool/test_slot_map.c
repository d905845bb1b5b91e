/* The hash table against a plain array, over many random steps. */
#include "../unit.h"

#include "pool/slot_map.h"

enum { NUMBERS = 300, STEPS = 20000 };

static void test_empty(void **state)
{
    (void)state;
    struct slot_map map = {0};
    assert_int_equal(slot_map_get(&map, 7), SLOT_NONE);
    slot_map_remove(&map, 7);
    slot_map_free(&map);
}

static void test_random_steps(void **state)
{
    (void)state;
    struct slot_map map = {0};
    uint32_t truth[NUMBERS];
    memset(truth, 0xff, sizeof(truth));
    uint64_t random = 1;
    for (int step = 0; step < STEPS; step++) {
        random = slot_map_mix(random);
        uint32_t number = (uint32_t)(random % NUMBERS);
        if (random >> 40 & 1) {
            truth[number] = (uint32_t)step;
            slot_map_put(&map, number * 1000003u, (uint32_t)step);
        } else {
            truth[number] = SLOT_NONE;
            slot_map_remove(&map, number * 1000003u);
        }
        if (step % 500 == 0)
            for (uint32_t i = 0; i < NUMBERS; i++)
                assert_int_equal(slot_map_get(&map, i * 1000003u), truth[i]);
    }
    slot_map_free(&map);
    assert_int_equal(map.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_empty),
                                       cmocka_unit_test(test_random_steps)};
    return UNIT_RUN(tests);
}
