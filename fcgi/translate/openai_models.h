/* Lists of models: Gemini's into OpenAI's. */
#ifndef TRANSLATE_OPENAI_MODELS_H
#define TRANSLATE_OPENAI_MODELS_H

#include <json-c/json.h>

#include "base/err.h"

/* Which derived names a list shows, and which models it hides; each may be NULL. Arrays of texts.
 */
struct model_list_rules {
    json_object *filtered;     /* FILTERED_MODELS */
    json_object *search;       /* SEARCH_MODELS: adds NAME-search */
    json_object *image;        /* IMAGE_MODELS: adds NAME-image */
    json_object *non_thinking; /* THINKING_MODELS: adds NAME-non-thinking */
    json_object *aliases;      /* MODEL_ALIASES: adds names without "*" whose target exists */
    const char *image_chat;    /* CREATE_IMAGE_MODEL: adds NAME-chat; "" none */
};

/* `models` is an array of Gemini's model objects (all pages). Returns new objects to put. */
json_object *openai_models_from_gemini(json_object *models, const struct model_list_rules *rules,
                                       int64_t created_s);
json_object *gemini_models_with_rules(json_object *models, const struct model_list_rules *rules);

#endif
