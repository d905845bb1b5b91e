/* A session from its opening to its end. */
#include "auth_fixture.h"

#include "auth/session.h"
#include "base/clock.h"

#define NOW ((int64_t)1790000000000)
#define LIFETIME_S ((int64_t)3600)

/* Opens a session; the pair that the browser sends back. */
static const char *open_session(struct store *store, struct exchange *exchange, int64_t now_ms)
{
    struct err err = ERR_INIT;
    exchange_init(exchange, "");
    assert_ok(session_open(store, &exchange->req, &exchange->res, LIFETIME_S, now_ms, &err), &err);
    return exchange_cookie_pair(exchange);
}

static int find(struct store *store, const char *cookie, int64_t now_ms,
                struct store_session *session_r)
{
    struct exchange exchange;
    exchange_init(&exchange, "");
    if (cookie)
        exchange_header(&exchange, "Cookie", cookie);
    int found = session_find(store, &exchange.req, LIFETIME_S, now_ms, session_r, NULL);
    exchange_free(&exchange);
    return found;
}

static void test_open_and_find(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange exchange;
    const char *cookie = open_session(fixture->store, &exchange, NOW);

    assert_int_equal(find(fixture->store, cookie, NOW, &session), 1);
    assert_string_equal(session.address, "192.0.2.7");
    assert_int_equal(strlen(session.csrf), 64);
    assert_null(strstr(cookie, session.id_hash));
    assert_int_equal(find(fixture->store, NULL, NOW, &session), 0);
    assert_int_equal(find(fixture->store, SESSION_COOKIE "=", NOW, &session), 0);
    assert_int_equal(find(fixture->store, SESSION_COOKIE "=short", NOW, &session), 0);
    exchange_free(&exchange);
}

static void test_cookie_attributes(void **state)
{
    struct fixture *fixture = *state;
    struct exchange exchange;
    open_session(fixture->store, &exchange, NOW);
    const char *cookie = exchange_set_cookie(&exchange);
    assert_non_null(strstr(cookie, "; HttpOnly"));
    assert_non_null(strstr(cookie, "; SameSite=Lax"));
    assert_non_null(strstr(cookie, "; Max-Age=3600"));
    assert_null(strstr(cookie, "; Secure"));
    exchange_free(&exchange);

    exchange_init(&exchange, "");
    exchange.req.scheme = "https";
    assert_int_equal(
        session_open(fixture->store, &exchange.req, &exchange.res, LIFETIME_S, NOW, NULL), 0);
    assert_non_null(strstr(exchange_set_cookie(&exchange), "; Secure"));
    exchange_free(&exchange);
}

static void test_expires(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange exchange;
    const char *cookie = open_session(fixture->store, &exchange, NOW);
    assert_int_equal(find(fixture->store, cookie, NOW + LIFETIME_S * SECOND_MS, &session), 0);
    exchange_free(&exchange);
}

static void test_use_extends(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange exchange;
    const char *cookie = open_session(fixture->store, &exchange, NOW);
    int64_t end_ms = NOW + LIFETIME_S * SECOND_MS;

    assert_int_equal(find(fixture->store, cookie, NOW + 5 * MINUTE_MS, &session), 1);
    assert_int_equal(session.expires_ms, end_ms); /* less than a tenth is over */
    assert_int_equal(find(fixture->store, cookie, NOW + 7 * MINUTE_MS, &session), 1);
    assert_int_equal(session.expires_ms, end_ms + 7 * MINUTE_MS);
    assert_int_equal(find(fixture->store, cookie, end_ms + 6 * MINUTE_MS, &session), 1);
    exchange_free(&exchange);
}

static void test_renewed_cookie(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange first, later;
    const char *cookie = open_session(fixture->store, &first, NOW);
    int64_t now_ms = NOW + 30 * MINUTE_MS;

    exchange_init(&later, "");
    exchange_header(&later, "Cookie", cookie);
    assert_int_equal(session_find(fixture->store, &later.req, LIFETIME_S, NOW, &session, NULL), 1);
    session_renew_cookie(&session, &later.req, &later.res, LIFETIME_S, NOW);
    assert_null(exchange_set_cookie(&later));
    exchange_free(&later);

    exchange_init(&later, "");
    exchange_header(&later, "Cookie", cookie);
    assert_int_equal(session_find(fixture->store, &later.req, LIFETIME_S, now_ms, &session, NULL),
                     1);
    session_renew_cookie(&session, &later.req, &later.res, LIFETIME_S, now_ms);
    assert_string_equal(exchange_cookie_pair(&later), cookie);
    exchange_free(&later);

    exchange_init(&later, "");
    exchange_header(&later, "Cookie", cookie);
    assert_int_equal(
        session_find(fixture->store, &later.req, LIFETIME_S, now_ms + 1, &session, NULL), 1);
    session_renew_cookie(&session, &later.req, &later.res, LIFETIME_S, now_ms + 1);
    assert_null(exchange_set_cookie(&later));
    exchange_free(&later);
    exchange_free(&first);
}

/* A session id that somebody planted beforehand is worth nothing after signing in. */
static void test_signing_in_replaces_the_session(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange first, second;
    const char *planted = open_session(fixture->store, &first, NOW);

    exchange_init(&second, "");
    exchange_header(&second, "Cookie", planted);
    assert_int_equal(session_open(fixture->store, &second.req, &second.res, LIFETIME_S, NOW, NULL),
                     0);
    assert_string_not_equal(exchange_cookie_pair(&second), planted);
    assert_int_equal(find(fixture->store, planted, NOW, &session), 0);
    assert_int_equal(find(fixture->store, exchange_cookie_pair(&second), NOW, &session), 1);
    exchange_free(&first);
    exchange_free(&second);
}

static void test_close(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange first, last;
    const char *cookie = open_session(fixture->store, &first, NOW);

    exchange_init(&last, "");
    exchange_header(&last, "Cookie", cookie);
    assert_int_equal(session_close(fixture->store, &last.req, &last.res, NULL), 0);
    assert_non_null(strstr(exchange_set_cookie(&last), "Max-Age=0"));
    assert_int_equal(find(fixture->store, cookie, NOW, &session), 0);
    exchange_free(&first);
    exchange_free(&last);
}

static void test_csrf(void **state)
{
    struct fixture *fixture = *state;
    struct store_session session;
    struct exchange exchange;
    const char *cookie = open_session(fixture->store, &exchange, NOW);
    assert_int_equal(find(fixture->store, cookie, NOW, &session), 1);
    assert_true(session_csrf_ok(&session, session.csrf));
    assert_false(session_csrf_ok(&session, ""));
    assert_false(session_csrf_ok(&session, NULL));
    assert_false(session_csrf_ok(&session, "0000"));
    exchange_free(&exchange);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_open_and_find),  WITH_STORE(test_cookie_attributes),
        WITH_STORE(test_expires),        WITH_STORE(test_use_extends),
        WITH_STORE(test_renewed_cookie), WITH_STORE(test_signing_in_replaces_the_session),
        WITH_STORE(test_close),          WITH_STORE(test_csrf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
