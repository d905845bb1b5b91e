/* What comes back: heads, bodies in all framings, compression. */
#include "call_fixture.h"

static void run(fake_handler *handler, struct call_log *log)
{
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(handler, NULL);
    struct upstream_request request = call_get(url, server, "/");
    call_run(upstream, &request, log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void answer_chunked(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: a\n\n");
    fake_sleep(100 * unit_slow());
    fake_chunk_text(conn, "data: b\n\n");
    fake_print(conn, "0\r\nx-trailer: 1\r\n\r\n");
}

static void chunks_are_delivered_as_they_come(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_chunked, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_int_equal(log.status, 200);
    assert_int_equal(log.heads, 1);
    assert_true(log.pieces >= 2);
    assert_string_equal(log.type, "text/event-stream");
    assert_string_equal(strbuf_str(&log.body), "data: a\n\ndata: b\n\n");
    assert_string_equal(log.result.text, "");
    assert_true(log.result.first_byte_ms >= 0);
    assert_true(log.result.total_ms >= log.result.first_byte_ms + 20);
    assert_null(strstr(strbuf_str(&log.headers), "Transfer-Encoding"));
    assert_null(strstr(strbuf_str(&log.headers), "x-trailer"));
    assert_non_null(strstr(strbuf_str(&log.headers), "Vary: Origin"));
    call_log_free(&log);
}

static void answer_until_close(struct fake_conn *conn, const struct fake_request *request,
                               void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nall of it");
    fake_close(conn);
}

static void an_answer_may_end_with_the_connection(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_until_close, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(strbuf_str(&log.body), "all of it");
    assert_null(strstr(strbuf_str(&log.headers), "Connection"));
    call_log_free(&log);
}

static void answer_1xx(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n");
    fake_answer(conn, 429, "application/json", "{}");
}

static void interim_answers_are_skipped(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_1xx, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_int_equal(log.heads, 1);
    assert_int_equal(log.status, 429);
    assert_int_equal(log.result.status, 429);
    assert_null(strstr(strbuf_str(&log.headers), "x-early"));
    call_log_free(&log);
}

static void answer_redirect(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
}

static void redirects_are_not_followed(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_redirect, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_int_equal(log.status, 302);
    assert_non_null(strstr(strbuf_str(&log.headers), "Location: /elsewhere"));
    assert_int_equal(log.result.first_byte_ms, -1);
    call_log_free(&log);
}

static void answer_many_headers(struct fake_conn *conn, const struct fake_request *request,
                                void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n");
    for (int i = 0; i < 500; i++)
        fake_print(conn, "x-%d: %0100d\r\n", i, i);
    fake_print(conn, "\r\nok");
}

static void a_flood_of_headers_is_cut(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_many_headers, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(strbuf_str(&log.body), "ok");
    assert_non_null(strstr(strbuf_str(&log.headers), "x-0: "));
    assert_non_null(strstr(strbuf_str(&log.headers), "x-100: "));
    assert_null(strstr(strbuf_str(&log.headers), "x-400: "));
    call_log_free(&log);
}

/* --- gzip ------------------------------------------------------------------------------------ */

/* "unpacked, unpacked, unpacked" */
static const unsigned char packed[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2b,
    0xcd, 0x2b, 0x48, 0x4c, 0xce, 0x4e, 0x4d, 0xd1, 0x51, 0x28, 0xc5,
    0x60, 0x01, 0x00, 0xff, 0x9d, 0x7f, 0x84, 0x1c, 0x00, 0x00, 0x00,
};

static void answer_gzip(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    const size_t len = sizeof(packed);
    (void)request;
    (void)ctx;
    fake_print(conn,
               "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n"
               "Content-Type: text/plain\r\n\r\n",
               len);
    for (size_t i = 0; i < len; i++)
        fake_write(conn, packed + i, 1);
}

static void gzip_is_decoded_even_when_not_asked_for(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_gzip, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(strbuf_str(&log.body), "unpacked, unpacked, unpacked");
    assert_string_equal(strbuf_str(&log.headers), "Content-Type: text/plain\n");
    call_log_free(&log);
}

static void answer_broken_gzip(struct fake_conn *conn, const struct fake_request *request,
                               void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
                     "not gzip!");
}

static void what_cannot_be_decoded_is_a_bad_answer(void **state)
{
    struct call_log log = {0};
    (void)state;
    run(answer_broken_gzip, &log);
    assert_outcome(log, UPSTREAM_BAD_ANSWER);
    assert_int_equal(log.result.status, 200);
    call_log_free(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_delivered_as_they_come),
        cmocka_unit_test(an_answer_may_end_with_the_connection),
        cmocka_unit_test(interim_answers_are_skipped),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(a_flood_of_headers_is_cut),
        cmocka_unit_test(gzip_is_decoded_even_when_not_asked_for),
        cmocka_unit_test(what_cannot_be_decoded_is_a_bad_answer),
    };
    return UNIT_RUN(tests);
}
