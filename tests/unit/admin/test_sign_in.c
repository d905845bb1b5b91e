/* Signing in and out, and what is closed to those who have not. */
#include "admin_fixture.h"

#include <stdlib.h>

#include "auth/login.h"

static void test_login_page(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "name=\"auth_token\"");
    assert_page_has(&front, "1.2.3");
    assert_page_lacks(&front, "{{");
    front_free(&front);
}

static void test_headers_that_guard_pages(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/", NULL);
    FREE_AUTO char *policy = fixture_header(&front, "Content-Security-Policy");
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_null(strstr(policy, "unsafe"));
    assert_true(front_has_line(&front, "X-Content-Type-Options: nosniff"));
    assert_true(front_has_line(&front, "Referrer-Policy: no-referrer"));
    assert_true(front_has_line(&front, "Cache-Control: no-store"));
    front_free(&front);
}

static void test_wrong_token(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/auth", "auth_token=nonsense");
    assert_int_equal(front_status(&front), 401);
    assert_page_has(&front, "That is not the admin token.");
    assert_page_lacks(&front, "nonsense");
    assert_null(strstr(strbuf_str(&front.out), "Set-Cookie"));
    front_free(&front);
}

static void test_empty_token(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/auth", "auth_token=");
    assert_int_equal(front_status(&front), 401);
    assert_page_has(&front, "Please enter");
    front_free(&front);
}

static void test_too_many_tries(void **state)
{
    struct front front;
    for (int i = 0; i < LOGIN_ADDRESS_MAX; i++) {
        fixture_request(*state, &front, "/auth", "auth_token=nonsense");
        assert_int_equal(front_status(&front), 401);
        front_free(&front);
    }
    fixture_request(*state, &front, "/auth", "auth_token=" FIXTURE_TOKEN);
    assert_int_equal(front_status(&front), 429);
    assert_page_has(&front, "Too many failed attempts.");
    FREE_AUTO char *retry_after = fixture_header(&front, "Retry-After");
    assert_in_range(strtol(retry_after, NULL, 10), 1, 900);
    front_free(&front);
}

static void test_form_of_another_site(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->cookie = xstrdup("x=1");
    front_get(&front, "POST", "/auth");
    front_var(&front, "HTTP_SEC_FETCH_SITE", "cross-site");
    front_var(&front, "CONTENT_TYPE", "application/x-www-form-urlencoded");
    front_body(&front, "auth_token=" FIXTURE_TOKEN, "26");
    front_serve(&front, (http_request_handler *)router_dispatch, fixture->router);
    assert_int_equal(front_status(&front), 403);
    front_free(&front);
}

static void test_closed_without_a_session(void **state)
{
    static const char *const bodies[] = {NULL, "action=pause&id=1"};
    for (size_t i = 0; i < 2; i++) {
        struct front front;
        fixture_request(*state, &front, bodies[i] ? "/keys/action" : "/keys", bodies[i]);
        assert_int_equal(front_status(&front), 303);
        assert_true(front_has_line(&front, "Location: /"));
        front_free(&front);
    }
}

static void test_ended_session(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->cookie = xstrdup(SESSION_COOKIE "=0123456789012345678901234567890123456789abc");
    fixture_request(fixture, &front, "/keys", NULL);
    fixture_follow(fixture, &front);
    assert_page_has(&front, "Your session has ended.");
    front_free(&front);
}

static void test_signed_in(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/keys", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Sign out");
    front_free(&front);
    fixture_request(*state, &front, "/", NULL);
    assert_int_equal(front_status(&front), 303);
    assert_true(front_has_line(&front, "Location: /dashboard"));
    front_free(&front);
    fixture_request(*state, &front, "/keys_status", NULL);
    assert_int_equal(front_status(&front), 303);
    assert_true(front_has_line(&front, "Location: /keys"));
    front_free(&front);
}

static void test_sign_out(void **state)
{
    struct front front;
    fixture_post(*state, &front, "/logout", "");
    assert_int_equal(front_status(&front), 303);
    assert_non_null(strstr(strbuf_str(&front.out), SESSION_COOKIE "=; Path=/; Max-Age=0"));
    front_free(&front);
    fixture_request(*state, &front, "/keys", NULL);
    assert_int_equal(front_status(&front), 303);
    front_free(&front);
}

static void test_language_and_theme(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/?lang=zh&theme=dark", NULL);
    assert_page_has(&front, "<html lang=\"zh-CN\" data-theme=\"dark\">");
    assert_page_has(&front, "登录后台");
    assert_non_null(strstr(strbuf_str(&front.out), "Set-Cookie: gb_lang=zh;"));
    assert_non_null(strstr(strbuf_str(&front.out), "Set-Cookie: gb_theme=dark;"));
    front_free(&front);
}

/* Behind a web server that mounts the program somewhere below its root. */
static void test_mounted_below_a_path(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    front_get(&front, "GET", "/gb/");
    front.mount = "/gb";
    front_serve(&front, (http_request_handler *)router_dispatch, fixture->router);
    assert_page_has(&front, "href=\"/gb/static/admin.css\"");
    assert_page_has(&front, "action=\"/gb/auth\"");
    assert_page_has(&front, "href=\"/gb/?theme=dark\"");
    front_free(&front);
    front_get(&front, "GET", "/gb/keys");
    front.mount = "/gb";
    front_serve(&front, (http_request_handler *)router_dispatch, fixture->router);
    assert_true(front_has_line(&front, "Location: /gb/"));
    front_free(&front);
}

static void test_pages_without_templates(void **state)
{
    struct admin_fixture *fixture = *state;
    struct view *view = fixture->admin.view;
    struct front front;
    fixture->admin.view = NULL;
    fixture_request(fixture, &front, "/", NULL);
    fixture->admin.view = view;
    assert_int_equal(front_status(&front), 503);
    assert_true(front_has_line(&front, "Content-Type: text/plain; charset=utf-8"));
    front_free(&front);
}

static void test_warnings_on_every_page(void **state)
{
    struct admin_fixture *fixture = *state;
    struct setting_rows environment = {0};
    struct front front;
    settings_unref(&fixture->settings);
    setting_rows_add(&environment, "ALLOWED_TOKENS", "[\"first\",\"second\"]");
    fixture->settings = settings_build(&environment, NULL, NULL);
    setting_rows_free(&environment);
    fixture->admin.demo = true;
    fixture_request(fixture, &front, "/", NULL);
    assert_page_has(&front, "Google is simulated");
    assert_page_has(&front, "No admin token is set.");
    front_free(&front);
    fixture_request(fixture, &front, "/auth", "auth_token=second");
    assert_int_equal(front_status(&front), 401);
    front_free(&front);
    fixture_request(fixture, &front, "/auth", "auth_token=first");
    assert_int_equal(front_status(&front), 303);
    front_free(&front);
}

int main(void)
{
#define OUT(test) cmocka_unit_test_setup_teardown(test, admin_set_up, admin_tear_down)
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        OUT(test_login_page),
        OUT(test_headers_that_guard_pages),
        OUT(test_wrong_token),
        OUT(test_empty_token),
        OUT(test_too_many_tries),
        OUT(test_form_of_another_site),
        OUT(test_closed_without_a_session),
        OUT(test_ended_session),
        IN(test_signed_in),
        IN(test_sign_out),
        OUT(test_language_and_theme),
        OUT(test_mounted_below_a_path),
        OUT(test_pages_without_templates),
        OUT(test_warnings_on_every_page),
    };
    return UNIT_RUN(tests);
}
