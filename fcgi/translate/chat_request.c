#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_build.h"
#include "translate/chat_server_parts.h"
#include "translate/json_list.h"
#include "translate/json_out.h"
#include "translate/media.h"
#include "translate/request_facts.h"
#include "translate/schema_clean.h"

/* Answers name the model as the client does; where an alias led elsewhere, the one that serves. */
static void name_answers(struct chat_build *build, const char *named, const char *model)
{
    struct openai_chat_request *request = build->request;
    if (!text_empty(named) && !text_empty(model) && !text_eq(named, model))
        text_copy(request->model, sizeof(request->model), request->gemini_model);
}

static int read_model(struct chat_build *build, const char *model)
{
    const char *named = json_get_str(build->body, "model", NULL);
    struct openai_chat_request *request = build->request;
    if (text_empty(named) && text_empty(model))
        return err_set_param(build->err, ERR_INVALID, "model", "model is missing");
    if (!text_copy(request->model, sizeof(request->model), text_empty(named) ? model : named) ||
        model_name_split(text_empty(model) ? named : model, build->env, request->gemini_model,
                         &build->switches) < 0)
        return err_set_param(build->err, ERR_INVALID, "model", "this is no name of a model");
    name_answers(build, named, model);
    request->search_links = build->switches.search;
    build->family = model_family_of(request->gemini_model);
    return 0;
}

static int read_flag(struct chat_build *build, json_object *object, const char *name, bool *flag_r)
{
    json_object *value = json_member(object, name);
    if (value && !json_object_is_type(value, json_type_boolean))
        return err_set_param(build->err, ERR_INVALID, name, "%s must be true or false", name);
    *flag_r = value && json_object_get_boolean(value);
    return 0;
}

static int read_stream(struct chat_build *build)
{
    json_object *options = json_get_obj(build->body, "stream_options");
    if (read_flag(build, build->body, "stream", &build->request->stream) < 0)
        return -1;
    return read_flag(build, options, "include_usage", &build->request->include_usage);
}

/* The steps, in the order in which they need each other. */
static int (*const steps[])(struct chat_build *) = {
    read_stream,      response_format_read,    chat_messages_build,
    chat_tools_build, generation_config_build,
};

static int run_steps(struct chat_build *build, const char *model)
{
    if (read_model(build, model) < 0)
        return -1;
    chat_tools_reserve_names(build);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        if (steps[i](build) < 0)
            return -1;
    response_format_build(build);
    server_parts_complete(build);
    if (json_members(build->config) > 0)
        json_add_ref(build->gemini, "generationConfig", build->config);
    return 0;
}

static void note_facts(struct chat_build *build)
{
    struct openai_chat_request *request = build->request;
    request->tool_names = tool_names_changed(&build->names);
    request->size = request_prompt_size(build->gemini);
}

int openai_chat_request_parse(struct openai_chat_request *request, json_object *body,
                              const char *model, const struct translate_env *env, struct err *err)
{
    *request = (struct openai_chat_request){.gemini = json_object_new_object()};
    struct chat_build build = {.request = request,
                               .env = env,
                               .body = body,
                               .extras = chat_extras_of(body),
                               .gemini = request->gemini,
                               .config = json_object_new_object(),
                               .schema_nodes = SCHEMA_NODES_MAX,
                               .err = err};
    int rc = -1;
    if (!json_object_is_type(body, json_type_object))
        err_set(err, ERR_INVALID, "the body must be a JSON object");
    else
        rc = run_steps(&build, model);
    if (rc == 0)
        note_facts(&build);
    else
        openai_chat_request_free(request);
    json_object_put(build.config);
    tool_names_free(&build.names);
    return rc;
}

void openai_chat_request_free(struct openai_chat_request *request)
{
    json_object_put(request->gemini);
    json_object_put(request->tool_names);
    json_object_put(request->custom_tools);
    json_object_put(request->resources);
    json_object_put(request->echo);
    json_object_put(request->prompts);
    media_needs_free(&request->media);
    *request = (struct openai_chat_request){0};
}

void openai_chat_request_write(struct openai_chat_request *request, struct strbuf *out)
{
    media_needs_free(&request->media);
    json_out_take(out, &request->gemini);
}
