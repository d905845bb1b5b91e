/* Keys and what names them, as JSON. */
#ifndef ADMIN_KEY_JSON_H
#define ADMIN_KEY_JSON_H

#include "admin/key_options.h"
#include "admin/keys_filter.h"
#include "base/json.h"

/* A key, masked, with its caps. */
json_object *key_json(const struct store_key *key);
/* What somebody called a key, with a key masked. */
json_object *key_json_masked(json_object *name);
/* Members `status`, `kind`, `reason`, `label`, `project`, `fail_count_threshold`, `search`; the
 * reference's words for a state beside our own. The object must outlive the filter. */
struct keys_filter key_json_filter(json_object *object);
enum keys_state key_json_state(const char *word);
/* The members of an object; texts, numbers and null (which clears) are understood. */
struct key_option_source key_options_of_json(json_object *object, struct arena *arena);

#endif
