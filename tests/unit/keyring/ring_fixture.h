/* A keyring on a real store in a directory of its own, in this process or in children. */
#ifndef RING_FIXTURE_H
#define RING_FIXTURE_H

#include "../store/store_test.h"

#include <signal.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "keyring/keyring.h"

#define MODEL "gemini-3.8-flash"

enum ring_mode { RING_THREADED, RING_UNTHREADED, RING_SINGLE_USE };

/* One process's view: store, journal, ring. */
struct ring {
    struct store *store;
    struct journal *journal;
    struct keyring *keyring;
    const struct key_source *source;
};

/* "NAME=value" lines, NULL for none. */
static inline struct settings *ring_settings(const char *lines)
{
    struct setting_rows rows = {0};
    FREE_AUTO char *copy = xstrdup(lines ? lines : "");
    char *rest = copy, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        char *value = strchr(line, '=');
        if (!value)
            continue;
        *value++ = '\0';
        setting_rows_add(&rows, line, value);
    }
    struct err err = ERR_INIT;
    struct settings *set = settings_build(&rows, NULL, &err);
    if (!set)
        fprintf(stderr, "settings: %s\n", err.text);
    setting_rows_free(&rows);
    return set;
}

/* 0 or -1: a child tells by its exit status. */
static inline int ring_open(struct ring *ring, const struct fixture *fixture, enum ring_mode mode,
                            const char *settings)
{
    struct err err = ERR_INIT;
    ring->store = fixture_open(fixture);
    struct journal_options journal = {
        .store = ring->store, .threaded = mode == RING_THREADED, .max_rows = LIMIT_JOURNAL_ROWS};
    ring->journal = ring->store ? journal_open(&journal, &err) : NULL;
    struct settings *set = ring_settings(settings);
    struct keyring_options options = {.store = ring->store,
                                      .journal = ring->journal,
                                      .data_dir = fixture->dir,
                                      .single_use = mode == RING_SINGLE_USE};
    ring->keyring = ring->journal && set ? keyring_open(&options, set, &err) : NULL;
    const struct settings *done = set;
    settings_unref(&done);
    if (!ring->keyring) {
        fprintf(stderr, "ring: %s\n", err.text);
        return -1;
    }
    ring->source = keyring_source(ring->keyring);
    return 0;
}

static inline void ring_close(struct ring *ring)
{
    keyring_close(&ring->keyring);
    journal_close(&ring->journal);
    store_close(&ring->store);
}

static inline enum acquire_result ring_ask(struct ring *ring, const struct key_query *query,
                                           struct key_grant *grant)
{
    struct key_shortage shortage;
    return ring->source->acquire(ring->source->ctx, query, clock_wall_ms(), grant, &shortage);
}

static inline enum acquire_result ring_acquire(struct ring *ring, struct key_grant *grant)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL};
    return ring_ask(ring, &query, grant);
}

static inline void ring_settle(struct ring *ring, struct key_grant *grant,
                               const struct key_effect *effect)
{
    ring->source->settle(ring->source->ctx, grant, effect, clock_wall_ms());
}

static const struct key_effect succeeded UNUSED = {
    .kind = EFFECT_SUCCESS, .prompt_tokens = -1, .output_tokens = -1};

/* One call that succeeds: the id of its key, 0 when there was none. */
static inline int64_t ring_call(struct ring *ring, const struct key_effect *effect)
{
    struct key_grant grant;
    if (ring_acquire(ring, &grant) != ACQUIRE_OK)
        return 0;
    int64_t id = grant.lease.key_id;
    ring_settle(ring, &grant, effect);
    return id;
}

/* The same for a call of another kind. */
static inline int64_t ring_serve(struct ring *ring, const struct key_query *query)
{
    struct key_grant grant;
    if (ring_ask(ring, query, &grant) != ACQUIRE_OK)
        return 0;
    int64_t id = grant.lease.key_id;
    ring_settle(ring, &grant, &succeeded);
    return id;
}

/* Settles calls until that key got the effect; the others succeed. 0, or -1 when it never came. */
static inline int ring_hit(struct ring *ring, int64_t id, const struct key_effect *effect)
{
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .pinned_key = id};
    struct key_grant grant;
    if (ring_ask(ring, &query, &grant) != ACQUIRE_OK)
        return -1;
    ring_settle(ring, &grant, effect);
    return 0;
}

struct ring_look {
    int64_t id;
    struct key_view view;
    bool found;
};

static inline void ring_look_at(void *ctx, const struct key_view *view)
{
    struct ring_look *look = ctx;
    if (view->id != look->id)
        return;
    look->view = *view;
    look->found = true;
}

static inline struct ring_look ring_view(struct ring *ring, int64_t id)
{
    struct ring_look look = {.id = id};
    for (int kind = KEY_GEMINI; kind <= KEY_PAID; kind++)
        keyring_each(ring->keyring, (enum key_kind)kind, MODEL, ring_look_at, &look);
    return look;
}

static inline void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* Adds keys "secret-1" and so on with ids from 1. */
static inline void add_keys(const struct fixture *fixture, int count)
{
    struct store *store = fixture_open(fixture);
    assert_non_null(store);
    for (int i = 1; i <= count; i++) {
        char secret[40];
        int64_t id;
        snprintf(secret, sizeof(secret), "secret-%d", i);
        assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
        assert_int_equal(id, i);
    }
    store_close(&store);
}

/* What a child does; its exit status. */
typedef int child_work(struct fixture *fixture, int number, void *ctx);

static inline pid_t child_start(struct fixture *fixture, child_work *work, int number, void *ctx)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(work(fixture, number, ctx));
    assert_true(pid > 0);
    return pid;
}

#define RING_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_dir, fixture_tear_down)

#endif
