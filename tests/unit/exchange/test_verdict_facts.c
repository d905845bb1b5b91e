/* What Google is known to answer, fact by fact: a row for each message, quota and empty answer that has
 * been seen, with the rule that must judge it. What a rule decides in full stands in
 * test_verdict_error.c and test_verdict_answer.c; here only who is at fault and what becomes of the key
 * is asked again, for a client's mistake must never rest a key, and a key's fault never be relayed as the
 * client's. Recorded error bodies are judged as well, where the recordings are. */
#include "verdict_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/scope.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "translate/gemini_scan.h"

#define RECORDINGS GB_SRCDIR "/../shared/recordings/gemini"

enum fate { SPARED, SERVED, RESTS_MINUTE, RESTS_DAY, RESTS_LONG, MODEL_RESTS, FAULTED, DIES };

static enum fate fate_of(const struct key_effect *effect)
{
    static const enum fate by_reason[] = {
        [REST_MINUTE_QUOTA] = RESTS_MINUTE, [REST_DAY_QUOTA] = RESTS_DAY,
        [REST_NOT_ENTITLED] = RESTS_LONG,   [REST_MODEL_GONE] = RESTS_LONG,
        [REST_SPENT] = RESTS_LONG,          [REST_THROTTLED] = RESTS_MINUTE,
        [REST_OVERLOAD] = MODEL_RESTS,      [REST_FAULT] = RESTS_LONG,
    };
    switch (effect->kind) {
    case EFFECT_REST:
        return by_reason[effect->reason];
    case EFFECT_DEAD:
        return DIES;
    case EFFECT_FAULT:
        return FAULTED;
    case EFFECT_SUCCESS:
        return SERVED;
    default:
        return SPARED;
    }
}

static void check(const char *what, const struct verdict *v, const char *rule, enum fate fate)
{
    if (strcmp(v->rule, rule) != 0)
        fail_msg("%s: judged by %s, not %s", what, v->rule, rule);
    if (fate_of(&v->effect) != fate)
        fail_msg("%s (%s): fate %d, not %d", what, rule, (int)fate_of(&v->effect), (int)fate);
}

/* --- messages -------------------------------------------------------------------------------- */

#define BAD_REQUEST "request.bad", SPARED

static const struct message_case {
    int status;
    const char *rpc, *message;
    const char *reason; /* of ErrorInfo; NULL: none comes */
    const char *rule;
    enum fate fate;
} messages[] = {
    {400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID",
     "key.invalid", DIES},
    {400, "INVALID_ARGUMENT", "API key expired. Please renew the API key.", "API_KEY_INVALID",
     "key.expired", DIES},
    {400, "INVALID_ARGUMENT", "Multiple authentication credentials received. Please pass only one.",
     NULL, "us.credentials", SPARED},
    {400, "invalid_request", "Multiple authentication credentials received. Please pass only one.",
     NULL, "us.credentials", SPARED},
    {400, "INVALID_ARGUMENT",
     "Invalid JSON payload received. Unknown name \\\"x\\\" at 'y': Cannot find field.", NULL,
     BAD_REQUEST},
    {400, "INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified", NULL,
     BAD_REQUEST},
    {400, "INVALID_ARGUMENT",
     "* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties: should be "
     "non-empty for OBJECT type",
     NULL, BAD_REQUEST},
    {400, "INVALID_ARGUMENT", "Requests ending with a model turn are not supported.", NULL,
     BAD_REQUEST},
    {400, "INVALID_ARGUMENT",
     "Function call is missing a thought_signature in functionCall parts. This is required", NULL,
     BAD_REQUEST},
    {400, "INVALID_ARGUMENT",
     "Please ensure that the number of function response parts is equal to the number of function "
     "call parts of the function call turn.",
     NULL, BAD_REQUEST},
    {400, "INVALID_ARGUMENT", "You can only set only one of thinking budget and thinking level.",
     NULL, BAD_REQUEST},
    {400, "INVALID_ARGUMENT", "Penalty is not enabled for models/gemini-3.8-flash", NULL,
     BAD_REQUEST},
    {400, "INVALID_ARGUMENT", "Request contains an invalid argument.", NULL, BAD_REQUEST},
    {400, "INVALID_ARGUMENT",
     "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
     NULL, "request.too_long", SPARED},
    {400, "FAILED_PRECONDITION", "User location is not supported for the API use.", NULL,
     "egress.location", SPARED},
    {400, "FAILED_PRECONDITION",
     "Gemini API free tier is not available in your country. Please enable billing on your project",
     NULL, "egress.location", SPARED},
    {401, "UNAUTHENTICATED", "Request had invalid authentication credentials.",
     "ACCESS_TOKEN_TYPE_UNSUPPORTED", "key.unauthenticated", DIES},
    {401, "UNAUTHENTICATED", "Request is missing required authentication credential.",
     "CREDENTIALS_MISSING", "key.unauthenticated", DIES},
    {401, "UNAUTHENTICATED", "The account is not active.", "ACCOUNT_STATE_INVALID",
     "key.unauthenticated", DIES},
    {402, "", "Payment required", NULL, "quota.spent", RESTS_LONG},
    {403, "PERMISSION_DENIED", "Your API key was reported as leaked. Please use another API key.",
     NULL, "key.leaked", DIES},
    {403, "PERMISSION_DENIED", "Permission denied: Consumer 'api_key:x' has been suspended.",
     "CONSUMER_SUSPENDED", "key.suspended", DIES},
    {403, "PERMISSION_DENIED", "Your project has been denied access. Please contact support.", NULL,
     "key.project_denied", DIES},
    {403, "PERMISSION_DENIED", "Generative Language API has not been used in project 1 before",
     "SERVICE_DISABLED", "key.project_setup", RESTS_LONG},
    {403, "PERMISSION_DENIED", "This API method requires billing to be enabled.",
     "BILLING_DISABLED", "key.project_setup", RESTS_LONG},
    {403, "PERMISSION_DENIED", "Consumer is invalid.", "CONSUMER_INVALID", "key.project_setup",
     RESTS_LONG},
    {403, "PERMISSION_DENIED",
     "Requests to this API generativelanguage.googleapis.com method x are blocked.",
     "API_KEY_SERVICE_BLOCKED", "key.restricted", RESTS_LONG},
    {403, "PERMISSION_DENIED", "Requests from referer x are blocked.",
     "API_KEY_HTTP_REFERRER_BLOCKED", "key.restricted", RESTS_LONG},
    {403, "PERMISSION_DENIED", "The provided API key has an IP address restriction.",
     "API_KEY_IP_ADDRESS_BLOCKED", "key.restricted", RESTS_LONG},
    {403, "PERMISSION_DENIED", "Requests from this Android client application are blocked.",
     "API_KEY_ANDROID_APP_BLOCKED", "key.restricted", RESTS_LONG},
    {403, "PERMISSION_DENIED", "Requests from this iOS client application are blocked.",
     "API_KEY_IOS_APP_BLOCKED", "key.restricted", RESTS_LONG},
    {403, "PERMISSION_DENIED",
     "Method doesn't allow unregistered callers (callers without established identity). Please use "
     "API Key",
     NULL, "us.no_credential", SPARED},
    {403, "PERMISSION_DENIED",
     "You do not have permission to access the File abc or it may not exist.", NULL,
     "resource.foreign", SPARED},
    {403, "PERMISSION_DENIED", "CachedContent not found (or permission denied)", NULL,
     "resource.foreign", SPARED},
    {403, "PERMISSION_DENIED", "You do not have permission to access tunedModels/mine-abc.", NULL,
     "resource.foreign", SPARED},
    {404, "NOT_FOUND",
     "models/x is not found for API version v1beta, or is not supported for generateContent. Call "
     "ModelService.ListModels to see the list",
     NULL, "request.model", SPARED},
    {404, "NOT_FOUND",
     "This model models/gemini-2.5-flash is no longer available to new users. Please update", NULL,
     "model.gone", RESTS_LONG},
    {409, "ALREADY_EXISTS", "Requested entity already exists", NULL, BAD_REQUEST},
    {409, "ABORTED", "Upload has been finalized", NULL, BAD_REQUEST},
    {412, "FAILED_PRECONDITION", "Precondition check failed.", NULL, BAD_REQUEST},
    {416, "OUT_OF_RANGE", "Bad offset", NULL, BAD_REQUEST},
    {499, "CANCELLED", "The operation was cancelled.", NULL, "upstream.cancelled", SPARED},
    {500, "INTERNAL",
     "An internal error has occurred. Please retry or report in "
     "https://developers.generativeai.google/guide/troubleshooting",
     NULL, "upstream.internal", SPARED},
    {500, "INTERNAL", "Internal error encountered.", NULL, "upstream.internal", SPARED},
    {503, "UNAVAILABLE", "The model is overloaded. Please try again later.", NULL,
     "upstream.overloaded", MODEL_RESTS},
    {503, "UNAVAILABLE",
     "This model is currently experiencing high demand. Spikes in demand are usually temporary.",
     NULL, "upstream.overloaded", MODEL_RESTS},
    {504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", NULL,
     "upstream.deadline", SPARED},
    {504, "DEADLINE_EXCEEDED", "The request timed out. Please try again.", NULL,
     "upstream.deadline", SPARED},
};

static void every_message(void **state)
{
    char body[2048];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
        const struct message_case *c = &messages[i];
        int len = snprintf(body, sizeof(body),
                           "{\"error\":{\"code\":%d,\"message\":\"%s\",\"status\":\"%s\","
                           "\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.Help\"}%s%s%s]"
                           "}}",
                           c->status, c->message, c->rpc,
                           c->reason ? ",{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\","
                                       "\"reason\":\""
                                     : "",
                           c->reason ? c->reason : "", c->reason ? "\"}" : "");
        assert_in_range(len, 1, sizeof(body) - 1);
        struct verdict v = judge_error(c->status, body, (size_t)len);
        check(c->message, &v, c->rule, c->fate);
    }
}

/* Only the status word is given, in a 200: it stands for the HTTP status. */
static void every_status_word(void **state)
{
    static const struct {
        const char *rpc, *rule;
    } rows[] = {
        {"CANCELLED", "upstream.cancelled"},        {"INVALID_ARGUMENT", "request.bad"},
        {"FAILED_PRECONDITION", "request.bad"},     {"OUT_OF_RANGE", "request.bad"},
        {"DEADLINE_EXCEEDED", "upstream.deadline"}, {"NOT_FOUND", "resource.missing"},
        {"ALREADY_EXISTS", "request.bad"},          {"ABORTED", "request.bad"},
        {"PERMISSION_DENIED", "key.denied"},        {"UNAUTHENTICATED", "key.unauthenticated"},
        {"RESOURCE_EXHAUSTED", "quota.throttled"},  {"UNIMPLEMENTED", "request.unimplemented"},
        {"UNKNOWN", "upstream.internal"},           {"INTERNAL", "upstream.internal"},
        {"DATA_LOSS", "upstream.internal"},         {"UNAVAILABLE", "upstream.overloaded"},
    };
    char body[256];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int len = snprintf(body, sizeof(body), "{\"error\":{\"message\":\"m\",\"status\":\"%s\"}}",
                           rows[i].rpc);
        struct verdict v = judge_error(200, body, (size_t)len);
        if (strcmp(v.rule, rows[i].rule) != 0)
            fail_msg("%s: judged by %s, not %s", rows[i].rpc, v.rule, rows[i].rule);
    }
}

/* --- quotas ---------------------------------------------------------------------------------- */

#define TELLS_MODEL " limit: 20, model: gemini-3.8-flash"

static const struct quota_case {
    const char *message;
    const char *quota_id, *value; /* NULL: no QuotaFailure */
    const char *delay;            /* NULL: no RetryInfo */
    const char *rule;
    enum fate fate;
} quotas[] = {
    {"limit: 0, model: gemini-4-argon", "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "0",
     "26s", "quota.none", RESTS_LONG},
    {"limit: 0", "GenerateContentInputTokensPerModelPerMinute-FreeTier", "0", "5s", "quota.none",
     RESTS_LONG},
    {"limit: 0", NULL, NULL, NULL, "quota.none", RESTS_LONG},
    {"limit: 0.5", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "1", "5s",
     "quota.minute", RESTS_MINUTE},
    {TELLS_MODEL, "GenerateRequestsPerDayPerProjectPerModel-FreeTier", "20", "38s", "quota.day",
     RESTS_DAY},
    {TELLS_MODEL, "GenerateRequestsPerDayPerProjectPerModel", "20", "38s", "quota.day", RESTS_DAY},
    {TELLS_MODEL, "GenerateRequestsPerDayPerProjectPerModel-PaidTier1", "10000", "38s", "quota.day",
     RESTS_DAY},
    {TELLS_MODEL, "GenerateContentInputTokensPerModelPerDay-FreeTier", "5000000", "1s", "quota.day",
     RESTS_DAY},
    {TELLS_MODEL, "DailyRequests", "100", "1s", "quota.day", RESTS_DAY},
    {"Your prepayment credits are depleted. Please go to AI Studio", NULL, NULL, NULL,
     "quota.spent", RESTS_LONG},
    {"Your project has exceeded its monthly spending cap.", NULL, NULL, "10s", "quota.spent",
     RESTS_LONG},
    {TELLS_MODEL, "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "5", "48s",
     "quota.minute", RESTS_MINUTE},
    {TELLS_MODEL, "GenerateRequestsPerMinutePerProjectPerModel-PaidTier3", "20000", "34.4s",
     "quota.minute", RESTS_MINUTE},
    {TELLS_MODEL, "GenerateContentPaidTierInputTokensPerModelPerMinute", "1000000", "0.2s",
     "quota.minute", RESTS_MINUTE},
    {TELLS_MODEL, "EmbedContentRequestsPerMinutePerProjectPerModel-FreeTier", "100", NULL,
     "quota.minute", RESTS_MINUTE},
    {"Quota exceeded", "PredictRequests", "5", "27ms", "quota.other", RESTS_MINUTE},
    {"Please retry in 48.939935699s.", NULL, NULL, "48s", "quota.delay", RESTS_MINUTE},
    {"You exceeded your current quota.", NULL, NULL, "301s", "quota.long", RESTS_DAY},
    {"Resource has been exhausted (e.g. check quota).", NULL, NULL, NULL, "quota.throttled",
     RESTS_MINUTE},
    {"Resource exhausted. Please see https://cloud.google.com/vertex-ai/docs/error-code-429", NULL,
     NULL, NULL, "quota.throttled", RESTS_MINUTE},
};

static void every_quota(void **state)
{
    char body[2048];
    char violation[256];
    char info[128];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(quotas); i++) {
        const struct quota_case *c = &quotas[i];
        snprintf(violation, sizeof(violation),
                 ",{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":"
                 "[{\"quotaId\":\"%s\",\"quotaValue\":\"%s\"}]}",
                 c->quota_id ? c->quota_id : "", c->value ? c->value : "");
        snprintf(info, sizeof(info),
                 ",{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"%s\"}",
                 c->delay ? c->delay : "");
        int len = snprintf(body, sizeof(body),
                           "{\"error\":{\"code\":429,\"message\":\"%s\",\"status\":"
                           "\"RESOURCE_EXHAUSTED\",\"details\":[{\"@type\":\"type.googleapis.com/"
                           "google.rpc.Help\"}%s%s]}}",
                           c->message, c->delay ? info : "", c->quota_id ? violation : "");
        struct verdict v = judge_error(429, body, (size_t)len);
        check(c->quota_id ? c->quota_id : c->message, &v, c->rule, c->fate);
    }
}

/* --- answers that hold nothing --------------------------------------------------------------- */

static const struct empty_case {
    const char *body, *rule;
    bool again; /* worth another try */
} empties[] = {
    {"{\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}", "answer.blocked", false},
    {"{\"promptFeedback\":{\"blockReason\":\"PROHIBITED_CONTENT\"},\"usageMetadata\":"
     "{\"promptTokenCount\":7}}",
     "answer.blocked", false},
    {"{\"candidates\":[{\"finishReason\":\"SAFETY\"}]}", "ok", false},
    {"{\"candidates\":[{\"finishReason\":\"PROHIBITED_CONTENT\",\"index\":0}]}", "ok", false},
    {"{\"candidates\":[{\"finishReason\":\"RECITATION\"}]}", "ok", false},
    {"{\"candidates\":[{\"finishReason\":\"BLOCKLIST\"}]}", "ok", false},
    {"{\"candidates\":[{\"finishReason\":\"SPII\"}]}", "ok", false},
    {"{\"candidates\":[{\"finishReason\":\"LANGUAGE\"}]}", "ok", false},
    {"{\"candidates\":[{\"content\":{\"role\":\"model\"},\"finishReason\":\"MAX_TOKENS\"}]}", "ok",
     false},
    {"{\"candidates\":[{\"finishReason\":\"OTHER\",\"finishMessage\":\"Model failed\"}]}",
     "answer.empty", true},
    {"{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\",\"finishMessage\":"
     "\"Malformed function call: print(x\"}]}",
     "answer.bad_call", true},
    {"{\"candidates\":[{\"content\":{},\"finishReason\":\"UNEXPECTED_TOOL_CALL\"}]}",
     "answer.bad_call", true},
    {"{\"candidates\":[{\"content\":{\"parts\":[]},\"finishReason\":\"STOP\"}]}", "answer.empty",
     true},
    {"{\"candidates\":[{\"content\":{\"role\":\"model\"},\"finishReason\":\"STOP\"}]}",
     "answer.empty", true},
    {"{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\"}]}",
     "answer.empty", true},
    {"{\"candidates\":[{\"content\":{},\"finishReason\":\"NO_IMAGE\"}]}", "answer.empty", true},
    {"{}", "answer.malformed", true},
    {"{\"usageMetadata\":{\"promptTokenCount\":7}}", "answer.empty", true},
    {"{\"promptFeedback\":{\"blockReason\":\"BLOCK_REASON_UNSPECIFIED\"},\"candidates\":[{"
     "\"content\":"
     "{\"parts\":[{\"text\":\"hi\"}]},\"finishReason\":\"STOP\"}]}",
     "ok", false},
};

static void every_empty_answer(void **state)
{
    struct upstream_result transport = {.outcome = UPSTREAM_OK, .status = 200, .sent = true};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(empties); i++) {
        struct reply_facts facts = {0};
        gemini_scan_reply(empties[i].body, strlen(empties[i].body), &facts);
        struct evidence evidence = ordinary_call(&transport);
        evidence.facts = &facts;
        evidence.empty_retries_left = 1;
        struct verdict v = verdict_of(&evidence);
        if (strcmp(v.rule, empties[i].rule) != 0)
            fail_msg("%s: judged by %s", empties[i].body, v.rule);
        UNIT_ROW((v.retry == RETRY_NEXT_KEY) == empties[i].again, empties[i].body);
        UNIT_ROW(fate_of(&v.effect) == SERVED || fate_of(&v.effect) == SPARED, empties[i].body);
    }
}

/* --- recorded -------------------------------------------------------------------------------- */

static const struct recorded_case {
    const char *word; /* in the file's name */
    const char *rule;
    enum fate fate;
    int status; /* of bodies that are no error object; 0: what the body says */
} recorded[] = {
    {"failure-api-key", "key.invalid", DIES, 0},
    {"api-not-enabled", "key.project_setup", RESTS_LONG, 0},
    {"unknown-model", "request.model", SPARED, 0},
    {"model-not-found", "request.model", SPARED, 0},
    {"image-rejected", "request.bad", SPARED, 0},
    {"http-error", "egress.location", SPARED, 0},
    {"unsupported-user-location", "egress.location", SPARED, 0},
    {"cache-model-doesnt-match", "request.bad", SPARED, 0},
    {"cache-not-found", "resource.missing", SPARED, 0},
    {"invalid-context-cache-id", "request.bad", SPARED, 0},
    {"generate-images-prompt-blocked", "request.bad", SPARED, 0},
    {"iam-permission-denied", "key.denied", FAULTED, 0},
    /* a quota for the minute, and its value is 0 */
    {"quota-exceeded", "quota.none", RESTS_LONG, 0},
    {"invalid-location-url-not-found", "resource.missing", SPARED, 404},
};

static void load(struct strbuf *body, const char *path)
{
    char piece[4096];
    size_t got;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    strbuf_clear(body);
    while ((got = fread(piece, 1, sizeof(piece), file)) > 0)
        strbuf_append(body, piece, got);
    fclose(file);
}

/* How many files of a folder hold a recorded error; each has a row. */
static int judge_folder(const char *folder, struct strbuf *body)
{
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        char path[1024];
        const struct recorded_case *row = NULL;
        if (!strstr(entry->d_name, "-failure-"))
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        load(body, path);
        for (size_t i = 0; i < ARRAY_LEN(recorded) && !row; i++)
            row = strstr(entry->d_name, recorded[i].word) ? &recorded[i] : NULL;
        struct google_error error;
        google_error_parse(&error, body->data, body->len);
        UNIT_ROW(row || !error.parsed, entry->d_name);
        if (!row)
            continue;
        struct verdict v =
            judge_error(row->status ? row->status : error.code, body->data, body->len);
        check(entry->d_name, &v, row->rule, row->fate);
        count++;
    }
    if (dir)
        closedir(dir);
    return count;
}

static void every_recorded_error(void **state)
{
    struct strbuf body = STRBUF_INIT(8 << 20);
    (void)state;
    int count =
        judge_folder(RECORDINGS "/googleai", &body) + judge_folder(RECORDINGS "/vertexai", &body);
    strbuf_free(&body);
    if (!count) {
        print_message("no recordings at %s: skipped\n", RECORDINGS);
        skip();
    }
    assert_true(count >= (int)ARRAY_LEN(recorded));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message),        cmocka_unit_test(every_status_word),
        cmocka_unit_test(every_quota),          cmocka_unit_test(every_empty_answer),
        cmocka_unit_test(every_recorded_error),
    };
    return UNIT_RUN(tests);
}
