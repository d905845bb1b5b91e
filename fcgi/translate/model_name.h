/* What a model's name says: prefixes that clients put before it, suffixes that switch something
 * on, aliases of the settings. */
#ifndef TRANSLATE_MODEL_NAME_H
#define TRANSLATE_MODEL_NAME_H

#include <json-c/json.h>
#include <stdbool.h>

#define MODEL_NAME_SIZE 256

struct translate_env;

/* What the suffixes asked for. */
struct model_switches {
    bool search;       /* -search: answers with Google Search */
    bool image;        /* -image, -image-generation, or -chat behind CREATE_IMAGE_MODEL */
    bool non_thinking; /* -non-thinking: as little thought as the model allows */
};

/* Splits `name` into the bare id and what its suffixes ask for, in any order of suffixes.
 * "models/", "google/" and "gemini/" in front are removed. A name that upstream has (see
 * translate_env.model_exists) is never cut; where upstream's list is not known, -image is cut only
 * from an env->is_image_model(). Returns 0, or -1 when the name is empty or too long. */
int model_name_split(const char *name, const struct translate_env *env,
                     char bare_r[MODEL_NAME_SIZE], struct model_switches *switches_r);

/* True when one of the array's texts, which may hold `*`, fits the id. NULL lists nothing. */
bool model_name_listed(json_object *list, const char *id);

/* The name that MODEL_ALIASES puts in the place of `name`: an exact entry first, then the first
 * pattern that fits. Where neither does, `name` itself. Borrowed from either. */
const char *model_name_alias(json_object *aliases, const char *name);

#endif
