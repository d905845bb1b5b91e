/* What the page /dashboard shows. */
#include "admin_fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store_log.h"

/* Counts `count` requests that ended with `status`, each with one attempt on the key. */
static void serve(struct admin_fixture *fixture, int64_t key_id, int status, int count)
{
    for (int i = 0; i < count; i++) {
        int64_t now_ms = clock_wall_ms();
        struct log_request request = {.id = store_log_id(now_ms),
                                      .time_ms = now_ms,
                                      .status = status,
                                      .duration_ms = 2000,
                                      .first_token_ms = 400,
                                      .prompt_tokens = 1000,
                                      .output_tokens = 50};
        struct log_attempt attempt = {.request_id = request.id,
                                      .number = 1,
                                      .time_ms = now_ms,
                                      .key_id = key_id,
                                      .status = status};
        text_copy(request.served_model, sizeof(request.served_model), "gemini-<b>");
        text_copy(attempt.model, sizeof(attempt.model), "gemini-<b>");
        text_copy(attempt.outcome, sizeof(attempt.outcome), "ok");
        const struct log_batch batch = {&request, 1, &attempt, 1, NULL, 0};
        assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    }
}

static void test_first_run(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/dashboard", NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Add your first key to begin");
    assert_page_has(&front, "Nothing in this period");
    assert_page_lacks(&front, "Keys that fail most");
    front_free(&front);
}

static void test_totals_and_charts(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t id = fixture_key(fixture, "AIzaSyOneOneOneOneOneOneOneOneOneOneOneO", "mine");
    fixture_pool_counts = (struct key_pool_counts){
        .total = 5, .ready = 2, .dead = 1, .resting = {[REST_DAY_QUOTA] = 2}};
    serve(fixture, id, 200, 3);
    serve(fixture, id, 429, 1);
    fixture_request(fixture, &front, "/dashboard?span=1h", NULL);
    assert_page_has(&front, "<b>4</b> <span>Requests</span>");
    assert_page_has(&front, "75.0%");
    assert_page_has(&front, "400 ms");
    assert_page_has(&front, "2.0 s");
    assert_page_has(&front, "Quota of the day used up");
    assert_page_has(&front, "Dead keys that will not come back by themselves: 1.");
    assert_page_has(&front,
                    "<a href=\"/keys?why=day_quota\">Quota of the day used up</a> <b>2</b>");
    assert_page_has(&front, "<a href=\"/requests?range=24h&amp;model=gemini-%3Cb%3E\">");
    assert_page_has(&front, "class=\"fill-resting\"");
    assert_page_has(&front, "16 / 20"); /* left of the one key's limit */
    assert_page_has(&front, "gemini-&lt;b&gt;");
    assert_page_lacks(&front, "gemini-<b>");
    assert_page_lacks(&front, "Nothing in this period");
    front_free(&front);
}

static void test_keys_in_trouble(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t id = fixture_key(fixture, "AIzaSyOneOneOneOneOneOneOneOneOneOneOneO", "mine");
    fixture_pool_counts = (struct key_pool_counts){.total = 1, .ready = 1};
    serve(fixture, id, 403, 2);
    fixture_request(fixture, &front, "/dashboard", NULL);
    assert_page_has(&front, "No key failed in this way today.");
    front_free(&front);
    fixture_request(fixture, &front, "/dashboard?code=403", NULL);
    assert_page_has(&front, "value=\"pause:1\"");
    front_free(&front);
    fixture_post(fixture, &front, "/keys/action", "only=pause%3A1&back=dashboard");
    assert_non_null(strstr(strbuf_str(&front.out), "Location: /dashboard?"));
    front_free(&front);
    assert_int_equal(fixture_key_state(fixture, id), STORE_KEY_PAUSED);
}

static void test_spans(void **state)
{
    static const char *const spans[] = {"1h", "8h", "24h", "7d", "30d", "x", ""};
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        struct front front;
        char uri[60];
        snprintf(uri, sizeof(uri), "/dashboard?span=%s&code=%s", spans[i], spans[i]);
        fixture_request(*state, &front, uri, NULL);
        UNIT_ROW(front_status(&front) == 200, spans[i]);
        front_free(&front);
    }
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_first_run),
        IN(test_totals_and_charts),
        IN(test_keys_in_trouble),
        IN(test_spans),
    };
    return UNIT_RUN(tests);
}
