#include "translate/model_name.h"

#include <string.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/openai_chat.h"

/* A name holds at most one suffix of each kind. */
#define SUFFIXES_MAX 4

static const char *const prefixes[] = {"models/", "google/", "gemini/"};

enum suffix_kind { SUFFIX_SEARCH, SUFFIX_IMAGE, SUFFIX_NON_THINKING };

static const struct suffix {
    const char *text;
    enum suffix_kind kind;
} suffixes[] = {
    {"-search", SUFFIX_SEARCH},
    {"-image-generation", SUFFIX_IMAGE},
    {"-image", SUFFIX_IMAGE},
    {"-non-thinking", SUFFIX_NON_THINKING},
};

bool model_name_listed(json_object *list, const char *id)
{
    size_t count = json_list_len(list);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_list_at(list, i);
        if (json_is_str(item) && text_match(json_object_get_string(item), id))
            return true;
    }
    return false;
}

const char *model_name_alias(json_object *aliases, const char *name)
{
    const char *exact = json_get_str(aliases, name, NULL);
    if (exact || !json_object_is_type(aliases, json_type_object))
        return text_empty(exact) ? name : exact;
    json_object_object_foreach(aliases, pattern, target)
    {
        if (json_is_str(target) && strchr(pattern, '*') && text_match(pattern, name))
            return json_object_get_string(target);
    }
    return name;
}

static const char *without_prefixes(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (text_istarts(name, prefixes[i])) {
            name += strlen(prefixes[i]);
            i = (size_t)-1; /* "models/google/..." occurs: look at all of them again */
        }
    }
    return name;
}

static int model_exists(const struct translate_env *env, const char *name)
{
    return env->model_exists ? env->model_exists(env->ctx, name) : -1;
}

/* Whether `suffix` at the end of `name` is one of ours and not a part of the model's own name. */
static bool may_cut(const struct translate_env *env, const char *name, const char *bare,
                    enum suffix_kind kind)
{
    int exists = model_exists(env, name);
    if (exists == 1)
        return false;
    if (exists == 0 || kind != SUFFIX_IMAGE)
        return true;
    return env->is_image_model && env->is_image_model(env->ctx, bare);
}

static bool cut_suffix(const struct translate_env *env, char *name, const struct suffix *suffix)
{
    size_t len = strlen(name);
    size_t suffix_len = strlen(suffix->text);
    char bare[MODEL_NAME_SIZE];
    if (len <= suffix_len || !text_ends(name, suffix->text))
        return false;
    text_copy(bare, sizeof(bare), name);
    bare[len - suffix_len] = '\0';
    if (!may_cut(env, name, bare, suffix->kind))
        return false;
    name[len - suffix_len] = '\0';
    return true;
}

static void note_switch(struct model_switches *switches, enum suffix_kind kind)
{
    switches->search |= kind == SUFFIX_SEARCH;
    switches->image |= kind == SUFFIX_IMAGE;
    switches->non_thinking |= kind == SUFFIX_NON_THINKING;
}

static bool cut_one(const struct translate_env *env, char *name, struct model_switches *switches)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (cut_suffix(env, name, &suffixes[i])) {
            note_switch(switches, suffixes[i].kind);
            return true;
        }
    }
    return false;
}

/* CREATE_IMAGE_MODEL-chat is the image model, talked to as a chat. */
static void cut_image_chat(const struct translate_env *env, char *name,
                           struct model_switches *switches)
{
    size_t len = strlen(name);
    const char *image_model = env->create_image_model;
    if (text_empty(image_model) || !text_ends(name, "-chat") || model_exists(env, name) == 1)
        return;
    if (strlen(image_model) != len - strlen("-chat") ||
        strncmp(name, image_model, strlen(image_model)) != 0)
        return;
    name[len - strlen("-chat")] = '\0';
    switches->image = true;
}

int model_name_split(const char *name, const struct translate_env *env,
                     char bare_r[MODEL_NAME_SIZE], struct model_switches *switches_r)
{
    *switches_r = (struct model_switches){0};
    name = without_prefixes(name);
    if (text_empty(name) || !text_copy(bare_r, MODEL_NAME_SIZE, name))
        return -1;
    cut_image_chat(env, bare_r, switches_r);
    for (int i = 0; i < SUFFIXES_MAX && cut_one(env, bare_r, switches_r); i++)
        continue;
    return 0;
}
