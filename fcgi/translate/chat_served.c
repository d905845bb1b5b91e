/* By whom and how an answer was made: service_tier and system_fingerprint. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/request_facts.h"

/* OpenAI's word for what the client asked for. Its "auto" and those that Google does not know are
 * served as usual. */
static const char *tier_asked(const char *asked)
{
    if (text_eq(asked, "flex") || text_eq(asked, "priority"))
        return asked;
    return *asked ? "default" : NULL;
}

/* What upstream says it did counts more than what it was asked for. */
static const char *tier_of(const struct chat_reply *reply)
{
    static const struct {
        const char *google;
        const char *openai;
    } tiers[] = {{"standard", "default"}, {"flex", "flex"}, {"priority", "priority"}};
    const char *told = json_get_str(reply->usage_details, "serviceTier", "");
    for (size_t i = 0; i < ARRAY_LEN(tiers); i++)
        if (text_ieq(tiers[i].google, told))
            return tiers[i].openai;
    return tier_asked(reply->request->service_tier);
}

/* OpenAI's fingerprint changes with what answers behind a model's name, as Google's modelVersion
 * does. */
void chat_served_note(struct chat_reply *reply, json_object *answer)
{
    const char *version = json_get_str(answer, "modelVersion", "");
    uint64_t hash = hash_bytes(HASH_START, version, strlen(version));
    if (*version)
        snprintf(reply->fingerprint, sizeof(reply->fingerprint), "fp_%010llx",
                 (unsigned long long)(hash & 0xffffffffffULL));
}

void chat_served_put(const struct chat_reply *reply, struct strbuf *out)
{
    const char *tier = tier_of(reply);
    if (tier)
        json_put_str(out, "service_tier", tier);
    if (*reply->fingerprint)
        json_put_str(out, "system_fingerprint", reply->fingerprint);
}

void chat_served_add(const struct chat_reply *reply, json_object *frame)
{
    const char *tier = tier_of(reply);
    if (tier)
        json_add_str(frame, "service_tier", tier);
    if (*reply->fingerprint)
        json_add_str(frame, "system_fingerprint", reply->fingerprint);
}
