/* What a person reads about a setting, in English or Simplified Chinese. A `language` that begins
 * with "zh" means Chinese, all others and NULL mean English. */
#ifndef CONFIG_SETTING_TEXT_H
#define CONFIG_SETTING_TEXT_H

#include "base/strbuf.h"
#include "config/settings.h"

const char *setting_help(const struct setting_def *def, const char *language);
const char *setting_group_title(enum setting_group group, const char *language);
/* Appends what values it takes: "a whole number from 0 to 10", "one of a, b, c". */
void setting_range_text(struct strbuf *out, const struct setting_def *def, const char *language);

#endif
