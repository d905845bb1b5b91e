/* Warm connections: kept, reused, and replaced when they turn out dead. */
#include "call_fixture.h"

#include "upstream/upstream_priv.h"

static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 200, "text/plain", "ok");
}

static void calls_one_after_the_other_share_a_connection(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(answer, NULL);
    (void)state;
    for (int i = 0; i < 10; i++) {
        struct upstream_request request = call_get(url, server, "/");
        struct call_log log = {0};
        call_run(upstream, &request, &log);
        assert_outcome(log, UPSTREAM_OK);
        assert_int_equal(log.result.reused, i > 0);
        assert_true(i == 0 || log.result.connect_ms == 0);
        call_log_free(&log);
    }
    struct upstream_stats stats = upstream_stats(upstream);
    assert_int_equal(stats.calls, 10);
    assert_int_equal(stats.connections, 1);
    assert_int_equal(stats.clients_warm, 1);
    assert_int_equal(stats.clients_out, 0);
    assert_int_equal(fake_server_connections(server), 1);
    upstream_close(&upstream);
    assert_null(upstream);
    fake_server_stop(&server);
}

static void answer_with_line(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    fake_answer(conn, 200, "text/plain", request->line);
}

/* A client keeps the parts of its latest URL. */
static void each_call_goes_to_its_own_url(void **state)
{
    static const char *const paths[] = {"/a/b?c=d", "/a/b?c=d", "/a/../b", "/", "/a/b?c=d"};
    char url[128];
    char line[64];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(answer_with_line, NULL);
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct upstream_request request = call_get(url, server, paths[i]);
        struct call_log log = {0};
        call_run(upstream, &request, &log);
        assert_outcome(log, UPSTREAM_OK);
        snprintf(line, sizeof(line), "GET %s HTTP/1.1", paths[i]);
        assert_string_equal(strbuf_str(&log.body), line);
        call_log_free(&log);
        request.url = "http://[::1";
        memset(&log, 0, sizeof(log));
        call_run(upstream, &request, &log);
        assert_int_not_equal(log.result.outcome, UPSTREAM_OK);
        call_log_free(&log);
    }
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void what_nobody_used_for_long_goes_at_once(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(answer, NULL);
    struct upstream_request request = call_get(url, server, "/");
    struct warm_client *clients[3];
    (void)state;
    for (int i = 0; i < 3; i++)
        clients[i] = upstream_take_client(upstream);
    for (int i = 0; i < 3; i++)
        upstream_give_client(upstream, clients[i], 0);
    int64_t now_ms = clock_mono_ms();
    assert_int_equal(upstream_tidy(upstream, now_ms + MINUTE_MS), 0);
    assert_int_equal(upstream_stats(upstream).clients_warm, 3);
    assert_int_equal(upstream_tidy(upstream, now_ms + 3 * MINUTE_MS), 3);
    assert_int_equal(upstream_stats(upstream).clients_warm, 0);
    struct call_log log = {0};
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_OK);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

/* Keeps the promise of a kept connection once, then drops it without a word. */
static void answer_once_and_drop(struct fake_conn *conn, const struct fake_request *request,
                                 void *ctx)
{
    (void)ctx;
    fake_answer(conn, 200, "text/plain", request->body);
    fake_sleep(20);
    fake_close(conn);
}

static void a_kept_connection_that_was_closed_is_no_fault(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(answer_once_and_drop, NULL);
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct upstream_request request = call_get(url, server, "/");
        struct call_log log = {0};
        request.method = "POST";
        request.body = "body";
        request.body_len = 4;
        call_run(upstream, &request, &log);
        assert_outcome(log, UPSTREAM_OK);
        assert_string_equal(strbuf_str(&log.body), "body");
        fake_sleep(60);
        call_log_free(&log);
    }
    upstream_close(&upstream);
    fake_server_stop(&server);
}

/* Takes the second request of a connection and drops it: only then it shows that it was dead. */
static void drop_the_second(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    if (request->on_connection == 2)
        fake_reset(conn);
    else
        fake_answer(conn, 200, "text/plain", request->body);
}

static void a_request_lost_on_a_kept_connection_is_sent_again(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(drop_the_second, NULL);
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct upstream_request request = call_get(url, server, "/");
        struct call_log log = {0};
        request.method = "POST";
        request.body = "body";
        request.body_len = 4;
        call_run(upstream, &request, &log);
        assert_outcome(log, UPSTREAM_OK);
        assert_string_equal(strbuf_str(&log.body), "body");
        call_log_free(&log);
    }
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void drop_all(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_reset(conn);
}

static void a_request_lost_on_a_new_connection_is_not(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(drop_all, NULL);
    struct upstream_request request = call_get(url, server, "/");
    struct call_log log = {0};
    (void)state;
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_CUT);
    assert_int_equal(fake_server_requests(server), 1);
    assert_true(log.result.sent);
    assert_int_equal(log.result.status, 0);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void nothing_of_a_call_stays_for_the_next(void **state)
{
    char url[128];
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(answer, NULL);
    struct upstream_request bad = call_get(url, server, "/");
    struct upstream_request good = bad;
    struct call_log log = {0};
    (void)state;
    bad.method = "DELETE";
    bad.proxy = "http://127.0.0.1:1";
    call_run(upstream, &bad, &log);
    assert_outcome(log, UPSTREAM_PROXY);
    call_log_free(&log);
    memset(&log, 0, sizeof(log));
    call_run(upstream, &good, &log);
    assert_outcome(log, UPSTREAM_OK);
    assert_string_equal(log.result.text, "");
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_one_after_the_other_share_a_connection),
        cmocka_unit_test(each_call_goes_to_its_own_url),
        cmocka_unit_test(what_nobody_used_for_long_goes_at_once),
        cmocka_unit_test(a_kept_connection_that_was_closed_is_no_fault),
        cmocka_unit_test(a_request_lost_on_a_kept_connection_is_sent_again),
        cmocka_unit_test(a_request_lost_on_a_new_connection_is_not),
        cmocka_unit_test(nothing_of_a_call_stays_for_the_next),
    };
    return UNIT_RUN(tests);
}
