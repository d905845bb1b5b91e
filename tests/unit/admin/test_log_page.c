/* The pages of the log: listing, one request, deleting, the file, the switch. */
#include "admin_fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store_log_list.h"
#include "store/store_settings.h"

#define NASTY "\"><script>alert(1)</script>"

/* A request of `age_ms` ago with one attempt; its number. */
static int64_t log_one(struct admin_fixture *fixture, int status, const char *text, int64_t age_ms)
{
    int64_t time_ms = clock_wall_ms() - age_ms;
    struct log_request request = {.id = store_log_id(time_ms),
                                  .time_ms = time_ms,
                                  .status = status,
                                  .attempts = 1,
                                  .duration_ms = 1500,
                                  .first_token_ms = 321};
    struct log_attempt attempt = {.request_id = request.id,
                                  .number = 1,
                                  .time_ms = time_ms + 200,
                                  .key_id = 1,
                                  .status = status,
                                  .duration_ms = 1000};
    char body_text[] = "{\"contents\":\"</pre><script>\"}";
    struct log_error_body body = {.request_id = request.id, .body = body_text};
    text_copy(request.model, sizeof(request.model), text);
    text_copy(request.agent, sizeof(request.agent), text);
    text_copy(request.route, sizeof(request.route), "/v1/chat/completions");
    text_copy(attempt.rule, sizeof(attempt.rule), "quota.minute");
    if (status >= 400)
        text_copy(request.error, sizeof(request.error), text);
    text_copy(attempt.error, sizeof(attempt.error), request.error);
    const struct log_batch batch = {&request, 1, &attempt, 1, &body, status >= 400};
    assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    return request.id;
}

static int64_t count_rows(struct admin_fixture *fixture)
{
    struct front front;
    fixture_request(fixture, &front, "/requests.csv", NULL);
    assert_int_equal(front_status(&front), 200);
    int64_t lines = -1; /* the head */
    for (const char *at = front_answer_body(&front); (at = strstr(at, "\r\n")); at += 2)
        lines++;
    front_free(&front);
    return lines;
}

static void test_lists(void **state)
{
    struct front front;
    fixture_request(*state, &front, "/requests", NULL);
    assert_page_has(&front, "No request has come yet.");
    assert_page_has(&front, "<a class=\"button\" href=\"/help\">");
    assert_page_lacks(&front, "Show all</a>");
    front_free(&front);
    fixture_request(*state, &front, "/errors", NULL);
    assert_page_has(&front, "Nothing failed.");
    front_free(&front);
    fixture_request(*state, &front, "/errors?status=429", NULL);
    assert_page_has(&front, "No request matches.");
    assert_page_has(&front, "<a class=\"button\" href=\"/errors\">Show all</a>");
    front_free(&front);
    log_one(*state, 200, "gemini-good", 5000);
    log_one(*state, 429, "gemini-bad", 4000);
    fixture_request(*state, &front, "/requests", NULL);
    assert_page_has(&front, "gemini-good");
    assert_page_has(&front, "gemini-bad");
    assert_page_has(&front, "321 ms");
    front_free(&front);
    fixture_request(*state, &front, "/errors", NULL);
    assert_page_lacks(&front, "<td class=\"model\">gemini-good");
    assert_page_has(&front, "<td class=\"model\">gemini-bad");
    front_free(&front);
    fixture_request(*state, &front, "/requests?model=gemini-good&range=1h&status=200&token=0",
                    NULL);
    assert_page_has(&front, "<td class=\"model\">gemini-good");
    assert_page_lacks(&front, "<td class=\"model\">gemini-bad");
    front_free(&front);
}

static void test_what_clients_wrote_is_inert(void **state)
{
    struct front front;
    char uri[60];
    int64_t id = log_one(*state, 500, NASTY, 1000);
    static const char *const uris[] = {"/requests", "/errors",
                                       "/requests?model=%22%3E%3Cscript%3E&q=%22%3E%3Cscript%3E"};
    for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
        fixture_request(*state, &front, uris[i], NULL);
        UNIT_ROW(!strstr(front_answer_body(&front), "<script>"), uris[i]);
        front_free(&front);
    }
    snprintf(uri, sizeof(uri), "/requests/%lld", (long long)id);
    fixture_request(*state, &front, uri, NULL);
    assert_int_equal(front_status(&front), 200);
    assert_page_lacks(&front, "<script>");
    assert_page_has(&front, "quota.minute");
    assert_page_has(&front, "Recorded request");
    assert_page_has(&front, "&lt;/pre&gt;");
    front_free(&front);
}

static void test_no_such_request(void **state)
{
    static const char *const uris[] = {"/requests/1", "/requests/x", "/requests/-1"};
    for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
        struct front front;
        fixture_request(*state, &front, uris[i], NULL);
        UNIT_ROW(front_status(&front) == 404, uris[i]);
        front_free(&front);
    }
}

static void test_deleting_asks_first(void **state)
{
    struct front front;
    char fields[100];
    int64_t id = log_one(*state, 200, "one", 2000);
    log_one(*state, 200, "two", 1000);
    snprintf(fields, sizeof(fields), "what=selected&id=%lld", (long long)id);
    fixture_post(*state, &front, "/requests/delete", fields);
    assert_int_equal(front_status(&front), 200);
    assert_page_has(&front, "Delete the selected entries (1)?");
    assert_page_has(&front, "name=\"what\" value=\"selected\"");
    front_free(&front);
    assert_int_equal(count_rows(*state), 2);
    snprintf(fields, sizeof(fields), "what=selected&confirm=1&id=%lld", (long long)id);
    fixture_post(*state, &front, "/requests/delete", fields);
    fixture_follow(*state, &front);
    assert_page_has(&front, "Entries deleted: 1.");
    front_free(&front);
    assert_int_equal(count_rows(*state), 1);
    fixture_post(*state, &front, "/requests/delete", "what=selected");
    fixture_follow(*state, &front);
    assert_page_has(&front, "Nothing was selected.");
    front_free(&front);
}

static void test_deleting_by_age_and_all(void **state)
{
    struct front front;
    log_one(*state, 200, "old", 9 * DAY_MS);
    log_one(*state, 500, "failed", 1000);
    log_one(*state, 200, "new", 1000);
    fixture_post(*state, &front, "/requests/delete", "what=age&days=7&confirm=1");
    front_free(&front);
    assert_int_equal(count_rows(*state), 2);
    fixture_post(*state, &front, "/requests/delete", "what=all&errors=1&confirm=1");
    front_free(&front);
    assert_int_equal(count_rows(*state), 1);
    fixture_post(*state, &front, "/requests/delete", "what=age&days=x&confirm=1");
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
    fixture_post(*state, &front, "/requests/delete", "what=all&confirm=1&back=//evil.example");
    fixture_follow(*state, &front);
    assert_page_has(&front, "The list is empty now.");
    front_free(&front);
}

static void test_the_file(void **state)
{
    struct front front;
    log_one(*state, 500, "=cmd(\"x\")", 1000);
    fixture_request(*state, &front, "/errors.csv", NULL);
    assert_page_has(&front, "\"'=cmd(\"\"x\"\")\"");
    assert_non_null(strstr(strbuf_str(&front.out), "attachment; filename=\"errors.csv\""));
    front_free(&front);
}

static int is_log_requests(void *ctx, const char *name, const char *value)
{
    if (text_eq(name, "LOG_REQUESTS"))
        text_copy(ctx, 10, value);
    return 0;
}

static void test_the_switch(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    char saved[10] = "";
    fixture_post(fixture, &front, "/requests/keep", "keep=false");
    fixture_follow(fixture, &front);
    assert_page_has(&front, "Requests are not recorded any more.");
    front_free(&front);
    store_settings_each(fixture->admin.store, is_log_requests, saved, NULL);
    assert_string_equal(saved, "false");
}

int main(void)
{
#define IN(test) cmocka_unit_test_setup_teardown(test, admin_set_up_signed_in, admin_tear_down)
    const struct CMUnitTest tests[] = {
        IN(test_lists),
        IN(test_what_clients_wrote_is_inert),
        IN(test_no_such_request),
        IN(test_deleting_asks_first),
        IN(test_deleting_by_age_and_all),
        IN(test_the_file),
        IN(test_the_switch),
    };
    return UNIT_RUN(tests);
}
