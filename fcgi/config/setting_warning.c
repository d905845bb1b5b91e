/* What is valid and still deserves a word; the contract stands in settings.h. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "config/bootstrap.h"
#include "config/setting_value.h"

struct warner {
    setting_warning_visit *visit;
    void *ctx;
};

/* --- placeholders ---------------------------------------------------------------------------- */

static size_t count_placeholders(const struct setting_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->len; i++)
        count += bootstrap_is_placeholder(list->items[i]);
    return count;
}

static const char *placeholder_consequence(const struct setting_def *def)
{
    switch (def->group) {
    case GROUP_KEYS:
        return "not added to the pool";
    case GROUP_ACCESS:
        return "in force, but anybody can guess it";
    default:
        return "it will not work";
    }
}

static void warn_of_placeholders(const struct warner *warner, const struct setting_def *def,
                                 const struct setting_list *list)
{
    size_t count = count_placeholders(list);
    const char *consequence = placeholder_consequence(def);
    char text[160];
    if (count == 0)
        return;
    if (def->type == SETTING_LIST)
        snprintf(text, sizeof(text), "%zu of %zu entries are placeholders of an example file: %s",
                 count, list->len, consequence);
    else
        snprintf(text, sizeof(text), "a placeholder of an example file: %s", consequence);
    warner->visit(warner->ctx, def->name, text);
}

static void check_secret(const struct warner *warner, const struct settings *set,
                         const struct setting_def *def)
{
    if (!(def->flags & SET_SECRET) || (def->flags & SET_ACCEPTED))
        return;
    union setting_value value;
    setting_value_get(set, def, &value);
    struct setting_list single = {&value.text, 1};
    if (def->type == SETTING_LIST)
        warn_of_placeholders(warner, def, &value.list);
    else if (def->type == SETTING_STR)
        warn_of_placeholders(warner, def, &single);
}

/* --- single settings ------------------------------------------------------------------------- */

static bool admin_token_is_missing(const struct settings *set)
{
    return set->admin_enabled && text_empty(set->auth_token);
}

static bool mysql_is_asked_for(const struct settings *set)
{
    return text_eq(set->database_type, "mysql");
}

static bool delays_are_crossed(const struct settings *set)
{
    return set->stream_min_delay > set->stream_max_delay;
}

static bool thresholds_are_crossed(const struct settings *set)
{
    return set->stream_short_text_threshold > set->stream_long_text_threshold;
}

static const struct {
    const char *name;
    bool (*applies)(const struct settings *set);
    const char *text;
} rules[] = {
    {"AUTH_TOKEN", admin_token_is_missing,
     "not set: the first of ALLOWED_TOKENS opens the admin pages"},
    {"DATABASE_TYPE", mysql_is_asked_for,
     "this program has no MySQL backend: data is kept in SQLite files under DATA_DIR; set "
     "DATABASE_TYPE=sqlite"},
    {"STREAM_MIN_DELAY", delays_are_crossed, "longer than STREAM_MAX_DELAY"},
    {"STREAM_SHORT_TEXT_THRESHOLD", thresholds_are_crossed,
     "higher than STREAM_LONG_TEXT_THRESHOLD"},
};

void settings_each_warning(const struct settings *set, setting_warning_visit *visit, void *ctx)
{
    const struct warner warner = {visit, ctx};
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        if (rules[i].applies(set))
            visit(ctx, rules[i].name, rules[i].text);
    for (size_t i = 0; i < setting_count(); i++)
        check_secret(&warner, set, setting_at(i));
}
