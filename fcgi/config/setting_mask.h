/* Settings that are no secrets may still hold some: the password in a proxy's URL, the value of an Authorization
 * header. They are shown as "***", and "***" that comes back stands for what is there already. */
#ifndef CONFIG_SETTING_MASK_H
#define CONFIG_SETTING_MASK_H

#include "config/settings.h"

#define SETTING_MASK "***"

/* A URL with "***" for the password of its user (for the user where there is no password: that is a token), and for the
 * values of query parameters that carry credentials by their name (key, token, ...). Free it. */
char *setting_mask_url(const char *url);

/* A value's text as it may be shown: URLs of a text, of a list's items and of a map's members as setting_mask_url();
 * members of a map that carry credentials by their name (Authorization, X-Goog-Api-Key, Cookie) as "***"; a value of
 * SET_SECRET as "***" or "". Text without anything to hide stays as it is, else lists and maps become JSON. Free it. */
char *setting_mask(const struct setting_def *def, const char *text);
/* The same of the value in force, as setting_value_text(). */
char *setting_value_masked(const struct settings *set, const struct setting_def *def);

/* The way back: `text` with every item or member that is the masked form of one in `current` (the value in force)
 * replaced by that one. Several that mask to the same are taken in their order. -1 with ERR_INVALID, err->param and the
 * place when "***" stands for nothing that is known: a password is never sent along to another host. Text without
 * masks stays as it is. The result is the caller's to free. */
int setting_unmask(const struct setting_def *def, const char *text, const char *current,
                   char **text_r, struct err *err);

#endif
