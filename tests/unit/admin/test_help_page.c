/* How clients are connected: with the address by which this browser came. */
#include "admin_fixture.h"

static void test_help(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/help", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "<code>http://gb.example:8000/v1</code>");
    assert_page_has(&front, "<code>http://gb.example:8000/v1beta</code>");
    assert_page_has(&front, "GOOGLE_GEMINI_BASE_URL=http://gb.example:8000\n");
    assert_page_has(&front, "Cherry Studio");
    front_free(&front);
}

static void test_playground(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/playground?model=gemini-%3Cb%3E", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "method=\"post\" action=\"/playground\"");
    assert_page_has(&front, "value=\"gemini-&lt;b&gt;\"");
    front_free(&front);
    fixture_post(*state, &front, "/playground", "model=m&text=Hi"); /* no route of clients here */
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "role=\"alert\"");
    front_free(&front);
}

/* The admin lies elsewhere, clients still call the root. */
static void test_below_a_path(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->admin.path = "/admin";
    fixture_request(fixture, &front, "/help", NULL);
    assert_page_has(&front, "<code>http://gb.example:8000/v1</code>");
    assert_page_has(&front, "href=\"/admin/tokens\"");
    assert_page_has(&front, "src=\"/admin/static/admin.js\"");
    front_free(&front);
    fixture_post(fixture, &front, "/logout", "");
    assert_true(front_has_line(&front, "Location: /admin/?note=out"));
    front_free(&front);
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_help),
        IN(test_playground),
        IN(test_below_a_path),
    };
    return UNIT_RUN(tests);
}
