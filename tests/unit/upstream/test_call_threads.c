/* Many threads share one stack of clients. */
#include "call_fixture.h"

#include <pthread.h>

#define THREADS 12
#define CALLS 30

struct worker {
    struct upstream *upstream;
    const char *url;
    int good;
    pthread_t thread;
};

static void answer(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    fake_answer(conn, 200, "text/plain", request->body);
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    for (int i = 0; i < CALLS; i++) {
        char body[32];
        struct call_log log = {0};
        int len = snprintf(body, sizeof(body), "%p %d", ctx, i);
        struct upstream_request request = {.method = "POST",
                                           .url = worker->url,
                                           .body = body,
                                           .body_len = (size_t)len,
                                           .client_fd = -1,
                                           .connect_ms = 5000,
                                           .total_ms = 10000};
        call_run(worker->upstream, &request, &log);
        if (log.result.outcome == UPSTREAM_OK && strcmp(strbuf_str(&log.body), body) == 0)
            worker->good++;
        call_log_free(&log);
    }
    return NULL;
}

static void each_gets_its_own_answer(void **state)
{
    char url[128];
    struct worker workers[THREADS] = {0};
    struct upstream *upstream = call_upstream(4);
    struct fake_server *server = fake_server_start(answer, NULL);
    (void)state;
    call_url(url, server, "/");
    for (int i = 0; i < THREADS; i++) {
        workers[i].upstream = upstream;
        workers[i].url = url;
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].good, CALLS);
    }
    struct upstream_stats stats = upstream_stats(upstream);
    assert_int_equal(stats.calls, THREADS * CALLS);
    assert_int_equal(stats.clients_out, 0);
    assert_in_range(stats.clients_warm, 1, 4);
    assert_true(stats.connections < THREADS * CALLS);
    upstream_close(&upstream);
    fake_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_gets_its_own_answer)};
    return UNIT_RUN(tests);
}
