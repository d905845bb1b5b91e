/* The JSON array of streamGenerateContent without alt=sse, and raw framing. */
#include "event_log.h"

static const struct array_case {
    const char *name;
    const char *bytes;
    const char *events;
    const char *left;
    bool whole;
} cases[] = {
    {"as Google sends it", "[{\n  \"a\": 1\n}\n,\r\n{\n  \"b\": 2\n}\n]\n",
     "<{\n  \"a\": 1\n}><{\n  \"b\": 2\n}>", "\n]\n", true},
    {"one element", "[{}]", "<{}>", "]", true},
    {"empty", "[]", "", "[]", true},
    {"white space", " \r\n[ {\"a\":[1,{}]} , {} ] ", "<{\"a\":[1,{}]}><{}>", " ] ", true},
    {"braces in strings", "[{\"a\":\"}]\\\"}\"},{\"b\":\"\\\\\"}]",
     "<{\"a\":\"}]\\\"}\"}><{\"b\":\"\\\\\"}>", "]", true},
    {"cut between elements", "[{\"a\":1},", "<{\"a\":1}>", ",", false},
    {"cut inside an element", "[{\"a\":1},{\"b\":", "<{\"a\":1}>", ",{\"b\":", false},
    {"an error in place of the array", "{\"error\":{\"code\":400}}", "",
     "{\"error\":{\"code\":400}}", false},
    {"a page in place of the array", "<html>[{}]</html>", "", "<html>[{}]</html>", false},
    {"elements that are no objects", "[1,{}]", "", "[1,{}]", false},
    {"nothing", "", "", "", false},
};

static void every_case_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("  %s\n", cases[i].name);
        event_log_check_all(FRAMING_JSON_ARRAY, cases[i].bytes, cases[i].events, cases[i].left);
    }
}

static void it_tells_whether_the_array_was_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB)};
        struct event_stream stream;
        event_stream_init(&stream, FRAMING_JSON_ARRAY, event_log_handler, &log);
        event_stream_push(&stream, cases[i].bytes, strlen(cases[i].bytes), NULL);
        event_stream_end(&stream, NULL);
        UNIT_ROW(event_stream_whole(&stream) == cases[i].whole, cases[i].name);
        event_stream_free(&stream);
        strbuf_free(&log.data);
        strbuf_free(&log.raw);
    }
}

static void an_element_is_delivered_with_its_last_byte(void **state)
{
    struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB)};
    struct event_stream stream;
    (void)state;
    event_stream_init(&stream, FRAMING_JSON_ARRAY, event_log_handler, &log);
    event_stream_push(&stream, "[{\"a\":1}", 8, NULL);
    assert_int_equal(log.count, 1);
    event_stream_push(&stream, "\n,\r\n{}", 6, NULL);
    assert_int_equal(log.count, 2);
    event_stream_free(&stream);
    strbuf_free(&log.data);
    strbuf_free(&log.raw);
}

static void raw_framing_hands_pieces_on(void **state)
{
    (void)state;
    event_log_check(FRAMING_RAW, "abc\n\ndef", 8, 3, "<abc><\n\nd><ef>", "");
    event_log_check(FRAMING_RAW, "abc", 3, 100, "<abc>", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_in_pieces_of_any_size),
        cmocka_unit_test(it_tells_whether_the_array_was_closed),
        cmocka_unit_test(an_element_is_delivered_with_its_last_byte),
        cmocka_unit_test(raw_framing_hands_pieces_on),
    };
    return UNIT_RUN(tests);
}
