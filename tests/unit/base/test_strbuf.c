#include "../unit.h"

#include <stdlib.h>

#include "base/strbuf.h"

static void appends_grow(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(1000000);
    (void)state;
    assert_string_equal(strbuf_str(&sb), "");
    strbuf_puts(&sb, "a");
    strbuf_puts(&sb, NULL);
    strbuf_putc(&sb, 'b');
    strbuf_append(&sb, "cde", 2);
    strbuf_printf(&sb, "%03d", 7);
    assert_string_equal(strbuf_str(&sb), "abcd007");
    assert_int_equal(sb.len, 7);
    for (int i = 0; i < 100000; i++)
        strbuf_putc(&sb, 'x');
    assert_true(strbuf_ok(&sb));
    assert_int_equal(sb.len, 100007);
    assert_int_equal(sb.data[sb.len], '\0');
}

static void bytes_may_be_anything(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(10);
    (void)state;
    strbuf_append(&sb, "a\0b", 3);
    assert_int_equal(sb.len, 3);
    assert_memory_equal(sb.data, "a\0b", 4);
}

static void an_empty_append_gives_data(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(10);
    (void)state;
    strbuf_append(&sb, NULL, 0);
    assert_non_null(sb.data);
    assert_string_equal(sb.data, "");
}

static void the_maximum_is_exact_and_latched(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(5);
    (void)state;
    strbuf_puts(&sb, "12345");
    assert_true(strbuf_ok(&sb));
    strbuf_puts(&sb, "6");
    assert_false(strbuf_ok(&sb));
    strbuf_truncate(&sb, 0);
    strbuf_puts(&sb, "x");
    assert_false(strbuf_ok(&sb));
    assert_string_equal(strbuf_str(&sb), "");
    strbuf_clear(&sb);
    assert_true(strbuf_ok(&sb));
    strbuf_printf(&sb, "%s", "abcde");
    assert_string_equal(strbuf_str(&sb), "abcde");
    strbuf_printf(&sb, "%d", 1);
    assert_false(strbuf_ok(&sb));
    assert_string_equal(strbuf_str(&sb), "abcde");
}

static void memory_stays_within_the_maximum(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(1000);
    (void)state;
    for (int i = 0; i < 1000; i++)
        strbuf_putc(&sb, 'x');
    assert_true(strbuf_ok(&sb));
    assert_true(sb.cap <= 1001);
    STRBUF_AUTO struct strbuf none = STRBUF_INIT(0);
    strbuf_puts(&none, "");
    assert_true(strbuf_ok(&none));
    strbuf_putc(&none, 'x');
    assert_false(strbuf_ok(&none));
    STRBUF_AUTO struct strbuf endless = STRBUF_INIT(SIZE_MAX);
    strbuf_puts(&endless, "x");
    assert_true(strbuf_ok(&endless));
}

static void a_reserve_moves_nothing_later(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(100000);
    (void)state;
    assert_true(strbuf_reserve(&sb, 50000));
    char *before = sb.data;
    for (int i = 0; i < 50000; i++)
        strbuf_putc(&sb, 'x');
    assert_ptr_equal(sb.data, before);
    assert_false(strbuf_reserve(&sb, 50001));
    assert_false(strbuf_ok(&sb));
}

static void consume_and_truncate(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(100);
    (void)state;
    strbuf_consume(&sb, 5);
    strbuf_puts(&sb, "abcdef");
    strbuf_consume(&sb, 2);
    assert_string_equal(strbuf_str(&sb), "cdef");
    strbuf_truncate(&sb, 9);
    strbuf_truncate(&sb, 3);
    assert_string_equal(strbuf_str(&sb), "cde");
    strbuf_consume(&sb, 0);
    assert_string_equal(strbuf_str(&sb), "cde");
    strbuf_consume(&sb, 99);
    assert_string_equal(strbuf_str(&sb), "");
}

static void take_hands_over(void **state)
{
    STRBUF_AUTO struct strbuf sb = STRBUF_INIT(100);
    size_t len = 99;
    (void)state;
    FREE_AUTO char *nothing = strbuf_take(&sb, &len);
    assert_string_equal(nothing, "");
    assert_int_equal(len, 0);
    strbuf_puts(&sb, "abc");
    FREE_AUTO char *text = strbuf_take(&sb, &len);
    assert_string_equal(text, "abc");
    assert_int_equal(len, 3);
    assert_int_equal(sb.len, 0);
    strbuf_puts(&sb, "again");
    FREE_AUTO char *again = strbuf_take(&sb, NULL);
    assert_string_equal(again, "again");
}

static void freed_and_wiped_buffers_work_again(void **state)
{
    struct strbuf sb;
    (void)state;
    strbuf_init(&sb, 20);
    strbuf_wipe(&sb);
    strbuf_puts(&sb, "secret");
    strbuf_wipe(&sb);
    assert_string_equal(strbuf_str(&sb), "");
    strbuf_puts(&sb, "again");
    assert_string_equal(strbuf_str(&sb), "again");
    strbuf_free(&sb);
    assert_null(sb.data);
    assert_int_equal(sb.max, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_grow),
        cmocka_unit_test(bytes_may_be_anything),
        cmocka_unit_test(an_empty_append_gives_data),
        cmocka_unit_test(the_maximum_is_exact_and_latched),
        cmocka_unit_test(memory_stays_within_the_maximum),
        cmocka_unit_test(a_reserve_moves_nothing_later),
        cmocka_unit_test(consume_and_truncate),
        cmocka_unit_test(take_hands_over),
        cmocka_unit_test(freed_and_wiped_buffers_work_again),
    };
    return UNIT_RUN(tests);
}
