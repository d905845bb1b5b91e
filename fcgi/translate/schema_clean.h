/* JSON Schema as clients write it, into what Google takes.
 *
 * Everything is decided by position: a property that is called "title", "not" or "const" is a
 * property. References are resolved inside the document (a cycle ends in an object without
 * properties), allOf is merged, oneOf becomes anyOf, const a list of one, tuples and booleans are
 * spelled out, and keywords that Google does not know are left out. */
#ifndef TRANSLATE_SCHEMA_CLEAN_H
#define TRANSLATE_SCHEMA_CLEAN_H

#include <json-c/json.h>
#include <stdbool.h>

enum schema_form {
    SCHEMA_JSON,   /* parametersJsonSchema, responseJsonSchema */
    SCHEMA_OPENAPI /* parameters, responseSchema: Google's subset of OpenAPI's Schema */
};

/* What the schemas of one request may unfold to: references that fan out grow without bound. */
#define SCHEMA_NODES_MAX 50000

/* A new schema to put; never NULL. What is no object (true, null) becomes an empty schema. Each
 * schema inside counts *nodes_left down; where it reaches 0 empty schemas stand for the rest. */
json_object *schema_clean(json_object *schema, enum schema_form form, int *nodes_left);

/* True when a cleaned schema says nothing about an argument: no properties at all. */
bool schema_is_empty(json_object *cleaned);

/* Second step of SCHEMA_OPENAPI (schema_openapi.c): changes a schema cleaned as SCHEMA_JSON into
 * OpenAPI's form, in place. */
void schema_to_openapi(json_object *schema);

#endif
