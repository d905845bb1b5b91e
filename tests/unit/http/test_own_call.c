/* A call that the program makes to one of its own routes looks to that route as a client's does. */
#include "front.h"

#include "base/clock.h"
#include "base/text.h"
#include "http/own_call.h"

static int inner(struct http_call *call);
static int outer(struct http_call *call);

static const struct route table[] = {
    {HTTP_POST, "/inner", ACCESS_CLIENT, DIALECT_OPENAI, inner, NULL},
    {HTTP_POST, "/outer/{name}", ACCESS_ADMIN, DIALECT_PAGE, outer, NULL},
    {0, NULL, ACCESS_PUBLIC, DIALECT_PAGE, NULL, NULL},
};

/* What the outer handler is told to do, and what the inner one and the hooks saw. */
static struct {
    struct router *router;
    bool passes;
    size_t max;
    int64_t deadline_us;
    const char *path;
    int entered, left, inner_access, pieces_taken;
    struct own_answer answer;
    char body[64];
} seen;

enum { PIECES = 5 };

static int inner(struct http_call *call)
{
    struct err err = ERR_INIT;
    assert_int_equal(http_request_read_body(call->req, 100, &err), 0);
    assert_string_equal(call->req->body, "{\"a\":1}");
    assert_int_equal(call->req->body_len, 7);
    assert_int_equal(call->req->content_length, 7);
    assert_string_equal(call->req->query, "");
    assert_string_equal(http_request_header(call->req, "Authorization"), "Bearer sk-one");
    assert_string_equal(http_request_header(call->req, "User-Agent"), "Browser");
    assert_null(http_request_header(call->req, "Cookie"));
    assert_null(http_request_header(call->req, "X-CSRF-Token"));
    assert_string_equal(call->req->remote_addr, "192.0.2.7");
    assert_null(http_request_capture(call->req, "name"));
    http_response_header(call->res, "X-Log-Id", "42");
    struct sink *sink = http_response_begin(call->res, 201, "text/plain");
    for (int i = 0; i < PIECES && sink_write(sink, "piece", 5) == 0; i++)
        seen.pieces_taken++;
    return 201;
}

static int outer(struct http_call *call)
{
    const struct own_call order = {seen.path, "sk-one", "{\"a\":1}", 7};
    if (seen.passes)
        return own_call_pass(seen.router, call, &order);
    seen.answer = (struct own_answer){.deadline_us = seen.deadline_us};
    strbuf_init(&seen.answer.body, seen.max);
    own_call_fetch(seen.router, call, &order, &seen.answer);
    text_copy(seen.body, sizeof(seen.body), strbuf_str(&seen.answer.body));
    const char *id = own_answer_header(&seen.answer, "x-log-id");
    http_response_header(call->res, "X-Inner", id ? id : "none");
    http_response_send(call->res, 200, "text/html", "page", 4);
    strbuf_free(&seen.answer.body);
    assert_string_equal(http_request_capture(call->req, "name"), "there");
    assert_string_equal(http_request_header(call->req, "Cookie"), "session=secret");
    return 200;
}

static void enter(struct http_call *call)
{
    (void)call;
    seen.entered++;
}

static void leave(struct http_call *call, int status)
{
    (void)call;
    (void)status;
    seen.left++;
}

static int check_access(struct http_call *call)
{
    seen.inner_access += call->route->access == ACCESS_CLIENT;
    return 0;
}

static int write_error(struct http_call *call, int status)
{
    http_response_send(call->res, status, "application/json", "{}", 2);
    return status;
}

static const struct router_hooks hooks = {
    .enter = enter, .leave = leave, .check_access = check_access, .write_error = write_error};

static void dispatch(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

static void ask(struct front *front)
{
    struct err err = ERR_INIT;
    seen.router = router_create(table, &hooks, NULL, &err);
    assert_non_null(seen.router);
    front_get(front, "POST", "/outer/there?key=other");
    front_var(front, "REMOTE_ADDR", "192.0.2.7");
    front_var(front, "HTTP_USER_AGENT", "Browser");
    front_var(front, "HTTP_COOKIE", "session=secret");
    front_var(front, "HTTP_X_CSRF_TOKEN", "secret");
    front_body(front, "csrf=1", "6");
    front_serve(front, dispatch, seen.router);
    router_destroy(&seen.router);
    assert_int_equal(seen.entered, seen.left);
}

static void begin(size_t max, int64_t deadline_us)
{
    memset(&seen, 0, sizeof(seen));
    seen.max = max;
    seen.deadline_us = deadline_us;
    seen.path = "/inner";
}

static void test_fetched(void **state)
{
    (void)state;
    struct front front;
    begin(1000, clock_mono_us() + 600 * 1000000LL);
    ask(&front);
    assert_int_equal(seen.answer.status, 201);
    assert_string_equal(seen.body, "piecepiecepiecepiecepiece");
    assert_int_equal(seen.inner_access, 1);
    assert_int_equal(seen.entered, 2);
    assert_int_equal(front_status(&front), 200);
    assert_string_equal(front_answer_body(&front), "page");
    assert_non_null(strstr(strbuf_str(&front.out), "X-Inner: 42\r\n"));
    assert_null(strstr(strbuf_str(&front.out), "X-Log-Id"));
    front_free(&front);
}

static void test_passed_through(void **state)
{
    (void)state;
    struct front front;
    begin(0, 0);
    seen.passes = true;
    ask(&front);
    assert_int_equal(front_status(&front), 201);
    assert_string_equal(front_answer_body(&front), "piecepiecepiecepiecepiece");
    assert_non_null(strstr(strbuf_str(&front.out), "X-Log-Id: 42\r\n"));
    front_free(&front);
}

/* A page has room for so much: the route is told that nobody takes the rest. */
static void test_too_long_or_too_late(void **state)
{
    (void)state;
    struct front front;
    begin(200, 0);
    seen.max = strlen("Status: 201 Created\r\n") + 120;
    ask(&front);
    assert_true(seen.pieces_taken < PIECES);
    assert_false(seen.answer.is_late);
    front_free(&front);
    begin(1000, 1);
    ask(&front);
    assert_true(seen.answer.is_late);
    assert_int_equal(seen.pieces_taken, 0);
    assert_int_equal(front_status(&front), 200);
    front_free(&front);
}

static void test_a_refusal_is_an_answer(void **state)
{
    (void)state;
    struct front front;
    begin(1000, 0);
    seen.path = "/nowhere";
    ask(&front);
    assert_int_equal(seen.answer.status, 404);
    assert_string_equal(seen.body, "{}");
    assert_non_null(strstr(strbuf_str(&front.out), "X-Inner: none\r\n"));
    front_free(&front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fetched),
        cmocka_unit_test(test_passed_through),
        cmocka_unit_test(test_too_long_or_too_late),
        cmocka_unit_test(test_a_refusal_is_an_answer),
    };
    return UNIT_RUN(tests);
}
