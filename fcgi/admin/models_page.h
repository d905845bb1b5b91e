/* The live list of models, for the page that shows it and for the fields of the settings that name
 * models. */
#ifndef ADMIN_MODELS_PAGE_H
#define ADMIN_MODELS_PAGE_H

#include "admin/page.h"
#include "base/json.h"

/* The bare id of one of Google's model objects; "" when it is none. */
const char *model_object_id(json_object *model);
/* Whether a setting holds the name of a model, or a list of them. */
bool setting_names_models(const struct setting_def *def);

#endif
