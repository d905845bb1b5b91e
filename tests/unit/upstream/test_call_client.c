/* The client leaves: upstream is cancelled at once. */
#include "call_fixture.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* From upstream's having the request on: time for the first words of its answer. */
enum { LONG_ENOUGH_MS = 100 };

struct leaver {
    int fd;
    struct fake_server *server;
    bool by_message; /* FastCGI's abort record on a kept connection */
    int64_t left_ms; /* when, on the monotonic clock */
};

static void *leave(void *ctx)
{
    struct leaver *leaver = ctx;
    for (int i = 0; fake_server_requests(leaver->server) == 0 && i < 2000; i++)
        fake_sleep(10);
    fake_sleep(LONG_ENOUGH_MS);
    leaver->left_ms = clock_mono_ms();
    if (leaver->by_message)
        (void)!write(leaver->fd, "\1\2\0\1\0\0\0\0", 8);
    else
        close(leaver->fd);
    return NULL;
}

static void hang_at_once(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_hang(conn);
}

static void hang_midway(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: a\n\n");
    fake_hang(conn);
}

static void go_on_for_ever(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 4000; i++) {
        fake_chunk_text(conn, "data: a\n\n");
        fake_sleep(2);
    }
}

static void leave_during(fake_handler *handler, bool by_message)
{
    char url[128];
    int pair[2];
    pthread_t thread;
    struct call_log log = {0};
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(handler, NULL);
    struct upstream_request request = call_get(url, server, "/");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct leaver leaver = {.fd = pair[1], .server = server, .by_message = by_message};
    request.client_fd = pair[0];
    pthread_create(&thread, NULL, leave, &leaver);
    call_run(upstream, &request, &log);
    int64_t now_ms = clock_mono_ms();
    pthread_join(thread, NULL);
    assert_outcome(log, UPSTREAM_CLIENT_GONE);
    assert_true(now_ms - leaver.left_ms < UNIT_AT_ONCE_MS); /* 1 ms in fact */
    for (int i = 0; handler != go_on_for_ever && fake_server_abandoned(server) == 0 && i < 2000;
         i++)
        fake_sleep(10);
    assert_true(fake_server_abandoned(server) == 1 || handler == go_on_for_ever);
    close(pair[0]);
    if (by_message)
        close(pair[1]);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void before_the_answer(void **state)
{
    (void)state;
    leave_during(hang_at_once, false);
}

static void midway(void **state)
{
    (void)state;
    leave_during(hang_midway, false);
}

static void while_upstream_goes_on(void **state)
{
    (void)state;
    leave_during(go_on_for_ever, false);
}

static void by_a_message(void **state)
{
    (void)state;
    leave_during(hang_midway, true);
}

static void before_the_call(void **state)
{
    char url[128];
    int pair[2];
    struct call_log log = {0};
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(hang_at_once, NULL);
    struct upstream_request request = call_get(url, server, "/");
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    close(pair[1]);
    request.client_fd = pair[0];
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_CLIENT_GONE);
    assert_false(log.result.sent);
    assert_int_equal(fake_server_requests(server), 0);
    close(pair[0]);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void a_pipe_whose_other_end_is_closed(void **state)
{
    char url[128];
    int ends[2];
    struct call_log log = {0};
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(hang_at_once, NULL);
    struct upstream_request request = call_get(url, server, "/");
    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    request.client_fd = ends[0];
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_CLIENT_GONE);
    close(ends[0]);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_sleep(30);
    fake_answer(conn, 200, "text/plain", "ok");
}

static void a_client_that_stays_is_served(void **state)
{
    char url[128];
    int pair[2];
    struct call_log log = {0};
    struct upstream *upstream = call_upstream(1);
    struct fake_server *server = fake_server_start(answer, NULL);
    struct upstream_request request = call_get(url, server, "/");
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    request.client_fd = pair[0];
    call_run(upstream, &request, &log);
    assert_outcome(log, UPSTREAM_OK);
    close(pair[0]);
    close(pair[1]);
    call_log_free(&log);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_answer),
        cmocka_unit_test(midway),
        cmocka_unit_test(while_upstream_goes_on),
        cmocka_unit_test(by_a_message),
        cmocka_unit_test(before_the_call),
        cmocka_unit_test(a_pipe_whose_other_end_is_closed),
        cmocka_unit_test(a_client_that_stays_is_served),
    };
    return UNIT_RUN(tests);
}
