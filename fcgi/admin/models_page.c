/* The page /config/models: what upstream offers, what each model can do, which keys may use it, and
 * which settings name it. */
#include "admin/models_page.h"

#include <stdlib.h>
#include <string.h>

#include "admin/json_answer.h"
#include "admin/keys_filter.h"
#include "admin/number_text.h"
#include "admin/settings_save.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/store_keys.h"
#include "translate/model_family.h"

enum { CHOSEN_MAX = 100 };

/* Settings that name models, and whether several. */
static const struct {
    const char *name;
    bool list;
} model_settings[] = {
    {"TEST_MODEL", false},         {"FILTERED_MODELS", true}, {"SEARCH_MODELS", true},
    {"IMAGE_MODELS", true},        {"THINKING_MODELS", true}, {"URL_CONTEXT_MODELS", true},
    {"CREATE_IMAGE_MODEL", false}, {"TTS_MODEL", false},      {"TRANSCRIPTION_MODEL", false},
};

bool setting_names_models(const struct setting_def *def)
{
    for (size_t i = 0; i < ARRAY_LEN(model_settings); i++) {
        if (text_eq(def->name, model_settings[i].name))
            return true;
    }
    return false;
}

const char *model_object_id(json_object *model)
{
    const char *name = json_get_str(model, "name", "");
    return text_starts(name, "models/") ? name + strlen("models/") : "";
}

/* --- what a model can do ------------------------------------------------------------------------ */

static bool has_method(json_object *model, const char *method)
{
    json_object *methods = json_get_arr(model, "supportedGenerationMethods");
    size_t count = methods ? json_object_array_length(methods) : 0;
    for (size_t i = 0; i < count; i++) {
        if (text_eq(json_object_get_string(json_object_array_get_idx(methods, i)), method))
            return true;
    }
    return false;
}

/* A bit for each column of abilities. */
static unsigned abilities_of(json_object *model)
{
    const struct model_family *family = model_family_of(model_object_id(model));
    bool draws = model_family_has(family, FAMILY_IMAGE);
    bool speaks = model_family_has(family, FAMILY_AUDIO);
    bool generates = has_method(model, "generateContent");
    const bool has[] = {
        generates && !draws && !speaks,
        generates && family->thinking != THINKING_NONE,
        generates && !model_family_has(family, FAMILY_NO_FUNCTIONS),
        generates && !model_family_has(family, FAMILY_NO_JSON),
        draws || has_method(model, "predict"),
        speaks,
        has_method(model, "embedContent"),
        has_method(model, "bidiGenerateContent"),
    };
    unsigned bits = 0;
    for (size_t i = 0; i < ARRAY_LEN(has); i++)
        bits |= has[i] ? 1u << i : 0;
    return bits;
}

static const struct {
    const char *word; /* in JSON */
    enum string_id label;
} abilities[] = {
    {"chat", STRING_CAN_CHAT},        {"thinking", STRING_CAN_THINK}, {"tools", STRING_CAN_TOOLS},
    {"json", STRING_CAN_JSON},        {"images", STRING_CAN_DRAW},    {"speech", STRING_CAN_SPEAK},
    {"embeddings", STRING_CAN_EMBED}, {"live", STRING_CAN_LIVE},
};

/* --- which keys may use it ---------------------------------------------------------------------- */

struct model_use {
    const char *model; /* "" all */
    int64_t excluded, resting;
};

struct model_uses {
    struct model_use *items;
    size_t count, cap;
    struct arena *arena;
    int64_t keys; /* neither dead nor paused */
};

static struct model_use *use_of(struct model_uses *uses, const char *model)
{
    for (size_t i = uses->count; i-- > 0;) {
        if (text_eq(uses->items[i].model, model))
            return &uses->items[i];
    }
    return NULL;
}

static int add_rests(void *ctx, const char *model, const char *reason, int64_t keys)
{
    struct model_uses *uses = ctx;
    struct model_use *use = use_of(uses, model);
    bool excludes = text_eq(reason, "not_entitled") || text_eq(reason, "model_gone");
    if (!use && uses->count == uses->cap)
        return 1;
    if (!use) {
        use = &uses->items[uses->count++];
        use->model = arena_strdup(uses->arena, model);
    }
    *(excludes ? &use->excluded : &use->resting) += keys;
    return 0;
}

static int64_t alive(struct keyring *ring, enum key_kind kind)
{
    const struct key_pool_counts counts = keyring_counts(ring, kind);
    return counts.total - counts.paused - counts.dead;
}

static int read_uses(struct http_call *call, struct model_uses *uses, int64_t now_ms)
{
    *uses = (struct model_uses){.cap = 2000, .arena = call->req->arena};
    uses->items = ARENA_ARRAY(call->req->arena, struct model_use, uses->cap);
    uses->keys = alive(call->admin->keyring, KEY_GEMINI) + alive(call->admin->keyring, KEY_PAID);
    return store_rests_count(call->admin->store, now_ms, add_rests, uses, &call->err);
}

/* --- the page ----------------------------------------------------------------------------------- */

/* The list of keys that may not use the model: the text matches the model of a rest. */
static const char *keys_without(const struct page *page, const char *id)
{
    const struct keys_filter filter = {
        .state = KEYS_ALL, .kind = -1, .reason = "not_entitled", .text = id, .size = 50, .page = 1};
    return keys_filter_path(page->arena, &filter);
}

static void add_uses(const struct page *page, struct view_dict *row, struct model_uses *uses,
                     const char *id)
{
    static const struct model_use none;
    const struct model_use *own = use_of(uses, id);
    const struct model_use *all = use_of(uses, "");
    own = own ? own : &none;
    int64_t resting = own->resting + (all ? all->resting : 0);
    view_set(row, "USABLE",
             arena_printf(page->arena, "%lld / %lld",
                          (long long)(uses->keys > own->excluded ? uses->keys - own->excluded : 0),
                          (long long)uses->keys));
    if (resting > 0)
        view_set(view_section(row, "RESTING"), "TEXT",
                 string_with_number(page->arena, page->preferences.language, STRING_RESTING_NOW,
                                    resting));
    if (own->excluded > 0)
        view_set(view_section(row, "EXCLUDED"), "HREF",
                 page_url(page->call, keys_without(page, id)));
}

static void add_settings(const struct page *page, struct view_dict *row, const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(model_settings); i++) {
        const struct setting_def *def = setting_find(model_settings[i].name);
        FREE_AUTO char *text = setting_value_text(page->call->settings, def);
        const char *quoted =
            model_settings[i].list ? arena_printf(page->arena, "\"%s\"", id) : NULL;
        if (quoted ? strstr(text, quoted) != NULL : text_eq(text, id))
            view_set(view_section(row, "NAMED_BY"), "NAME", def->name);
    }
}

static void add_limit(const struct page *page, struct view_dict *row, const char *name,
                      int64_t limit)
{
    view_set(row, name, limit > 0 ? number_short(page->arena, limit) : "–");
}

/* A chat with it, where it can chat. */
static void add_try(const struct page *page, struct view_dict *row, const char *id)
{
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/playground?model=");
    url_encode(&path, id, strlen(id), "");
    view_set(view_section(row, "TRY"), "HREF", page_url(page->call, strbuf_str(&path)));
}

static void add_model(const struct page *page, json_object *model, struct model_uses *uses)
{
    const char *id = model_object_id(model);
    unsigned bits = abilities_of(model);
    if (!*id)
        return;
    struct view_dict *row = view_section(page->content, "MODEL");
    view_set(row, "ID", id);
    view_set(row, "TITLE", json_get_str(model, "displayName", ""));
    if (has_method(model, "generateContent"))
        add_try(page, row, id);
    add_limit(page, row, "INPUT", json_get_int(model, "inputTokenLimit", 0));
    add_limit(page, row, "OUTPUT", json_get_int(model, "outputTokenLimit", 0));
    for (size_t i = 0; i < ARRAY_LEN(abilities); i++) {
        if (bits & (1u << i))
            page_set_text(page, view_section(row, "ABILITY"), "LABEL", abilities[i].label);
    }
    add_uses(page, row, uses, id);
    add_settings(page, row, id);
}

static void fill(const struct page *page, json_object *models, struct model_uses *uses)
{
    size_t count = models ? json_object_array_length(models) : 0;
    for (size_t i = 0; i < ARRAY_LEN(model_settings); i++)
        view_set(view_section(page->content, "SETTING_CHOICE"), "NAME", model_settings[i].name);
    view_show(page->content, count ? "HAS_MODELS" : "NO_MODELS");
    for (size_t i = 0; i < count; i++)
        add_model(page, json_object_array_get_idx(models, i), uses);
}

int admin_models_page(struct http_call *call)
{
    struct page page;
    struct model_uses uses;
    int status = 502;
    JSON_AUTO json_object *models =
        call->admin->models ? call->admin->models(call, MODELS_WANTED, &status) : NULL;
    struct err problem = call->err;
    page_begin(&page, call, "models.tpl", STRING_MODELS, PAGE_WIDE);
    if (read_uses(call, &uses, page.now_ms) < 0) {
        page_abandon(&page);
        return admin_status_of(&call->err);
    }
    fill(&page, models, &uses);
    if (!models && !text_empty(problem.text))
        view_set(view_section(page.content, "PROBLEM"), "TEXT", problem.text);
    return page_send(&page, 200);
}

/* --- what is done there ------------------------------------------------------------------------- */

static int refresh(struct http_call *call)
{
    int status = 502;
    JSON_AUTO json_object *models =
        call->admin->models ? call->admin->models(call, MODELS_RENEWED, &status) : NULL;
    return admin_redirect_flash(
        call, "/config/models",
        &(struct flash){.code = models ? FLASH_MODELS_FRESH : FLASH_MODELS_FAILED});
}

static bool holds(json_object *list, const char *text)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (text_eq(json_object_get_string(json_object_array_get_idx(list, i)), text))
            return true;
    }
    return false;
}

/* The setting's list with the models that were ticked, or the one model; NULL when none was. */
static const char *new_value(struct http_call *call, const struct setting_def *def)
{
    const struct http_form *form = admin_form(call);
    FREE_AUTO char *text = setting_value_text(call->settings, def);
    JSON_AUTO json_object *list =
        def->type == SETTING_LIST ? json_parse_text(text, strlen(text), NULL) : NULL;
    const char *chosen = http_form_get(form, "model");
    if (!chosen || !list)
        return chosen;
    for (size_t i = 0; (chosen = http_form_get_nth(form, "model", i)) && i < CHOSEN_MAX; i++) {
        if (!holds(list, chosen))
            json_object_array_add(list, json_object_new_string(chosen));
    }
    return json_to_arena(call->req->arena, list, NULL);
}

static int use(struct http_call *call)
{
    const struct setting_def *def = setting_find(http_form_get(admin_form(call), "setting"));
    if (!def || !setting_names_models(def))
        return err_set_param(&call->err, ERR_INVALID, "setting", "no setting of models"), 400;
    const char *value = new_value(call, def);
    if (!value)
        return admin_redirect_flash(call, "/config/models",
                                    &(struct flash){.code = FLASH_NO_ROW_SELECTED});
    const struct store_setting_change change = {def->name, value, false};
    if (setting_check(def, value, &call->err) < 0)
        return 400;
    if (settings_save(call, &change, 1) < 0)
        return admin_status_of(&call->err);
    const struct flash flash = {
        .code = FLASH_SETTINGS_SAVED, .hints = {def->name}, .hint_count = 1};
    return admin_redirect_flash(call, "/config/models", &flash);
}

int admin_models_action(struct http_call *call)
{
    return text_eq(http_form_get(admin_form(call), "action"), "refresh") ? refresh(call)
                                                                         : use(call);
}

/* --- JSON ---------------------------------------------------------------------------------------- */

static json_object *json_of(json_object *model, struct model_uses *uses)
{
    const struct model_use *own = use_of(uses, model_object_id(model));
    json_object *object = json_object_new_object();
    json_object *can = json_object_new_array();
    unsigned bits = abilities_of(model);
    json_add_str(object, "id", model_object_id(model));
    json_add_str(object, "object", "model");
    json_add_str(object, "owned_by", "google");
    json_add_str(object, "display_name", json_get_str(model, "displayName", ""));
    json_add_int(object, "input_token_limit", json_get_int(model, "inputTokenLimit", 0));
    json_add_int(object, "output_token_limit", json_get_int(model, "outputTokenLimit", 0));
    for (size_t i = 0; i < ARRAY_LEN(abilities); i++) {
        if (bits & (1u << i))
            json_object_array_add(can, json_object_new_string(abilities[i].word));
    }
    json_add(object, "abilities", can);
    json_add_int(object, "keys", uses->keys);
    json_add_int(object, "keys_excluded", own ? own->excluded : 0);
    json_add_int(object, "keys_resting", own ? own->resting : 0);
    return object;
}

/* In OpenAI's shape, as the reference has it, with what we know besides. */
int admin_api_models(struct http_call *call)
{
    struct model_uses uses;
    int status = 503;
    bool renew = text_eq(http_request_query(call->req, "refresh"), "true");
    JSON_AUTO json_object *models =
        call->admin->models
            ? call->admin->models(call, renew ? MODELS_RENEWED : MODELS_WANTED, &status)
            : NULL;
    if (!models)
        return status;
    if (read_uses(call, &uses, clock_wall_ms()) < 0)
        return admin_status_of(&call->err);
    json_object *answer = json_object_new_object();
    json_object *data = json_object_new_array();
    json_add_str(answer, "object", "list");
    json_add(answer, "data", data);
    for (size_t i = 0; i < json_object_array_length(models); i++) {
        json_object *model = json_object_array_get_idx(models, i);
        if (*model_object_id(model))
            json_object_array_add(data, json_of(model, &uses));
    }
    return json_send_take(call, 200, answer);
}
