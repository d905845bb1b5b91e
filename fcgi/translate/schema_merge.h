/* Joining schemas that shall hold together. */
#ifndef TRANSLATE_SCHEMA_MERGE_H
#define TRANSLATE_SCHEMA_MERGE_H

#include <json-c/json.h>

/* Joins `from` into `into`: properties and requirements are put together, of the rest `into` wins.
 * Both are cleaned already; members of `from` are shared. */
void schema_merge(json_object *into, json_object *from);

/* A new list of the texts in two lists of required names, each once. */
json_object *schema_join_required(json_object *a, json_object *b);

#endif
