/* Fields beside OpenAI's own: Google's, wherever clients put them. */
#ifndef TRANSLATE_CHAT_EXTRAS_H
#define TRANSLATE_CHAT_EXTRAS_H

#include <json-c/json.h>

/* A field of Google's by its two spellings, borrowed: from generationConfig of the body (or of one
 * of the following), google, extra_body.google, extra_body.extra_body.google, extra_body, or the
 * body itself. NULL where it stands nowhere. */
json_object *chat_extra(json_object *body, const char *camel, const char *snake);
/* The client's generationConfig, NULL none. */
json_object *chat_generation_config(json_object *body);

#endif
