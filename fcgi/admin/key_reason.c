#include "admin/key_reason.h"

#include "base/text.h"

struct word_text {
    const char *word;
    enum string_id text;
};

static const struct word_text reasons[] = {
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
    /* as the keyring does */
    {"key.unreadable", STRING_REASON_UNREADABLE},
};

static const struct word_text effects[] = {
    {"none", STRING_EFFECT_NONE},         {"success", STRING_EFFECT_SUCCESS},
    {"not_sent", STRING_EFFECT_NOT_SENT}, {"rest", STRING_EFFECT_REST},
    {"fault", STRING_EFFECT_FAULT},       {"dead", STRING_EFFECT_DEAD},
};

static const char *text_of(const struct word_text *rows, size_t count, enum language language,
                           const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (text_eq(word, rows[i].word))
            return string_text(language, rows[i].text);
    }
    return word ? word : "";
}

const char *key_reason_text(enum language language, const char *word)
{
    return text_of(reasons, ARRAY_LEN(reasons), language, word);
}

const char *key_effect_text(enum language language, const char *word)
{
    return text_of(effects, ARRAY_LEN(effects), language, word);
}
