/* The list of models, and the proxies: what is shown of them and done with them. */
#include "admin_fixture.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

static const char listed[] =
    "[{\"name\":\"models/gemini-3.8-flash\",\"displayName\":\"Flash "
    "<b>\",\"inputTokenLimit\":1048576,"
    "\"outputTokenLimit\":65536,\"supportedGenerationMethods\":[\"generateContent\"]},"
    "{\"name\":\"models/gemini-embedding-2\",\"supportedGenerationMethods\":[\"embedContent\"]},"
    "{\"name\":\"no model\"}]";

static int renewals;

static json_object *played_models(struct http_call *call, enum admin_models which, int *status_r)
{
    (void)call;
    *status_r = 200;
    renewals += which == MODELS_RENEWED;
    return json_parse_text(listed, strlen(listed), NULL);
}

static json_object *no_models(struct http_call *call, enum admin_models which, int *status_r)
{
    (void)which;
    *status_r = 502;
    err_set(&call->err, ERR_IO, "nobody <i> answered");
    return NULL;
}

static void test_what_a_model_can_do(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->admin.models = played_models;
    fixture_pool_counts = (struct key_pool_counts){.total = 5, .paused = 1, .dead = 1};
    int64_t id = fixture_key(fixture, "AIzaSyAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01", "");
    const struct store_rest rest = {.key_id = id,
                                    .model = "gemini-3.8-flash",
                                    .until_ms = clock_wall_ms() + HOUR_MS,
                                    .reason = "not_entitled"};
    assert_int_equal(store_rest_put(fixture->admin.store, &rest, NULL), 0);
    fixture_request(fixture, &front, "/config/models", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "<b>gemini-3.8-flash</b> <a class=\"small nowrap\" "
                            "href=\"/playground?model=gemini-3.8-flash\"");
    assert_page_lacks(&front, "/playground?model=gemini-embedding-2"); /* it cannot chat */
    assert_page_has(&front, "<span class=\"tag\">Thinking</span>");
    assert_page_has(&front, "<span class=\"tag\">Embeddings</span>");
    assert_page_has(&front, "href=\"/keys?why=not_entitled&amp;q=gemini-3.8-flash\"");
    assert_page_has(&front, "TRANSCRIPTION_MODEL</a>");
    assert_page_lacks(&front, "Flash <b>");
    assert_page_lacks(&front, "no model\"");
    front_free(&front);
}

static void test_models_into_settings(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->admin.models = played_models;
    fixture_post(fixture, &front, "/config/models",
                 "setting=FILTERED_MODELS&model=gemini-3.8-flash&model=gemini-embedding-2");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "Saved and in force.");
    front_free(&front);
    static const struct {
        const char *fields;
        int status;
    } cases[] = {
        {"setting=TEST_MODEL&model=gemini-3.8-flash", 303},
        {"setting=TEST_MODEL", 303},
        {"setting=BASE_URL&model=http://evil.example", 400},
        {"setting=NO_SUCH&model=x", 400},
        {"model=x", 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fixture_post(fixture, &front, "/config/models", cases[i].fields);
        UNIT_ROW(front_status(&front) == cases[i].status, cases[i].fields);
        front_free(&front);
    }
    renewals = 0;
    fixture_post(fixture, &front, "/config/models", "action=refresh");
    assert_int_equal(renewals, 1);
    front_free(&front);
    fixture_request(fixture, &front, "/config", NULL);
    assert_page_has(&front, "<option value=\"gemini-embedding-2\"></option>");
    front_free(&front);
}

static void test_without_a_list(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    fixture->admin.models = no_models;
    fixture_request(fixture, &front, "/config/models", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "No list of models could be fetched yet.");
    assert_page_has(&front, "nobody &lt;i&gt; answered");
    front_free(&front);
    fixture_post(fixture, &front, "/config/models", "action=refresh");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "could not be fetched");
    front_free(&front);
}

/* Passwords are not shown; each result stands beside its proxy, one or all. */
static void test_proxies(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    struct setting_rows environment = {0};
    int somewhere = 0;
    setting_rows_add(&environment, "AUTH_TOKEN", FIXTURE_TOKEN);
    setting_rows_add(&environment, "PROXIES", "[\"socks5://me:secret@10.0.0.1:1080\"]");
    settings_unref(&fixture->settings);
    fixture->settings = settings_build(&environment, NULL, NULL);
    setting_rows_free(&environment);
    fixture_request(fixture, &front, "/config/proxies", NULL);
    assert_page_has(&front, "<code>socks5://me:***@10.0.0.1:1080</code>");
    assert_page_has(&front, "direct, without a proxy");
    assert_page_lacks(&front, "secret@");
    assert_page_lacks(&front, "class=\"chip");
    front_free(&front);
    fixture_post(fixture, &front, "/config/proxies", "x=1");
    assert_int_equal(front_status(&front), 503); /* no way out in this process */
    front_free(&front);
    fixture->admin.upstream = (struct upstream *)&somewhere;
    fixture_post(fixture, &front, "/config/proxies", "x=1");
    assert_page_has(&front, "<span class=\"chip ready\">works</span>");
    assert_page_has(&front, "<span class=\"chip dead\">fails</span>");
    assert_page_has(&front, "&lt;refused&gt;");
    front_free(&front);
    fixture_post(fixture, &front, "/config/proxies", "only=1");
    assert_page_has(&front, "<span class=\"chip ready\">works</span>");
    assert_page_lacks(&front, "<span class=\"chip dead\">");
    front_free(&front);
    fixture_post(fixture, &front, "/config/proxies", "only=7");
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
    fixture->admin.upstream = NULL;
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_what_a_model_can_do),
        IN(test_models_into_settings),
        IN(test_without_a_list),
        IN(test_proxies),
    };
    return UNIT_RUN(tests);
}
