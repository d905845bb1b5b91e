/* Guessing the admin token is slow, from one address and from many. */
#include "auth_fixture.h"

#include "auth/login.h"
#include "base/log.h"

#define NOW ((int64_t)1790000000000)
#define TOKEN "the admin token"

static enum login_result attempt(struct store *store, const char *address, const char *token,
                                 int64_t now_ms)
{
    int wait_s = 0;
    return login_try(store, address, token, TOKEN, now_ms, &wait_s);
}

static int quiet_set_up(void **state)
{
    log_set_level(LOG_OFF);
    return fixture_set_up(state);
}

static void test_right_and_wrong(void **state)
{
    struct fixture *fixture = *state;
    int wait_s = 0;
    assert_int_equal(attempt(fixture->store, "192.0.2.1", TOKEN, NOW), LOGIN_OK);
    assert_int_equal(attempt(fixture->store, "192.0.2.1", "wrong", NOW), LOGIN_WRONG);
    assert_int_equal(attempt(fixture->store, "192.0.2.1", "", NOW), LOGIN_WRONG);
    assert_int_equal(login_try(fixture->store, "192.0.2.1", "", "", NOW, &wait_s), LOGIN_WRONG);
}

static void test_one_address(void **state)
{
    struct fixture *fixture = *state;
    int wait_s = 0;
    for (int i = 0; i < LOGIN_ADDRESS_MAX; i++)
        assert_int_equal(attempt(fixture->store, "192.0.2.1", "wrong", NOW + i * MINUTE_MS),
                         LOGIN_WRONG);
    int64_t now_ms = NOW + 5 * MINUTE_MS;
    /* the right one is not even looked at */
    assert_int_equal(login_try(fixture->store, "192.0.2.1", TOKEN, TOKEN, now_ms, &wait_s),
                     LOGIN_THROTTLED);
    /* the first failure leaves the window after 15 minutes */
    assert_in_range(wait_s, 600, 601);
    assert_int_equal(attempt(fixture->store, "192.0.2.2", TOKEN, now_ms), LOGIN_OK);
    assert_int_equal(attempt(fixture->store, "192.0.2.1", TOKEN, now_ms + 599 * SECOND_MS),
                     LOGIN_THROTTLED);
    assert_int_equal(attempt(fixture->store, "192.0.2.1", TOKEN, now_ms + wait_s * SECOND_MS),
                     LOGIN_OK);
}

static void test_many_addresses(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < LOGIN_TOTAL_MAX; i++) {
        FREE_AUTO char *address = xasprintf("198.51.100.%d", i);
        assert_int_equal(attempt(fixture->store, address, "wrong", NOW), LOGIN_WRONG);
    }
    assert_int_equal(attempt(fixture->store, "203.0.113.1", TOKEN, NOW + 1), LOGIN_THROTTLED);
    assert_int_equal(
        attempt(fixture->store, "203.0.113.1", TOKEN, NOW + LOGIN_WINDOW_MS + SECOND_MS), LOGIN_OK);
}

static void test_a_network_counts_as_one(void **state)
{
    static const char *const addresses[] = {"2001:db8:1:2::1", "2001:db8:1:2::2",
                                            "2001:db8:1:2:ffff::1", "2001:db8:1:2:0:0:0:3",
                                            "2001:db8:1:2::4"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        assert_int_equal(attempt(fixture->store, addresses[i], "wrong", NOW), LOGIN_WRONG);
    assert_int_equal(attempt(fixture->store, "2001:db8:1:2::9", TOKEN, NOW), LOGIN_THROTTLED);
    assert_int_equal(attempt(fixture->store, "2001:db8:1:3::9", TOKEN, NOW), LOGIN_OK);
}

static void test_mapped_address_is_the_address(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < LOGIN_ADDRESS_MAX; i++)
        assert_int_equal(attempt(fixture->store, "::ffff:192.0.2.1", "wrong", NOW), LOGIN_WRONG);
    assert_int_equal(attempt(fixture->store, "192.0.2.1", TOKEN, NOW), LOGIN_THROTTLED);
    assert_int_equal(attempt(fixture->store, "::ffff:192.0.2.2", TOKEN, NOW), LOGIN_OK);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, quiet_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_right_and_wrong),
        WITH_STORE(test_one_address),
        WITH_STORE(test_many_addresses),
        WITH_STORE(test_a_network_counts_as_one),
        WITH_STORE(test_mapped_address_is_the_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
