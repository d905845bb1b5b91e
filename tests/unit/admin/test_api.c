/* The JSON side of the admin, and that its description is true. */
#include "admin_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_log.h"

#define KEY_A "AIzaSyAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa01"

static void dispatch(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

/* One call with the admin token as bearer. */
static void call(struct admin_fixture *fixture, struct front *front, const char *method,
                 const char *uri, const char *body)
{
    front_get(front, method, uri);
    front_var(front, "REMOTE_ADDR", "192.0.2.7");
    front_var(front, "HTTP_AUTHORIZATION", "Bearer " FIXTURE_TOKEN);
    if (body) {
        FREE_AUTO char *length = xasprintf("%zu", strlen(body));
        front_var(front, "CONTENT_TYPE", "application/json");
        front_body(front, body, length);
    }
    front_serve(front, dispatch, fixture->router);
}

static json_object *answer_of(const struct front *front)
{
    const char *body = front_answer_body(front);
    json_object *answer = json_parse_text(body, strlen(body), NULL);
    assert_non_null(answer);
    return answer;
}

static void test_closed_to_others(void **state)
{
    struct admin_fixture *fixture = *state;
    for (const struct route *row = admin_routes; row->pattern; row++) {
        struct front front;
        if (row->access != ACCESS_ADMIN_API)
            continue;
        front_get(&front, http_method_name((enum http_method)(row->methods & ~HTTP_HEAD)),
                  row->pattern);
        front_var(&front, "HTTP_AUTHORIZATION", "Bearer not-the-admin-token");
        front_serve(&front, dispatch, fixture->router);
        UNIT_ROW(front_status(&front) == 401 || front_status(&front) == 405, row->pattern);
        front_free(&front);
    }
}

static void test_keys(void **state)
{
    struct front front;
    call(*state, &front, "POST", "/api/keys",
         "{\"keys\":[\"" KEY_A "\",\"AIzaSyTooShort\"],\"label\":\"x\"}");
    assert_int_equal(front_status(&front), 200);
    JSON_AUTO json_object *added = answer_of(&front);
    assert_int_equal(json_get_int(added, "added", -1), 1);
    assert_int_equal(json_get_int(added, "rejected", -1), 1);
    front_free(&front);
    call(*state, &front, "GET", "/api/keys?status=valid&limit=10&page=1", NULL);
    assert_page_lacks(&front, KEY_A);
    JSON_AUTO json_object *listed = answer_of(&front);
    assert_int_equal(json_get_int(listed, "total_items", -1), 1);
    assert_string_equal(json_get_str(json_path(listed, "keys.0"), "label", ""), "x");
    front_free(&front);
    call(*state, &front, "GET", "/api/keys?page=0", NULL);
    assert_int_equal(front_status(&front), 400);
    front_free(&front);
}

static void test_config(void **state)
{
    struct front front;
    call(*state, &front, "GET", "/api/config", NULL);
    assert_page_lacks(&front, FIXTURE_TOKEN);
    assert_page_lacks(&front, "AUTH_TOKEN");
    JSON_AUTO json_object *config = answer_of(&front);
    assert_int_equal(json_get_int(config, "MAX_FAILURES", -1), 3);
    assert_true(json_get_bool(config, "POOL_AFFINITY", false));
    front_free(&front);
    static const struct {
        const char *body;
        int status;
    } cases[] = {
        {"{\"MAX_FAILURES\":5,\"FILTERED_MODELS\":[\"a\",\"b\"]}", 200},
        {"{\"MAX_FAILURES\":null}", 200},
        {"{\"MAX_FAILURES\":0}", 400},
        {"{\"NO_SUCH\":0}", 400},
        {"{\"DATA_DIR\":\"/tmp\"}", 400},
        {"[]", 400},
        {"{", 400},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        call(*state, &front, "PUT", "/api/config", cases[i].body);
        UNIT_ROW(front_status(&front) == cases[i].status, cases[i].body);
        front_free(&front);
    }
}

static void test_log_and_counters(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t now_ms = clock_wall_ms();
    struct log_request request = {.id = store_log_id(now_ms), .time_ms = now_ms, .status = 429};
    const struct log_batch batch = {&request, 1, NULL, 0, NULL, 0};
    assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    call(fixture, &front, "GET", "/api/logs/errors?limit=5", NULL);
    JSON_AUTO json_object *listed = answer_of(&front);
    front_free(&front);
    FREE_AUTO char *uri = xasprintf("/api/logs/errors/%s/details",
                                    json_get_str(json_path(listed, "logs.0"), "id", ""));
    call(fixture, &front, "GET", uri, NULL);
    JSON_AUTO json_object *details = answer_of(&front);
    assert_int_equal(json_get_int(details, "status_code", 0), 429);
    front_free(&front);
    call(fixture, &front, "GET", "/api/stats", NULL);
    JSON_AUTO json_object *stats = answer_of(&front);
    assert_int_equal(json_get_int(json_path(stats, "1h"), "failed_429", 0), 1);
    front_free(&front);
    call(fixture, &front, "GET", "/metrics", NULL);
    assert_page_has(&front, "\ngb_requests_total{result=\"429\"} 1\n");
    assert_page_has(&front, "gb_keys{kind=\"gemini\",state=\"ready\"}");
    assert_page_has(&front, "gb_request_seconds_bucket{le=\"+Inf\"} 0\n");
    front_free(&front);
}

/* A failed attempt of key 1 at that time. */
static int64_t log_failure(struct admin_fixture *fixture, int64_t time_ms, int status)
{
    struct log_request request = {
        .id = store_log_id(time_ms), .time_ms = time_ms, .status = status};
    struct log_attempt attempt = {
        .request_id = request.id, .number = 1, .time_ms = time_ms, .key_id = 1, .status = status};
    char text[] = "{\"contents\":[]}";
    struct log_error_body body = {.request_id = request.id, .body = text};
    text_copy(attempt.rule, sizeof(attempt.rule), status == 200 ? "ok" : "quota.minute");
    const struct log_batch batch = {&request, 1, &attempt, 1, &body, status != 200};
    assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    return request.id;
}

/* The failure nearest to a time, one of the asked status before a nearer one of another. */
static void test_looking_a_failure_up(void **state)
{
    struct admin_fixture *fixture = *state;
    const int64_t noon = 1767268800000; /* 2026-01-01T12:00:00Z */
    fixture_key(fixture, KEY_A, "one");
    int64_t before = log_failure(fixture, noon - 40000, 429);
    log_failure(fixture, noon, 200);
    int64_t after = log_failure(fixture, noon + 10250, 503);
    const struct {
        const char *query;
        int64_t found; /* 0: none */
    } cases[] = {
        {"key_id=1&timestamp=2026-01-01T12:00:00Z", after},
        {"key_id=1&timestamp=2026-01-01T12:00:00.000Z&status_code=429", before},
        {"key_id=1&timestamp=2026-01-01T12:00:00Z&status_code=418", after},
        {"key_id=1&timestamp=2026-01-01T12:00:00Z&window_seconds=20&status_code=429", after},
        {"key_id=1&timestamp=2026-01-01T12:00:10Z&window_seconds=1", after},
        {"key_id=1&timestamp=2026-01-01T12:00:00Z&window_seconds=5", 0},
        {"key_id=1&timestamp=2026-01-01T13:00Z", 0},
        {"key_id=2&timestamp=2026-01-01T12:00:00Z", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct front front;
        FREE_AUTO char *uri = xasprintf("/api/logs/errors/lookup?%s", cases[i].query);
        call(fixture, &front, "GET", uri, NULL);
        UNIT_ROW(front_status(&front) == (cases[i].found ? 200 : 404), cases[i].query);
        if (cases[i].found) {
            JSON_AUTO json_object *answer = answer_of(&front);
            UNIT_ROW(strtoll(json_get_str(answer, "id", "0"), NULL, 10) == cases[i].found,
                     cases[i].query);
            assert_string_equal(json_get_str(answer, "error_type", ""), "quota.minute");
            assert_string_equal(json_get_str(answer, "request_msg", ""), "{\"contents\":[]}");
            assert_non_null(strstr(json_get_str(answer, "gemini_key", ""), "AIzaSy"));
        }
        front_free(&front);
    }
    static const char *const wrong[] = {"", "key_id=1", "timestamp=2026-01-01T12:00:00Z",
                                        "key_id=1&timestamp=noon",
                                        "key_id=x&timestamp=2026-01-01T12:00"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct front front;
        FREE_AUTO char *uri = xasprintf("/api/logs/errors/lookup?%s", wrong[i]);
        call(fixture, &front, "GET", uri, NULL);
        UNIT_ROW(front_status(&front) == 400, wrong[i]);
        front_free(&front);
    }
}

/* The names of the reference's filters. */
static void test_filters_by_other_names(void **state)
{
    struct admin_fixture *fixture = *state;
    const int64_t noon = 1767268800000;
    log_failure(fixture, noon, 503);
    log_failure(fixture, noon + 60000, 429);
    static const struct {
        const char *query;
        size_t count;
    } cases[] = {
        {"", 2},
        {"error_code_search=429", 1},
        {"error_code_search=odd", 2},
        {"error_search=nothing", 0},
        {"start_date=2026-01-01T12:00:30Z", 1},
        {"end_date=2026-01-01T12:00:30Z", 1},
        {"start_date=2026-01-01T12:00Z&end_date=2026-01-01T12:00:00Z", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct front front;
        FREE_AUTO char *uri = xasprintf("/api/logs/errors?%s", cases[i].query);
        call(fixture, &front, "GET", uri, NULL);
        JSON_AUTO json_object *answer = answer_of(&front);
        json_object *logs = json_get_arr(answer, "logs");
        UNIT_ROW(logs && json_object_array_length(logs) == cases[i].count, cases[i].query);
        front_free(&front);
    }
}

/* What each key has done today, when it is asked for: one of thousands is a line of its own. */
static void test_numbers_of_each_key(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t now_ms = clock_wall_ms();
    static const struct {
        int64_t key_id, time_ago_ms;
        int status;
        const char *model;
    } attempts[] = {{1, 0, 200, "gemini-3.8-flash"},
                    {1, 0, 200, "gemini-3.5-flash-lite"},
                    {1, 0, 429, "gemini-3.8-flash"},
                    {2, 0, 200, "gemini-3.8-flash"},
                    {3, 2 * DAY_MS, 200, "gemini-3.8-flash"}};
    fixture_key(fixture, KEY_A, "one");
    for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
        int64_t time_ms = now_ms - attempts[i].time_ago_ms;
        struct log_attempt attempt = {.request_id = store_log_id(time_ms),
                                      .number = 1,
                                      .time_ms = time_ms,
                                      .key_id = attempts[i].key_id,
                                      .status = attempts[i].status,
                                      .prompt_tokens = attempts[i].status == 200 ? 100 : 0,
                                      .output_tokens = attempts[i].status == 200 ? 7 : 0};
        text_copy(attempt.model, sizeof(attempt.model), attempts[i].model);
        text_copy(attempt.outcome, sizeof(attempt.outcome), "ok");
        const struct log_batch batch = {NULL, 0, &attempt, 1, NULL, 0};
        assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    }
    call(fixture, &front, "GET", "/metrics?keys=true", NULL);
    static const char *const lines[] = {
        "\n# TYPE gb_key_requests_total "
        "counter\ngb_key_requests_total{key=\"1\",result=\"success\"} 2\n",
        "\ngb_key_requests_total{key=\"1\",result=\"failed\"} 1\n",
        "\ngb_key_requests_total{key=\"2\",result=\"success\"} 1\n",
        "\n# TYPE gb_key_tokens_total counter\ngb_key_tokens_total{key=\"1\",kind=\"prompt\"} "
        "200\n",
        "\ngb_key_tokens_total{key=\"1\",kind=\"output\"} 14\n",
        "\ngb_key_tokens_total{key=\"2\",kind=\"prompt\"} 100\n",
        "\ngb_keys{kind=",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        assert_page_has(&front, lines[i]);
    assert_page_lacks(&front, "key=\"3\"");
    front_free(&front);
    call(fixture, &front, "GET", "/metrics", NULL);
    assert_page_lacks(&front, "gb_key_");
    front_free(&front);
}

/* Times fall into buckets that add up, attempts under their rule, over several writes. */
static void test_histograms(void **state)
{
    struct admin_fixture *fixture = *state;
    struct front front;
    int64_t now_ms = clock_wall_ms();
    static const int64_t first_ms[] = {50, 51, 900, 400000, -1};
    for (size_t i = 0; i < ARRAY_LEN(first_ms); i++) {
        struct log_request request = {.id = store_log_id(now_ms),
                                      .time_ms = now_ms,
                                      .status = 200,
                                      .first_token_ms = first_ms[i],
                                      .duration_ms = 1000};
        struct log_attempt attempt = {
            .request_id = request.id, .number = 1, .time_ms = now_ms, .status = 200};
        text_copy(attempt.rule, sizeof(attempt.rule), i ? "ok" : "quota.minute");
        const struct log_batch batch = {&request, 1, &attempt, 1, NULL, 0};
        assert_int_equal(store_log_write(fixture->admin.store, &batch, true, NULL), 0);
    }
    call(fixture, &front, "GET", "/metrics", NULL);
    assert_page_has(&front, "# TYPE gb_first_token_seconds histogram\n");
    assert_page_has(&front, "gb_first_token_seconds_bucket{le=\"0.05\"} 1\n");
    assert_page_has(&front, "gb_first_token_seconds_bucket{le=\"0.1\"} 2\n");
    assert_page_has(&front, "gb_first_token_seconds_bucket{le=\"1\"} 3\n");
    assert_page_has(&front, "gb_first_token_seconds_bucket{le=\"300\"} 3\n");
    assert_page_has(&front, "gb_first_token_seconds_bucket{le=\"+Inf\"} 4\n");
    assert_page_has(&front, "gb_first_token_seconds_sum 401.001\n");
    assert_page_has(&front, "gb_request_seconds_bucket{le=\"0.5\"} 0\n");
    assert_page_has(&front, "gb_request_seconds_bucket{le=\"1\"} 5\n");
    assert_page_has(&front, "gb_request_seconds_count 5\n");
    assert_page_has(&front, "gb_attempts_total{rule=\"ok\"} 4\n");
    assert_page_has(&front, "gb_attempts_total{rule=\"quota.minute\"} 1\n");
    front_free(&front);
}

/* Without the token from where the setting says, and from nowhere else; and only the numbers. */
static void test_measuring_from_an_address(void **state)
{
    struct admin_fixture *fixture = *state;
    struct setting_rows environment = {0};
    setting_rows_add(&environment, "AUTH_TOKEN", FIXTURE_TOKEN);
    setting_rows_add(&environment, "METRICS_ALLOWED", "[\"192.0.2.0/24\",\"fd00::1\"]");
    settings_unref(&fixture->settings);
    fixture->settings = settings_build(&environment, NULL, NULL);
    setting_rows_free(&environment);
    static const struct {
        const char *uri, *address, *forwarded;
        int status;
    } cases[] = {
        {"/metrics", "192.0.2.99", NULL, 200},
        {"/metrics", "::ffff:192.0.2.1", NULL, 200},
        {"/metrics", "fd00::1", NULL, 200},
        {"/metrics", "fd00::2", NULL, 401},
        {"/metrics", "198.51.100.7", NULL, 401},
        {"/api/stats", "192.0.2.99", NULL, 401},
        /* Through a proxy that stands at such an address. */
        {"/metrics", "192.0.2.99", "198.51.100.7", 401},
        {"/metrics", "192.0.2.99", "192.0.2.1, 198.51.100.7", 401},
        {"/metrics", "192.0.2.99", "198.51.100.7, 192.0.2.1", 200},
        {"/metrics", "192.0.2.99", "", 401},
        {"/metrics", "192.0.2.99", "unknown,", 401},
        {"/metrics", "198.51.100.7", "192.0.2.1", 401},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct front front;
        front_get(&front, "GET", cases[i].uri);
        front_var(&front, "REMOTE_ADDR", cases[i].address);
        if (cases[i].forwarded)
            front_var(&front, "HTTP_X_FORWARDED_FOR", cases[i].forwarded);
        front_serve(&front, dispatch, fixture->router);
        UNIT_ROW(front_status(&front) == cases[i].status, cases[i].address);
        front_free(&front);
    }
}

static bool is_described(json_object *paths, const struct route *row)
{
    json_object *path = json_member(paths, row->pattern);
    static const struct {
        unsigned method;
        const char *name;
    } methods[] = {{HTTP_GET, "get"},
                   {HTTP_POST, "post"},
                   {HTTP_PUT, "put"},
                   {HTTP_PATCH, "patch"},
                   {HTTP_DELETE, "delete"}};
    for (size_t i = 0; path && i < ARRAY_LEN(methods); i++) {
        if (row->methods & methods[i].method)
            return json_member(path, methods[i].name) != NULL;
    }
    return false;
}

/* Every route is described, and nothing that is none. */
static void test_the_description_is_true(void **state)
{
    (void)state;
    json_object *file = json_object_from_file(GB_SRCDIR "/static/openapi.json");
    JSON_AUTO json_object *held = file;
    assert_non_null(held);
    json_object *paths = json_member(held, "paths");
    size_t described = 0;
    size_t routes = 0;
    for (const struct route *row = admin_routes; row->pattern; row++) {
        if (row->access != ACCESS_ADMIN_API)
            continue;
        UNIT_ROW(is_described(paths, row), row->pattern);
        routes++;
    }
    json_object_object_foreach(paths, name, path)
    {
        (void)name;
        described += (size_t)json_object_object_length(path);
    }
    assert_int_equal(described, routes);
}

int main(void)
{
#define OUT(test) cmocka_unit_test_setup_teardown(test, admin_set_up, admin_tear_down)
    const struct CMUnitTest tests[] = {
        OUT(test_closed_to_others),
        OUT(test_keys),
        OUT(test_config),
        OUT(test_log_and_counters),
        OUT(test_looking_a_failure_up),
        OUT(test_filters_by_other_names),
        OUT(test_histograms),
        OUT(test_numbers_of_each_key),
        OUT(test_measuring_from_an_address),
        OUT(test_the_description_is_true),
    };
    return UNIT_RUN(tests);
}
