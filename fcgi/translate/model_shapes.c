#include "translate/model_shapes.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/model_family.h"

/* Google's model of an id: that of the same name, or of which the id is a variant (NAME-search). */
static json_object *google_model(json_object *models, const char *id)
{
    json_object *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < json_list_len(models); i++) {
        json_object *model = json_list_at(models, i);
        const char *name = json_get_str(model, "name", "");
        name += text_starts(name, "models/") ? strlen("models/") : 0;
        size_t len = strlen(name);
        if (len > best_len && text_starts(id, name) && (id[len] == '\0' || id[len] == '-')) {
            best = model;
            best_len = len;
        }
    }
    return best;
}

static void add_shown_name(json_object *entry, const char *field, json_object *model,
                           const char *id)
{
    const char *name = json_get_str(model, "name", "");
    bool same = text_ends(name, id) && strlen(name) == strlen("models/") + strlen(id);
    json_add_str(entry, field, same ? json_get_str(model, "displayName", id) : id);
}

/* --- Anthropic --------------------------------------------------------------------------------- */

static json_object *anthropic_entry(json_object *listed, json_object *models)
{
    char when[40];
    const char *id = json_get_str(listed, "id", "");
    json_object *model = google_model(models, id);
    json_object *entry = json_object_new_object();
    json_add_str(entry, "type", "model");
    json_add_str(entry, "id", id);
    add_shown_name(entry, "display_name", model, id);
    json_add_str(entry, "created_at",
                 clock_iso(json_get_int(listed, "created", 0) * SECOND_MS, when, sizeof(when)));
    int64_t window = json_get_int(model, "inputTokenLimit", 0);
    if (window > 0)
        json_add_int(entry, "max_input_tokens", window);
    int64_t output = json_get_int(model, "outputTokenLimit", 0);
    if (output > 0)
        json_add_int(entry, "max_tokens", output);
    return entry;
}

static size_t index_of(json_object *data, const char *id, size_t fallback)
{
    for (size_t i = 0; *id && i < json_list_len(data); i++)
        if (text_eq(json_get_str(json_list_at(data, i), "id", ""), id))
            return i;
    return fallback;
}

static void add_id(json_object *answer, const char *field, json_object *entry)
{
    if (entry)
        json_add_str(answer, field, json_get_str(entry, "id", ""));
    else
        json_add_null(answer, field);
}

json_object *anthropic_models(json_object *list, json_object *models, const struct model_page *page)
{
    json_object *all = json_get_arr(list, "data");
    size_t count = json_list_len(all);
    size_t after = index_of(all, page->after_id, SIZE_MAX);
    size_t end = index_of(all, page->before_id, count);
    size_t from = after == SIZE_MAX ? 0 : after + 1;
    size_t limit = page->limit > 0 ? (size_t)page->limit : 20;
    bool backwards = *page->before_id && !*page->after_id;
    if (backwards && end > limit)
        from = end - limit;
    size_t to = from + limit < end ? from + limit : end;
    json_object *answer = json_object_new_object();
    json_object *data = json_object_new_array();
    for (size_t i = from; i < to; i++)
        json_object_array_add(data, anthropic_entry(json_list_at(all, i), models));
    size_t shown = json_list_len(data);
    json_add(answer, "data", data);
    json_add_bool(answer, "has_more", backwards ? from > 0 : to < end);
    add_id(answer, "first_id", shown ? json_list_at(data, 0) : NULL);
    add_id(answer, "last_id", shown ? json_list_at(data, shown - 1) : NULL);
    return answer;
}

json_object *anthropic_model(json_object *list, json_object *models, const char *id)
{
    json_object *all = json_get_arr(list, "data");
    size_t at = index_of(all, id, SIZE_MAX);
    return at == SIZE_MAX ? NULL : anthropic_entry(json_list_at(all, at), models);
}

/* --- Codex ------------------------------------------------------------------------------------- */

static json_object *reasoning_levels(const char *id)
{
    const struct model_family *family = model_family_of(id);
    json_object *levels = json_object_new_array();
    if (family->thinking == THINKING_NONE)
        return levels;
    for (int level = LEVEL_MINIMAL; level < LEVEL_COUNT; level++) {
        bool taken = family->thinking == THINKING_BUDGET ? level >= LEVEL_LOW && level <= LEVEL_HIGH
                                                         : (family->levels & (1u << level)) != 0;
        if (!taken)
            continue;
        json_object *one = json_object_new_object();
        const char *word = thinking_level_word((enum thinking_level)level);
        json_add_str(one, "effort", word);
        json_add_str(one, "description", word);
        json_object_array_add(levels, one);
    }
    return levels;
}

static json_object *codex_entry(json_object *listed, json_object *model, int64_t priority)
{
    const char *id = json_get_str(listed, "id", "");
    json_object *entry = json_object_new_object();
    json_object *levels = reasoning_levels(id);
    json_add_str(entry, "slug", id);
    add_shown_name(entry, "display_name", model, id);
    json_add_str(entry, "description", json_get_str(model, "description", ""));
    json_add_str(entry, "visibility", "list");
    json_add_bool(entry, "supported_in_api", true);
    json_add_int(entry, "priority", priority);
    json_add_int(entry, "context_window", json_get_int(model, "inputTokenLimit", 0));
    if (json_list_len(levels) > 0)
        json_add_str(entry, "default_reasoning_level",
                     json_get_str(json_list_at(levels, json_list_len(levels) / 2), "effort", ""));
    json_add(entry, "supported_reasoning_levels", levels);
    return entry;
}

json_object *codex_models(json_object *list, json_object *models)
{
    json_object *answer = json_object_new_object();
    json_object *all = json_get_arr(list, "data");
    json_object *shown = json_object_new_array();
    for (size_t i = 0; i < json_list_len(all); i++) {
        json_object *listed = json_list_at(all, i);
        json_object *model = google_model(models, json_get_str(listed, "id", ""));
        json_object_array_add(shown, codex_entry(listed, model, (int64_t)i + 1));
    }
    json_add(answer, "models", shown);
    return answer;
}
