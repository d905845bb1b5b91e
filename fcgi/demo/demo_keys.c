#include "demo/demo_keys.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define REQUESTS_PER_MINUTE 5

void demo_keys_init(struct demo_keys *keys)
{
    memset(keys, 0, sizeof(*keys));
    pthread_mutex_init(&keys->lock, NULL);
}

static json_object *error_body(int code, const char *status, const char *message,
                               json_object *details)
{
    json_object *error = json_object_new_object();
    json_add_int(error, "code", code);
    json_add_str(error, "message", message);
    json_add_str(error, "status", status);
    json_add(error, "details", details);
    json_object *body = json_object_new_object();
    json_add(body, "error", error);
    return body;
}

static json_object *typed(const char *type)
{
    char url[96];
    snprintf(url, sizeof(url), "type.googleapis.com/google.rpc.%s", type);
    json_object *detail = json_object_new_object();
    json_add_str(detail, "@type", url);
    return detail;
}

static json_object *invalid_key(void)
{
    json_object *info = typed("ErrorInfo");
    json_add_str(info, "reason", "API_KEY_INVALID");
    json_add_str(info, "domain", "googleapis.com");
    json_object *details = json_object_new_array();
    json_object_array_add(details, info);
    return error_body(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                      details);
}

static json_object *over_quota(const char *model, int limit, int64_t retry_s)
{
    char text[400], value[16];
    snprintf(value, sizeof(value), "%d", limit);
    json_object *dimensions = json_object_new_object();
    json_add_str(dimensions, "model", model);
    json_object *violation = json_object_new_object();
    json_add_str(violation, "quotaMetric",
                 "generativelanguage.googleapis.com/generate_content_free_tier_requests");
    json_add_str(violation, "quotaId", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    json_add(violation, "quotaDimensions", dimensions);
    json_add_str(violation, "quotaValue", value);
    json_object *violations = json_object_new_array();
    json_object_array_add(violations, violation);
    json_object *failure = typed("QuotaFailure");
    json_add(failure, "violations", violations);
    json_object *details = json_object_new_array();
    json_object_array_add(details, failure);
    json_object *retry = typed("RetryInfo");
    snprintf(text, sizeof(text), "%llds", (long long)retry_s);
    json_add_str(retry, "retryDelay", text);
    json_object_array_add(details, retry);
    snprintf(text, sizeof(text),
             "Simulated: quota exceeded for metric generate_content_free_tier_requests, limit: %d, "
             "model: %.100s",
             limit, model);
    return error_body(429, "RESOURCE_EXHAUSTED", text, details);
}

static unsigned hash_of(const char *key, const char *model)
{
    unsigned hash = 2166136261u;
    for (const char *at = key; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    for (const char *at = model; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return hash ? hash : 1;
}

/* The counter of this key and model; collisions share one, which a simulation can bear. */
static bool take_one(struct demo_keys *keys, unsigned hash, int64_t minute)
{
    LOCK_SCOPE(&keys->lock);
    struct demo_counter *counter = &keys->counters[hash % DEMO_COUNTERS];
    if (counter->hash != hash || counter->minute != minute)
        *counter = (struct demo_counter){.hash = hash, .minute = minute};
    if (counter->used >= REQUESTS_PER_MINUTE)
        return false;
    counter->used++;
    return true;
}

json_object *demo_keys_use(struct demo_keys *keys, const char *key, const char *model,
                           int64_t now_ms)
{
    if (text_empty(key) || text_ifind(key, "invalid"))
        return invalid_key();
    if (text_ifind(key, "nomodel") && text_starts(model, "gemini-4"))
        return over_quota(model, 0, 30);
    if (take_one(keys, hash_of(key, model), now_ms / MINUTE_MS))
        return NULL;
    return over_quota(model, REQUESTS_PER_MINUTE, 60 - now_ms / SECOND_MS % 60);
}
