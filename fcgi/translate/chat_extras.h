/* Fields beside OpenAI's own: Google's, wherever clients put them. */
#ifndef TRANSLATE_CHAT_EXTRAS_H
#define TRANSLATE_CHAT_EXTRAS_H

#include <json-c/json.h>

enum { CHAT_EXTRAS_MAX = 10 };

/* The places of a body where such fields may stand, found once; all borrowed from the body. */
struct chat_extras {
    json_object
        *places[CHAT_EXTRAS_MAX]; /* those that are there; the first that has a field counts */
    size_t count;
    json_object *config; /* the client's generationConfig, NULL none */
};

/* In the order in which they count: generationConfig of the body; google, extra_body.google,
 * extra_body.extra_body.google and extra_body, each after its own generationConfig; the body. */
struct chat_extras chat_extras_of(json_object *body);
/* A field of Google's by its two spellings, borrowed. NULL where it stands nowhere. */
json_object *chat_extra(const struct chat_extras *extras, const char *camel, const char *snake);

#endif
