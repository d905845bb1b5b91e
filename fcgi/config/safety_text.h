/* SAFETY_SETTINGS as requests take them along. */
#ifndef CONFIG_SAFETY_TEXT_H
#define CONFIG_SAFETY_TEXT_H

#include <json-c/json.h>

/* The list as JSON text, with only the last row of each category: Google refuses one that comes
 * twice. Free it; NULL where there is no row. */
char *safety_text_of(json_object *settings);

#endif
