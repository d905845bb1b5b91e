/* Serialises large JSON without a second copy of its size. */
#ifndef TRANSLATE_JSON_OUT_H
#define TRANSLATE_JSON_OUT_H

#include <json-c/json.h>

#include "base/strbuf.h"

/* Appends *value as JSON, like json_write(), and puts it; leaves NULL. Long texts without
 * characters to escape (base64) go from the tree to `out` directly, and members of the upper
 * levels are freed as they are written. Ends early where `out` is full. */
void json_out_take(struct strbuf *out, json_object **value);

#endif
