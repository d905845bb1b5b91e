/* Server-sent events, each case whole and in small pieces. */
#include "event_log.h"

static const struct sse_case {
    const char *name;
    const char *bytes;
    const char *events;
    const char *left;
} cases[] = {
    {"as Google sends it", "data: {\"a\": 1}\r\n\r\ndata: {\"b\": 2}\r\n\r\n",
     "<{\"a\": 1}><{\"b\": 2}>", ""},
    {"line feeds", "data: a\n\ndata: b\n\n", "<a><b>", ""},
    {"carriage returns", "data: a\r\rdata: b\r\r", "<a><b>", ""},
    {"endings mixed", "data: a\n\r\ndata: b\r\n\ndata: c\r\r", "<a><b><c>", ""},
    {"a line feed after lone returns", "data: a\r\r\ndata: b\r\r\n", "<a><b>", "\n"},
    {"no space after the colon", "data:a\n\n", "<a>", ""},
    {"only one space belongs to the framing", "data:  a\n\n", "< a>", ""},
    {"several data lines", "data: a\ndata: b\ndata:\ndata: c\n\n", "<a\nb\n\nc>", ""},
    {"comments and other fields", ": hello\n\nevent: x\nid: 7\nretry: 5\ndata: a\n\n", "<a>", ""},
    {"comments only", ": a\n\n: b\n\n", "", ": a\n\n: b\n\n"},
    {"empty data is no event", "data:\n\ndata: \n\ndata: a\n\n", "<a>", ""},
    {"empty lines between", "\n\n\r\ndata: a\n\n\n\ndata: b\n\n", "<a><b>", ""},
    {"a byte order mark",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     "<a>", ""},
    {"no blank line at the end", "data: a\r\n\r\ndata: b\r\n", "<a><b>", ""},
    {"no line end at the end", "data: a\n\ndata: b", "<a><b>", ""},
    {"a return at the end", "data: a\r", "<a>", ""},
    {"a comment at the end", "data: a\n\n: bye", "<a>", ": bye"},
    {"a field that starts like data", "database: a\ndata: b\n\n", "<b>", ""},
    {"utf-8 is left alone", "data: \xE4\xBD\xA0\xE5\xA5\xBD\n\n", "<\xE4\xBD\xA0\xE5\xA5\xBD>", ""},
    {"an error in place of a stream", "{\n  \"error\": {\n\n  \"code\": 400\n  }\n}\n", "",
     "{\n  \"error\": {\n\n  \"code\": 400\n  }\n}\n"},
    {"an error on one line", "{\"error\": {}}", "", "{\"error\": {}}"},
    {"an array in place of a stream", "[{\"error\": {}}\n]\n", "", "[{\"error\": {}}\n]\n"},
    {"a page in place of a stream", "<html>\ndata: a\n\n</html>", "", "<html>\ndata: a\n\n</html>"},
    {"an error after events", "data: a\n\n{\n\"error\": 1\n\ndata: b\n\n", "<a>",
     "{\n\"error\": 1\n\ndata: b\n\n"},
    {"nothing", "", "", ""},
    {"white space", "\r\n\r\n", "", "\r\n\r\n"},
};

static void every_case_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("  %s\n", cases[i].name);
        event_log_check_all(FRAMING_SSE, cases[i].bytes, cases[i].events, cases[i].left);
    }
}

static void an_event_is_delivered_with_its_last_byte(void **state)
{
    static const char *const streams[] = {"data: a\n\n", "data: a\r\n\r\n", "data: a\r\r"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
        struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB)};
        struct event_stream stream;
        event_stream_init(&stream, FRAMING_SSE, event_log_handler, &log);
        for (const char *p = streams[i]; *p; p++)
            event_stream_push(&stream, p, 1, NULL);
        assert_int_equal(log.count, 1);
        assert_string_equal(strbuf_str(&log.raw), streams[i]);
        event_stream_free(&stream);
        strbuf_free(&log.data);
        strbuf_free(&log.raw);
    }
}

static void a_handler_can_stop_it(void **state)
{
    struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB), .stop_after = 2};
    struct event_stream stream;
    struct err err = ERR_INIT;
    const char *bytes = "data: a\n\ndata: b\n\ndata: c\n\n";
    (void)state;
    event_stream_init(&stream, FRAMING_SSE, event_log_handler, &log);
    assert_int_equal(event_stream_push(&stream, bytes, strlen(bytes), &err), -1);
    assert_int_equal(err.code, ERR_NONE);
    assert_string_equal(strbuf_str(&log.data), "<a><b>");
    event_stream_free(&stream);
    strbuf_free(&log.data);
    strbuf_free(&log.raw);
}

static void what_is_no_stream_is_kept_up_to_a_bound(void **state)
{
    struct event_log log = {.data = STRBUF_INIT(MIB), .raw = STRBUF_INIT(MIB)};
    struct event_stream stream;
    char piece[1000];
    (void)state;
    memset(piece, 'x', sizeof(piece));
    event_stream_init(&stream, FRAMING_SSE, event_log_handler, &log);
    assert_int_equal(event_stream_push(&stream, "<html>\n", 7, NULL), 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(event_stream_push(&stream, piece, sizeof(piece), NULL), 0);
    assert_int_equal(event_stream_end(&stream, NULL), 0);
    assert_int_equal(stream.pending.len, LIMIT_ERROR_BODY);
    event_stream_free(&stream);
}

static int count_only(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    (void)data;
    (void)raw;
    (void)raw_len;
    *(size_t *)ctx = len;
    return 0;
}

static void events_have_a_largest_size(void **state)
{
    const size_t piece_len = MIB;
    size_t seen = 0;
    struct event_stream stream;
    struct err err = ERR_INIT;
    char *piece = xcalloc(1, piece_len);
    (void)state;
    memset(piece, 'x', piece_len);
    event_stream_init(&stream, FRAMING_SSE, count_only, &seen);
    assert_int_equal(event_stream_push(&stream, "data: ", 6, &err), 0);
    int rc = 0;
    size_t pushed = 0;
    while (rc == 0 && pushed < 2 * LIMIT_SSE_EVENT) {
        rc = event_stream_push(&stream, piece, piece_len, &err);
        pushed += piece_len;
    }
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_true(pushed >= LIMIT_SSE_EVENT && pushed <= LIMIT_SSE_EVENT + MIB);
    event_stream_free(&stream);
    free(piece);
}

static void a_large_event_arrives_whole(void **state)
{
    const size_t size = 20 * MIB;
    size_t seen = 0;
    struct event_stream stream;
    char *text = xcalloc(1, size);
    (void)state;
    memset(text, 'x', size);
    event_stream_init(&stream, FRAMING_SSE, count_only, &seen);
    assert_int_equal(event_stream_push(&stream, "data: ", 6, NULL), 0);
    for (size_t at = 0; at < size; at += 16 * KIB)
        assert_int_equal(event_stream_push(&stream, text + at, 16 * KIB, NULL), 0);
    assert_int_equal(event_stream_push(&stream, "\r\n\r\n", 4, NULL), 0);
    assert_int_equal(seen, size);
    event_stream_free(&stream);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_in_pieces_of_any_size),
        cmocka_unit_test(an_event_is_delivered_with_its_last_byte),
        cmocka_unit_test(a_handler_can_stop_it),
        cmocka_unit_test(what_is_no_stream_is_kept_up_to_a_bound),
        cmocka_unit_test(events_have_a_largest_size),
        cmocka_unit_test(a_large_event_arrives_whole),
    };
    return UNIT_RUN(tests);
}
