/* Signing in and out, and what is closed to those who have not. */
#include "admin_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "auth/login.h"
#include "base/strbuf.h"
#include "store/store_audit.h"

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

static int see_entry(void *ctx, const struct store_audit *entry)
{
    strbuf_printf(ctx, "%s:%s:%s:%s:%s ", entry->who, entry->address, entry->action, entry->subject,
                  entry->detail);
    return 0;
}

/* Guessing is told of in one line, and cannot fill the audit log. */
static void test_wrong_tokens_are_told(void **state)
{
    struct admin_fixture *fixture = *state;
    const struct store_audit_page all = {0, 10};
    STRBUF_AUTO struct strbuf seen = STRBUF_INIT(1000);
    for (int i = 0; i < LOGIN_ADDRESS_MAX + 3; i++) {
        struct front front;
        fixture_request(fixture, &front, "/auth", "auth_token=nonsense");
        front_free(&front);
    }
    assert_int_equal(store_audit_each(fixture->admin.store, &all, see_entry, &seen, NULL), 0);
    assert_string_equal(strbuf_str(&seen),
                        ":192.0.2.7:session.refused:5:tries with a wrong token ");
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

static void dispatch_to(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

static void set_settings(struct admin_fixture *fixture, const char *const *pairs)
{
    struct setting_rows environment = {0};
    setting_rows_add(&environment, "AUTH_TOKEN", FIXTURE_TOKEN);
    for (; *pairs; pairs += 2)
        setting_rows_add(&environment, pairs[0], pairs[1]);
    settings_unref(&fixture->settings);
    fixture->settings = settings_build(&environment, NULL, NULL);
    setting_rows_free(&environment);
    assert_non_null(fixture->settings);
}

/* `how`: the variable that says "Basic". */
static void ask_as(struct admin_fixture *fixture, struct front *front, const char *how,
                   const char *variable, const char *user)
{
    front_get(front, "GET", "/keys");
    front_var(front, "REMOTE_ADDR", "192.0.2.7");
    front_var(front, how, "Basic");
    front_var(front, variable, user);
    if (fixture->cookie)
        front_var(front, "HTTP_COOKIE", fixture->cookie);
    front_serve(front, dispatch_to, fixture->router);
}

/* Whom the web server names comes in where the settings say so and list the name; a header of the same
 * name says nothing. */
static void test_signed_on_by_the_web_server(void **state)
{
    struct admin_fixture *fixture = *state;
    static const struct {
        const char *enabled, *users, *how, *variable, *user;
        int status;
    } cases[] = {
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "REMOTE_USER", "noor", 200},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "REMOTE_USER", "Noor", 303},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "REMOTE_USER", "eve", 303},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "REMOTE_USER", "", 303},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "HTTP_REMOTE_USER", "noor", 303},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "HTTP_X_REMOTE_USER", "noor", 303},
        {"true", "[\"mei\",\"noor\"]", "AUTH_TYPE", "REDIRECT_REMOTE_USER", "noor", 303},
        {"true", "[]", "AUTH_TYPE", "REMOTE_USER", "noor", 303},
        {"true", "[]", "AUTH_TYPE", "REMOTE_USER", "", 303},
        {"false", "[\"noor\"]", "AUTH_TYPE", "REMOTE_USER", "noor", 303},
        /* As nginx names whoever says so. */
        {"true", "[\"noor\"]", "AUTH_NONE", "REMOTE_USER", "noor", 303},
        {"true", "[\"noor\"]", "HTTP_AUTH_TYPE", "REMOTE_USER", "noor", 303},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const pairs[] = {"ADMIN_REMOTE_USER", cases[i].enabled, "ADMIN_USERS",
                                     cases[i].users, NULL};
        struct front front;
        set_settings(fixture, pairs);
        ask_as(fixture, &front, cases[i].how, cases[i].variable, cases[i].user);
        FREE_AUTO char *row = xasprintf("%s=%s", cases[i].variable, cases[i].user);
        UNIT_ROW(front_status(&front) == cases[i].status, row);
        FREE_AUTO char *cookie = fixture_header(&front, "Set-Cookie");
        UNIT_ROW((cases[i].status == 200) == (strstr(cookie, "gb_session=") != NULL), row);
        front_free(&front);
    }
}

static int see_who(void *ctx, const struct store_audit *entry)
{
    struct strbuf *seen = ctx;
    strbuf_printf(seen, "%s:%s ", entry->who, entry->action);
    return 0;
}

/* Being signed on is no CSRF token, and what such a person does bears the name. */
static void test_signed_on_needs_the_form(void **state)
{
    struct admin_fixture *fixture = *state;
    static const char *const pairs[] = {"ADMIN_REMOTE_USER", "true", "ADMIN_USERS", "[\"noor\"]",
                                        NULL};
    const struct store_audit_page all = {0, 10};
    struct strbuf seen = STRBUF_INIT(1000);
    struct front front;
    set_settings(fixture, pairs);
    front_get(&front, "POST", "/requests/keep");
    front_var(&front, "REMOTE_ADDR", "192.0.2.7");
    front_var(&front, "AUTH_TYPE", "Basic");
    front_var(&front, "REMOTE_USER", "noor");
    front_var(&front, "CONTENT_TYPE", "application/x-www-form-urlencoded");
    front_body(&front, "keep=false", "10");
    front_serve(&front, dispatch_to, fixture->router);
    assert_int_equal(front_status(&front), 403);
    front_free(&front);
    assert_int_equal(store_audit_each(fixture->admin.store, &all, see_who, &seen, NULL), 0);
    assert_string_equal(strbuf_str(&seen), "noor:session.open ");
    strbuf_free(&seen);
}

/* The session that began with a name is that name's: nobody else's, and over when the list drops it. */
static void test_signed_on_as_long_as_listed(void **state)
{
    struct admin_fixture *fixture = *state;
    static const struct {
        const char *users, *user;
        int status;
    } cases[] = {
        {"[\"mei\",\"noor\"]", "noor", 200}, {"[\"mei\",\"noor\"]", "eve", 303},
        {"[\"mei\",\"noor\"]", "", 303},     {"[\"mei\"]", "noor", 303},
        {"[\"mei\",\"noor\"]", "noor", 200},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *const pairs[] = {"ADMIN_REMOTE_USER", "true", "ADMIN_USERS", cases[i].users,
                                     NULL};
        struct front front;
        set_settings(fixture, pairs);
        ask_as(fixture, &front, "AUTH_TYPE", "REMOTE_USER", cases[i].user);
        FREE_AUTO char *row = xasprintf("%zu: %s", i, cases[i].user);
        UNIT_ROW(front_status(&front) == cases[i].status, row);
        FREE_AUTO char *cookie = fixture_header(&front, "Set-Cookie");
        UNIT_ROW((i == 0) == (strstr(cookie, SESSION_COOKIE "=") != NULL), row);
        if (i == 0)
            fixture->cookie = xasprintf("%.*s", (int)strcspn(cookie, ";"), cookie);
        front_free(&front);
    }
}

int main(void)
{
#define OUT(test) cmocka_unit_test_setup_teardown(test, admin_set_up, admin_tear_down)
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        OUT(test_login_page),
        OUT(test_signed_on_by_the_web_server),
        OUT(test_signed_on_needs_the_form),
        OUT(test_signed_on_as_long_as_listed),
        OUT(test_headers_that_guard_pages),
        OUT(test_wrong_token),
        OUT(test_empty_token),
        OUT(test_wrong_tokens_are_told),
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
