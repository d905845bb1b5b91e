/* Values as people write them: JSON, or what Python prints for the same. */
#ifndef CONFIG_LITERAL_H
#define CONFIG_LITERAL_H

#include <json-c/json.h>

#include "base/err.h"

/* Parses JSON; where that fails, JSON with Python's ways: texts in single quotes, tuples in
 * round brackets, True, False and None, a comma after the last item. Returns an object to put,
 * or NULL with ERR_INVALID and a text that says where the plain JSON went wrong. */
json_object *literal_parse(const char *text, struct err *err);

/* Takes off one pair of quotes around the whole of `text`, in place, as they are left by tools
 * that hand over NAME="value" to the letter. A list of quoted items ("a","b") stays. Returns the
 * start inside `text`. */
char *literal_unquote(char *text);

#endif
