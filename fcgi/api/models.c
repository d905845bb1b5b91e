/* Lists of models, in OpenAI's and in Google's shape, and single ones. */
#include <string.h>

#include "api/api_call.h"
#include "api/model_cache.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/text.h"
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

/* The list in one of the two shapes; NULL with an error status. Put it. */
static json_object *list(struct http_call *http, enum route_dialect dialect, int *status_r)
{
    struct api_call call;
    api_call_begin(&call, http);
    JSON_AUTO json_object *models =
        model_cache_get(http->api->models, &call.env, status_r, &http->err);
    api_call_end(&call);
    if (!models)
        return NULL;
    struct model_list_rules rules = rules_of(call.settings);
    json_object *shaped =
        dialect == DIALECT_OPENAI
            ? openai_models_from_gemini(models, &rules, call.translate.now_ms / 1000)
            : gemini_models_with_rules(models, &rules);
    rules_free(&rules);
    return shaped;
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
    return send_list(http, api_dialect(http));
}

int api_gemini_models(struct http_call *http)
{
    return send_list(http, DIALECT_GEMINI);
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

int api_openai_model(struct http_call *http)
{
    if (api_dialect(http) == DIALECT_GEMINI)
        return api_gemini_model(http);
    const char *id = http_request_capture(http->req, "model");
    if (text_starts(id, "models/"))
        id += strlen("models/");
    int status = 502;
    JSON_AUTO json_object *shaped = list(http, DIALECT_OPENAI, &status);
    if (!shaped)
        return status;
    json_object *model = find(json_get_arr(shaped, "data"), "id", id);
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
