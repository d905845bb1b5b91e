#include "api/fallback.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "translate/model_name.h"

static bool was_asked(const struct fallback *fallback, const char *model)
{
    for (size_t i = 0; i < fallback->count; i++)
        if (text_eq(fallback->asked[i], model))
            return true;
    return false;
}

const char *fallback_next(struct fallback *fallback, struct api_call *call, const char *model)
{
    struct arena *arena = call->http->req->arena;
    if (fallback->count > FALLBACKS_MAX)
        return NULL;
    fallback->asked[fallback->count++] = arena_strdup(arena, model);
    const char *next = model_name_alias(call->settings->model_fallbacks, model);
    if (fallback->count > FALLBACKS_MAX || was_asked(fallback, next) ||
        api_call_model_refused(call, next))
        return NULL;
    return arena_strdup(arena, next);
}

const char *fallback_name(struct api_call *call, const char *name, const char *model,
                          const char *next)
{
    const char *bare = strstr(name, model);
    return arena_join(call->http->req->arena, next, bare ? bare + strlen(model) : "");
}

bool fallback_takes_over(struct api_call *call, const char *next)
{
    struct exchange_request *request = &call->request;
    const struct exchange_outcome *outcome = &call->outcome;
    char from[LOG_TEXT_SHORT * 2], to[LOG_TEXT_SHORT * 2], why[LOG_TEXT_LONG];
    if (!next || !outcome->unsuited)
        return false;
    log_event(LOG_INFO, "api.fallback", "request=%lld from=%s to=%s status=%d error=%s",
              (long long)call->log->id, log_quote(request->model, from, sizeof(from)),
              log_quote(next, to, sizeof(to)), outcome->status,
              log_quote(outcome->error, why, sizeof(why)));
    request->attempts_before += outcome->attempts;
    request->upstream_us_before = outcome->upstream_us;
    request->begun = outcome->begun;
    return true;
}
