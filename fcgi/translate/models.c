#include "translate/json_list.h"
#include "translate/openai_models.h"

#include <string.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/model_name.h"

/* One list in the making: `seen` keeps a name from appearing twice, so a derived name never hides
 * a real model of that name.
 *
 * Upstream's list and the settings may be shared by threads: they are read, and copied, only. */
struct model_list {
    const struct model_list_rules *rules;
    json_object *models; /* upstream's */
    json_object *seen;
    json_object *out;
    int64_t created_s; /* OpenAI's shape only */
    json_object *(*entry)(const struct model_list *list, json_object *model, const char *id,
                          const char *suffix);
};

/* What makes a model worth listing: something that one of our routes can ask of it. */
static const char *const served_methods[] = {"generateContent", "embedContent", "predict",
                                             "predictLongRunning"};

static const char *bare_id(json_object *model)
{
    const char *name = json_get_str(model, "name", "");
    return text_starts(name, "models/") ? name + strlen("models/") : name;
}

static bool has_method(json_object *model, const char *wanted)
{
    json_object *methods = json_get_arr(model, "supportedGenerationMethods");
    size_t count = json_list_len(methods);
    for (size_t i = 0; i < count; i++) {
        json_object *method = json_list_at(methods, i);
        if (json_is_str(method) && text_eq(json_object_get_string(method), wanted))
            return true;
    }
    return count == 0; /* told nothing: Google may have left them out */
}

static bool is_served(json_object *model)
{
    for (size_t i = 0; i < ARRAY_LEN(served_methods); i++)
        if (has_method(model, served_methods[i]))
            return true;
    return false;
}

/* --- the two shapes -------------------------------------------------------------------------- */

static json_object *openai_entry(const struct model_list *list, json_object *model, const char *id,
                                 const char *suffix)
{
    json_object *entry = json_object_new_object();
    (void)model;
    (void)suffix;
    json_add_str(entry, "id", id);
    json_add_str(entry, "object", "model");
    json_add_int(entry, "created", list->created_s);
    json_add_str(entry, "owned_by", "google");
    return entry;
}

static json_object *gemini_entry(const struct model_list *list, json_object *model, const char *id,
                                 const char *suffix)
{
    json_object *entry = json_object_new_object();
    FREE_AUTO char *name = xasprintf("models/%s", id);
    FREE_AUTO char *shown =
        xasprintf("%s%s", json_get_str(model, "displayName", bare_id(model)), suffix);
    (void)list;
    json_add_str(entry, "name", name);
    json_object_object_foreach(model, key, value)
    {
        json_object *copy = NULL;
        if (!text_eq(key, "name") && json_object_deep_copy(value, &copy, NULL) == 0)
            json_add(entry, key, copy);
    }
    json_add_str(entry, "displayName", shown);
    return entry;
}

/* --- the list -------------------------------------------------------------------------------- */

static void add_entry(struct model_list *list, json_object *model, const char *id,
                      const char *suffix)
{
    if (!*id || json_member(list->seen, id))
        return;
    json_add_bool(list->seen, id, true);
    json_object_array_add(list->out, list->entry(list, model, id, suffix));
}

static void add_derived(struct model_list *list, json_object *model, json_object *bases,
                        const char *suffix)
{
    const char *id = bare_id(model);
    if (!model_name_listed(bases, id) || !has_method(model, "generateContent"))
        return;
    FREE_AUTO char *derived = xasprintf("%s%s", id, suffix);
    add_entry(list, model, derived, suffix);
}

static void add_derived_names(struct model_list *list, json_object *model)
{
    const struct model_list_rules *rules = list->rules;
    add_derived(list, model, rules->search, "-search");
    add_derived(list, model, rules->image, "-image");
    add_derived(list, model, rules->non_thinking, "-non-thinking");
    if (!text_empty(rules->image_chat) && text_eq(rules->image_chat, bare_id(model))) {
        FREE_AUTO char *derived = xasprintf("%s-chat", rules->image_chat);
        add_entry(list, model, derived, "-chat");
    }
}

static json_object *find_model(json_object *models, const char *id)
{
    size_t count = json_list_len(models);
    for (size_t i = 0; i < count; i++) {
        json_object *model = json_list_at(models, i);
        if (text_eq(bare_id(model), id))
            return model;
    }
    return NULL;
}

static void add_aliases(struct model_list *list)
{
    if (!json_object_is_type(list->rules->aliases, json_type_object))
        return;
    json_object_object_foreach(list->rules->aliases, alias, target)
    {
        json_object *model = json_is_str(target) && !strchr(alias, '*')
                                 ? find_model(list->models, json_object_get_string(target))
                                 : NULL;
        if (model && !model_name_listed(list->rules->filtered, alias) &&
            !model_name_listed(list->rules->filtered, bare_id(model)))
            add_entry(list, model, alias, "");
    }
}

/* Real models first go into `seen`, so that none of them is taken for a derived one. */
static json_object *make_list(struct model_list *list)
{
    json_object *models = list->models;
    size_t count = json_list_len(models);
    JSON_AUTO json_object *derived = json_object_new_array();
    JSON_AUTO json_object *seen = json_object_new_object();
    json_object *all = list->out = json_object_new_array();
    list->seen = seen;
    if (count == 0)
        return all;
    for (size_t i = 0; i < count; i++) {
        json_object *model = json_list_at(models, i);
        if (is_served(model) && !model_name_listed(list->rules->filtered, bare_id(model)))
            add_entry(list, model, bare_id(model), "");
    }
    list->out = derived;
    for (size_t i = 0; i < count; i++) {
        json_object *model = json_list_at(models, i);
        if (is_served(model) && !model_name_listed(list->rules->filtered, bare_id(model)))
            add_derived_names(list, model);
    }
    add_aliases(list);
    for (size_t i = 0; i < json_list_len(derived); i++)
        json_object_array_add(all, json_object_get(json_list_at(derived, i)));
    return all;
}

json_object *openai_models_from_gemini(json_object *models, const struct model_list_rules *rules,
                                       int64_t created_s)
{
    struct model_list list = {
        .rules = rules, .models = models, .created_s = created_s, .entry = openai_entry};
    json_object *answer = json_object_new_object();
    json_add_str(answer, "object", "list");
    json_add(answer, "data", make_list(&list));
    return answer;
}

json_object *gemini_models_with_rules(json_object *models, const struct model_list_rules *rules)
{
    struct model_list list = {.rules = rules, .models = models, .entry = gemini_entry};
    json_object *answer = json_object_new_object();
    json_add(answer, "models", make_list(&list));
    return answer;
}
