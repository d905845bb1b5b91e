/* Google's safety filters. */
#ifndef TRANSLATE_SAFETY_H
#define TRANSLATE_SAFETY_H

#include <json-c/json.h>

/* SAFETY_SETTINGS as they are sent, a value to put: the last of each category. NULL where there is
 * none. The settings, which threads share, are only read. */
json_object *safety_of_settings(json_object *settings);

#endif
