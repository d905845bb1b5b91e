/* How long choosing a key takes: 10,000 keys of which 9,000 rest. Prints nanoseconds for one acquire and
 * for one acquire with its settle; fails above 2 microseconds for the choice. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/scope.h"
#include "pool/key_pool.h"

enum { KEYS = 10000, RESTING = 9000, ROUNDS = 400, BATCH = 1000, LIMIT_NS = 2000 };
#define NOW ((int64_t)1772438400000)
static const char model[] = "gemini-3.8-flash";

static struct key_pool *make_pool(void)
{
    struct key_pool_options options = {
        .max_failures = 3, .free_first = true, .limit_share = 100, .affinity = true, .seed = 1};
    struct key_pool *pool = key_pool_create(&options);
    for (int64_t id = 1; id <= KEYS; id++) {
        struct key_identity identity = {.id = id, .kind = KEY_GEMINI, .weight = 1, .proxy = ""};
        key_pool_put(pool, &identity, NOW);
    }
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 1000000);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_TOKENS_MINUTE, 1000000000);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_DAY, 100000000);
    for (int64_t id = 1; id <= KEYS; id++)
        if (id % 10 != 0)
            key_pool_restore_rest(pool, id, model, REST_DAY_QUOTA, NOW + DAY_MS, 1);
    return pool;
}

int main(void)
{
    struct key_pool *pool = make_pool();
    static struct key_lease leases[BATCH];
    struct key_query query = {.kind = KEY_GEMINI, .model = model, .tokens = 1000};
    struct key_shortage shortage;
    struct key_effect success = {.kind = EFFECT_SUCCESS,
                                 .prompt_tokens = 1000,
                                 .output_tokens = 10,
                                 .rule = "ok",
                                 .egress = ""};
    int64_t acquire_us = 0, settle_us = 0, now = NOW;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t start = clock_mono_us();
        for (int i = 0; i < BATCH; i++)
            if (key_pool_acquire(pool, &query, now + i / 4, &leases[i], &shortage) != ACQUIRE_OK)
                return EXIT_FAILURE;
        int64_t middle = clock_mono_us();
        for (int i = 0; i < BATCH; i++)
            key_pool_settle(pool, &leases[i], &success, now + BATCH);
        acquire_us += middle - start;
        settle_us += clock_mono_us() - middle;
        now += BATCH;
    }
    double calls = (double)ROUNDS * BATCH;
    double acquire_ns = (double)acquire_us * 1000 / calls;
    printf("pool: %d keys, %d resting: acquire %.0f ns, settle %.0f ns, memory for a lease %zu "
           "bytes\n",
           KEYS, RESTING, acquire_ns, (double)settle_us * 1000 / calls, sizeof(leases[0]));
    key_pool_destroy(&pool);
    return acquire_ns <= LIMIT_NS ? EXIT_SUCCESS : EXIT_FAILURE;
}
