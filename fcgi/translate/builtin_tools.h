/* Google's own tools, by the names under which clients ask for them. */
#ifndef TRANSLATE_BUILTIN_TOOLS_H
#define TRANSLATE_BUILTIN_TOOLS_H

#include <json-c/json.h>

/* Gemini's name of the built-in tool that a word stands for ("web_search" gives "googleSearch");
 * NULL for any other word. */
const char *builtin_tool_of_type(const char *word);
/* The same for a declared function's name. Only a function without parameters is meant so: one
 * that has some is the client's own. */
const char *builtin_tool_of_function(const char *name, json_object *parameters);
/* The built-in tool that stands as a member in `tool` ({"googleSearch":{}}), and its settings. */
const char *builtin_tool_of_member(json_object *tool, json_object **settings_r);

#endif
