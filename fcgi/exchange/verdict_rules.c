/* What every answer of Google's, and every way of not getting one, means. In each table the first
 * row that fits decides, so the special stands before the general. */
#include "exchange/verdict_rules.h"

#include <string.h>

#include "base/clock.h"
#include "base/scope.h"
#include "base/text.h"

/* --- no whole answer ------------------------------------------------------------------------- */

/* Columns: rule, origin, effect, scope, reason, rest, retry, wait, most, status, flags. */
#define NO_FAULT EFFECT_NONE, SCOPE_KEY_MODEL, REST_NONE, 0
#define NOT_SENT EFFECT_NOT_SENT, SCOPE_KEY_MODEL, REST_NONE, 0
#define SERVED EFFECT_SUCCESS, SCOPE_KEY_MODEL, REST_NONE, 0

static const struct decision transport_rules[] = {
    [UPSTREAM_RESOLVE] = {"net.resolve", ORIGIN_EGRESS, NOT_SENT, RETRY_NEXT_KEY, 100, 0, 502, 0},
    [UPSTREAM_CONNECT] = {"net.connect", ORIGIN_EGRESS, NOT_SENT, RETRY_NEXT_KEY, 100, 0, 502, 0},
    [UPSTREAM_TLS] = {"net.tls", ORIGIN_EGRESS, NOT_SENT, RETRY_NEXT_KEY, 100, 0, 502, 0},
    [UPSTREAM_PROXY] = {"net.proxy", ORIGIN_EGRESS, NOT_SENT, RETRY_NEXT_KEY, 0, 0, 502, 0},
    [UPSTREAM_SEND] = {"net.send", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 100, 0, 502,
                       AMBIGUOUS},
    [UPSTREAM_FIRST_BYTE] = {"net.first_byte", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 0, 0, 504,
                             AMBIGUOUS},
    [UPSTREAM_IDLE] = {"net.idle", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 0, 0, 504, AMBIGUOUS},
    [UPSTREAM_TOTAL] = {"net.total", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 0, 0, 504,
                        AMBIGUOUS},
    [UPSTREAM_CUT] = {"net.cut", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 100, 0, 502, AMBIGUOUS},
    [UPSTREAM_BAD_ANSWER] = {"net.bad_answer", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 100, 2,
                             502, AMBIGUOUS},
    [UPSTREAM_CLIENT_GONE] = {"client.gone", ORIGIN_CLIENT, NO_FAULT, RETRY_STOP, 0, 0, 499, 0},
    [UPSTREAM_ABORTED] = {"us.aborted", ORIGIN_US, NO_FAULT, RETRY_STOP, 0, 0, 500, 0},
    [UPSTREAM_OURS] = {"us.call", ORIGIN_US, NOT_SENT, RETRY_STOP, 0, 0, 500, 0},
};

const struct decision *transport_decision(enum upstream_outcome outcome)
{
    return &transport_rules[outcome];
}

/* What is not there, or not in the range that was asked for, is so wherever it lies. */
const struct decision *elsewhere_decision(enum upstream_outcome outcome, int status)
{
    static const struct decision missing = {
        "elsewhere.missing", ORIGIN_CLIENT, SERVED, RETRY_STOP, 0, 0, 0, 0};
    static const struct decision failed = {
        "elsewhere.failed", ORIGIN_UPSTREAM, NO_FAULT, RETRY_STOP, 0, 0, 502, 0};
    bool is_missing = status == 404 || status == 410 || status == 412 || status == 416;
    return outcome == UPSTREAM_OK && is_missing ? &missing : &failed;
}

/* --- an error -------------------------------------------------------------------------------- */

struct error_rule {
    int from, to;        /* of the status */
    const char *rpc;     /* status word; NULL any */
    const char *reasons; /* ErrorInfo.reason, separated by |; NULL none */
    /* Patterns for the message, separated by |; NULL none. Where one could be made up by a client
     * (a field name or a model name that Google repeats), it is bound to the message's beginning.
     */
    const char *texts;
    bool (*fits)(const struct google_error *error); /* NULL none */
    struct decision decision;
};

static bool is_limit_zero(const struct google_error *error)
{
    return error->limit_zero;
}

static bool has_daily(const struct google_error *error)
{
    for (int i = 0; i < error->violation_count; i++)
        if (google_violation_daily(&error->violations[i]))
            return true;
    return false;
}

static bool has_minutely(const struct google_error *error)
{
    for (int i = 0; i < error->violation_count; i++)
        if (google_violation_minutely(&error->violations[i]))
            return true;
    return false;
}

static bool has_violation(const struct google_error *error)
{
    return error->violation_count > 0;
}

/* A per-minute window never needs more than two minutes. */
static bool has_long_delay(const struct google_error *error)
{
    return error->retry_delay_ms > 2 * MINUTE_MS;
}

static bool has_delay(const struct google_error *error)
{
    return error->retry_delay_ms >= 0;
}

static bool is_unparsed(const struct google_error *error)
{
    return !error->parsed;
}

#define CLIENT_FAULT ORIGIN_CLIENT, NO_FAULT, RETRY_STOP, 0, 0, 0, RELAY
#define KEY_DEATH \
    ORIGIN_CREDENTIAL, EFFECT_DEAD, SCOPE_KEY, REST_FAULT, 0, RETRY_NEXT_KEY, 0, 0, 503
#define KEY_REST(scope, reason, ms, status, flags) \
    ORIGIN_CREDENTIAL, EFFECT_REST, scope, reason, ms, RETRY_NEXT_KEY, 0, 0, status, flags
#define SICK(wait, most, flags) \
    ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, wait, most, 0, (flags) | RELAY

static const struct error_rule error_rules[] = {
    /* 3xx: BASE_URL leads somewhere else, or somebody is in between */
    {300,
     399,
     NULL,
     NULL,
     NULL,
     NULL,
     {"upstream.redirect", ORIGIN_UPSTREAM, NO_FAULT, RETRY_STOP, 0, 0, 502, 0}},

    /* the key itself */
    {400, 403, NULL, NULL, "API key expired*", NULL, {"key.expired", KEY_DEATH, TWICE}},
    {400,
     403,
     NULL,
     "API_KEY_INVALID",
     "API key not valid*",
     NULL,
     {"key.invalid", KEY_DEATH, TWICE}},
    {403,
     403,
     NULL,
     NULL,
     "Your API key was reported as leaked*",
     NULL,
     {"key.leaked", KEY_DEATH, 0}},
    {403,
     403,
     NULL,
     "CONSUMER_SUSPENDED",
     "Permission denied: Consumer *has been suspended*",
     NULL,
     {"key.suspended", KEY_DEATH, 0}},
    {403,
     403,
     NULL,
     NULL,
     "Your project has been denied access*",
     NULL,
     {"key.project_denied", KEY_DEATH, 0}},
    {403,
     403,
     NULL,
     "SERVICE_DISABLED|BILLING_DISABLED|CONSUMER_INVALID",
     NULL,
     NULL,
     {"key.project_setup", KEY_REST(SCOPE_PROJECT, REST_FAULT, DAY_MS, 503, 0)}},
    {403,
     403,
     NULL,
     "API_KEY_SERVICE_BLOCKED|API_KEY_HTTP_REFERRER_BLOCKED|API_KEY_IP_ADDRESS_BLOCKED|"
     "API_KEY_ANDROID_APP_BLOCKED|API_KEY_IOS_APP_BLOCKED",
     NULL,
     NULL,
     {"key.restricted", KEY_REST(SCOPE_KEY, REST_FAULT, DAY_MS, 503, 0)}},

    /* how we asked */
    {400,
     401,
     NULL,
     NULL,
     "Multiple authentication credentials received*",
     NULL,
     {"us.credentials", ORIGIN_US, NO_FAULT, RETRY_STOP, 0, 0, 502, 0}},
    {403,
     403,
     NULL,
     NULL,
     "Method doesn't allow unregistered callers*",
     NULL,
     {"us.no_credential", ORIGIN_US, NO_FAULT, RETRY_STOP, 0, 0, 502, 0}},
    {401, 401, NULL, NULL, NULL, NULL, {"key.unauthenticated", KEY_DEATH, TWICE}},

    /* from where we asked */
    {400,
     403,
     "FAILED_PRECONDITION|PERMISSION_DENIED",
     NULL,
     "User location is not supported*|*free tier is not available in your country*|"
     "*not available in your country*",
     NULL,
     {"egress.location", ORIGIN_EGRESS, NO_FAULT, RETRY_NEXT_KEY, 0, 0, 0, RELAY}},
    {407,
     407,
     NULL,
     NULL,
     NULL,
     NULL,
     {"egress.proxy_login", ORIGIN_EGRESS, NOT_SENT, RETRY_NEXT_KEY, 0, 0, 502, 0}},
    {403,
     403,
     NULL,
     NULL,
     NULL,
     is_unparsed,
     {"egress.blocked", ORIGIN_EGRESS, NO_FAULT, RETRY_NEXT_KEY, 0, 0, 502, 0}},

    /* what was asked for */
    {400,
     400,
     NULL,
     NULL,
     "*exceeds the maximum number of tokens*",
     NULL,
     {"request.too_long", CLIENT_FAULT}},
    {403,
     403,
     NULL,
     NULL,
     "You do not have permission to access*|*(or permission denied)*",
     NULL,
     {"resource.foreign", CLIENT_FAULT}},
    {403,
     403,
     NULL,
     NULL,
     NULL,
     NULL,
     {"key.denied", ORIGIN_CREDENTIAL, EFFECT_FAULT, SCOPE_KEY_MODEL, REST_FAULT, 0, RETRY_NEXT_KEY,
      0, 3, 0, RELAY}},
    {404,
     404,
     NULL,
     NULL,
     "This model *is no longer available*",
     NULL,
     {"model.gone", KEY_REST(SCOPE_KEY_MODEL, REST_MODEL_GONE, 0, 0, RELAY)}},
    {404, 404, NULL, NULL, "*is not found for API version*", NULL, {"request.model", CLIENT_FAULT}},
    {404, 404, NULL, NULL, NULL, NULL, {"resource.missing", CLIENT_FAULT}},

    /* quotas */
    {402,
     402,
     NULL,
     NULL,
     NULL,
     NULL,
     {"quota.spent", KEY_REST(SCOPE_PROJECT, REST_SPENT, 0, 429, RELAY)}},
    {429,
     429,
     NULL,
     "MODEL_CAPACITY_EXHAUSTED",
     NULL,
     NULL,
     {"model.capacity", ORIGIN_UPSTREAM, EFFECT_REST, SCOPE_MODEL, REST_OVERLOAD, 0, RETRY_NEXT_KEY,
      200, 0, 0, RELAY}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     is_limit_zero,
     {"quota.none", KEY_REST(SCOPE_PROJECT_MODEL, REST_NOT_ENTITLED, 0, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     has_daily,
     {"quota.day", KEY_REST(SCOPE_PROJECT_MODEL, REST_DAY_QUOTA, 0, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     "*prepayment credits are depleted*|*spending cap*",
     NULL,
     {"quota.spent", KEY_REST(SCOPE_PROJECT, REST_SPENT, 0, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     has_minutely,
     {"quota.minute", KEY_REST(SCOPE_PROJECT_MODEL, REST_MINUTE_QUOTA, REST_AS_TOLD, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     has_violation,
     {"quota.other", KEY_REST(SCOPE_PROJECT_MODEL, REST_MINUTE_QUOTA, REST_AS_TOLD, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     has_long_delay,
     {"quota.long", KEY_REST(SCOPE_KEY_MODEL, REST_DAY_QUOTA, 0, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     has_delay,
     {"quota.delay", KEY_REST(SCOPE_KEY_MODEL, REST_MINUTE_QUOTA, REST_AS_TOLD, 0, RELAY)}},
    {429,
     429,
     NULL,
     NULL,
     NULL,
     NULL,
     {"quota.throttled", KEY_REST(SCOPE_KEY_MODEL, REST_THROTTLED, 0, 0, RELAY)}},

    /* upstream's own trouble */
    {408, 408, NULL, NULL, NULL, NULL, {"upstream.timeout", SICK(100, 2, AMBIGUOUS)}},
    {499,
     499,
     NULL,
     NULL,
     NULL,
     NULL,
     {"upstream.cancelled", ORIGIN_UPSTREAM, NO_FAULT, RETRY_NEXT_KEY, 100, 2, 502,
      AMBIGUOUS | RELAY}},
    {400, 499, NULL, NULL, NULL, NULL, {"request.bad", CLIENT_FAULT}},
    {500, 500, NULL, NULL, NULL, NULL, {"upstream.internal", SICK(200, 3, AMBIGUOUS)}},
    {501, 501, NULL, NULL, NULL, NULL, {"request.unimplemented", CLIENT_FAULT}},
    {503,
     503,
     NULL,
     NULL,
     NULL,
     NULL,
     {"upstream.overloaded", ORIGIN_UPSTREAM, EFFECT_REST, SCOPE_MODEL, REST_OVERLOAD, 0,
      RETRY_NEXT_KEY, 200, 0, 0, RELAY}},
    {504, 504, NULL, NULL, NULL, NULL, {"upstream.deadline", SICK(100, 2, AMBIGUOUS)}},
    {500, 999, NULL, NULL, NULL, NULL, {"upstream.error", SICK(200, 3, AMBIGUOUS)}},
};

/* True when one of the words in `list`, separated by |, is `word`. */
static bool list_has(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = list; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (len > 0 && strcspn(at, "|") == len && strncmp(at, word, len) == 0)
            return true;
    }
    return false;
}

static bool pattern_fits(const char *patterns, const char *text)
{
    char pattern[128];
    for (const char *at = patterns; at; at = strchr(at, '|')) {
        at += *at == '|';
        size_t len = strcspn(at, "|");
        memcpy(pattern, at, len);
        pattern[len] = '\0';
        if (text_match(pattern, text))
            return true;
    }
    return false;
}

/* What DebugInfo says counts like the message where Google has left that blank ("$grpcMessage"). */
static bool text_fits(const char *patterns, const struct google_error *error)
{
    if (pattern_fits(patterns, error->message))
        return true;
    const char *original = strstr(error->detail, "::");
    const char *said = original ? strstr(original, ": ") : NULL;
    return said && pattern_fits(patterns, said + 2);
}

static bool rule_fits(const struct error_rule *rule, int status, const struct google_error *error)
{
    if (status < rule->from || status > rule->to)
        return false;
    if (rule->rpc && !list_has(rule->rpc, error->status))
        return false;
    if (!rule->reasons && !rule->texts && !rule->fits)
        return true;
    return (rule->reasons && list_has(rule->reasons, error->reason)) ||
           (rule->texts && text_fits(rule->texts, error)) || (rule->fits && rule->fits(error));
}

const struct decision *error_decision(int status, const struct google_error *error)
{
    static const struct google_error nothing = {.retry_delay_ms = -1};
    const size_t last = ARRAY_LEN(error_rules) - 1;
    for (size_t i = 0; i < last; i++)
        if (rule_fits(&error_rules[i], status, error ? error : &nothing))
            return &error_rules[i].decision;
    return &error_rules[last].decision;
}

/* --- an answer ------------------------------------------------------------------------------- */

struct answer_rule {
    bool (*fits)(const struct reply_facts *facts, bool streamed);
    struct decision decision;
};

static bool is_blocked(const struct reply_facts *facts, bool streamed)
{
    (void)streamed;
    return facts->block_reason[0] && !facts->visible;
}

static bool is_refused(const struct reply_facts *facts, bool streamed)
{
    (void)streamed;
    return facts->refused;
}

static bool is_malformed(const struct reply_facts *facts, bool streamed)
{
    (void)streamed;
    return facts->malformed && !facts->finished;
}

static bool has_bad_call(const struct reply_facts *facts, bool streamed)
{
    (void)streamed;
    return list_has("MALFORMED_FUNCTION_CALL|MALFORMED_RESPONSE|UNEXPECTED_TOOL_CALL",
                    facts->finish_reason);
}

/* A reason that tells why there is nothing is an answer; any other, known or new, is not. */
static bool is_empty(const struct reply_facts *facts, bool streamed)
{
    (void)streamed;
    return facts->finished && !facts->visible &&
           !list_has("MAX_TOKENS|CONTINUATION|SAFETY|RECITATION|LANGUAGE|BLOCKLIST|"
                     "PROHIBITED_CONTENT|SPII|IMAGE_SAFETY|IMAGE_PROHIBITED_CONTENT|"
                     "IMAGE_RECITATION",
                     facts->finish_reason);
}

/* A whole answer without any content, and without a word about why. */
static bool is_nothing(const struct reply_facts *facts, bool streamed)
{
    return !streamed && !facts->finished && !facts->visible;
}

static bool is_unfinished(const struct reply_facts *facts, bool streamed)
{
    return streamed && !facts->finished;
}

static bool is_any(const struct reply_facts *facts, bool streamed)
{
    (void)facts;
    (void)streamed;
    return true;
}

#define UNUSABLE(effect) \
    ORIGIN_MODEL, effect, SCOPE_KEY_MODEL, REST_NONE, 0, RETRY_NEXT_KEY, 0, 0, 502

static const struct answer_rule answer_rules[] = {
    {is_refused, {"answer.refused", ORIGIN_CLIENT, SERVED, RETRY_STOP, 0, 0, 400, 0}},
    {is_blocked, {"answer.blocked", ORIGIN_CLIENT, SERVED, RETRY_STOP, 0, 0, 0, USABLE | RELAY}},
    {is_malformed, {"answer.malformed", UNUSABLE(EFFECT_NONE), AMBIGUOUS}},
    {has_bad_call, {"answer.bad_call", UNUSABLE(EFFECT_SUCCESS), AMBIGUOUS | RELAY}},
    {is_empty, {"answer.empty", UNUSABLE(EFFECT_SUCCESS), AMBIGUOUS | RELAY}},
    {is_nothing, {"answer.empty", UNUSABLE(EFFECT_NONE), AMBIGUOUS | RELAY}},
    {is_unfinished, {"answer.unfinished", UNUSABLE(EFFECT_NONE), AMBIGUOUS}},
    {is_any, {"ok", ORIGIN_NONE, SERVED, RETRY_STOP, 0, 0, 0, USABLE | RELAY}},
};

const struct decision *answer_decision(const struct reply_facts *facts, bool streamed)
{
    const size_t last = ARRAY_LEN(answer_rules) - 1;
    for (size_t i = 0; facts && i < last; i++)
        if (answer_rules[i].fits(facts, streamed))
            return &answer_rules[i].decision;
    return &answer_rules[last].decision;
}
