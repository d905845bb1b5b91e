/* Error bodies of all shapes. */
#include "../unit.h"

#include <stdio.h>

#include "base/strbuf.h"
#include "exchange/google_error.h"

static struct google_error parse(const char *body)
{
    struct google_error error;
    google_error_parse(&error, body, strlen(body));
    return error;
}

#define QUOTA_BODY(details)                                                                  \
    "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"You exceeded " \
    "your current quota\",\"details\":[" details "]}}"

static void a_quota_body(void **state)
{
    (void)state;
    struct google_error e = parse(QUOTA_BODY(
        "{\"@type\":\"type.googleapis.com/google.rpc.Help\",\"links\":[]},"
        "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":["
        "{\"quotaMetric\":\"generativelanguage.googleapis.com/"
        "generate_content_free_tier_requests\","
        "\"quotaId\":\"GenerateRequestsPerDayPerProjectPerModel-FreeTier\","
        "\"quotaDimensions\":{\"location\":\"global\",\"model\":\"gemini-3.8-flash\"},"
        "\"quotaValue\":\"20\"},"
        "{\"quotaId\":\"GenerateContentInputTokensPerModelPerMinute-FreeTier\","
        "\"quotaValue\":250000}]},"
        "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"48s\"}"));
    assert_true(e.parsed);
    assert_int_equal(e.code, 429);
    assert_string_equal(e.status, "RESOURCE_EXHAUSTED");
    assert_int_equal(e.violation_count, 2);
    assert_string_equal(e.violations[0].model, "gemini-3.8-flash");
    assert_true(e.violations[0].has_value);
    assert_int_equal(e.violations[0].value, 20);
    assert_true(google_violation_daily(&e.violations[0]));
    assert_false(google_violation_minutely(&e.violations[0]));
    assert_int_equal(e.violations[1].value, 250000);
    assert_true(google_violation_minutely(&e.violations[1]));
    assert_int_equal(e.retry_delay_ms, 48000);
    assert_false(e.limit_zero);
}

static void whose_call_it_was(void **state)
{
    static const struct {
        const char *message, *consumer, *project;
    } rows[] = {
        {"x", "projects/123456789012", "projects/123456789012"},
        {"x", "project_number:123456789012", "projects/123456789012"},
        {"Quota exceeded for quota metric 'a' and limit 'b' of service 'c' for consumer "
         "'project_number:987654321'.",
         "", "projects/987654321"},
        {"x", "api_key:AIzaSyA0000000000000000000000000000000", ""},
        {"x", "projects/my-project", ""}, /* a name is not a number: two are not comparable */
        {"x", "projects/", ""},
        {"x", "projects/123456789012345678901234567890", ""},
        {"x", "folders/123456789012", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[600];
        snprintf(body, sizeof(body),
                 "{\"error\":{\"code\":403,\"message\":\"%s\",\"details\":[{\"@type\":"
                 "\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\","
                 "\"metadata\":{\"consumer\":\"%s\"}}]}}",
                 rows[i].message, rows[i].consumer);
        struct google_error error = parse(body);
        UNIT_ROW(strcmp(error.project, rows[i].project) == 0, rows[i].consumer);
        assert_string_equal(error.project, rows[i].project);
        assert_string_equal(error.reason, "SERVICE_DISABLED");
    }
}

static void delays(void **state)
{
    static const struct {
        const char *message, *info;
        int64_t delay_ms;
    } rows[] = {
        {"x", "\"34.4s\"", 34400},
        {"x", "\"0.2s\"", 200},
        {"x", "\"0s\"", 0},
        {"x", "\"27ms\"", 27},
        {"x", "{\"seconds\":7,\"nanos\":500000000}", 7500},
        {"x", "{\"seconds\":\"7\"}", 7000},
        {"x", "\"soon\"", -1},
        {"x", "null", -1},
        {"Please retry in 48.939935699s.", "\"48s\"", 48940},
        {"Please retry in 964.972314ms", "null", 965},
        {"Please retry in 156h14m36.7s.\\nMore.", "null", 562476700},
        {"Please retry in a while.", "null", -1},
        {"Please retry in ", "null", -1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[512];
        snprintf(body, sizeof(body),
                 "{\"error\":{\"code\":429,\"message\":\"%s\",\"details\":[{\"@type\":"
                 "\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":%s}]}}",
                 rows[i].message, rows[i].info);
        UNIT_ROW(parse(body).retry_delay_ms == rows[i].delay_ms, rows[i].info);
    }
}

static void limits_of_zero(void **state)
{
    static const struct {
        const char *message, *value;
        bool zero;
    } rows[] = {
        {"x, limit: 0, model: gemini-4", "5", true},
        {"x, limit: 0", "5", true},
        {"x, limit:0\\n", "5", true},
        {"x, limit: 0.5", "5", false},
        {"x, limit: 05", "5", false},
        {"x, limit: 20, model: y", "5", false},
        {"x, limit: 20\\n* y, limit: 0\\n", "5", true},
        {"x", "\"0\"", true},
        {"x", "0", true},
        {"x", "\"20\"", false},
        {"x", "\"none\"", false},
        {"x", "null", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[512];
        snprintf(body, sizeof(body),
                 "{\"error\":{\"code\":429,\"message\":\"%s\",\"details\":[{\"@type\":"
                 "\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":"
                 "\"q\",\"quotaValue\":%s}]}]}}",
                 rows[i].message, rows[i].value);
        UNIT_ROW(parse(body).limit_zero == rows[i].zero, rows[i].message);
    }
}

static void shapes_of_bodies(void **state)
{
    static const struct {
        const char *body;
        bool parsed;
        int code;
        const char *status, *message;
    } rows[] = {
        {"[{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"INVALID_ARGUMENT\"}}]", true,
         400, "INVALID_ARGUMENT", "m"},
        {"{\"error\":{\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}", true, 503, "UNAVAILABLE",
         "m"},
        {"{\"error\":{\"code\":14,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}", true, 503,
         "UNAVAILABLE", "m"},
        {"{\"error\":{\"code\":\"429\",\"message\":\"m\"}}", true, 429, "", "m"},
        {"{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"m\",\"type\":\"x\"}}", true, 0,
         "", "m"},
        {"{\"error\":\"just a text\",\"code\":404}", true, 404, "", "just a text"},
        {"{\"code\":500,\"message\":\"m\",\"status\":\"INTERNAL\"}", true, 500, "INTERNAL", "m"},
        {"{\"error\":{\"code\":503,\"status\":\"Service Unavailable\",\"message\":\"{\\n  "
         "\\\"error\\\": {\\\"code\\\": 429, \\\"message\\\": \\\"inner\\\", \\\"status\\\": "
         "\\\"RESOURCE_EXHAUSTED\\\"}}\"}}",
         true, 429, "RESOURCE_EXHAUSTED", "inner"},
        {"{\"error\":{\"code\":400,\"message\":\"{not json\"}}", true, 400, "", "{not json"},
        {"{\"error\":{\"code\":-5,\"message\":\"m\"}}", true, 0, "", "m"},
        {"{\"error\":{}}", true, 0, "", ""},
        {"{\"error\":null}", false, 0, "", "{\"error\":null}"},
        {"{\"error\":7}", false, 0, "", "{\"error\":7}"},
        {"{}", false, 0, "", "{}"},
        {"[]", false, 0, "", "[]"},
        {"[7]", false, 0, "", "[7]"},
        {"", false, 0, "", ""},
        {"null", false, 0, "", "null"},
        {"upstream connect error", false, 0, "", "upstream connect error"},
        {"<!DOCTYPE html>\n<title>Error 404 (Not Found)!!1</title>\n<p>", false, 0, "",
         "Error 404 (Not Found)!!1"},
        {"<html><body>502</body></html>", false, 0, "", ""},
        {"<title>never closed", false, 0, "", ""},
        {"{\"error\":{\"code\":503,\"mess", false, 0, "", "{\"error\":{\"code\":503,\"mess"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct google_error e = parse(rows[i].body);
        UNIT_ROW(e.parsed == rows[i].parsed, rows[i].body);
        UNIT_ROW(e.code == rows[i].code, rows[i].body);
        UNIT_ROW(strcmp(e.status, rows[i].status) == 0, rows[i].body);
        UNIT_ROW(strcmp(e.message, rows[i].message) == 0, rows[i].body);
        UNIT_ROW(e.retry_delay_ms == -1, rows[i].body);
    }
}

static void error_and_debug_info(void **state)
{
    (void)state;
    struct google_error e = parse(
        "{\"error\":{\"code\":400,\"message\":\"$grpcMessage\",\"status\":\"FAILED_PRECONDITION\","
        "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":"
        "\"RATE_LIMIT_EXCEEDED\",\"metadata\":{\"quota_limit\":\"GenerateRequestsPerMinute\","
        "\"quota_limit_value\":\"60\"}},{\"@type\":\"type.googleapis.com/google.rpc.DebugInfo\","
        "\"detail\":\"[ORIGINAL ERROR] generic::failed_precondition: User location\"}]}}");
    assert_string_equal(e.reason, "RATE_LIMIT_EXCEEDED");
    assert_int_equal(e.violation_count, 1);
    assert_int_equal(e.violations[0].value, 60);
    assert_true(google_violation_minutely(&e.violations[0]));
    assert_string_equal(e.detail, "[ORIGINAL ERROR] generic::failed_precondition: User location");
}

static void nothing_secret_is_kept(void **state)
{
    (void)state;
    struct google_error e = parse("{\"error\":{\"code\":400,\"message\":\"Bad key "
                                  "AIzaSyA1234567890abcdefghijklmnopqrstu!\",\"status\":\"X\"}}");
    assert_null(strstr(e.message, "1234567890"));
    assert_non_null(strstr(e.message, "Bad key AIza"));
}

static void hostile_bodies_do_no_harm(void **state)
{
    struct google_error e;
    char deep[400];
    struct strbuf many = STRBUF_INIT(1 << 20);
    (void)state;
    memset(deep, '[', sizeof(deep));
    google_error_parse(&e, deep, sizeof(deep));
    assert_false(e.parsed);
    strbuf_puts(&many, "{\"error\":{\"code\":429,\"message\":\"");
    for (int i = 0; i < 5000; i++)
        strbuf_puts(&many, "long ");
    strbuf_puts(&many, "\",\"details\":[");
    for (int i = 0; i < 500; i++)
        strbuf_puts(&many, "{\"@type\":\"x/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":"
                           "\"q\"},{\"quotaId\":\"q\"}, 7, null]}, 5,");
    strbuf_puts(&many, "null]}}");
    google_error_parse(&e, many.data, many.len);
    assert_true(e.parsed);
    assert_int_equal(e.violation_count, GOOGLE_VIOLATIONS_MAX);
    assert_true(strlen(e.message) < sizeof(e.message));
    strbuf_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quota_body),
        cmocka_unit_test(whose_call_it_was),
        cmocka_unit_test(delays),
        cmocka_unit_test(limits_of_zero),
        cmocka_unit_test(shapes_of_bodies),
        cmocka_unit_test(error_and_debug_info),
        cmocka_unit_test(nothing_secret_is_kept),
        cmocka_unit_test(hostile_bodies_do_no_harm),
    };
    return UNIT_RUN(tests);
}
