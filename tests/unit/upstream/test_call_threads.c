/* Many threads share one stack of clients. */
#include "call_fixture.h"

#include <pthread.h>

#include "base/clock.h"

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

/* --- two threads by turns -------------------------------------------------------------------- */

/* A thread gets its own client back for so long. */
#define OWN_MS SECOND_MS
#define TRIES 20

struct turns {
    struct upstream *upstream;
    char at_once[128], alone[128];
    pthread_barrier_t together; /* of the server's two connections */
    pthread_barrier_t turn;     /* of the two callers */
};

static void answer_with_count(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    struct turns *turns = ctx;
    char count[16];
    if (strstr(request->line, "/at-once"))
        pthread_barrier_wait(&turns->together);
    snprintf(count, sizeof(count), "%d", request->on_connection);
    fake_answer(conn, 200, "text/plain", count);
}

/* Which of its connection's requests the call was. */
static int count_of_call(struct turns *turns, const char *url)
{
    struct upstream_request request = {
        .method = "GET", .url = url, .client_fd = -1, .connect_ms = 5000, .total_ms = 8000};
    struct call_log log = {0};
    call_run(turns->upstream, &request, &log);
    assert_outcome(log, UPSTREAM_OK);
    int count = *strbuf_str(&log.body) - '0';
    call_log_free(&log);
    return count;
}

static void *call_second(void *ctx)
{
    struct turns *turns = ctx;
    count_of_call(turns, turns->at_once);
    pthread_barrier_wait(&turns->turn);
    pthread_barrier_wait(&turns->turn);
    return (void *)(intptr_t)count_of_call(turns, turns->alone);
}

/* True when both called by turns soon enough after they had called at once. */
static bool own_clients_come_back(struct turns *turns)
{
    pthread_t thread;
    void *second;
    int64_t started_ms = clock_mono_ms();
    turns->upstream = call_upstream(4);
    pthread_create(&thread, NULL, call_second, turns);
    count_of_call(turns, turns->at_once);
    pthread_barrier_wait(&turns->turn);
    int first = count_of_call(turns, turns->alone);
    pthread_barrier_wait(&turns->turn);
    pthread_join(thread, &second);
    bool soon = clock_mono_ms() - started_ms < OWN_MS;
    if (soon) {
        assert_int_equal(first, 2);
        assert_int_equal((intptr_t)second, 2);
    }
    assert_int_equal(upstream_stats(turns->upstream).connections, 2);
    upstream_close(&turns->upstream);
    return soon;
}

static void a_busy_thread_keeps_its_client(void **state)
{
    struct turns turns;
    struct fake_server *server = fake_server_start(answer_with_count, &turns);
    bool soon = false;
    (void)state;
    call_url(turns.at_once, server, "/at-once");
    call_url(turns.alone, server, "/alone");
    pthread_barrier_init(&turns.together, NULL, 2);
    pthread_barrier_init(&turns.turn, NULL, 2);
    for (int i = 0; i < TRIES && !soon; i++)
        soon = own_clients_come_back(&turns);
    assert_true(soon);
    fake_server_stop(&server);
    pthread_barrier_destroy(&turns.together);
    pthread_barrier_destroy(&turns.turn);
}

static void *call_alone(void *ctx)
{
    struct turns *turns = ctx;
    return (void *)(intptr_t)count_of_call(turns, turns->alone);
}

static void threads_that_never_meet_share_a_client(void **state)
{
    struct turns turns = {.upstream = call_upstream(4)};
    struct fake_server *server = fake_server_start(answer_with_count, &turns);
    (void)state;
    call_url(turns.alone, server, "/alone");
    for (int i = 1; i <= 3; i++) {
        pthread_t thread;
        void *count;
        pthread_create(&thread, NULL, call_alone, &turns);
        pthread_join(thread, &count);
        assert_int_equal((intptr_t)count, i);
    }
    upstream_close(&turns.upstream);
    fake_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_gets_its_own_answer),
        cmocka_unit_test(a_busy_thread_keeps_its_client),
        cmocka_unit_test(threads_that_never_meet_share_a_client),
    };
    return UNIT_RUN(tests);
}
