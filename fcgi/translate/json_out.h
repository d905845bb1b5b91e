/* Serialises large JSON without a second copy of its size. */
#ifndef TRANSLATE_JSON_OUT_H
#define TRANSLATE_JSON_OUT_H

#include <json-c/json.h>

#include "base/strbuf.h"

/* Appends *value as json_write() does and puts it; leaves NULL. The items of the top object's lists
 * are freed as they are written, so that large ones are never there twice. Ends early where `out`
 * is full. */
void json_out_take(struct strbuf *out, json_object **value);

#endif
