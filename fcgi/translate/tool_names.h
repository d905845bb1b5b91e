/* Names of functions: what Google takes, and the way back to the client's. */
#ifndef TRANSLATE_TOOL_NAMES_H
#define TRANSLATE_TOOL_NAMES_H

#include <json-c/json.h>
#include <stdbool.h>

/* All zero: no names. Most requests have none, and no tree is made for them. */
struct tool_names {
    json_object *sent;    /* client's name -> name to send; owned */
    json_object *clients; /* name to send -> client's name; owned */
};

void tool_names_free(struct tool_names *names);

/* True for a name that Google takes as it is: a letter or underscore first, then letters, digits
 * and _ . : - , 64 in all. */
bool tool_name_valid(const char *name);

/* The name to send for a client's; the same one for the same name. An invalid name is mended, and
 * numbered where the mended name is taken. Valid names that shall stay as they are have to come
 * first. Borrowed from `names`. */
const char *tool_names_send(struct tool_names *names, const char *name);

/* Sent -> client's, of the names that differ; NULL where none does. A new object. */
json_object *tool_names_changed(const struct tool_names *names);

#endif
