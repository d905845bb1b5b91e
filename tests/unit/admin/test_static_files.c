/* Files of static/ are served; nothing else on the disk is. */
#include "admin_fixture.h"

#include <stdlib.h>

static const struct {
    const char *uri;
    int status;
} cases[] = {
    {"/static/admin.css", 200},
    {"/static/admin.js", 200},
    {"/static/favicon.svg", 200},
    {"/static/absent.css", 404},
    {"/static/local.mk", 404},
    {"/static/.hidden.css", 404},
    {"/static/../configure.ac", 404},
    {"/static/%2e%2e/templates/layout.tpl", 404},
    {"/static/..%2ftemplates%2flayout.css", 404},
    {"/static//etc/passwd.css", 404},
    {"/static/a/b.css", 404},
};

static void test_what_is_served(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct front front;
        fixture_request(*state, &front, cases[i].uri, NULL);
        UNIT_ROW(front_status(&front) == cases[i].status, cases[i].uri);
        front_free(&front);
    }
}

static void test_type_and_tag(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/static/admin.css", NULL);
    assert_true(front_has_line(&front, "Content-Type: text/css; charset=utf-8"));
    assert_true(front_has_line(&front, "Cache-Control: public, no-cache"));
    assert_true(front_has_line(&front, "X-Content-Type-Options: nosniff"));
    FREE_AUTO char *tag = fixture_header(&front, "ETag");
    assert_int_equal(tag[0], '"');
    front_free(&front);

    struct admin_fixture *fixture = *state;
    front_get(&front, "GET", "/static/admin.css");
    front_var(&front, "HTTP_IF_NONE_MATCH", tag);
    front_serve(&front, (http_request_handler *)router_dispatch, fixture->router);
    assert_int_equal(front_status(&front), 304);
    assert_string_equal(front_answer_body(&front), "");
    front_free(&front);
}

int main(void)
{
#define OUT(test) cmocka_unit_test_setup_teardown(test, admin_set_up, admin_tear_down)
    const struct CMUnitTest tests[] = {OUT(test_what_is_served), OUT(test_type_and_tag)};
    return UNIT_RUN(tests);
}
