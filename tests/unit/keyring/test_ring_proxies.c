/* Each key's proxy: stable, spread, and out of the way of those that fail. */
#include "ring_fixture.h"

#define KEYS 40
#define PROXY(n) "\"http://127.0.0.1:900" #n "\""
#define ALL "PROXIES=[" PROXY(1) "," PROXY(2) "," PROXY(3) "," PROXY(4) "]"
#define WITHOUT_3 "PROXIES=[" PROXY(4) "," PROXY(1) "," PROXY(2) "]"
#define LOST "http://127.0.0.1:9003"

typedef char chosen[KEYS + 1][256];

static void choose(struct ring *ring, chosen proxies_r)
{
    for (int id = 1; id <= KEYS; id++) {
        struct key_query query = {.kind = KEY_GEMINI, .model = MODEL, .pinned_key = id};
        struct key_shortage shortage;
        struct key_grant grant;
        assert_int_equal(
            ring->source->acquire(ring->source->ctx, &query, clock_wall_ms(), &grant, &shortage),
            ACQUIRE_OK);
        snprintf(proxies_r[id], sizeof(proxies_r[id]), "%s", grant.proxy);
        ring_settle(ring, &grant, &succeeded);
    }
}

static void choose_anew(struct fixture *fixture, const char *settings, chosen proxies_r)
{
    struct ring ring;
    assert_int_equal(ring_open(&ring, fixture, RING_UNTHREADED, settings), 0);
    choose(&ring, proxies_r);
    ring_close(&ring);
}

static int count_of(chosen proxies, const char *url)
{
    int count = 0;
    for (int id = 1; id <= KEYS; id++)
        count += strcmp(proxies[id], url) == 0;
    return count;
}

static void test_a_key_keeps_its_proxy(void **state)
{
    struct fixture *fixture = *state;
    chosen before, after;
    add_keys(fixture, KEYS);
    choose_anew(fixture, ALL, before);
    choose_anew(fixture, ALL, after);
    for (int id = 1; id <= KEYS; id++)
        assert_string_equal(before[id], after[id]);
    assert_in_range(count_of(before, LOST), 2, KEYS / 2);
}

static void test_only_keys_of_a_removed_proxy_move(void **state)
{
    struct fixture *fixture = *state;
    chosen before, after;
    add_keys(fixture, KEYS);
    choose_anew(fixture, ALL, before);
    choose_anew(fixture, WITHOUT_3, after);
    for (int id = 1; id <= KEYS; id++) {
        if (strcmp(before[id], LOST) == 0)
            assert_string_not_equal(after[id], LOST);
        else
            assert_string_equal(before[id], after[id]);
    }
}

static void test_a_failing_proxy_is_set_aside(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    chosen before, after, again;
    add_keys(fixture, KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, ALL), 0);
    choose(&ring, before);
    keyring_proxy_result(ring.keyring, LOST, false, clock_wall_ms());
    choose(&ring, after);
    assert_int_equal(count_of(after, LOST), 0);
    for (int id = 1; id <= KEYS; id++)
        if (strcmp(before[id], LOST) != 0)
            assert_string_equal(before[id], after[id]);
    keyring_proxy_result(ring.keyring, LOST, true, clock_wall_ms());
    choose(&ring, again);
    for (int id = 1; id <= KEYS; id++)
        assert_string_equal(before[id], again[id]);
    ring_close(&ring);
}

static void test_a_keys_own_proxy_comes_first(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    add_keys(fixture, KEYS);
    struct store *store = fixture_open(fixture);
    struct store_key change = {.id = 7, .proxy = "socks5h://user:word@127.0.0.1:1080"};
    assert_int_equal(store_key_edit(store, &change, &err), 0);
    store_close(&store);
    for (int mode = RING_THREADED; mode <= RING_SINGLE_USE; mode++) {
        struct ring ring;
        chosen proxies;
        assert_int_equal(ring_open(&ring, fixture, (enum ring_mode)mode, ALL), 0);
        choose(&ring, proxies);
        assert_string_equal(proxies[7], change.proxy);
        assert_string_not_equal(proxies[8], change.proxy);
        ring_close(&ring);
    }
}

static void test_without_the_hash_proxies_change(void **state)
{
    struct fixture *fixture = *state;
    chosen one, other;
    add_keys(fixture, KEYS);
    const char *settings = ALL "\nPROXIES_USE_CONSISTENCY_HASH_BY_API_KEY=false";
    choose_anew(fixture, settings, one);
    choose_anew(fixture, settings, other);
    int moved = 0;
    for (int id = 1; id <= KEYS; id++)
        moved += strcmp(one[id], other[id]) != 0;
    assert_true(moved > KEYS / 4);
}

static void fail_by(struct ring *ring, const struct key_grant *grant, const char *bad, int *hits)
{
    struct key_effect effect = succeeded;
    struct key_grant settled = *grant;
    char egress[256];
    snprintf(egress, sizeof(egress), "%s", grant->proxy);
    effect.egress = egress;
    if (strcmp(egress, bad) == 0) {
        effect.kind = EFFECT_REST;
        effect.reason = REST_THROTTLED;
        effect.rule = "quota.throttled";
        (*hits)++;
    }
    ring_settle(ring, &settled, &effect);
}

/* Google limits one address of several: calls take another, and no key suffers. */
static void test_a_limited_way_out_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    struct key_grant grant;
    add_keys(fixture, KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED,
                               "PROXIES=[\"http://one:1\",\"http://two:2\"]\n"
                               "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY=false"),
                     0);
    int hits = 0;
    for (int i = 0; i < 200; i++) {
        assert_int_equal(ring_acquire(&ring, &grant), ACQUIRE_OK);
        fail_by(&ring, &grant, "http://one:1", &hits);
    }
    assert_in_range(hits, 1, 8); /* as many as it takes to blame it, and not one of the others */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ring_acquire(&ring, &grant), ACQUIRE_OK);
        assert_string_equal(grant.proxy, "http://two:2");
        fail_by(&ring, &grant, "", &hits);
    }
    ring_close(&ring);
}

/* When all are limited the client waits for the first, and no key is spent on it meanwhile. */
static void test_all_ways_out_are_limited(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    struct key_grant grant;
    struct key_query query = {.kind = KEY_GEMINI, .model = MODEL};
    struct key_shortage shortage = {0};
    add_keys(fixture, KEYS);
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED,
                               "PROXIES=[\"http://one:1\"]\n"
                               "PROXIES_USE_CONSISTENCY_HASH_BY_API_KEY=false"),
                     0);
    int hits = 0;
    enum acquire_result result = ACQUIRE_OK;
    for (int i = 0; i < 20 && result == ACQUIRE_OK; i++) {
        result = ring.source->acquire(ring.source->ctx, &query, clock_wall_ms(), &grant, &shortage);
        if (result == ACQUIRE_OK)
            fail_by(&ring, &grant, "http://one:1", &hits);
    }
    assert_int_equal(result, ACQUIRE_WAIT);
    assert_in_range(hits, 2, 8);
    assert_int_equal(shortage.total, KEYS);
    assert_true(shortage.resting[REST_EGRESS] > 0);
    assert_in_range(shortage.earliest_ms, clock_wall_ms(), clock_wall_ms() + 16000);
    for (int id = 1; id <= KEYS; id++)
        assert_int_equal(ring_view(&ring, id).view.in_flight, 0);
    ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_a_key_keeps_its_proxy),
        RING_TEST(test_only_keys_of_a_removed_proxy_move),
        RING_TEST(test_a_failing_proxy_is_set_aside),
        RING_TEST(test_a_keys_own_proxy_comes_first),
        RING_TEST(test_without_the_hash_proxies_change),
        RING_TEST(test_a_limited_way_out_is_passed_over),
        RING_TEST(test_all_ways_out_are_limited),
    };
    return UNIT_RUN(tests);
}
