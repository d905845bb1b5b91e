#include "config/settings.h"

#include <stddef.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "config/safety_text.h"
#include "config/setting_value.h"

/* --- the table ------------------------------------------------------------------------------- */

static const struct setting_def table[] = {
#define SETTING(type, field, name, fallback, min, max, group, flags, choices, help_en, help_zh) \
    {name,                                                                                      \
     SETTING_##type,                                                                            \
     fallback,                                                                                  \
     min,                                                                                       \
     max,                                                                                       \
     group,                                                                                     \
     flags,                                                                                     \
     choices,                                                                                   \
     help_en,                                                                                   \
     help_zh,                                                                                   \
     offsetof(struct settings, field)},
#include "config/settings.def"
#undef SETTING
};

size_t setting_count(void)
{
    return ARRAY_LEN(table);
}

const struct setting_def *setting_at(size_t index)
{
    return &table[index];
}

const struct setting_def *setting_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (text_ieq(table[i].name, name))
            return &table[i];
    return NULL;
}

int setting_check(const struct setting_def *def, const char *value, struct err *err)
{
    union setting_value parsed;
    if (setting_value_parse(def, value, &parsed, err))
        return -1;
    setting_value_release(def, &parsed);
    return 0;
}

bool setting_list_has(const struct setting_list *list, const char *item)
{
    for (size_t i = 0; i < list->len; i++)
        if (text_eq(list->items[i], item))
            return true;
    return false;
}

/* --- building a snapshot --------------------------------------------------------------------- */

static const char *row_text(const struct setting_rows *rows, const struct setting_def *def)
{
    return rows ? setting_rows_get(rows, def->name) : NULL;
}

/* The text that counts for a setting, and where it comes from. */
static const char *choose_text(const struct setting_def *def,
                               const struct setting_rows *environment,
                               const struct setting_rows *stored, enum setting_source *source_r)
{
    bool storable = !(def->flags & (SET_SEED | SET_ENV_ONLY));
    const char *text = storable ? row_text(stored, def) : NULL;
    *source_r = SOURCE_STORE;
    if (!text) {
        text = row_text(environment, def);
        *source_r = SOURCE_ENVIRONMENT;
    }
    if (!text || setting_value_is_default(def, text)) {
        text = def->fallback;
        *source_r = SOURCE_DEFAULT;
    }
    return text;
}

/* Reads `text` into the field. What nothing reads must not keep the program from starting. */
static int fill_field(struct settings *set, const struct setting_def *def, const char *text,
                      struct err *err)
{
    union setting_value value;
    if (setting_value_parse(def, text, &value, err)) {
        if (!(def->flags & SET_ACCEPTED))
            return -1;
        err_clear(err);
        if (setting_value_parse(def, def->fallback, &value, err))
            return -1;
    }
    setting_value_put(set, def, &value);
    return 0;
}

static int tell_source(enum setting_source source, struct err *err)
{
    static const char *const names[] = {
        [SOURCE_DEFAULT] = "the default",
        [SOURCE_ENVIRONMENT] = "from .env or the environment",
        [SOURCE_STORE] = "saved in the admin",
    };
    if (!err)
        return -1;
    return err_set_param(err, err->code, err->param, "%s (%s)", err->text, names[source]);
}

/* Releases the fields of the first `count` rows and the snapshot. */
static void free_settings(struct settings *set, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        union setting_value value;
        setting_value_get(set, &table[i], &value);
        setting_value_release(&table[i], &value);
    }
    free(set->safety_text);
    free(set->sources);
    free(set);
}

struct settings *settings_build(const struct setting_rows *environment,
                                const struct setting_rows *stored, struct err *err)
{
    struct settings *set = xcalloc(1, sizeof(*set));
    set->sources = xcalloc(ARRAY_LEN(table), sizeof(set->sources[0]));
    set->refs = 1;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        enum setting_source source;
        const char *text = choose_text(&table[i], environment, stored, &source);
        set->sources[i] = (uint8_t)source;
        if (fill_field(set, &table[i], text, err)) {
            tell_source(source, err);
            free_settings(set, i);
            return NULL;
        }
    }
    set->safety_text = safety_text_of(set->safety_settings);
    return set;
}

/* --- a snapshot ------------------------------------------------------------------------------ */

/* The count is the one part of a snapshot that changes; it is only touched here. */
static unsigned *reference_count(const struct settings *set)
{
    return &((struct settings *)set)->refs;
}

const struct settings *settings_ref(const struct settings *set)
{
    __atomic_add_fetch(reference_count(set), 1, __ATOMIC_RELAXED);
    return set;
}

void settings_borrow(struct settings *copy_r, const struct settings *set)
{
    memcpy(copy_r, set, offsetof(struct settings, refs));
    copy_r->refs = 0;
}

void settings_unref(const struct settings **set)
{
    const struct settings *last = *set;
    *set = NULL;
    if (last && __atomic_sub_fetch(reference_count(last), 1, __ATOMIC_ACQ_REL) == 0)
        free_settings((struct settings *)last, ARRAY_LEN(table));
}

char *setting_value_text(const struct settings *set, const struct setting_def *def)
{
    union setting_value value;
    setting_value_get(set, def, &value);
    struct strbuf text = STRBUF_INIT(4 * LIMIT_SETTING_TEXT); /* JSON escapes may lengthen it */
    setting_value_print(def, &value, &text);
    return strbuf_take(&text, NULL);
}

enum setting_source setting_source_of(const struct settings *set, const struct setting_def *def)
{
    return (enum setting_source)set->sources[def - table];
}
