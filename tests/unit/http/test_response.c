/* Answers as they leave. */
#include "front.h"

#include <stdio.h>
#include <stdlib.h>

static void answer(struct front *front, const char *method, http_request_handler *handler)
{
    front_get(front, method, "/");
    front_var(front, "SCRIPT_NAME", "/gb.fcgi");
    front_serve(front, handler, NULL);
}

static void send_hello(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    http_response_header(res, "X-One", "1");
    http_response_header(res, "x-one", "2");
    http_response_header_add(res, "Set-Cookie", "a=1");
    http_response_header_add(res, "Set-Cookie", "b=2");
    assert_int_equal(http_response_send(res, 201, "text/plain", "hello", 5), 0);
    assert_int_equal(res->body_bytes, 5);
    /* Too late for all of it. */
    http_response_header(res, "X-Late", "1");
    assert_int_equal(http_response_send(res, 500, "text/plain", "again", 5), -1);
    assert_int_equal(res->status, 201);
}

static void whole_answer(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", send_hello);
    assert_int_equal(front_status(&front), 201);
    assert_true(strncmp(front.out.data, "Status: 201 Created\r\n", 21) == 0);
    assert_true(front_has_line(&front, "X-One: 2"));
    assert_false(front_has_line(&front, "X-One: 1"));
    assert_true(front_has_line(&front, "Set-Cookie: a=1"));
    assert_true(front_has_line(&front, "Set-Cookie: b=2"));
    assert_true(front_has_line(&front, "Content-Length: 5"));
    assert_true(front_has_line(&front, "Content-Type: text/plain"));
    assert_true(front_has_line(&front, "X-Content-Type-Options: nosniff"));
    assert_null(strstr(front.out.data, "X-Late"));
    assert_non_null(strstr(front.out.data, "\r\nX-Request-Id: req_"));
    assert_string_equal(front_answer_body(&front), "hello");
    front_free(&front);
}

static void head_has_no_body(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "HEAD", send_hello);
    assert_true(front_has_line(&front, "Content-Length: 5"));
    assert_string_equal(front_answer_body(&front), "");
    front_free(&front);
}

static void send_timed(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    req->started_us -= 5000500;
    res->upstream_us = 5000000;
    http_response_send(res, 200, NULL, NULL, 0);
}

static void server_timing_is_our_own_share(void **state)
{
    static const char name[] = "\r\nServer-Timing: gb;dur=";
    struct front front;
    (void)state;
    answer(&front, "GET", send_timed);
    const char *timing = strstr(front.out.data, name);
    assert_non_null(timing);
    char *end;
    double ms = strtod(timing + strlen(name), &end);
    assert_true(ms >= 0.5 && ms < 1000);
    assert_true(*end == '\r' && end[-4] == '.'); /* three decimals */
    front_free(&front);
}

static void send_injection(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    http_response_header(res, "X-A", "1\r\nX-Evil: 1");
    http_response_header(res, "X-B", "1\nX-Evil: 1");
    http_response_header(res, "X-C: 1\r\nX-Evil", "1");
    http_response_header(res, "", "1");
    http_response_header(res, "X-D", NULL);
    http_response_header_add(res, "X-E", "\x01");
    http_response_header(res, "X-F", "tab\tand \xC3\xA9");
    http_response_send(res, 200, "text/plain\r\nX-Evil: 1", "", 0);
}

static void headers_are_not_injected(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", send_injection);
    assert_null(strstr(front.out.data, "Evil"));
    assert_null(strstr(front.out.data, "X-E"));
    assert_true(front_has_line(&front, "X-F: tab\tand \xC3\xA9"));
    front_free(&front);
}

static void send_many(void *ctx, struct http_request *req, struct http_response *res)
{
    char name[16];
    (void)ctx;
    (void)req;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "X-%d", i);
        http_response_header(res, name, name);
    }
    http_response_send(res, 200, NULL, NULL, 0);
}

static void many_headers(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", send_many);
    assert_true(front_has_line(&front, "X-0: X-0"));
    assert_true(front_has_line(&front, "X-99: X-99"));
    front_free(&front);
}

static void send_events(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    struct sink *sink = http_response_begin(res, 200, "text/event-stream; charset=utf-8");
    assert_ptr_equal(sink, res->sink);
    assert_true(res->begun);
    assert_int_equal(sink_write(sink, "data: 1\n\n", 9), 0);
    assert_int_equal(sink_flush(sink), 0);
    assert_int_equal(sink_write(sink, "data: 2\n\n", 9), 0);
    assert_int_equal(res->body_bytes, 18);
}

static void event_stream(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", send_events);
    assert_true(front_has_line(&front, "X-Accel-Buffering: no"));
    assert_true(front_has_line(&front, "Cache-Control: no-cache"));
    assert_null(strstr(front.out.data, "Content-Length"));
    assert_string_equal(front_answer_body(&front), "data: 1\n\ndata: 2\n\n");
    assert_int_equal(front.flushes, 1);
    front_free(&front);
}

static void head_of_events(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "HEAD", send_events);
    assert_string_equal(front_answer_body(&front), "");
    front_free(&front);
}

static void send_no_content(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    http_response_send(res, 204, NULL, "x", 1);
}

static void no_content(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", send_no_content);
    assert_null(strstr(front.out.data, "Content-Length"));
    assert_string_equal(front_answer_body(&front), "");
    front_free(&front);
}

static void set_only(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    res->status = 202;
    http_response_header(res, "X-One", "1");
}

static void what_was_set_is_sent(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", set_only);
    assert_int_equal(front_status(&front), 202);
    assert_true(front_has_line(&front, "X-One: 1"));
    assert_true(front_has_line(&front, "Content-Length: 0"));
    front_free(&front);
}

static void write_on(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    struct sink *sink = http_response_begin(res, 200, NULL);
    int result = 0;
    for (int i = 0; i < 1000 && result == 0; i++)
        result = sink_write(sink, "0123456789", 10);
    assert_int_equal(result, -1);
    assert_int_equal(sink_write(sink, "x", 1), -1);
    assert_int_equal(sink_flush(sink), -1);
}

static void first_failure_is_kept(void **state)
{
    struct front front;
    (void)state;
    front_get(&front, "GET", "/");
    front.fail_after = 600;
    front_serve(&front, write_on, NULL);
    assert_int_equal(front.gave_up, 1);
    assert_int_equal(front.flushes, 0);
    assert_false(front.body_ended);
    front_free(&front);
}

static const char *redirect_to;

static void redirect(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)req;
    http_response_redirect(res, 303, redirect_to);
}

static void redirects(void **state)
{
    static const struct {
        const char *to;
        const char *line;
    } rows[] = {
        {"/login", "Location: /gb.fcgi/login"},
        {"https://example.org/x", "Location: https://example.org/x"},
        {"//example.org", "Location: /gb.fcgi/"},
        {"/\\example.org", "Location: /gb.fcgi/"},
        {"/a\r\nX-Evil: 1", "Location: /gb.fcgi/"},
        {"?page=2", "Location: ?page=2"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct front front;
        redirect_to = rows[i].to;
        front_get(&front, "GET", "/gb.fcgi/keys");
        front_var(&front, "SCRIPT_NAME", "/gb.fcgi");
        front_var(&front, "PATH_INFO", "/keys");
        front_serve(&front, redirect, NULL);
        assert_int_equal(front_status(&front), 303);
        UNIT_ROW(front_has_line(&front, rows[i].line), rows[i].to);
        front_free(&front);
    }
}

static const char *seen_id;
static char first_id[64];

static void note_id(void *ctx, struct http_request *req, struct http_response *res)
{
    (void)ctx;
    (void)res;
    snprintf(first_id, sizeof(first_id), "%s", req->request_id);
    seen_id = first_id;
}

static void request_id_is_sent(void **state)
{
    struct front front;
    (void)state;
    answer(&front, "GET", note_id);
    FREE_AUTO char *line = xasprintf("X-Request-Id: %s", seen_id);
    assert_true(front_has_line(&front, line));
    front_free(&front);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_answer),
        cmocka_unit_test(head_has_no_body),
        cmocka_unit_test(server_timing_is_our_own_share),
        cmocka_unit_test(headers_are_not_injected),
        cmocka_unit_test(many_headers),
        cmocka_unit_test(event_stream),
        cmocka_unit_test(head_of_events),
        cmocka_unit_test(no_content),
        cmocka_unit_test(what_was_set_is_sent),
        cmocka_unit_test(first_failure_is_kept),
        cmocka_unit_test(redirects),
        cmocka_unit_test(request_id_is_sent),
    };
    return UNIT_RUN(tests);
}
