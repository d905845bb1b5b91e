#include "admin/settings_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "config/setting_mask.h"

bool setting_is_visible(const struct setting_def *def)
{
    return !(def->flags & SET_ACCEPTED);
}

bool setting_is_editable(const struct setting_def *def)
{
    return !(def->flags & (SET_ACCEPTED | SET_ENV_ONLY | SET_SEED));
}

void setting_mark(const char *shown, char mark_r[SETTING_MARK_LEN + 1])
{
    char hash[SHA256_HEX];
    sha256_hex(shown, strlen(shown), hash);
    text_copy(mark_r, SETTING_MARK_LEN + 1, hash);
}

/* --- showing --------------------------------------------------------------------------------- */

static const char *lines_of(const char *json, struct arena *arena)
{
    STRBUF_AUTO struct strbuf lines = STRBUF_INIT(LIMIT_SETTING_TEXT);
    JSON_AUTO json_object *list = json_parse_text(json, strlen(json), NULL);
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&lines, "%s%s", i ? "\n" : "",
                      json_object_get_string(json_object_array_get_idx(list, i)));
    return arena_strdup(arena, strbuf_str(&lines));
}

static const char *indented(const char *json, struct arena *arena)
{
    JSON_AUTO json_object *value = json_parse_text(json, strlen(json), NULL);
    if (!value)
        return "";
    if (json_object_is_type(value, json_type_object) && json_object_object_length(value) == 0)
        return "";
    return arena_strdup(arena, json_object_to_json_string_ext(
                                   value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                              JSON_C_TO_STRING_NOSLASHESCAPE));
}

const char *setting_form_text(const struct settings *set, const struct setting_def *def,
                              struct arena *arena)
{
    if (def->flags & SET_SECRET)
        return "";
    FREE_AUTO char *text = setting_value_masked(set, def);
    switch (def->type) {
    case SETTING_LIST:
        return lines_of(text, arena);
    case SETTING_MAP:
    case SETTING_JSON:
        return indented(text, arena);
    default:
        return arena_strdup(arena, text);
    }
}

void settings_form_show(struct settings_form *form, const struct settings *set, struct arena *arena)
{
    *form = (struct settings_form){.count = setting_count()};
    form->entries = ARENA_ARRAY(arena, struct setting_entry, form->count);
    for (size_t i = 0; i < form->count; i++) {
        struct setting_entry *entry = &form->entries[i];
        entry->def = setting_at(i);
        entry->shown = entry->input = setting_form_text(set, entry->def, arena);
    }
}

/* --- reading --------------------------------------------------------------------------------- */

/* Browsers send line breaks as CR LF; a last one is nobody's wish. */
static const char *tidy(const char *text, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);
    char *to = copy;
    for (const char *from = copy; *from; from++) {
        if (*from != '\r')
            *to++ = *from;
    }
    *to = '\0';
    return text_trim(copy);
}

/* What was posted for it; NULL: nothing. A box that is not ticked is not sent, but its mark is. */
static const char *posted_text(const struct setting_entry *entry, const struct http_form *posted,
                               const char *mark, struct arena *arena)
{
    const char *text = http_form_get(posted, entry->def->name);
    if (!text)
        return entry->def->type == SETTING_BOOL && mark ? "false" : NULL;
    return entry->def->flags & SET_SECRET ? text : tidy(text, arena);
}

static bool is_touched(const struct setting_entry *entry, const char *mark)
{
    char own[SETTING_MARK_LEN + 1];
    if (entry->def->flags & SET_SECRET)
        return *entry->input != '\0';
    if (!mark)
        return !text_eq(entry->input, entry->shown);
    setting_mark(entry->input, own);
    return !text_eq(own, mark);
}

static bool empty_is_a_value(const struct setting_def *def)
{
    return def->type == SETTING_LIST || (def->type == SETTING_STR && def->min == 0);
}

const char *setting_unmasked(const struct settings *set, const struct setting_def *def,
                             const char *text, struct arena *arena, struct err *err)
{
    char *real;
    char *current = setting_value_text(set, def);
    int result = setting_unmask(def, text, current, &real, err);
    secret_wipe(current, strlen(current));
    free(current);
    if (result < 0)
        return NULL;
    const char *copy = arena_strdup(arena, real);
    secret_wipe(real, strlen(real));
    free(real);
    return copy;
}

static void check_entry(struct setting_entry *entry, const struct settings *set,
                        struct arena *arena)
{
    struct err err = ERR_INIT;
    const char *value = setting_unmasked(set, entry->def, entry->input, arena, &err);
    if (!value || setting_check(entry->def, value, &err) < 0) {
        entry->error = arena_strdup(arena, err.text);
        return;
    }
    bool is_default = *value == '\0' && !empty_is_a_value(entry->def);
    entry->value = is_default ? NULL : value;
}

static void read_entry(struct setting_entry *entry, const struct settings *set,
                       const struct http_form *posted, struct arena *arena)
{
    const char *mark = http_form_get(posted, arena_printf(arena, "was.%s", entry->def->name));
    const char *text = posted_text(entry, posted, mark, arena);
    if (!text)
        return;
    entry->input = text;
    entry->changed = is_touched(entry, mark);
    if (!entry->changed)
        entry->input = entry->shown;
    else
        check_entry(entry, set, arena);
}

void settings_form_read(struct settings_form *form, const struct settings *set,
                        const struct http_form *posted, struct arena *arena)
{
    for (size_t i = 0; i < form->count; i++) {
        struct setting_entry *entry = &form->entries[i];
        if (!setting_is_editable(entry->def))
            continue;
        read_entry(entry, set, posted, arena);
        form->changed += entry->changed;
        form->wrong += entry->error != NULL;
    }
}
