/* Admin sessions and failed logins. */
#include "base/clock.h"
#include "store/store_sessions.h"
#include "store_test.h"

static void test_a_session_lives_until_it_expires(void **state)
{
    struct store *store = fixture_store(state);
    struct store_session session = {.id_hash = "abc",
                                    .csrf = "token",
                                    .created_ms = 100,
                                    .expires_ms = 1000,
                                    .address = "192.0.2.1"};
    assert_int_equal(store_session_put(store, &session, NULL), 0);
    struct store_session got;
    assert_int_equal(store_session_get(store, "abc", 999, &got, NULL), 1);
    assert_string_equal(got.id_hash, "abc");
    assert_string_equal(got.csrf, "token");
    assert_string_equal(got.address, "192.0.2.1");
    assert_int_equal(got.created_ms, 100);
    assert_int_equal(store_session_get(store, "abc", 1000, &got, NULL), 0);
    assert_int_equal(store_session_get(store, "abd", 1, &got, NULL), 0);

    assert_int_equal(store_session_extend(store, "abc", 2000, NULL), 0);
    assert_int_equal(store_session_get(store, "abc", 1500, &got, NULL), 1);
    assert_int_equal(store_sessions_expire(store, 1999, NULL), 0);
    assert_int_equal(store_session_get(store, "abc", 1500, &got, NULL), 1);
    assert_int_equal(store_sessions_expire(store, 2000, NULL), 0);
    assert_int_equal(store_session_get(store, "abc", 1500, &got, NULL), 0);
}

static void test_signing_out(void **state)
{
    struct store *store = fixture_store(state);
    struct store_session got;
    struct store_session session = {.id_hash = "one", .csrf = "t", .expires_ms = 1000};
    assert_int_equal(store_session_put(store, &session, NULL), 0);
    snprintf(session.id_hash, sizeof(session.id_hash), "two");
    assert_int_equal(store_session_put(store, &session, NULL), 0);
    assert_int_equal(store_session_delete(store, "one", NULL), 0);
    assert_int_equal(store_session_get(store, "one", 1, &got, NULL), 0);
    assert_int_equal(store_session_get(store, "two", 1, &got, NULL), 1);
    assert_int_equal(store_sessions_delete_all(store, NULL), 0);
    assert_int_equal(store_session_get(store, "two", 1, &got, NULL), 0);
}

static void test_failed_logins_are_counted(void **state)
{
    struct store *store = fixture_store(state);
    const int64_t now = 10 * DAY_MS;
    assert_int_equal(store_login_failed(store, "192.0.2.1", now, NULL), 0);
    assert_int_equal(store_login_failed(store, "192.0.2.1", now + 10, NULL), 0);
    assert_int_equal(store_login_failed(store, "192.0.2.2", now + 20, NULL), 0);
    assert_int_equal(store_login_failures(store, "192.0.2.1", now), 2);
    assert_int_equal(store_login_failures(store, "192.0.2.1", now + 1), 1);
    assert_int_equal(store_login_failures(store, "192.0.2.3", now), 0);
    assert_int_equal(store_login_failures(store, NULL, now), 3);
    /* The next one, much later, sweeps the old ones out. */
    assert_int_equal(store_login_failed(store, "192.0.2.2", now + 2 * DAY_MS, NULL), 0);
    assert_int_equal(store_login_failures(store, NULL, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_session_lives_until_it_expires),
        STORE_TEST(test_signing_out),
        STORE_TEST(test_failed_logins_are_counted),
    };
    return UNIT_RUN(tests);
}
