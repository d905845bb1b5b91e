/* The listener under requests: one, kept, many, more than there are workers. */
#include "listener_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static void one_request(void **state)
{
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 4);
    int fd = fixture_connect(&fixture);
    assert_true(client_request(fd, false, "/hello", "", 0, &out));
    assert_true(strncmp(out.data, "Status: 200 OK\r\n", 16) == 0);
    assert_string_equal(client_answer_body(&out), "hello");
    assert_true(client_sees_close(fd));
    close(fd);
    assert_int_equal(http_listener_stats(fixture.listener).served, 1);
    fixture_close(&fixture);
}

static void bad_request(void **state)
{
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 4);
    int fd = fixture_connect(&fixture);
    assert_true(client_request(fd, false, "/a%zz", "", 0, &out));
    assert_true(strncmp(out.data, "Status: 400 ", 12) == 0);
    assert_int_equal(fixture_seen.started, 0);
    close(fd);
    fixture_close(&fixture);
}

/* One connection needs one worker and the one in accept(), however many requests it brings. */
static void kept_connection(void **state)
{
    struct listener_fixture fixture;
    (void)state;
    fixture_open(&fixture, 50);
    int fd = fixture_connect(&fixture);
    for (int i = 0; i < 200; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        char body[32];
        snprintf(body, sizeof(body), "body %d", i);
        assert_true(client_request(fd, true, "/echo", body, strlen(body), &out));
        assert_string_equal(client_answer_body(&out), body);
    }
    struct http_listener_stats stats = http_listener_stats(fixture.listener);
    assert_int_equal(stats.served, 200);
    assert_int_equal(stats.workers, 2);
    close(fd);
    fixture_close(&fixture);
}

static void events_leave_at_once(void **state)
{
    struct listener_fixture fixture;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 4);
    int fd = fixture_connect(&fixture);
    assert_true(client_begin(fd, false, "GET", "/tick", -1) && client_body_end(fd));
    assert_int_equal(client_read_record(fd, &out), RECORD_STDOUT);
    assert_string_equal(client_answer_body(&out), "data: tick\n\n");
    fixture_seen.released = true;
    assert_true(client_answer(fd, &out));
    close(fd);
    fixture_close(&fixture);
}

struct load {
    const struct listener_fixture *fixture;
    int number;
    int right;
};

enum { LOAD_CLIENTS = 32, LOAD_REQUESTS = 25, LOAD_WORKERS = 100 };

static void *send_load(void *arg)
{
    struct load *load = arg;
    for (int i = 0; i < LOAD_REQUESTS; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        char body[64];
        snprintf(body, sizeof(body), "client %d request %d", load->number, i);
        int fd = client_connect(load->fixture->path, 0);
        if (client_request(fd, false, "/echo", body, strlen(body), &out))
            load->right += strcmp(client_answer_body(&out), body) == 0;
        close(fd);
    }
    return NULL;
}

static void *send_kept_load(void *arg)
{
    struct load *load = arg;
    int fd = client_connect(load->fixture->path, 0);
    for (int i = 0; i < LOAD_REQUESTS; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        char body[64];
        snprintf(body, sizeof(body), "client %d request %d", load->number, i);
        if (client_request(fd, true, "/echo", body, strlen(body), &out))
            load->right += strcmp(client_answer_body(&out), body) == 0;
    }
    close(fd);
    return NULL;
}

/* Runs all clients at once; returns how many workers there were in the end. */
static int run_load(void *(*send)(void *))
{
    struct listener_fixture fixture;
    pthread_t threads[LOAD_CLIENTS];
    struct load loads[LOAD_CLIENTS];
    fixture_open(&fixture, LOAD_WORKERS);
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        loads[i] = (struct load){.fixture = &fixture, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, send, &loads[i]), 0);
    }
    for (int i = 0; i < LOAD_CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(loads[i].right, LOAD_REQUESTS);
    }
    struct http_listener_stats stats = http_listener_stats(fixture.listener);
    assert_int_equal(stats.served, LOAD_CLIENTS * LOAD_REQUESTS);
    fixture_close(&fixture);
    return stats.workers;
}

/* A client may connect again before the worker that answered it is back in accept(), so there can
 * be more workers than clients; only the maximum bounds them. */
static void many_at_once(void **state)
{
    (void)state;
    assert_true(run_load(send_load) <= LOAD_WORKERS);
}

/* One for each connection and one in accept(). */
static void many_kept_at_once(void **state)
{
    (void)state;
    assert_true(run_load(send_kept_load) <= LOAD_CLIENTS + 1);
}

/* One for each answer that takes its time, and one in accept() or on watch. */
static void workers_grow_with_slow_answers(void **state)
{
    enum { SLOW = 20 };
    struct listener_fixture fixture;
    int clients[SLOW];
    (void)state;
    fixture_open(&fixture, SLOW + 1);
    for (int i = 0; i < SLOW; i++) {
        clients[i] = fixture_connect(&fixture);
        assert_true(client_begin(clients[i], false, "GET", "/hold", -1));
        assert_true(client_body_end(clients[i]));
    }
    assert_true(fixture_wait_for(&fixture_seen.started, SLOW));
    assert_int_equal(http_listener_stats(fixture.listener).workers, SLOW + 1);
    fixture_seen.released = true;
    for (int i = 0; i < SLOW; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        assert_true(client_answer(clients[i], &out));
        close(clients[i]);
    }
    assert_int_equal(http_listener_stats(fixture.listener).workers, SLOW + 1);
    fixture_close(&fixture);
}

/* More connections than workers: they wait for their turn. */
static void more_requests_than_workers(void **state)
{
    enum { REQUESTS = 12 };
    struct listener_fixture fixture;
    int clients[REQUESTS];
    (void)state;
    fixture_open(&fixture, 3);
    for (int i = 0; i < REQUESTS; i++) {
        clients[i] = fixture_connect(&fixture);
        assert_true(client_begin(clients[i], false, "GET", "/sleep/30", -1));
        assert_true(client_body_end(clients[i]));
    }
    for (int i = 0; i < REQUESTS; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        assert_true(client_answer(clients[i], &out));
        close(clients[i]);
    }
    assert_int_equal(http_listener_stats(fixture.listener).workers, 3);
    fixture_close(&fixture);
}

/* Idle kept connections on all workers give way to a new connection. */
static void kept_connections_starve_nobody(void **state)
{
    enum { WORKERS = 4 };
    struct listener_fixture fixture;
    int kept[2 * WORKERS];
    (void)state;
    fixture_open(&fixture, WORKERS);
    for (int i = 0; i < 2 * WORKERS; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        kept[i] = fixture_connect(&fixture);
        assert_true(client_request(kept[i], true, "/hello", "", 0, &out));
    }
    int64_t start_ms = clock_mono_ms();
    fixture_expect(&fixture, "/hello", "hello");
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    for (int i = 0; i < 2 * WORKERS; i++)
        close(kept[i]);
    fixture_close(&fixture);
}

/* A worker in a long answer and all others on kept connections: still somebody accepts. */
static void a_long_answer_beside_kept_connections(void **state)
{
    struct listener_fixture fixture;
    int kept[2];
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    (void)state;
    fixture_open(&fixture, 3);
    for (int i = 0; i < 2; i++) {
        kept[i] = fixture_connect(&fixture);
        assert_true(client_request(kept[i], true, "/hello", "", 0, &out));
    }
    int slow = fixture_connect(&fixture);
    assert_true(client_begin(slow, false, "GET", "/hold", -1) && client_body_end(slow));
    assert_true(fixture_wait_for(&fixture_seen.started, 3));
    fixture_expect(&fixture, "/hello", "hello");
    fixture_seen.released = true;
    assert_true(client_answer(slow, &out));
    close(slow);
    close(kept[0]);
    close(kept[1]);
    fixture_close(&fixture);
}

/* Connections on which nothing comes hold a worker each, and nobody else. */
static void silent_connections_starve_nobody(void **state)
{
    struct listener_fixture fixture;
    int silent[3];
    (void)state;
    fixture_open(&fixture, 8);
    for (int i = 0; i < 3; i++)
        silent[i] = fixture_connect(&fixture);
    int64_t start_ms = clock_mono_ms();
    fixture_expect(&fixture, "/hello", "hello");
    assert_true(clock_mono_ms() - start_ms < UNIT_AT_ONCE_MS);
    for (int i = 0; i < 3; i++)
        close(silent[i]);
    fixture_expect(&fixture, "/hello", "hello");
    fixture_close(&fixture);
}

static void what_is_no_request_is_closed(void **state)
{
    static const char *const garbage[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\x01\x01\x00\x00\x00\x08\x00\x00", /* a beginning with the number 0 */
    };
    static const size_t lengths[] = {27, 8};
    struct listener_fixture fixture;
    (void)state;
    fixture_open(&fixture, 4);
    for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
        int fd = fixture_connect(&fixture);
        assert_int_equal(write(fd, garbage[i], lengths[i]), lengths[i]);
        assert_true(client_sees_close(fd));
        close(fd);
    }
    fixture_expect(&fixture, "/hello", "hello");
    fixture_close(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_request),
        cmocka_unit_test(bad_request),
        cmocka_unit_test(kept_connection),
        cmocka_unit_test(events_leave_at_once),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(many_kept_at_once),
        cmocka_unit_test(workers_grow_with_slow_answers),
        cmocka_unit_test(more_requests_than_workers),
        cmocka_unit_test(kept_connections_starve_nobody),
        cmocka_unit_test(a_long_answer_beside_kept_connections),
        cmocka_unit_test(silent_connections_starve_nobody),
        cmocka_unit_test(what_is_no_request_is_closed),
    };
    return UNIT_RUN(tests);
}
