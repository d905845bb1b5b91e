/* One value of a setting, outside a snapshot: how each type is read, kept and printed. Private
 * to this folder. */
#ifndef CONFIG_SETTING_VALUE_H
#define CONFIG_SETTING_VALUE_H

#include "base/strbuf.h"
#include "config/settings.h"

/* Which member counts is told by def->type; it has the type of the field in struct settings. */
union setting_value {
    bool flag;
    int64_t whole;
    double number;
    char *text; /* STR and CHOICE; never NULL */
    struct setting_list list;
    json_object *json; /* MAP: never NULL; JSON: NULL when empty */
};

/* True when `text` is empty and that stands for the default. */
bool setting_value_is_default(const struct setting_def *def, const char *text);
/* Reads and checks: 0, or -1 as setting_check(). The value is the caller's to release. */
int setting_value_parse(const struct setting_def *def, const char *text,
                        union setting_value *value_r, struct err *err);
/* Frees what it holds; overwrites a secret one before. */
void setting_value_release(const struct setting_def *def, union setting_value *value);
/* Appends it as .env would spell it. */
void setting_value_print(const struct setting_def *def, const union setting_value *value,
                         struct strbuf *out);

/* Moves a value into its field, and a field's value out (borrowed). */
void setting_value_put(struct settings *set, const struct setting_def *def,
                       const union setting_value *value);
void setting_value_get(const struct settings *set, const struct setting_def *def,
                       union setting_value *value_r);

#endif
