/* Every error body that Google is known to send, and what it must lead to. */
#include "verdict_fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

/* The body's parts: status word, message, and the list of details. */
struct error_case {
    const char *rule;
    int status;
    const char *rpc, *message, *details;
    enum origin origin;
    enum key_effect_kind effect;
    enum rest_scope scope;
    enum rest_reason reason;
    int64_t rest_ms; /* -1: left to the pool */
    enum retry retry;
    int client_status;
    bool relay;
};

#define INFO(reason) \
    "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason "\"}"
#define RETRY_IN(delay) \
    "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" delay "\"}"
#define QUOTA(id, value)                                                                        \
    "{\"@type\":\"type.googleapis.com/"                                                         \
    "google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"" id "\",\"quotaValue\":\"" value \
    "\"}]}"
#define QUOTAS(id, value, id2, value2)                                                          \
    "{\"@type\":\"type.googleapis.com/"                                                         \
    "google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"" id "\",\"quotaValue\":\"" value \
    "\"},{\"quotaId\":\"" id2 "\",\"quotaValue\":\"" value2 "\"}]}"
#define FIELD_VIOLATION(text)                                                                   \
    "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":[{\"field\":" \
    "\"contents\",\"description\":\"" text "\"}]}"

#define OF_CLIENT ORIGIN_CLIENT, EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_STOP
#define KILLS ORIGIN_CREDENTIAL, EFFECT_DEAD, SCOPE_KEY, REST_FAULT, -1, RETRY_NEXT_KEY, 503, false
#define RESTS(scope, reason, ms) ORIGIN_CREDENTIAL, EFFECT_REST, scope, reason, ms, RETRY_NEXT_KEY
#define SICK ORIGIN_UPSTREAM, EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_NEXT_KEY, 0, true
#define ELSEWHERE ORIGIN_EGRESS, EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_NEXT_KEY

static const struct error_case cases[] = {
    /* --- 400 --- */
    {"key.invalid", 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
     INFO("API_KEY_INVALID"), KILLS},
    {"key.invalid", 400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "",
     KILLS},
    {"key.expired", 400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.",
     INFO("API_KEY_INVALID"), KILLS},
    {"us.credentials", 400, "INVALID_ARGUMENT",
     "Multiple authentication credentials received. Please pass only one.", "", ORIGIN_US,
     EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_STOP, 502, false},
    {"request.bad", 400, "INVALID_ARGUMENT",
     "Invalid JSON payload received. Unknown name \\\"x\\\" at 'y': Cannot find field.",
     FIELD_VIOLATION("Invalid JSON payload"), OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT",
     "* GenerateContentRequest.contents: contents is not specified", "", OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT", "Requests ending with a model turn are not supported.",
     "", OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT",
     "Function call is missing a thought_signature in functionCall parts.", "", OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT",
     "You can only set only one of thinking budget and thinking level.", "", OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "", OF_CLIENT,
     0, true},
    {"request.bad", 400, "FAILED_PRECONDITION", "The File is not in an ACTIVE state.", "",
     OF_CLIENT, 0, true},
    {"request.too_long", 400, "INVALID_ARGUMENT",
     "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).", "",
     OF_CLIENT, 0, true},
    {"egress.location", 400, "FAILED_PRECONDITION",
     "User location is not supported for the API use.", "", ELSEWHERE, 0, true},
    {"egress.location", 400, "FAILED_PRECONDITION", "$grpcMessage",
     "{\"@type\":\"type.googleapis.com/google.rpc.DebugInfo\",\"detail\":\"[ORIGINAL ERROR] "
     "generic::failed_precondition: User location is not supported for the API use. [x]\"}",
     ELSEWHERE, 0, true},
    {"egress.location", 400, "FAILED_PRECONDITION",
     "Gemini API free tier is not available in your country. Please enable billing.", "", ELSEWHERE,
     0, true},
    /* what a client can make Google repeat harms nobody's key */
    {"request.bad", 400, "INVALID_ARGUMENT",
     "Invalid JSON payload received. Unknown name \\\"API key not valid. \\\": Cannot find field.",
     "", OF_CLIENT, 0, true},
    {"request.bad", 400, "INVALID_ARGUMENT",
     "Unknown name \\\"User location is not supported for the API use.\\\"", "", OF_CLIENT, 0,
     true},
    {"request.model", 404, "NOT_FOUND",
     "models/This model x is no longer available is not found for API version v1beta", "",
     OF_CLIENT, 0, true},

    /* --- 401, 402 --- */
    {"key.unauthenticated", 401, "UNAUTHENTICATED", "Request had invalid credentials.",
     INFO("ACCESS_TOKEN_TYPE_UNSUPPORTED"), KILLS},
    {"key.unauthenticated", 401, "UNAUTHENTICATED", "Request is missing required credentials.",
     INFO("CREDENTIALS_MISSING"), KILLS},
    {"key.unauthenticated", 401, "UNAUTHENTICATED", "x", INFO("ACCOUNT_STATE_INVALID"), KILLS},
    {"key.unauthenticated", 401, "UNAUTHENTICATED", "x", "", KILLS},
    {"quota.spent", 402, "", "Payment required", "", RESTS(SCOPE_PROJECT, REST_SPENT, -1), 429,
     true},

    /* --- 403 --- */
    {"key.leaked", 403, "PERMISSION_DENIED",
     "Your API key was reported as leaked. Please use another API key.", "", KILLS},
    {"key.suspended", 403, "PERMISSION_DENIED",
     "Permission denied: Consumer 'api_key:AIza' has been suspended.", INFO("CONSUMER_SUSPENDED"),
     KILLS},
    {"key.suspended", 403, "PERMISSION_DENIED",
     "Permission denied: Consumer 'api_key:AIza' has been suspended.", "", KILLS},
    {"key.project_denied", 403, "PERMISSION_DENIED",
     "Your project has been denied access. Please contact support.", "", KILLS},
    {"key.project_setup", 403, "PERMISSION_DENIED", "Generative Language API has not been used",
     INFO("SERVICE_DISABLED"), RESTS(SCOPE_PROJECT, REST_FAULT, DAY_MS), 503, false},
    {"key.project_setup", 403, "PERMISSION_DENIED", "x", INFO("BILLING_DISABLED"),
     RESTS(SCOPE_PROJECT, REST_FAULT, DAY_MS), 503, false},
    {"key.project_setup", 403, "PERMISSION_DENIED", "x", INFO("CONSUMER_INVALID"),
     RESTS(SCOPE_PROJECT, REST_FAULT, DAY_MS), 503, false},
    {"key.restricted", 403, "PERMISSION_DENIED", "Requests to this API are blocked.",
     INFO("API_KEY_SERVICE_BLOCKED"), RESTS(SCOPE_KEY, REST_FAULT, DAY_MS), 503, false},
    {"key.restricted", 403, "PERMISSION_DENIED", "x", INFO("API_KEY_HTTP_REFERRER_BLOCKED"),
     RESTS(SCOPE_KEY, REST_FAULT, DAY_MS), 503, false},
    {"key.restricted", 403, "PERMISSION_DENIED", "x", INFO("API_KEY_IP_ADDRESS_BLOCKED"),
     RESTS(SCOPE_KEY, REST_FAULT, DAY_MS), 503, false},
    {"key.restricted", 403, "PERMISSION_DENIED", "x", INFO("API_KEY_ANDROID_APP_BLOCKED"),
     RESTS(SCOPE_KEY, REST_FAULT, DAY_MS), 503, false},
    {"key.restricted", 403, "PERMISSION_DENIED", "x", INFO("API_KEY_IOS_APP_BLOCKED"),
     RESTS(SCOPE_KEY, REST_FAULT, DAY_MS), 503, false},
    {"us.no_credential", 403, "PERMISSION_DENIED",
     "Method doesn't allow unregistered callers (callers without established identity).", "",
     ORIGIN_US, EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_STOP, 502, false},
    {"resource.foreign", 403, "PERMISSION_DENIED",
     "You do not have permission to access the File abc or it may not exist.", "", OF_CLIENT, 0,
     true},
    {"resource.foreign", 403, "PERMISSION_DENIED", "CachedContent not found (or permission denied)",
     "", OF_CLIENT, 0, true},
    {"key.denied", 403, "PERMISSION_DENIED",
     "Permission 'x' denied on resource 'y' (or it may not exist).", "", ORIGIN_CREDENTIAL,
     EFFECT_FAULT, SCOPE_KEY_MODEL, REST_FAULT, -1, RETRY_NEXT_KEY, 0, true},
    {"key.denied", 403, "PERMISSION_DENIED", "The caller does not have permission", "",
     ORIGIN_CREDENTIAL, EFFECT_FAULT, SCOPE_KEY_MODEL, REST_FAULT, -1, RETRY_NEXT_KEY, 0, true},

    /* --- 404 and other faults of the request --- */
    {"request.model", 404, "NOT_FOUND",
     "models/x is not found for API version v1beta, or is not supported for generateContent.", "",
     OF_CLIENT, 0, true},
    {"model.gone", 404, "NOT_FOUND",
     "This model models/gemini-2.5-flash is no longer available to new users. Please update.", "",
     RESTS(SCOPE_KEY_MODEL, REST_MODEL_GONE, -1), 0, true},
    {"resource.missing", 404, "NOT_FOUND", "Requested entity was not found.", "", OF_CLIENT, 0,
     true},
    {"request.bad", 409, "ABORTED", "x", "", OF_CLIENT, 0, true},
    {"request.bad", 412, "FAILED_PRECONDITION", "x", "", OF_CLIENT, 0, true},
    {"request.bad", 413, "", "x", "", OF_CLIENT, 0, true},
    {"request.bad", 416, "OUT_OF_RANGE", "x", "", OF_CLIENT, 0, true},
    {"request.bad", 405, "", "x", "", OF_CLIENT, 0, true},
    {"egress.proxy_login", 407, "", "x", "", ORIGIN_EGRESS, EFFECT_NOT_SENT, SCOPE_KEY_MODEL,
     REST_NONE, -1, RETRY_NEXT_KEY, 502, false},

    /* --- 429 --- */
    {"quota.none", 429, "RESOURCE_EXHAUSTED", "x, limit: 0, model: gemini-4",
     QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0") "," RETRY_IN("26s"),
     RESTS(SCOPE_PROJECT_MODEL, REST_NOT_ENTITLED, -1), 0, true},
    {"quota.none", 429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, limit: 0", "",
     RESTS(SCOPE_PROJECT_MODEL, REST_NOT_ENTITLED, -1), 0, true},
    {"quota.day", 429, "RESOURCE_EXHAUSTED", "x, limit: 20, model: y",
     QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20") "," RETRY_IN("38s"),
     RESTS(SCOPE_PROJECT_MODEL, REST_DAY_QUOTA, -1), 0, true},
    {"quota.day", 429, "RESOURCE_EXHAUSTED", "x",
     QUOTA("GenerateContentInputTokensPerModelPerDay-FreeTier", "5000000"),
     RESTS(SCOPE_PROJECT_MODEL, REST_DAY_QUOTA, -1), 0, true},
    {"quota.day", 429, "RESOURCE_EXHAUSTED", "x",
     QUOTAS("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5",
            "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20") "," RETRY_IN("3s"),
     RESTS(SCOPE_PROJECT_MODEL, REST_DAY_QUOTA, -1), 0, true},
    {"quota.spent", 429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.", "",
     RESTS(SCOPE_PROJECT, REST_SPENT, -1), 0, true},
    {"quota.spent", 429, "RESOURCE_EXHAUSTED", "The project has exceeded its monthly spending cap.",
     "", RESTS(SCOPE_PROJECT, REST_SPENT, -1), 0, true},
    {"quota.minute", 429, "RESOURCE_EXHAUSTED", "x. Please retry in 48.939935699s.",
     QUOTA("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5") "," RETRY_IN("48s"),
     RESTS(SCOPE_PROJECT_MODEL, REST_MINUTE_QUOTA, 50940), 0, true},
    {"quota.minute", 429, "RESOURCE_EXHAUSTED", "x",
     QUOTA("GenerateContentInputTokensPerModelPerMinute-FreeTier", "250000"),
     RESTS(SCOPE_PROJECT_MODEL, REST_MINUTE_QUOTA, -1), 0, true},
    {"quota.other", 429, "RESOURCE_EXHAUSTED", "x",
     QUOTA("EmbedContentRequests", "5") "," RETRY_IN("1s"),
     RESTS(SCOPE_PROJECT_MODEL, REST_MINUTE_QUOTA, 3000), 0, true},
    {"quota.delay", 429, "RESOURCE_EXHAUSTED", "x", RETRY_IN("0.2s"),
     RESTS(SCOPE_KEY_MODEL, REST_MINUTE_QUOTA, 2200), 0, true},
    {"quota.delay", 429, "RESOURCE_EXHAUSTED", "Please retry in 120s.", "",
     RESTS(SCOPE_KEY_MODEL, REST_MINUTE_QUOTA, 122000), 0, true},
    {"quota.long", 429, "RESOURCE_EXHAUSTED", "Please retry in 156h14m36.7s.", "",
     RESTS(SCOPE_KEY_MODEL, REST_DAY_QUOTA, -1), 0, true},
    {"quota.throttled", 429, "RESOURCE_EXHAUSTED",
     "Resource has been exhausted (e.g. check quota).", "",
     RESTS(SCOPE_KEY_MODEL, REST_THROTTLED, -1), 0, true},
    {"model.capacity", 429, "RESOURCE_EXHAUSTED", "x", INFO("MODEL_CAPACITY_EXHAUSTED"),
     ORIGIN_UPSTREAM, EFFECT_REST, SCOPE_MODEL, REST_OVERLOAD, -1, RETRY_NEXT_KEY, 0, true},

    /* --- upstream's trouble --- */
    {"upstream.cancelled", 499, "CANCELLED", "The operation was cancelled.", "", ORIGIN_UPSTREAM,
     EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, -1, RETRY_NEXT_KEY, 502, true},
    {"upstream.timeout", 408, "", "x", "", SICK},
    {"upstream.internal", 500, "INTERNAL", "An internal error has occurred.", "", SICK},
    {"request.unimplemented", 501, "UNIMPLEMENTED", "x", "", OF_CLIENT, 0, true},
    {"upstream.error", 502, "", "x", "", SICK},
    {"upstream.overloaded", 503, "UNAVAILABLE", "The model is overloaded. Please try again later.",
     "", ORIGIN_UPSTREAM, EFFECT_REST, SCOPE_MODEL, REST_OVERLOAD, -1, RETRY_NEXT_KEY, 0, true},
    {"upstream.deadline", 504, "DEADLINE_EXCEEDED",
     "Deadline expired before operation could complete.", "", SICK},
    {"upstream.error", 529, "", "x", "", SICK},
};

static void body_of(const struct error_case *c, char *body, size_t size)
{
    snprintf(body, size,
             "{\"error\":{\"code\":%d,\"message\":\"%s\",\"status\":\"%s\",\"details\":[%s]}}",
             c->status, c->message, c->rpc, c->details);
}

#define SAME(field, wanted)                                                        \
    do {                                                                           \
        if ((v.field) != (wanted))                                                 \
            fail_msg("%s (%s): " #field " is %lld, not %lld", c->rule, c->message, \
                     (long long)(v.field), (long long)(wanted));                   \
    } while (0)

static void check(const struct error_case *c, struct verdict v)
{
    if (strcmp(v.rule, c->rule) != 0)
        fail_msg("%d %s gave %s, not %s", c->status, c->message, v.rule, c->rule);
    SAME(origin, c->origin);
    SAME(effect.kind, c->effect);
    SAME(effect.scope, c->scope);
    SAME(effect.reason, c->reason);
    SAME(effect.until_ms, c->rest_ms < 0 ? 0 : NOW + c->rest_ms);
    SAME(retry, c->retry);
    SAME(client_status, c->client_status);
    SAME(relay_body, c->relay);
    SAME(usable, false);
    assert_string_equal(v.effect.rule, v.rule);
}

static void every_known_error(void **state)
{
    char body[2048];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        body_of(&cases[i], body, sizeof(body));
        check(&cases[i], judge_error(cases[i].status, body, strlen(body)));
    }
}

static void the_same_wrapped_in_an_array(void **state)
{
    char body[2048];
    char array[2100];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        body_of(&cases[i], body, sizeof(body));
        snprintf(array, sizeof(array), "[%s\n]\n", body);
        check(&cases[i], judge_error(cases[i].status, array, strlen(array)));
    }
}

/* An error event inside a 200: the code in the body is the status. */
static void the_same_as_an_event(void **state)
{
    char body[2048];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        body_of(&cases[i], body, sizeof(body));
        check(&cases[i], judge_error(200, body, strlen(body)));
    }
}

static void bodies_that_tell_nothing(void **state)
{
    static const struct {
        int status;
        const char *body, *rule;
    } rows[] = {
        {302, "", "upstream.redirect"},
        {400, "", "request.bad"},
        {401, "", "key.unauthenticated"},
        {403, "", "egress.blocked"},
        {403, "<html><title>Blocked</title>", "egress.blocked"},
        {404, "", "resource.missing"},
        {404, "<html><title>Error 404 (Not Found)!!1</title>", "resource.missing"},
        {429, "", "quota.throttled"},
        {429, "<html>", "quota.throttled"},
        {500, "", "upstream.internal"},
        {502, "<html><title>502</title>", "upstream.error"},
        {503, "", "upstream.overloaded"},
        {504, "", "upstream.deadline"},
        {200, "{\"error\":{\"message\":\"x\"}}", "upstream.internal"},
        {200, "{\"error\":{\"message\":\"x\",\"status\":\"UNAVAILABLE\"}}", "upstream.overloaded"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct verdict v = judge_error(rows[i].status, rows[i].body, strlen(rows[i].body));
        if (strcmp(v.rule, rows[i].rule) != 0)
            fail_msg("%d %s gave %s", rows[i].status, rows[i].body, v.rule);
    }
}

static void limits_are_learned(void **state)
{
    static const struct {
        const char *id, *value;
        enum limit_kind limit;
        int64_t learned;
    } rows[] = {
        {"GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5", LIMIT_REQUESTS_MINUTE, 5},
        {"GenerateContentInputTokensPerModelPerMinute-FreeTier", "250000", LIMIT_TOKENS_MINUTE,
         250000},
        {"GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20", LIMIT_REQUESTS_DAY, 20},
        {"GenerateContentInputTokensPerModelPerDay-FreeTier", "7000", LIMIT_TOKENS_DAY, 7000},
        {"EmbedContentRequests", "7", 0, 0},
        {"GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[600];
        snprintf(
            body, sizeof(body),
            "{\"error\":{\"code\":429,\"message\":\"x\",\"details\":[{\"@type\":"
            "\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{\"quotaId\":\"%s\","
            "\"quotaValue\":\"%s\"}]}]}}",
            rows[i].id, rows[i].value);
        struct verdict v = judge_error(429, body, strlen(body));
        UNIT_ROW(v.effect.learned_value == rows[i].learned, rows[i].id);
        UNIT_ROW(rows[i].learned == 0 || v.effect.limit == rows[i].limit, rows[i].id);
    }
}

static void what_is_confirmed_twice(void **state)
{
    char body[2048];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct error_case *c = &cases[i];
        bool twice = strcmp(c->rule, "key.invalid") == 0 || strcmp(c->rule, "key.expired") == 0 ||
                     strcmp(c->rule, "key.unauthenticated") == 0;
        body_of(c, body, sizeof(body));
        UNIT_ROW(judge_error(c->status, body, strlen(body)).effect.confirm_twice == twice, c->rule);
    }
}

/* What names the project teaches the pool of a key; a bad request, or an overloaded model, does not. */
static void the_project_is_the_keys(void **state)
{
    static const struct {
        int status;
        const char *rpc, *message;
        bool told;
    } rows[] = {{429, "RESOURCE_EXHAUSTED", "x", true},
                {403, "PERMISSION_DENIED",
                 "You do not have permission to access the File x or it may not exist.", false},
                {400, "INVALID_ARGUMENT", "x", false},
                {503, "UNAVAILABLE", "x", false}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char body[600];
        snprintf(body, sizeof(body),
                 "{\"error\":{\"code\":%d,\"status\":\"%s\",\"message\":\"%s\",\"details\":[{"
                 "\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{"
                 "\"quotaId\":\"GenerateRequestsPerMinutePerProjectPerModel\",\"quotaValue\":"
                 "\"5\"}]},{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"metadata\":{"
                 "\"consumer\":\"projects/12345678\"}}]}}",
                 rows[i].status, rows[i].rpc, rows[i].message);
        struct verdict verdict = judge_error(rows[i].status, body, strlen(body));
        UNIT_ROW((verdict.effect.project != NULL) == rows[i].told, rows[i].rpc);
        assert_int_equal(verdict.effect.project != NULL, rows[i].told);
        if (rows[i].told)
            assert_string_equal(verdict.effect.project, "projects/12345678");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_project_is_the_keys),      cmocka_unit_test(every_known_error),
        cmocka_unit_test(the_same_wrapped_in_an_array), cmocka_unit_test(the_same_as_an_event),
        cmocka_unit_test(bodies_that_tell_nothing),     cmocka_unit_test(limits_are_learned),
        cmocka_unit_test(what_is_confirmed_twice),
    };
    return UNIT_RUN(tests);
}
