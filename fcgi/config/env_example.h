/* A .env file to start from. */
#ifndef CONFIG_ENV_EXAMPLE_H
#define CONFIG_ENV_EXAMPLE_H

#include "base/strbuf.h"

/* Appends a .env with every setting that has something to set here: its help and range as
 * comments, then the line "#NAME=default", by groups. `language` as in config/setting_text.h. With
 * all its "#NAME=" opened it reads as the defaults. */
void settings_print_env_example(struct strbuf *out, const char *language);

#endif
