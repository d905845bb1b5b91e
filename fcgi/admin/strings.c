#include "admin/strings.h"

#include <string.h>

#include "base/clock.h"

static const struct {
    const char *name;
    const char *texts[LANGUAGE_COUNT];
} strings[STRING_COUNT] = {
#define STRING(id, english, chinese) {"T_" #id, {english, chinese}},
#include "admin/strings.def"
#undef STRING
};

static const struct {
    const char *tag;
    const char *name;
} languages[LANGUAGE_COUNT] = {{"en", "English"}, {"zh-CN", "中文"}};

const char *string_text(enum language language, enum string_id id)
{
    return strings[id].texts[language];
}

const char *string_template_name(enum string_id id)
{
    return strings[id].name;
}

const char *language_tag(enum language language)
{
    return languages[language].tag;
}

const char *language_name(enum language language)
{
    return languages[language].name;
}

/* `text` with the first `placeholder` replaced. */
static const char *fill(struct arena *arena, const char *text, const char *placeholder,
                        const char *value)
{
    const char *at = strstr(text, placeholder);
    if (!at)
        return text;
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, value, at + strlen(placeholder));
}

const char *string_with_number(struct arena *arena, enum language language, enum string_id id,
                               int64_t number)
{
    return fill(arena, string_text(language, id), "{n}",
                arena_printf(arena, "%lld", (long long)number));
}

const char *string_with_text(struct arena *arena, enum language language, enum string_id id,
                             const char *text)
{
    return fill(arena, string_text(language, id), "{s}", text);
}

const char *string_span(struct arena *arena, enum language language, int64_t span_ms)
{
    static const struct {
        int64_t below_ms; /* 0: any */
        int64_t unit_ms;
        enum string_id id;
    } units[] = {
        {2 * MINUTE_MS, SECOND_MS, STRING_SECONDS},
        {2 * HOUR_MS, MINUTE_MS, STRING_MINUTES},
        {2 * DAY_MS, HOUR_MS, STRING_HOURS},
        {0, DAY_MS, STRING_DAYS},
    };
    size_t i = 0;
    if (span_ms < 0)
        span_ms = 0;
    while (units[i].below_ms && span_ms >= units[i].below_ms)
        i++;
    return string_with_number(arena, language, units[i].id,
                              (span_ms + units[i].unit_ms / 2) / units[i].unit_ms);
}

const char *string_ago(struct arena *arena, enum language language, int64_t then_ms, int64_t now_ms)
{
    if (now_ms - then_ms < 10 * SECOND_MS)
        return string_text(language, STRING_NOW);
    return string_with_text(arena, language, STRING_AGO,
                            string_span(arena, language, now_ms - then_ms));
}
