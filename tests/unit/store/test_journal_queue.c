/* Packed rows and the list of records. */
#include "log_rows_test.h"
#include "store/journal_queue.h"
#include "store/log_shape.h"

static void test_a_row_packs_and_unpacks(void **state)
{
    (void)state;
    struct log_request row = request_row(INT64_C(1) << 60, 1000, "gemini-3.8-flash", 503);
    unsigned char packed[LOG_PACKED_MAX];
    size_t len = log_pack(&log_request_shape, &row, packed);
    assert_true(len < 260);
    struct log_request got;
    memset(&got, 0x55, sizeof(got));
    log_unpack(&log_request_shape, packed, &got);
    assert_int_equal(got.id, row.id);
    assert_int_equal(got.status, 503);
    assert_true(got.streamed);
    assert_int_equal(got.first_token_ms, -1);
    assert_string_equal(got.model, row.model);
    assert_string_equal(got.agent, row.agent);
    assert_string_equal(got.error, row.error);
}

static void test_texts_without_an_end_are_ended(void **state)
{
    (void)state;
    struct log_attempt row;
    memset(&row, 'x', sizeof(row));
    unsigned char packed[LOG_PACKED_MAX];
    size_t len = log_pack(&log_attempt_shape, &row, packed);
    assert_true(len <= sizeof(row));
    struct log_attempt got;
    log_unpack(&log_attempt_shape, packed, &got);
    assert_int_equal(strlen(got.error), sizeof(got.error) - 1);
    assert_int_equal(strlen(got.rule), sizeof(got.rule) - 1);
}

static void push_numbers(struct record_list *list, int from, int to)
{
    for (int i = from; i < to; i++)
        record_list_push(list, RECORD_REQUEST, &i, sizeof(i));
}

static int next_number(const struct record_list *list, struct record_cursor *cursor)
{
    struct record record;
    if (!record_next(list, cursor, &record))
        return -1;
    assert_int_equal(record.type, RECORD_REQUEST);
    int number;
    memcpy(&number, record.data, sizeof(number));
    return number;
}

static void test_records_come_in_order(void **state)
{
    (void)state;
    struct record_list list = {0}, more = {0};
    struct record_cursor cursor = {0};
    assert_int_equal(next_number(&list, &cursor), -1);
    push_numbers(&list, 0, 5000); /* more than a chunk */
    for (int i = 0; i < 4000; i++)
        assert_int_equal(next_number(&list, &cursor), i);
    assert_false(record_list_drop(&list, &cursor));
    push_numbers(&more, 5000, 9000);
    record_list_join(&list, &more);
    assert_true(record_list_empty(&more));
    struct record_cursor other = cursor;
    for (int i = 4000; i < 9000; i++)
        assert_int_equal(next_number(&list, &cursor), i);
    assert_int_equal(next_number(&list, &cursor), -1);
    assert_false(record_cursor_equal(&cursor, &other));
    assert_int_equal(next_number(&list, &other), 4000);
    assert_true(record_list_drop(&list, &cursor));
    assert_true(record_list_empty(&list));
    push_numbers(&list, 7, 8);
    assert_int_equal(next_number(&list, &cursor), 7);
    assert_true(record_list_drop(&list, &cursor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_packs_and_unpacks),
        cmocka_unit_test(test_texts_without_an_end_are_ended),
        cmocka_unit_test(test_records_come_in_order),
    };
    return UNIT_RUN(tests);
}
