/* The set that a process uses: it follows the store, at most every 250 ms, and outlives its
 * failure. The store is played by the functions below, which count how often they are asked. */
#include "../unit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/client_token.h"
#include "base/log.h"

#define NOW ((int64_t)1790000000000)

static struct {
    struct vault *vault;
    const char *token;
    int64_t expires_ms;
    int64_t generation;
    bool broken;
    atomic_int generation_calls;
    atomic_int load_calls;
    useconds_t delay_us;
} played;

const struct vault *__wrap_store_vault(const struct store *store);
int64_t __wrap_store_tokens_generation(struct store *store);
int __wrap_store_tokens_each(struct store *store, bool open, store_token_visit *visit, void *ctx,
                             struct err *err);

const struct vault *__wrap_store_vault(const struct store *store)
{
    (void)store;
    return played.vault;
}

int64_t __wrap_store_tokens_generation(struct store *store)
{
    (void)store;
    played.generation_calls++;
    return played.broken ? -1 : played.generation;
}

int __wrap_store_tokens_each(struct store *store, bool open, store_token_visit *visit, void *ctx,
                             struct err *err)
{
    char hash[SHA256_HEX];
    struct store_token token = {.id = 5, .name = "played", .hash = hash};
    (void)store;
    (void)open;
    played.load_calls++;
    usleep(played.delay_us);
    if (played.broken)
        return err_set(err, ERR_BUSY, "locked");
    token.expires_ms = played.expires_ms;
    vault_lookup_hash(played.vault, played.token, strlen(played.token), hash);
    visit(ctx, &token);
    return 0;
}

static int set_up(void **state)
{
    memset(&played, 0, sizeof(played));
    played.vault = vault_create("secret", 6);
    played.token = "sk-first";
    played.generation = 1;
    log_set_level(LOG_OFF);
    *state = token_cache_create(NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct token_cache *cache = *state;
    token_cache_destroy(&cache);
    vault_destroy(&played.vault);
    return 0;
}

static int check(struct token_cache *cache, const char *token, int64_t now_ms)
{
    struct principal principal;
    return token_cache_check(cache, token, "the-admin", now_ms, &principal);
}

static void test_follows_the_store(void **state)
{
    assert_int_equal(check(*state, "sk-first", NOW), 1);
    assert_int_equal(check(*state, "sk-second", NOW), 0);
    played.token = "sk-second";
    played.generation = 2;
    assert_int_equal(check(*state, "sk-second", NOW + 249), 0);
    assert_int_equal(check(*state, "sk-second", NOW + 250), 1);
    assert_int_equal(check(*state, "sk-first", NOW + 251), 0);
}

static void test_asks_rarely(void **state)
{
    for (int i = 0; i < 1000; i++)
        check(*state, "sk-first", NOW + i);
    assert_int_equal(played.load_calls, 1);
    assert_int_equal(played.generation_calls, 4);
}

static void test_clock_set_back(void **state)
{
    assert_int_equal(check(*state, "sk-first", NOW), 1);
    played.token = "sk-second";
    played.generation = 2;
    assert_int_equal(check(*state, "sk-second", NOW - 3600000), 1);
}

static void test_keeps_the_set_when_the_store_fails(void **state)
{
    assert_int_equal(check(*state, "sk-first", NOW), 1);
    played.broken = true;
    played.token = "sk-second";
    assert_int_equal(check(*state, "sk-first", NOW + 1000), 1);
    assert_int_equal(check(*state, "sk-second", NOW + 2000), 0);
    played.broken = false;
    played.generation = 2;
    assert_int_equal(check(*state, "sk-second", NOW + 3000), 1);
}

static void test_never_loaded(void **state)
{
    played.broken = true;
    assert_int_equal(check(*state, "sk-first", NOW), -1);
    assert_int_equal(check(*state, "the-admin", NOW), 1);
    played.broken = false;
    assert_int_equal(check(*state, "sk-first", NOW + 250), 1);
}

static void test_expiry(void **state)
{
    played.expires_ms = NOW + 100;
    assert_int_equal(check(*state, "sk-first", NOW + 99), 1);
    assert_int_equal(check(*state, "sk-first", NOW + 100), 0);
}

static void test_admin_token(void **state)
{
    struct principal principal;
    assert_int_equal(token_cache_check(*state, "the-admin", "the-admin", NOW, &principal), 1);
    assert_true(principal.admin);
    assert_int_equal(token_cache_check(*state, "", "", NOW, &principal), 0);
    assert_int_equal(token_cache_check(*state, NULL, NULL, NOW, &principal), 0);
}

enum { THREADS = 6, CHECKS = 300 };

static void *check_often(void *cache)
{
    size_t wrong = 0;
    for (int i = 0; i < CHECKS; i++)
        wrong += check(cache, "sk-first", NOW + i * 100) != 1;
    return (void *)wrong;
}

/* All wait for the first load, nobody for a later one. */
static void test_threads(void **state)
{
    pthread_t threads[THREADS];
    played.delay_us = 20000;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, check_often, *state), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_int_equal(played.load_calls, 1);
}

int main(void)
{
#define WITH_CACHE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_CACHE(test_follows_the_store), WITH_CACHE(test_asks_rarely),
        WITH_CACHE(test_clock_set_back),    WITH_CACHE(test_keeps_the_set_when_the_store_fails),
        WITH_CACHE(test_never_loaded),      WITH_CACHE(test_expiry),
        WITH_CACHE(test_admin_token),       WITH_CACHE(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
