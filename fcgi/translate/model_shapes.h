/* Lists of models as other clients than OpenAI's and Google's expect them. */
#ifndef TRANSLATE_MODEL_SHAPES_H
#define TRANSLATE_MODEL_SHAPES_H

#include <json-c/json.h>

/* What a page of Anthropic's list asks for; texts are "" where nothing was asked. */
struct model_page {
    const char *after_id, *before_id;
    int64_t limit;
};

/* `list` is what openai_models_from_gemini() made, `models` Google's own array (for names shown
 * and windows). Each returns a new object to put. */
json_object *anthropic_models(json_object *list, json_object *models,
                              const struct model_page *page);
json_object *codex_models(json_object *list, json_object *models);
/* One model of Anthropic's; NULL when the list has none of that id. */
json_object *anthropic_model(json_object *list, json_object *models, const char *id);

#endif
