/* Secrets: lent whole, never lent when they do not open, and many of them load in little time. */
#include "ring_fixture.h"

static void lend_all(struct fixture *fixture, enum ring_mode mode)
{
    struct ring ring;
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    for (int i = 0; i < 10; i++) {
        struct key_grant grant;
        char secret[40];
        assert_int_equal(ring_acquire(&ring, &grant), ACQUIRE_OK);
        snprintf(secret, sizeof(secret), "secret-%d", (int)grant.lease.key_id);
        assert_string_equal(grant.secret, secret);
        ring_settle(&ring, &grant, &succeeded);
        assert_int_equal(grant.secret[0], '\0'); /* wiped */
        assert_int_equal(keyring_reload(ring.keyring, NULL), 0);
    }
    ring_close(&ring);
}

static void test_secrets_are_lent(void **state)
{
    add_keys(*state, 5);
    lend_all(*state, RING_THREADED);
    lend_all(*state, RING_UNTHREADED);
    lend_all(*state, RING_SINGLE_USE);
}

static void seal_with_another_key(struct fixture *fixture, const char *secret)
{
    int64_t id;
    struct vault *own = fixture->vault;
    fixture->vault = vault_create("another master key", 18);
    struct store *store = fixture_open(fixture);
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
    store_close(&store);
    vault_destroy(&fixture->vault);
    fixture->vault = own;
}

static int count_dead(void *ctx, const struct store_key *key)
{
    if (key->state == STORE_KEY_DEAD && strcmp(key->reason, "key.unreadable") == 0)
        ++*(int *)ctx;
    return 0;
}

static void skip_unreadable(struct fixture *fixture, enum ring_mode mode)
{
    struct ring ring;
    add_keys(fixture, 1);
    for (int i = 0; i < 20; i++) {
        char secret[40];
        snprintf(secret, sizeof(secret), "foreign-%d", i);
        seal_with_another_key(fixture, secret);
    }
    assert_int_equal(ring_open(&ring, fixture, mode, NULL), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(ring_call(&ring, &succeeded), 1);
    ring_close(&ring);
    struct store *store = fixture_open(fixture);
    int dead = 0;
    assert_int_equal(store_keys_each(store, false, count_dead, &dead, NULL), 0);
    store_close(&store);
    assert_in_range(dead, mode == RING_SINGLE_USE ? 1 : 20, 20);
}

static void test_keys_of_another_master_key_are_dead(void **state)
{
    skip_unreadable(*state, RING_THREADED);
}

static void test_also_under_cgi(void **state)
{
    skip_unreadable(*state, RING_SINGLE_USE);
}

static void test_a_changed_master_key_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct ring ring;
    for (int i = 0; i < 30; i++) {
        char secret[40];
        snprintf(secret, sizeof(secret), "foreign-%d", i);
        seal_with_another_key(fixture, secret);
    }
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    struct key_grant grant;
    assert_int_equal(ring_acquire(&ring, &grant), ACQUIRE_EMPTY);
    assert_int_equal(keyring_counts(ring.keyring, KEY_GEMINI).dead, 30);
    ring_close(&ring);
}

/* Who starts it with the wrong master key once, by mistake, loses nothing. */
static void test_the_right_master_key_brings_them_back(void **state)
{
    struct fixture *fixture = *state;
    struct vault *own = fixture->vault;
    struct ring right, wrong;
    add_keys(fixture, 3);
    assert_int_equal(ring_open(&right, fixture, RING_THREADED, NULL), 0);
    fixture->vault = vault_create("another master key", 18);
    assert_int_equal(ring_open(&wrong, fixture, RING_THREADED, NULL), 0);
    assert_int_equal(ring_call(&wrong, &succeeded), 0);
    ring_close(&wrong);
    vault_destroy(&fixture->vault);
    fixture->vault = own;

    assert_int_equal(keyring_reload(right.keyring, NULL), 0); /* one that ran all the time */
    assert_int_equal(keyring_counts(right.keyring, KEY_GEMINI).ready, 3);
    ring_close(&right);
    struct store *store = fixture_open(fixture);
    int dead = 0;
    assert_int_equal(store_keys_each(store, false, count_dead, &dead, NULL), 0);
    assert_int_equal(dead, 0);
    assert_int_equal(store_key_set_state(store, 1, STORE_KEY_DEAD, "key.unreadable", 1, NULL), 0);
    assert_int_equal(store_key_set_state(store, 2, STORE_KEY_DEAD, "key.leaked", 1, NULL), 0);
    store_close(&store);
    assert_int_equal(ring_open(&right, fixture, RING_THREADED, NULL), 0); /* one that starts */
    assert_int_equal(keyring_counts(right.keyring, KEY_GEMINI).ready, 2);
    ring_close(&right);
}

#define MANY 5000

static void add_many(struct store *store)
{
    /* In one transaction a copy of one row: what is measured is reading. */
    struct err err = ERR_INIT;
    for (int i = 0; i < MANY; i++) {
        char secret[40];
        int64_t id;
        snprintf(secret, sizeof(secret), "secret-%d", i + 1);
        assert_ok(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, &err), &err);
    }
}

static void test_thousands_of_keys(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fixture_open(fixture);
    add_many(store);
    store_close(&store);
    struct ring ring;
    int64_t began_ms = clock_mono_ms();
    assert_int_equal(ring_open(&ring, fixture, RING_THREADED, NULL), 0);
    int open_ms = (int)(clock_mono_ms() - began_ms);
    began_ms = clock_mono_ms();
    for (int i = 0; i < 10; i++)
        assert_int_equal(keyring_reload(ring.keyring, NULL), 0);
    int reload_ms = (int)(clock_mono_ms() - began_ms) / 10;
    print_message("%d keys: opened in %d ms, read anew in %d ms\n", MANY, open_ms, reload_ms);
    assert_int_equal(keyring_counts(ring.keyring, KEY_GEMINI).ready, MANY);
    assert_true(ring_call(&ring, &succeeded) > 0);
    assert_true(open_ms < 5000);
    assert_true(reload_ms < 1000);
    ring_close(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING_TEST(test_secrets_are_lent),
        RING_TEST(test_keys_of_another_master_key_are_dead),
        RING_TEST(test_also_under_cgi),
        RING_TEST(test_a_changed_master_key_leaves_nothing),
        RING_TEST(test_the_right_master_key_brings_them_back),
        RING_TEST(test_thousands_of_keys),
    };
    return UNIT_RUN(tests);
}
