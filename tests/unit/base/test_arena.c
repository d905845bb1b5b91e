#include "../unit.h"

#include "base/arena.h"

static int make(void **state)
{
    *state = arena_create(256);
    return 0;
}

static int unmake(void **state)
{
    struct arena *arena = *state;
    arena_destroy(&arena);
    assert_null(arena);
    arena_destroy(&arena);
    return 0;
}

static void memory_is_zeroed_and_aligned(void **state)
{
    static const unsigned char zeros[600];
    for (size_t size = 0; size < sizeof(zeros); size += 7) {
        void *mem = arena_alloc(*state, size);
        assert_non_null(mem);
        assert_int_equal((uintptr_t)mem % _Alignof(max_align_t), 0);
        assert_memory_equal(mem, zeros, size);
        memset(mem, 0xAA, size);
    }
}

static void reset_memory_is_zeroed_again(void **state)
{
    char *before = arena_alloc(*state, 100);
    memset(before, 'x', 100);
    arena_reset(*state);
    char *after = arena_alloc(*state, 100);
    assert_ptr_equal(before, after);
    for (int i = 0; i < 100; i++)
        assert_int_equal(after[i], 0);
}

static void pieces_do_not_overlap(void **state)
{
    unsigned char *pieces[200];
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        pieces[i] = arena_alloc(*state, i + 1);
        memset(pieces[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(pieces[i][k], i);
}

static void a_large_piece_leaves_the_small_block_in_use(void **state)
{
    char *first = arena_alloc(*state, 16);
    char *large = arena_alloc(*state, 100000);
    char *second = arena_alloc(*state, 16);
    memset(large, 'x', 100000);
    assert_ptr_equal(first + 16, second);
}

static void used_counts_and_is_reset(void **state)
{
    arena_alloc(*state, 10);
    arena_alloc(*state, 1000);
    assert_int_equal(arena_used(*state), 1010);
    arena_reset(*state);
    assert_int_equal(arena_used(*state), 0);
}

static void texts_are_copied(void **state)
{
    assert_null(arena_strdup(*state, NULL));
    assert_string_equal(arena_strdup(*state, "abc"), "abc");
    assert_string_equal(arena_strndup(*state, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(*state, NULL, 0), "");
    assert_string_equal(arena_printf(*state, "%d-%s", 7, "x"), "7-x");
    assert_string_equal(arena_join(*state, "", ""), "");
    assert_string_equal(arena_join(*state, "ab", "cd"), "abcd");
    assert_string_equal(arena_int(*state, 0), "0");
    assert_string_equal(arena_int(*state, 1090), "1090");
    assert_string_equal(arena_int(*state, INT64_MAX), "9223372036854775807");
    assert_string_equal(arena_int(*state, INT64_MIN), "-9223372036854775808");
    char *wide = arena_printf(*state, "%5000d", 1);
    assert_int_equal(strlen(wide), 5000);
}

static void texts_of_any_length_are_printed(void **state)
{
    static const int lengths[] = {0, 1, 127, 128, 129, 5000};
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        const char *text = arena_printf(*state, "%0*d", lengths[i], 0);
        assert_int_equal(strlen(text), lengths[i] > 0 ? lengths[i] : 1);
        assert_int_equal(strspn(text, "0"), strlen(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_zeroed_and_aligned, make, unmake),
        cmocka_unit_test_setup_teardown(reset_memory_is_zeroed_again, make, unmake),
        cmocka_unit_test_setup_teardown(pieces_do_not_overlap, make, unmake),
        cmocka_unit_test_setup_teardown(a_large_piece_leaves_the_small_block_in_use, make, unmake),
        cmocka_unit_test_setup_teardown(used_counts_and_is_reset, make, unmake),
        cmocka_unit_test_setup_teardown(texts_are_copied, make, unmake),
        cmocka_unit_test_setup_teardown(texts_of_any_length_are_printed, make, unmake),
    };
    return UNIT_RUN(tests);
}
