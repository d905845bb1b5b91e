#include "exchange/google_error.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/redact.h"
#include "base/text.h"
#include "translate/error_body.h"

/* JSON inside the message of JSON has been seen once deep; nobody needs more than this. */
#define NESTED_MAX 3
#define DETAILS_MAX 32

/* --- details --------------------------------------------------------------------------------- */

static void take_violation(struct google_error *error, json_object *violation)
{
    if (error->violation_count == GOOGLE_VIOLATIONS_MAX)
        return;
    struct google_violation *v = &error->violations[error->violation_count++];
    json_object *dimensions = json_get_obj(violation, "quotaDimensions");
    json_object *value = json_member(violation, "quotaValue");
    text_copy(v->quota_id, sizeof(v->quota_id), json_get_str(violation, "quotaId", ""));
    text_copy(v->quota_metric, sizeof(v->quota_metric), json_get_str(violation, "quotaMetric", ""));
    text_copy(v->model, sizeof(v->model), json_get_str(dimensions, "model", ""));
    v->has_value = value && text_to_int(json_object_get_string(value), &v->value) == 0;
}

static void take_quota_failure(struct google_error *error, json_object *detail)
{
    json_object *violations = json_get_arr(detail, "violations");
    size_t count = violations ? json_object_array_length(violations) : 0;
    for (size_t i = 0; i < count && i < GOOGLE_VIOLATIONS_MAX; i++)
        take_violation(error, json_object_array_get_idx(violations, i));
}

static void take_delay(struct google_error *error, int64_t delay_ms)
{
    if (delay_ms > error->retry_delay_ms)
        error->retry_delay_ms = delay_ms;
}

/* "48s", or as an object of seconds and nanos. */
static void take_retry_info(struct google_error *error, json_object *detail)
{
    json_object *delay = json_member(detail, "retryDelay");
    int64_t delay_ms = 0;
    if (json_is_str(delay) && clock_parse_duration(json_object_get_string(delay), &delay_ms) == 0)
        take_delay(error, delay_ms);
    else if (json_object_is_type(delay, json_type_object))
        take_delay(error, json_get_int(delay, "seconds", 0) * SECOND_MS +
                              json_get_int(delay, "nanos", 0) / 1000000);
}

/* "projects/123456789", or "project_number:123456789"; consumers of other kinds tell no project. */
static void take_consumer(struct google_error *error, const char *consumer)
{
    static const char *const leads[] = {"projects/", "project_number:"};
    for (size_t i = 0; i < ARRAY_LEN(leads) && !error->project[0]; i++) {
        const char *number = consumer + strlen(leads[i]);
        size_t digits = text_starts(consumer, leads[i]) ? strspn(number, "0123456789") : 0;
        if (digits < 5 || digits > 20) /* as numbers of projects are */
            continue;
        snprintf(error->project, sizeof(error->project), "projects/%.*s", (int)digits, number);
    }
}

/* "Quota exceeded ... for consumer 'project_number:123456789'." */
static void take_spoken_consumer(struct google_error *error)
{
    const char *at = text_ifind(error->message, "consumer 'project_number:");
    if (at)
        take_consumer(error, at + strlen("consumer '"));
}

/* The quota is named here in older bodies that have no QuotaFailure. */
static void take_error_info(struct google_error *error, json_object *detail)
{
    json_object *metadata = json_get_obj(detail, "metadata");
    const char *limit = json_get_str(metadata, "quota_limit", "");
    if (!error->reason[0])
        text_copy(error->reason, sizeof(error->reason), json_get_str(detail, "reason", ""));
    take_consumer(error, json_get_str(metadata, "consumer", ""));
    if (!*limit || error->violation_count > 0)
        return;
    struct google_violation *v = &error->violations[error->violation_count++];
    json_object *value = json_member(metadata, "quota_limit_value");
    text_copy(v->quota_id, sizeof(v->quota_id), limit);
    text_copy(v->quota_metric, sizeof(v->quota_metric), json_get_str(metadata, "quota_metric", ""));
    v->has_value = value && text_to_int(json_object_get_string(value), &v->value) == 0;
}

static void take_debug_info(struct google_error *error, json_object *detail)
{
    text_copy(error->detail, sizeof(error->detail), json_get_str(detail, "detail", ""));
}

static const struct detail_kind {
    const char *type;
    void (*take)(struct google_error *error, json_object *detail);
} detail_kinds[] = {
    {"google.rpc.QuotaFailure", take_quota_failure},
    {"google.rpc.RetryInfo", take_retry_info},
    {"google.rpc.ErrorInfo", take_error_info},
    {"google.rpc.DebugInfo", take_debug_info},
};

static void take_detail(struct google_error *error, json_object *detail)
{
    const char *type = json_get_str(detail, "@type", "");
    for (size_t i = 0; i < ARRAY_LEN(detail_kinds); i++)
        if (text_ends(type, detail_kinds[i].type))
            detail_kinds[i].take(error, detail);
}

static void take_details(struct google_error *error, json_object *details)
{
    size_t count = details ? json_object_array_length(details) : 0;
    for (size_t i = 0; i < count && i < DETAILS_MAX; i++)
        take_detail(error, json_object_array_get_idx(details, i));
}

/* --- the message ----------------------------------------------------------------------------- */

/* "Please retry in 48.939935699s." */
static void take_spoken_delay(struct google_error *error)
{
    static const char lead[] = "retry in ";
    char text[40];
    int64_t delay_ms = 0;
    const char *at = text_ifind(error->message, lead);
    if (!at)
        return;
    at += strlen(lead);
    size_t len = strcspn(at, " \t\r\n,;");
    while (len > 0 && at[len - 1] == '.')
        len--;
    if (len >= sizeof(text))
        return;
    memcpy(text, at, len);
    text[len] = '\0';
    if (clock_parse_duration(text, &delay_ms) == 0)
        take_delay(error, delay_ms);
}

/* "limit: 0" and not "limit: 0.5" or "limit: 05". */
static bool says_limit_zero(const char *message)
{
    static const char lead[] = "limit:";
    for (const char *at = text_ifind(message, lead); at; at = text_ifind(at, lead)) {
        at += strlen(lead);
        at += strspn(at, " \t");
        if (*at == '0' && !strchr("0123456789.", at[1]))
            return true;
        if (*at == '0' && at[1] == '\0')
            return true;
    }
    return false;
}

static bool every_value_is_zero(const struct google_error *error)
{
    for (int i = 0; i < error->violation_count; i++)
        if (!error->violations[i].has_value || error->violations[i].value != 0)
            return false;
    return error->violation_count > 0;
}

/* --- the body -------------------------------------------------------------------------------- */

static bool take_text(struct google_error *error, const char *text, size_t len, int nested);

static int code_of(json_object *object)
{
    json_object *code = json_member(object, "code");
    int64_t value = 0;
    if (code && text_to_int(json_object_get_string(code), &value) == 0 && value > 0 && value < 1000)
        return (int)value;
    return 0;
}

static bool take_error(struct google_error *error, json_object *object, int nested)
{
    const char *message = json_get_str(object, "message", "");
    const char *first = message + strspn(message, " \t\r\n");
    bool unpacked = (*first == '{' || *first == '[') && nested < NESTED_MAX &&
                    take_text(error, first, strlen(first), nested + 1);
    if (!unpacked)
        text_copy(error->message, sizeof(error->message), message);
    if (!error->status[0])
        text_copy(error->status, sizeof(error->status), json_get_str(object, "status", ""));
    if (error->code == 0)
        error->code = code_of(object);
    if (error->code < 100) /* none, or one of gRPC's own */
        error->code = gemini_http_status(error->status);
    take_details(error, json_get_arr(object, "details"));
    return true;
}

static bool take_document(struct google_error *error, json_object *doc, int nested)
{
    if (json_object_is_type(doc, json_type_array))
        doc = json_object_array_get_idx(doc, 0);
    json_object *inner = json_member(doc, "error");
    if (json_is_str(inner)) {
        text_copy(error->message, sizeof(error->message), json_object_get_string(inner));
        error->code = code_of(doc);
        return true;
    }
    if (inner)
        return json_object_is_type(inner, json_type_object) && take_error(error, inner, nested);
    /* The error itself, without its wrapper. */
    if (json_get_str(doc, "message", NULL) && json_get_str(doc, "status", NULL))
        return take_error(error, doc, nested);
    return false;
}

static bool take_text(struct google_error *error, const char *text, size_t len, int nested)
{
    JSON_AUTO json_object *doc = json_parse_text(text, len, NULL);
    return doc && take_document(error, doc, nested);
}

/* A page: its title is the most that a person can use of it. Else the text's beginning. */
static void take_page(struct google_error *error, const char *body, size_t len)
{
    FREE_AUTO char *text = xstrndup(body, len < 4 * KIB ? len : 4 * KIB);
    const char *title = text_ifind(text, "<title>");
    const char *end = title ? text_ifind(title, "</title>") : NULL;
    if (end) {
        title += strlen("<title>");
        text[end - text] = '\0';
        text_copy(error->message, sizeof(error->message), title);
    } else if (text[strspn(text, " \t\r\n")] != '<') {
        text_copy(error->message, 200, text);
    }
}

void google_error_parse(struct google_error *error_r, const char *body, size_t len)
{
    *error_r = (struct google_error){.retry_delay_ms = -1};
    if (len == 0)
        return;
    error_r->parsed = take_text(error_r, body, len, 0);
    if (!error_r->parsed)
        take_page(error_r, body, len);
    take_spoken_delay(error_r);
    take_spoken_consumer(error_r);
    error_r->limit_zero = says_limit_zero(error_r->message) || every_value_is_zero(error_r);
    redact_text(error_r->message);
    redact_text(error_r->detail);
}

/* --- quotas ---------------------------------------------------------------------------------- */

bool google_violation_daily(const struct google_violation *violation)
{
    return strstr(violation->quota_id, "PerDay") || strstr(violation->quota_id, "Daily") ||
           strstr(violation->quota_metric, "per_day");
}

bool google_violation_minutely(const struct google_violation *violation)
{
    return strstr(violation->quota_id, "PerMinute") ||
           strstr(violation->quota_metric, "per_minute");
}
