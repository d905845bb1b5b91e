#include "admin/key_reason.h"

#include "base/text.h"

static const struct {
    const char *word;
    enum string_id text;
} reasons[] = {
    /* as the pool words them */
    {"minute_quota", STRING_REASON_MINUTE_QUOTA},
    {"day_quota", STRING_REASON_DAY_QUOTA},
    {"not_entitled", STRING_REASON_NOT_ENTITLED},
    {"model_gone", STRING_REASON_MODEL_GONE},
    {"throttled", STRING_REASON_THROTTLED},
    {"overload", STRING_REASON_OVERLOAD},
    {"fault", STRING_REASON_FAULT},
    {"spent", STRING_REASON_SPENT},
    /* as the verdict names its rules */
    {"quota.minute", STRING_REASON_MINUTE_QUOTA},
    {"quota.other", STRING_REASON_MINUTE_QUOTA},
    {"quota.delay", STRING_REASON_MINUTE_QUOTA},
    {"quota.day", STRING_REASON_DAY_QUOTA},
    {"quota.long", STRING_REASON_DAY_QUOTA},
    {"quota.none", STRING_REASON_NOT_ENTITLED},
    {"quota.throttled", STRING_REASON_THROTTLED},
    {"quota.spent", STRING_REASON_SPENT},
    {"model.gone", STRING_REASON_MODEL_GONE},
    {"model.capacity", STRING_REASON_OVERLOAD},
    {"upstream.overloaded", STRING_REASON_OVERLOAD},
    {"key.expired", STRING_REASON_EXPIRED},
    {"key.invalid", STRING_REASON_INVALID},
    {"key.unauthenticated", STRING_REASON_INVALID},
    {"key.leaked", STRING_REASON_LEAKED},
    {"key.suspended", STRING_REASON_SUSPENDED},
    {"key.project_denied", STRING_REASON_PROJECT_DENIED},
    {"key.project_setup", STRING_REASON_PROJECT_SETUP},
    {"key.restricted", STRING_REASON_RESTRICTED},
    {"key.denied", STRING_REASON_DENIED},
};

const char *key_reason_text(enum language language, const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (text_eq(word, reasons[i].word))
            return string_text(language, reasons[i].text);
    }
    return word ? word : "";
}
