/* Reading a body: bounded, and cut ones told from whole ones. */
#include "front.h"

struct plan {
    size_t max;
    int result;
    enum err_code code;
    const char *text; /* the body expected */
};

static void read_whole(void *ctx, struct http_request *req, struct http_response *res)
{
    const struct plan *plan = ctx;
    struct err err = ERR_INIT;
    (void)res;
    assert_int_equal(http_request_read_body(req, plan->max, &err), plan->result);
    assert_int_equal(err.code, plan->code);
    if (plan->result == 0)
        assert_string_equal(req->body, plan->text);
    else
        assert_null(req->body);
    /* A second call says the same. */
    assert_int_equal(http_request_read_body(req, plan->max, &err), plan->result);
    if (plan->result == 0)
        assert_int_equal(req->body_len, strlen(plan->text));
}

struct row {
    const char *what;
    const char *body;
    const char *length; /* Content-Length, NULL: none (chunked) */
    bool cut;
    struct plan plan;
    bool ended;
};

static const struct row rows[] = {
    {"whole", "hello", "5", false, {5, 0, ERR_NONE, "hello"}, true},
    {"empty", "", "0", false, {5, 0, ERR_NONE, ""}, true},
    {"no length", "hello", NULL, false, {5, 0, ERR_NONE, "hello"}, true},
    {"no length, empty", "", NULL, false, {5, 0, ERR_NONE, ""}, true},
    {"no length, too large", "hello!", NULL, false, {5, -1, ERR_TOO_LARGE, NULL}, false},
    {"too large by its length", "hello!", "6", false, {5, -1, ERR_TOO_LARGE, NULL}, false},
    {"a length that lies", "hi", "999999999", false, {5, -1, ERR_TOO_LARGE, NULL}, false},
    {"shorter than its length", "hi", "5", false, {9, -1, ERR_GONE, NULL}, false},
    {"cut", "hi", "5", true, {9, -1, ERR_GONE, NULL}, false},
    {"cut without a length", "hi", NULL, true, {9, -1, ERR_GONE, NULL}, false},
    {"longer than its length", "hello", "2", false, {9, -1, ERR_INVALID, NULL}, false},
    {"a body where none was told", "x", "0", false, {9, -1, ERR_INVALID, NULL}, false},
};

static void every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i / 2];
        struct front front;
        print_message("  %s\n", row->what);
        front_get(&front, "POST", "/");
        front_body(&front, row->body, row->length);
        front.cut = row->cut;
        front.body_piece = i % 2; /* all at once, then byte by byte */
        front_serve(&front, read_whole, (void *)(uintptr_t)&row->plan);
        UNIT_ROW(front.body_ended == row->ended, row->what);
        front_free(&front);
    }
}

static void read_and_drop(void *ctx, struct http_request *req, struct http_response *res)
{
    struct err err = ERR_INIT;
    (void)ctx;
    (void)res;
    http_request_drop_body(req); /* nothing was read: it may still be */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(http_request_read_body(req, 9, &err), 0);
        assert_string_equal(req->body, i ? "" : "hello");
        http_request_drop_body(req);
        assert_string_equal(req->body, "");
        assert_int_equal(req->body_len, 0);
    }
}

static void a_body_can_be_dropped_before_the_answer(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "POST", "/");
    front_body(&front, "hello", "5");
    front_serve(&front, read_and_drop, NULL);
    assert_true(front.body_ended);
    front_free(&front);
}

static void read_lying(void *ctx, struct http_request *req, struct http_response *res)
{
    struct err err = ERR_INIT;
    (void)ctx;
    (void)res;
    assert_int_equal(http_request_read_body(req, (size_t)1 << 30, &err), -1);
    assert_int_equal(err.code, ERR_GONE);
}

static void nothing_is_reserved_for_a_length_that_lies(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "POST", "/");
    front_body(&front, "hi", "999999999");
    front_serve(&front, read_lying, NULL);
    assert_true(front.reads_largest <= 65536);
    front_free(&front);
}

static void read_pieces(void *ctx, struct http_request *req, struct http_response *res)
{
    struct err err = ERR_INIT;
    char buf[4];
    (void)ctx;
    (void)res;
    assert_int_equal(http_request_read(req, buf, 0, &err), 0);
    assert_int_equal(http_request_read(req, buf, sizeof(buf), &err), 4);
    assert_memory_equal(buf, "abcd", 4);
    assert_int_equal(http_request_read(req, buf, sizeof(buf), &err), 2);
    assert_int_equal(http_request_read(req, buf, sizeof(buf), &err), 0);
    assert_int_equal(http_request_read(req, buf, sizeof(buf), &err), 0);
}

static void pieces(void **state)
{
    static const char *const lengths[] = {"6", NULL};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        struct front front;
        front_get(&front, "PUT", "/");
        front_body(&front, "abcdef", lengths[i]);
        front_serve(&front, read_pieces, NULL);
        assert_true(front.body_ended);
        front_free(&front);
    }
}

static void read_nothing(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    (void)res;
}

static void what_is_not_read_is_told(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "POST", "/");
    front_body(&front, "abcdef", "6");
    front_serve(&front, read_nothing, NULL);
    assert_false(front.body_ended);
    front_free(&front);
}

static void a_request_without_a_body_has_ended(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/");
    front_serve(&front, read_nothing, NULL);
    assert_true(front.body_ended);
    front_free(&front);
}

/* A GET may have a body all the same: what was looked at is not lost. */
static void a_get_with_a_body(void **state)
{
    static const struct plan plan = {9, 0, ERR_NONE, "hello"};
    struct front front;
    (void)state;
    front_get(&front, "GET", "/");
    front_body(&front, "hello", NULL);
    front_serve(&front, read_whole, (void *)(uintptr_t)&plan);
    assert_true(front.body_ended);
    front_free(&front);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(a_body_can_be_dropped_before_the_answer),
        cmocka_unit_test(nothing_is_reserved_for_a_length_that_lies),
        cmocka_unit_test(pieces),
        cmocka_unit_test(what_is_not_read_is_told),
        cmocka_unit_test(a_request_without_a_body_has_ended),
        cmocka_unit_test(a_get_with_a_body),
    };
    return UNIT_RUN(tests);
}
