/* Lists of models, in OpenAI's and in Google's shape, and single ones. */
#include <string.h>

#include "api/model_cache.h"
#include "api/native.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
#include "translate/model_name.h"
#include "translate/model_shapes.h"
#include "translate/openai_models.h"

static struct model_list_rules rules_of(const struct settings *set)
{
    return (struct model_list_rules){.filtered = api_text_array(&set->filtered_models),
                                     .search = api_text_array(&set->search_models),
                                     .image = api_text_array(&set->image_models),
                                     .non_thinking = api_text_array(&set->thinking_models),
                                     .aliases = set->model_aliases,
                                     .image_chat = set->create_image_model};
}

static void rules_free(struct model_list_rules *rules)
{
    json_object_put(rules->filtered);
    json_object_put(rules->search);
    json_object_put(rules->image);
    json_object_put(rules->non_thinking);
}

/* Whose list of models a call of OpenAI's route wants; headers tell. */
enum list_shape { SHAPE_OPENAI, SHAPE_GEMINI, SHAPE_ANTHROPIC, SHAPE_CODEX };

static enum list_shape shape_of(struct http_call *http)
{
    if (api_dialect(http) == DIALECT_GEMINI)
        return SHAPE_GEMINI;
    if (http_request_header(http->req, "Anthropic-Version"))
        return SHAPE_ANTHROPIC;
    return http_request_query(http->req, "client_version") ? SHAPE_CODEX : SHAPE_OPENAI;
}

static const char *query_text(struct http_call *http, const char *name)
{
    const char *value = http_request_query(http->req, name);
    return value ? value : "";
}

/* OpenAI's list in the shape that is wanted; consumes it. */
static json_object *reshape(struct http_call *http, json_object *shaped, json_object *models)
{
    enum list_shape shape = shape_of(http);
    if (shape != SHAPE_ANTHROPIC && shape != SHAPE_CODEX)
        return shaped;
    struct model_page page = {.after_id = query_text(http, "after_id"),
                              .before_id = query_text(http, "before_id")};
    const char *id = http_request_capture(http->req, "model");
    if (id && text_starts(id, "models/"))
        id += strlen("models/");
    if (text_to_int(query_text(http, "limit"), &page.limit) < 0)
        page.limit = 0;
    json_object *other = shape == SHAPE_CODEX ? codex_models(shaped, models)
                         : id                 ? anthropic_model(shaped, models, id)
                                              : anthropic_models(shaped, models, &page);
    json_object_put(shaped);
    return other;
}

/* The call that a name of the list stands for could be made by this client. */
static bool is_offered(struct api_call *call, const char *id)
{
    struct model_switches switches;
    char bare[MODEL_NAME_SIZE];
    if (model_name_split(api_call_model(call, id), &call->translate, bare, &switches) < 0)
        return false;
    return !api_call_model_refused_as(call, bare, id);
}

/* Takes out what the client's token may not use. */
static void keep_offered(struct api_call *call, json_object *array, const char *id_name)
{
    size_t count = array ? json_object_array_length(array) : 0;
    for (size_t i = count; i-- > 0;) {
        const char *name = json_get_str(json_object_array_get_idx(array, i), id_name, "");
        if (!is_offered(call, text_starts(name, "models/") ? name + strlen("models/") : name))
            json_object_array_del_idx(array, i, 1);
    }
}

/* The list in one of the two shapes; NULL with an error status. Put it. */
static json_object *list(struct http_call *http, enum route_dialect dialect, int *status_r)
{
    struct api_call call;
    api_call_begin(&call, http);
    JSON_AUTO json_object *models =
        model_cache_get(http->api->models, &call.env, status_r, &http->err);
    if (!models)
        return NULL;
    struct model_list_rules rules = rules_of(call.settings);
    json_object *shaped =
        dialect == DIALECT_OPENAI
            ? openai_models_from_gemini(models, &rules, call.translate.now_ms / 1000)
            : gemini_models_with_rules(models, &rules);
    rules_free(&rules);
    if (dialect == DIALECT_OPENAI)
        keep_offered(&call, json_get_arr(shaped, "data"), "id");
    else
        keep_offered(&call, json_get_arr(shaped, "models"), "name");
    return dialect == DIALECT_OPENAI ? reshape(http, shaped, models) : shaped;
}

static bool is_offered_to(struct http_call *http, const char *id)
{
    struct api_call call;
    api_call_begin(&call, http);
    return is_offered(&call, id);
}

static int send_json(struct http_call *http, json_object *value)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_MODEL_LIST);
    json_write(&text, value);
    http_response_send(http->res, 200, "application/json; charset=utf-8", text.data, text.len);
    return 200;
}

static int send_list(struct http_call *http, enum route_dialect dialect)
{
    int status = 502;
    JSON_AUTO json_object *shaped = list(http, dialect, &status);
    return shaped ? send_json(http, shaped) : status;
}

int api_openai_models(struct http_call *http)
{
    return api_dialect(http) == DIALECT_GEMINI ? api_gemini_models(http)
                                               : send_list(http, DIALECT_OPENAI);
}

/* --- pages ------------------------------------------------------------------------------------
 * Who names no size gets all at once. A page's token is where it begins. */

#define PAGE_MAX 1000

static int64_t query_number(struct http_call *http, const char *name)
{
    int64_t number = 0;
    const char *text = query_text(http, name);
    return *text && (text_to_int(text, &number) < 0 || number < 0) ? -1 : number;
}

static int cut_page(struct http_call *http, json_object *shaped)
{
    json_object *all = json_get_arr(shaped, "models");
    int64_t size = query_number(http, "pageSize");
    int64_t start = query_number(http, "pageToken");
    int64_t count = all ? (int64_t)json_object_array_length(all) : 0;
    if (size < 0)
        return err_set_param(&http->err, ERR_INVALID, "pageSize", "pageSize must be a number"), 400;
    if (start < 0 || start > count)
        return err_set_param(&http->err, ERR_INVALID, "pageToken",
                             "pageToken is none of this list's"),
               400;
    size = size == 0 || size > PAGE_MAX ? PAGE_MAX : size;
    if (start + size < count) {
        json_object_array_del_idx(all, (size_t)(start + size), (size_t)(count - start - size));
        json_add_str(shaped, "nextPageToken",
                     arena_printf(http->req->arena, "%lld", (long long)(start + size)));
    }
    if (start > 0)
        json_object_array_del_idx(all, 0, (size_t)start);
    return 0;
}

int api_gemini_models(struct http_call *http)
{
    int status = 502;
    JSON_AUTO json_object *shaped = list(http, DIALECT_GEMINI, &status);
    if (shaped)
        status = cut_page(http, shaped);
    return shaped && status == 0 ? send_json(http, shaped) : status;
}

/* The entry of `array` whose `id_name` is `id`, borrowed; NULL when there is none. */
static json_object *find(json_object *array, const char *id_name, const char *id)
{
    size_t count = array ? json_object_array_length(array) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *model = json_object_array_get_idx(array, i);
        if (text_eq(json_get_str(model, id_name, ""), id))
            return model;
    }
    return NULL;
}

/* Google's names begin with "models/", whose slash OpenAI's SDKs escape. */
static const char *without_collection(const char *id)
{
    static const char *const prefixes[] = {"models/", "models%2F", "models%2f"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (text_starts(id, prefixes[i]))
            return id + strlen(prefixes[i]);
    }
    return id;
}

int api_openai_model(struct http_call *http)
{
    if (api_dialect(http) == DIALECT_GEMINI)
        return api_gemini_model(http);
    const char *id = without_collection(http_request_capture(http->req, "model"));
    int status = 502;
    enum list_shape shape = shape_of(http);
    bool single = shape == SHAPE_ANTHROPIC;
    bool codex = shape == SHAPE_CODEX;
    JSON_AUTO json_object *shaped = list(http, DIALECT_OPENAI, &status);
    if (!shaped && !(single && http->err.code == ERR_NONE))
        return status;
    json_object *model =
        single ? shaped
               : find(json_get_arr(shaped, codex ? "models" : "data"), codex ? "slug" : "id", id);
    if (model)
        return send_json(http, model);
    return err_set_param(&http->err, ERR_NOT_FOUND, "model", "the model %s does not exist", id),
           404;
}

/* A name that our rules derived is answered from the list; every other is upstream's to answer. */
int api_gemini_model(struct http_call *http)
{
    const char *id = http_request_capture(http->req, "model");
    if (strchr(id, ':')) {
        http_response_header(http->res, "Allow", "POST");
        return err_set(&http->err, ERR_INVALID, "%s takes POST only", http->req->path), 405;
    }
    if (!native_id_valid(id, strlen(id)))
        return native_refuse_name(http);
    if (!is_offered_to(http, id))
        return err_set_param(&http->err, ERR_NOT_FOUND, "model",
                             "models/%s is not found: it is not offered here", id),
               404;
    if (model_cache_lists(http->api->models, ((const struct settings *)http->settings)->base_url,
                          id) == 0) {
        int status = 502;
        JSON_AUTO json_object *shaped = list(http, DIALECT_GEMINI, &status);
        json_object *model = find(json_get_arr(shaped, "models"), "name",
                                  arena_printf(http->req->arena, "models/%s", id));
        if (model)
            return send_json(http, model);
    }
    return api_gemini_model_pass(http);
}
