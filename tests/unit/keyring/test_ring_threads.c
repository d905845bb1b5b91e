/* Many threads of one process on one ring, while keys change and the store is read anew. */
#include "ring_fixture.h"

#define THREADS 8
#define CALLS 300
#define KEYS 30

struct crew {
    struct ring ring;
    bool stop;
    int served[THREADS];
};

struct member {
    struct crew *crew;
    int number;
};

static const struct key_effect effects[] = {
    {.kind = EFFECT_SUCCESS, .prompt_tokens = 5, .output_tokens = 2},
    {.kind = EFFECT_SUCCESS, .prompt_tokens = 5, .output_tokens = 2},
    {.kind = EFFECT_NOT_SENT},
    {.kind = EFFECT_FAULT, .scope = SCOPE_KEY, .reason = REST_FAULT, .rule = "key.fault"},
    {.kind = EFFECT_SUCCESS, .prompt_tokens = 5, .output_tokens = 2},
};

static void *caller(void *arg)
{
    const struct member *member = arg;
    struct crew *crew = member->crew;
    for (int i = 0; i < CALLS; i++) {
        struct key_grant grant;
        if (ring_acquire(&crew->ring, &grant) != ACQUIRE_OK)
            continue;
        crew->served[member->number]++;
        ring_settle(&crew->ring, &grant, &effects[(i * 7 + member->number) % 150 == 0 ? 3 : i % 3]);
        if (i % 8 == 0)
            pause_ms(1);
    }
    return NULL;
}

/* The scheduler and a person. */
static void *meddler(void *arg)
{
    struct crew *crew = arg;
    struct err err = ERR_INIT;
    for (int i = 0; !__atomic_load_n(&crew->stop, __ATOMIC_RELAXED); i++) {
        int64_t id = 1 + i % KEYS;
        store_key_set_state(crew->ring.store, id, STORE_KEY_PAUSED, "", clock_wall_ms(), &err);
        keyring_reload(crew->ring.keyring, &err);
        store_key_set_state(crew->ring.store, id, STORE_KEY_ACTIVE, "", clock_wall_ms(), &err);
        keyring_refresh(crew->ring.keyring);
        keyring_share_use(crew->ring.keyring);
        keyring_reset_rest(crew->ring.keyring, id, NULL, &err);
        keyring_proxy_result(crew->ring.keyring, "http://127.0.0.1:9001", i % 2, clock_wall_ms());
        keyring_counts(crew->ring.keyring, KEY_GEMINI);
    }
    return NULL;
}

static void test_threads_and_reloads(void **state)
{
    struct fixture *fixture = *state;
    struct crew crew = {0};
    struct member members[THREADS];
    pthread_t threads[THREADS], other;
    add_keys(fixture, KEYS);
    assert_int_equal(ring_open(&crew.ring, fixture, RING_THREADED,
                               "MAX_FAILURES=100\nPROXIES=[\"http://127.0.0.1:9001\"]"),
                     0);
    assert_int_equal(pthread_create(&other, NULL, meddler, &crew), 0);
    for (int i = 0; i < THREADS; i++) {
        members[i] = (struct member){&crew, i};
        assert_int_equal(pthread_create(&threads[i], NULL, caller, &members[i]), 0);
    }
    int served = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        served += crew.served[i];
    }
    __atomic_store_n(&crew.stop, true, __ATOMIC_RELAXED);
    pthread_join(other, NULL);
    assert_true(served > THREADS * CALLS / 2);
    ring_close(&crew.ring);
}

/* A ring may be closed while the journal still has work for it. */
static void test_closing_at_once(void **state)
{
    struct fixture *fixture = *state;
    add_keys(fixture, KEYS);
    for (int i = 0; i < 10; i++) {
        struct ring ring;
        assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
        ring_call(&ring, &effects[3]);
        ring_call(&ring, &succeeded);
        ring_close(&ring);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_threads_and_reloads),
        RING_TEST(test_closing_at_once),
    };
    return UNIT_RUN(tests);
}
