/* The form of the settings: what it shows, and what was posted compared with that.
 *
 * A field has the name of its setting. Beside it stands "was.NAME", the mark of the text that the
 * page showed: what still has that text was not touched, and is left alone even when somebody else
 * has saved another value meanwhile. */
#ifndef ADMIN_SETTINGS_FORM_H
#define ADMIN_SETTINGS_FORM_H

#include "base/arena.h"
#include "config/settings.h"
#include "http/form.h"

#define SETTING_MARK_LEN 16

struct setting_entry {
    const struct setting_def *def;
    const char *shown; /* the value in force as the form has it, masked; "" of a secret */
    const char *input; /* what the form has now: `shown`, or what a person typed */
    const char *error; /* NULL: the input is right */
    bool changed;
    const char *value; /* of a changed entry that is right: to be saved; NULL: the default */
};

struct settings_form {
    struct setting_entry *entries; /* every setting, in the table's order */
    size_t count;
    size_t changed, wrong;
};

/* True where a person can change it here. */
bool setting_is_editable(const struct setting_def *def);
/* True where the page shows it at all: not what is only accepted from files of the reference. */
bool setting_is_visible(const struct setting_def *def);

/* The form for a snapshot; texts in the arena. */
void settings_form_show(struct settings_form *form, const struct settings *set,
                        struct arena *arena);
/* Takes over what was posted on a form for `set`; what is masked in it stays as it is there. */
void settings_form_read(struct settings_form *form, const struct settings *set,
                        const struct http_form *posted, struct arena *arena);
/* What a person or script gave for a setting, with what is masked in it put back from `set`. NULL with err. */
const char *setting_unmasked(const struct settings *set, const struct setting_def *def,
                             const char *text, struct arena *arena, struct err *err);
/* The value of a setting as the form has it: passwords masked, lists a line for each item, JSON indented. */
const char *setting_form_text(const struct settings *set, const struct setting_def *def,
                              struct arena *arena);
void setting_mark(const char *shown, char mark_r[SETTING_MARK_LEN + 1]);

#endif
