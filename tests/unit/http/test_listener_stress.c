/* The promise that somebody takes new connections as long as a worker is free, whatever the others
 * are held up by. What holds them up here does so until the test lets go: a listener that has
 * stopped taking connections is not saved by the next answer, and the test fails.
 *
 * GB_STRESS=N repeats everything N times. */
#include "listener_fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

enum { WORKERS_MOST = 24, QUICK_MOST = 40, OPEN_MOST = 2 * WORKERS_MOST + QUICK_MOST };

static int times(int usual)
{
    const char *more = getenv("GB_STRESS");
    return more ? usual * (int)strtol(more, NULL, 10) : usual;
}

/* Of a generator of each test's or thread's own: 0 to `below` - 1. */
static int dice(unsigned *seed, int below)
{
    *seed = *seed * 1103515245U + 12345U;
    return (int)((*seed >> 16) % (unsigned)below);
}

struct open_connections {
    int fd[OPEN_MOST];
    int count;
};

static int open_another(const struct listener_fixture *fixture, struct open_connections *open)
{
    assert_true(open->count < OPEN_MOST);
    return open->fd[open->count++] = fixture_connect(fixture);
}

static void ask(const struct listener_fixture *fixture, struct open_connections *open,
                const char *uri, bool keep)
{
    int fd = open_another(fixture, open);
    assert_true(client_begin(fd, keep, "GET", uri, -1) && client_body_end(fd));
}

static void read_answers(const struct open_connections *open)
{
    for (int i = 0; i < open->count; i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
        assert_true(client_answer(open->fd[i], &out));
    }
}

static void close_all(struct open_connections *open)
{
    while (open->count > 0)
        close(open->fd[--open->count]);
}

/* Quick and slower answers at once, some on connections that stay: workers rest, watch and are
 * called in ever other orders. The kept connections remain open in `kept`, silent. */
static void stir(const struct listener_fixture *fixture, unsigned *seed,
                 struct open_connections *kept)
{
    static const char *const uris[] = {"/hello", "/hello", "/hello", "/sleep/1", "/sleep/3"};
    struct open_connections asked = {.count = 0};
    int rounds = dice(seed, QUICK_MOST);
    for (int i = 0; i < rounds; i++)
        ask(fixture, &asked, uris[dice(seed, ARRAY_LEN(uris))], false);
    for (int i = dice(seed, 4); i > 0; i--)
        ask(fixture, kept, "/hello", true);
    read_answers(kept);
    if (dice(seed, 2))
        read_answers(&asked); /* else they leave early */
    close_all(&asked);
}

/* All workers but one are held: by requests without an answer and by connections without a
 * request. The last one must still answer. */
static void expect_an_answer_beside(const struct listener_fixture *fixture, unsigned *seed,
                                    int workers)
{
    struct open_connections kept = {.count = 0};
    struct open_connections held = {.count = 0};
    struct open_connections silent = {.count = 0};
    if (dice(seed, 4))
        stir(fixture, seed, &kept);
    int started = fixture_seen.started;
    fixture_seen.released = false;
    for (int i = dice(seed, workers); i > 0; i--) {
        if (dice(seed, 6) == 0)
            open_another(fixture, &silent);
        else
            ask(fixture, &held, "/hold", dice(seed, 2));
        if (dice(seed, 8) == 0)
            fixture_expect(fixture, "/hello", "hello");
    }
    fixture_expect(fixture, "/hello", "hello");
    assert_true(fixture_wait_for(&fixture_seen.started, started + held.count + 1));
    fixture_expect(fixture, "/hello", "hello");
    fixture_seen.released = true;
    read_answers(&held);
    close_all(&silent);
    close_all(&held);
    close_all(&kept);
}

static void one_free_worker_answers(void **state)
{
    static const int workers[] = {1, 2, 3, 5, 9, WORKERS_MOST};
    unsigned seed = (unsigned)clock_mono_us();
    (void)state;
    print_message("seed %u\n", seed);
    for (int round = times(16); round > 0; round--) {
        struct listener_fixture fixture;
        int most = workers[dice(&seed, ARRAY_LEN(workers))];
        fixture_open(&fixture, most);
        for (int again = dice(&seed, 8); again >= 0; again--)
            expect_an_answer_beside(&fixture, &seed, most);
        fixture_close(&fixture);
    }
}

/* One worker is about to keep its connection when the other takes one that holds it: the first
 * must not wait on its quiet connection, since nobody else is left. */
static void kept_at_the_last_moment(void **state)
{
    struct listener_fixture fixture;
    unsigned seed = (unsigned)clock_mono_us();
    (void)state;
    fixture_open(&fixture, 2);
    for (int round = times(100); round > 0; round--) {
        struct open_connections kept = {.count = 0};
        struct open_connections held = {.count = 0};
        fixture_seen.released = false;
        ask(&fixture, &kept, "/hello", true);
        for (int wait = dice(&seed, 400); wait > 0; wait--)
            clock_mono_us();
        ask(&fixture, &held, "/hold", false);
        fixture_expect(&fixture, "/hello", "hello");
        fixture_seen.released = true;
        read_answers(&kept);
        read_answers(&held);
        close_all(&kept);
        close_all(&held);
    }
    fixture_close(&fixture);
}

/* --- many clients ---------------------------------------------------------------------------- */

enum { CLIENTS = 24, TURNS = 24 };

struct client {
    pthread_t thread;
    const char *path;
    unsigned seed;
    int turns;
    int failed;
};

static bool asked(const char *path, const char *uri, const char *body)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    int fd = client_connect(path, 0);
    bool right = fd >= 0 && client_request(fd, false, uri, "", 0, &out) &&
                 strcmp(client_answer_body(&out), body) == 0;
    close(fd);
    return right;
}

static bool quick(struct client *client)
{
    return asked(client->path, "/hello", "hello");
}

static bool slow(struct client *client)
{
    return asked(client->path, dice(&client->seed, 2) ? "/sleep/1" : "/sleep/8", "slept");
}

/* The first request on a connection is answered; the next ones unless it was given up, and then
 * on another one. */
static bool kept(struct client *client)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1 << 20);
    int fd = client_connect(client->path, 0);
    bool right = fd >= 0 && client_request(fd, true, "/hello", "", 0, &out);
    for (int i = dice(&client->seed, 4); right && i > 0; i--)
        if (!client_request(fd, true, "/hello", "", 0, &out))
            break;
    if (dice(&client->seed, 4) == 0)
        fixture_sleep_ms(dice(&client->seed, 5));
    close(fd);
    return right;
}

static bool leaves(struct client *client)
{
    int fd = client_connect(client->path, 0);
    bool right = fd >= 0;
    if (right && dice(&client->seed, 2))
        client_begin(fd, false, "GET", "/sleep/2", -1);
    close(fd);
    return right;
}

static bool stays_silent(struct client *client)
{
    int fd = client_connect(client->path, 0);
    fixture_sleep_ms(dice(&client->seed, 4));
    close(fd);
    return fd >= 0;
}

static bool pauses(struct client *client)
{
    fixture_sleep_ms(dice(&client->seed, 12));
    return true;
}

static void *run_client(void *arg)
{
    static bool (*const ways[])(struct client *) = {quick, quick,  quick,        slow,  kept,
                                                    kept,  leaves, stays_silent, pauses};
    struct client *client = arg;
    for (int i = 0; i < client->turns; i++)
        if (!ways[dice(&client->seed, ARRAY_LEN(ways))](client))
            client->failed++;
    return NULL;
}

static void start_clients(struct client *clients, const char *path, int turns)
{
    unsigned seed = (unsigned)clock_mono_us();
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){.path = path, .seed = seed + (unsigned)i, .turns = turns};
        assert_int_equal(pthread_create(&clients[i].thread, NULL, run_client, &clients[i]), 0);
    }
}

static int join_clients(struct client *clients)
{
    int failed = 0;
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        failed += clients[i].failed;
    }
    return failed;
}

static void every_request_is_answered(void **state)
{
    static const int workers[] = {1, 2, 5, WORKERS_MOST, 2 * CLIENTS};
    struct client clients[CLIENTS];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(workers); i++) {
        struct listener_fixture fixture;
        fixture_open(&fixture, workers[i]);
        start_clients(clients, fixture.path, times(workers[i] == 1 ? TURNS / 4 : TURNS));
        assert_int_equal(join_clients(clients), 0);
        fixture_expect(&fixture, "/hello", "hello");
        fixture_close(&fixture);
    }
}

/* Clients may fail then, but nobody hangs, and what has begun is answered. */
static void stopping_under_load(void **state)
{
    struct client clients[CLIENTS];
    (void)state;
    for (int round = times(4); round > 0; round--) {
        struct listener_fixture fixture;
        fixture_open(&fixture, 1 + 5 * (round % 4));
        start_clients(clients, fixture.path, TURNS);
        fixture_sleep_ms(5 * round % 40);
        int64_t start_ms = clock_mono_ms();
        fixture_close(&fixture);
        assert_true(clock_mono_ms() - start_ms < FIXTURE_DRAIN_S * SECOND_MS / 2);
        join_clients(clients);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_free_worker_answers),
        cmocka_unit_test(kept_at_the_last_moment),
        cmocka_unit_test(every_request_is_answered),
        cmocka_unit_test(stopping_under_load),
    };
    return UNIT_RUN(tests);
}
