/* tools, functions, tool_choice and function_call, and the tools that settings switch on. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/builtin_tools.h"
#include "translate/chat_build.h"
#include "translate/chat_extras.h"
#include "translate/json_list.h"
#include "translate/schema_clean.h"

/* Google takes a few hundred; ten thousand are a mistake. */
enum { TOOLS_MAX = 2048 };

enum choice_mode { CHOICE_UNSET, CHOICE_AUTO, CHOICE_NONE, CHOICE_ANY, CHOICE_VALIDATED };

struct tool_plan {
    struct chat_build *build;
    json_object *declarations; /* functionDeclarations; like those below NULL while empty */
    json_object *declared;     /* names to send, to find duplicates */
    json_object *builtins;     /* built-in tool -> its settings */
    json_object *allowed;      /* allowedFunctionNames */
    enum choice_mode mode;
    bool strict; /* a function asks for strict arguments */
};

static int fault(struct tool_plan *plan, const char *param, const char *text)
{
    return err_set_param(plan->build->err, ERR_INVALID, param, "%s", text);
}

/* Most requests come without tools, so these trees are made when something goes into them. */
static json_object *list_at(json_object **list)
{
    if (!*list)
        *list = json_object_new_array();
    return *list;
}

static json_object *object_at(json_object **object)
{
    if (!*object)
        *object = json_object_new_object();
    return *object;
}

/* --- declarations ---------------------------------------------------------------------------- */

static void add_builtin(struct tool_plan *plan, const char *tool, json_object *settings)
{
    json_add(object_at(&plan->builtins), tool,
             settings ? json_object_get(settings) : json_object_new_object());
}

static void add_schema(struct tool_plan *plan, json_object *declaration, json_object *parameters)
{
    bool json_schema = chat_build_has(plan->build, FAMILY_JSON_SCHEMA);
    if (!parameters)
        return;
    json_object *cleaned = schema_clean(parameters, json_schema ? SCHEMA_JSON : SCHEMA_OPENAPI,
                                        &plan->build->schema_nodes);
    if (schema_is_empty(cleaned))
        json_object_put(cleaned);
    else
        json_add(declaration, json_schema ? "parametersJsonSchema" : "parameters", cleaned);
}

/* The first of two functions with one name counts: Google refuses the second. */
static json_object *declare(struct tool_plan *plan, const char *name, const char *description)
{
    const char *sent = tool_names_send(&plan->build->names, name);
    if (json_member(plan->declared, sent))
        return NULL;
    json_add_bool(object_at(&plan->declared), sent, true);
    json_object *declaration = json_object_new_object();
    json_add_str(declaration, "name", sent);
    if (!text_empty(description))
        json_add_str(declaration, "description", description);
    json_object_array_add(list_at(&plan->declarations), declaration);
    return declaration;
}

static int add_function(struct tool_plan *plan, json_object *function, const char *param)
{
    const char *name = json_get_str(function, "name", NULL);
    json_object *parameters = json_get_obj(function, "parameters");
    if (text_empty(name))
        return fault(plan, param, "a function needs a name");
    if (!parameters)
        parameters = json_get_obj(function, "parametersJsonSchema");
    const char *builtin = builtin_tool_of_function(name, parameters);
    if (builtin) {
        add_builtin(plan, builtin, NULL);
        return 0;
    }
    json_object *declaration = declare(plan, name, json_get_str(function, "description", NULL));
    if (declaration)
        add_schema(plan, declaration, parameters);
    if (json_get_bool(function, "strict", false))
        plan->strict = true;
    return 0;
}

/* A custom tool takes one text; what its grammar says is told in the description. */
static int add_custom(struct tool_plan *plan, json_object *custom, const char *param)
{
    const char *name = json_get_str(custom, "name", NULL);
    json_object *grammar = json_path(custom, "format.grammar");
    if (!json_object_is_type(grammar, json_type_object))
        grammar = json_get_obj(custom, "format");
    const char *definition = json_get_str(grammar, "definition", NULL);
    const char *description = json_get_str(custom, "description", "");
    if (text_empty(name))
        return fault(plan, param, "a custom tool needs a name");
    FREE_AUTO char *told =
        definition ? xasprintf("%s\nThe input has to follow this %s grammar:\n%s", description,
                               json_get_str(grammar, "syntax", ""), definition)
                   : xstrdup(description);
    json_object *declaration = declare(plan, name, told);
    if (!declaration)
        return 0;
    if (!plan->build->request->custom_tools)
        plan->build->request->custom_tools = json_object_new_object();
    json_add_bool(plan->build->request->custom_tools, name, true);
    static const char schema[] = "{\"type\":\"object\",\"properties\":{\"input\":{\"type\":"
                                 "\"string\"}},\"required\":[\"input\"]}";
    JSON_AUTO json_object *parameters = json_parse_text(schema, strlen(schema), NULL);
    add_schema(plan, declaration, parameters);
    return 0;
}

/* A function stands under "function", or (as the Responses API has it) in the tool itself. */
static int add_tool(struct tool_plan *plan, json_object *tool, const char *param)
{
    const char *type = json_get_str(tool, "type", "");
    json_object *function = json_get_obj(tool, "function");
    json_object *custom = json_get_obj(tool, "custom");
    json_object *settings = NULL;
    if (!json_object_is_type(tool, json_type_object))
        return fault(plan, param, "a tool must be an object");
    if (text_eq(type, "custom"))
        return add_custom(plan, custom ? custom : tool, param);
    if (function || text_eq(type, "function"))
        return add_function(plan, function ? function : tool, param);
    const char *builtin = builtin_tool_of_member(tool, &settings);
    if (!builtin)
        builtin = builtin_tool_of_type(type);
    if (builtin)
        add_builtin(plan, builtin, settings);
    json_object *native = json_get_arr(tool, "functionDeclarations");
    for (size_t i = 0; i < json_list_len(native); i++)
        if (add_function(plan, json_list_at(native, i), param) < 0)
            return -1;
    return 0;
}

static int add_list(struct tool_plan *plan, const char *name,
                    int (*add)(struct tool_plan *, json_object *, const char *))
{
    char param[64];
    json_object *value = json_member(plan->build->body, name);
    if (value && !json_object_is_type(value, json_type_array))
        return fault(plan, name, "this must be a list");
    if (json_list_len(value) > TOOLS_MAX)
        return fault(plan, name, "there are too many tools");
    for (size_t i = 0; i < json_list_len(value); i++) {
        snprintf(param, sizeof(param), "%s[%zu]", name, i);
        if (add(plan, json_list_at(value, i), param) < 0)
            return -1;
    }
    return 0;
}

static void reserve_name(struct chat_build *build, json_object *function)
{
    const char *name = json_get_str(function, "name", "");
    if (tool_name_valid(name))
        tool_names_send(&build->names, name);
}

void chat_tools_reserve_names(struct chat_build *build)
{
    json_object *tools = json_get_arr(build->body, "tools");
    json_object *functions = json_get_arr(build->body, "functions");
    for (size_t i = 0; i < json_list_len(tools); i++) {
        json_object *tool = json_list_at(tools, i);
        json_object *function = json_get_obj(tool, "function");
        reserve_name(build, function ? function : tool);
    }
    for (size_t i = 0; i < json_list_len(functions); i++)
        reserve_name(build, json_list_at(functions, i));
}

/* --- tools that are not in the list ---------------------------------------------------------- */

static void add_asked(struct tool_plan *plan)
{
    json_object *body = plan->build->body;
    json_object *search = chat_extra(&plan->build->extras, "enableSearch", "enable_search");
    if (plan->build->switches.search || json_get_obj(body, "web_search_options") ||
        (json_object_is_type(search, json_type_boolean) && json_object_get_boolean(search)))
        add_builtin(plan, "googleSearch", NULL);
}

static bool parts_hold_media(json_object *parts)
{
    for (size_t i = 0; i < json_list_len(parts); i++) {
        json_object *part = json_list_at(parts, i);
        if (json_member(part, "inlineData") || json_member(part, "fileData"))
            return true;
    }
    return false;
}

static bool has_media(json_object *gemini)
{
    json_object *contents = json_get_arr(gemini, "contents");
    for (size_t i = 0; i < json_list_len(contents); i++)
        if (parts_hold_media(json_get_arr(json_list_at(contents, i), "parts")))
            return true;
    return false;
}

/* A program that reads media or draws does not run code. */
static bool may_run_code(const struct tool_plan *plan)
{
    const struct chat_build *build = plan->build;
    return build->env->code_execution && !build->switches.search && !build->switches.image &&
           !build->switches.non_thinking && !chat_build_has(build, FAMILY_IMAGE) &&
           !chat_build_has(build, FAMILY_AUDIO) && !has_media(build->gemini);
}

static bool may_read_urls(const struct tool_plan *plan)
{
    const struct translate_env *env = plan->build->env;
    return env->url_context && (!env->may_read_urls ||
                                env->may_read_urls(env->ctx, plan->build->request->gemini_model));
}

/* What settings switch on gives way to everything the client asks for. */
static void add_from_settings(struct tool_plan *plan)
{
    struct chat_build *build = plan->build;
    if (json_list_len(plan->declarations) > 0 || build->json_wanted ||
        chat_extra(&build->extras, "cachedContent", "cached_content") ||
        chat_build_has(build, FAMILY_NO_FUNCTIONS))
        return;
    if (may_run_code(plan))
        add_builtin(plan, "codeExecution", NULL);
    if (may_read_urls(plan))
        add_builtin(plan, "urlContext", NULL);
}

/* --- tool_choice ----------------------------------------------------------------------------- */

static int allow(struct tool_plan *plan, const char *name, const char *param)
{
    const char *sent = name ? json_get_str(plan->build->names.sent, name, NULL) : NULL;
    if (!sent || !json_member(plan->declared, sent))
        return fault(plan, param, "this names a function that is not among the tools");
    json_object_array_add(list_at(&plan->allowed), json_object_new_string(sent));
    return 0;
}

static int choose_word(struct tool_plan *plan, const char *word, const char *param)
{
    static const struct {
        const char *word;
        enum choice_mode mode;
    } words[] = {{"auto", CHOICE_AUTO},
                 {"none", CHOICE_NONE},
                 {"required", CHOICE_ANY},
                 {"any", CHOICE_ANY},
                 {"validated", CHOICE_VALIDATED}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (text_ieq(words[i].word, word)) {
            plan->mode = words[i].mode;
            return 0;
        }
    }
    return fault(plan, param, "this must be none, auto, required or the name of a function");
}

/* {"name":...}, alone or under "function" or "custom" */
static const char *chosen_name(json_object *choice)
{
    json_object *function = json_get_obj(choice, "function");
    json_object *custom = json_get_obj(choice, "custom");
    return json_get_str(function ? function : custom ? custom : choice, "name", NULL);
}

static int choose_allowed(struct tool_plan *plan, json_object *choice, const char *param)
{
    json_object *list = json_get_obj(choice, "allowed_tools");
    if (!list)
        list = choice;
    json_object *tools = json_get_arr(list, "tools");
    bool required = text_eq(json_get_str(list, "mode", "auto"), "required");
    bool validated = chat_build_has(plan->build, FAMILY_VALIDATED);
    plan->mode = required ? CHOICE_ANY : validated ? CHOICE_VALIDATED : CHOICE_AUTO;
    for (size_t i = 0; i < json_list_len(tools); i++) {
        json_object *tool = json_list_at(tools, i);
        if (!builtin_tool_of_type(json_get_str(tool, "type", "")) &&
            allow(plan, chosen_name(tool), param) < 0)
            return -1;
    }
    return 0;
}

static int choose(struct tool_plan *plan, json_object *choice, const char *param)
{
    if (!choice)
        return 0;
    if (json_is_str(choice))
        return choose_word(plan, json_object_get_string(choice), param);
    const char *type = json_get_str(choice, "type", "function");
    const char *name = chosen_name(choice);
    if (text_eq(type, "allowed_tools"))
        return choose_allowed(plan, choice, param);
    if (builtin_tool_of_type(type) || (name && builtin_tool_of_function(name, NULL)))
        return 0;
    if (!name)
        return choose_word(plan, type, param);
    plan->mode = CHOICE_ANY;
    return allow(plan, name, param);
}

static int read_choice(struct tool_plan *plan)
{
    json_object *body = plan->build->body;
    if (json_list_len(plan->declarations) == 0 && json_members(plan->builtins) == 0)
        return 0;
    json_object *choice = json_member(body, "tool_choice");
    if (choice)
        return choose(plan, choice, "tool_choice");
    return choose(plan, json_member(body, "function_call"), "function_call");
}

/* --- what goes together ---------------------------------------------------------------------- */

static void drop_builtins(struct tool_plan *plan)
{
    json_object_put(plan->builtins);
    plan->builtins = NULL;
}

static void drop_functions(struct tool_plan *plan)
{
    json_object_put(plan->declarations);
    plan->declarations = NULL;
    plan->mode = CHOICE_UNSET;
}

/* Older models answer either in JSON or with calls: the answer becomes a call as well, except
 * where the client leaves no choice between the two. */
static void reconcile_old_json(struct tool_plan *plan)
{
    struct chat_build *build = plan->build;
    drop_builtins(plan);
    if (json_list_len(plan->declarations) == 0)
        return;
    if (plan->mode == CHOICE_NONE) {
        drop_functions(plan);
        return;
    }
    build->json_wanted = false;
    json_object *schema = response_format_schema(build);
    if (plan->mode == CHOICE_ANY || !schema)
        return;
    json_object *declaration =
        declare(plan, JSON_ANSWER_TOOL, "Gives the final answer, when no other function is needed");
    if (!declaration)
        return;
    add_schema(plan, declaration, schema);
    build->request->json_tool = true;
    plan->mode = CHOICE_ANY;
    if (json_list_len(plan->allowed) > 0)
        json_object_array_add(list_at(&plan->allowed), json_object_new_string(JSON_ANSWER_TOOL));
}

/* Newer models take both, but only in mode AUTO. */
static void reconcile_json(struct tool_plan *plan)
{
    if (json_list_len(plan->declarations) == 0)
        return;
    drop_builtins(plan);
    plan->strict = false;
    if (plan->mode == CHOICE_ANY)
        plan->build->json_wanted = false;
    else if (plan->mode == CHOICE_VALIDATED)
        plan->mode = CHOICE_AUTO;
}

/* Mode AUTO knows no allowed names: the other functions are not declared. */
static void declare_only_allowed(struct tool_plan *plan)
{
    json_object *allowed = json_object_new_object();
    json_object *kept = json_object_new_array();
    for (size_t i = 0; i < json_list_len(plan->allowed); i++)
        json_add_bool(allowed, json_object_get_string(json_list_at(plan->allowed, i)), true);
    for (size_t i = 0; i < json_list_len(plan->declarations); i++) {
        json_object *declaration = json_list_at(plan->declarations, i);
        if (json_member(allowed, json_get_str(declaration, "name", "")))
            json_object_array_add(kept, json_object_get(declaration));
    }
    json_object_put(allowed);
    json_object_put(plan->declarations);
    json_object_put(plan->allowed);
    plan->declarations = kept;
    plan->allowed = NULL;
}

static void reconcile(struct tool_plan *plan)
{
    struct chat_build *build = plan->build;
    if (chat_build_has(build, FAMILY_NO_FUNCTIONS))
        drop_functions(plan);
    if (plan->mode == CHOICE_NONE ||
        (json_list_len(plan->declarations) > 0 && !chat_build_has(build, FAMILY_MIXED_TOOLS)))
        drop_builtins(plan);
    if (build->json_wanted && chat_build_has(build, FAMILY_JSON_WITH_TOOLS))
        reconcile_json(plan);
    else if (build->json_wanted)
        reconcile_old_json(plan);
    if (plan->mode == CHOICE_AUTO && json_list_len(plan->allowed) > 0)
        declare_only_allowed(plan);
}

/* --- the request ----------------------------------------------------------------------------- */

static void put_tools(struct tool_plan *plan)
{
    if (json_list_len(plan->declarations) == 0 && json_members(plan->builtins) == 0)
        return;
    json_object *tools = json_object_new_array();
    if (json_list_len(plan->declarations) > 0) {
        json_object *tool = json_object_new_object();
        json_add_ref(tool, "functionDeclarations", plan->declarations);
        json_object_array_add(tools, tool);
    }
    json_object_object_foreach(object_at(&plan->builtins), name, settings)
    {
        json_object *tool = json_object_new_object();
        json_add_ref(tool, name, settings);
        json_object_array_add(tools, tool);
    }
    if (json_list_len(tools) > 0)
        json_add_ref(plan->build->gemini, "tools", tools);
    json_object_put(tools);
}

static void put_config(struct tool_plan *plan)
{
    static const char *const words[] = {[CHOICE_AUTO] = "AUTO",
                                        [CHOICE_NONE] = "NONE",
                                        [CHOICE_ANY] = "ANY",
                                        [CHOICE_VALIDATED] = "VALIDATED"};
    bool mixed = json_members(plan->builtins) > 0;
    bool validated = chat_build_has(plan->build, FAMILY_VALIDATED) && (plan->strict || mixed);
    if (json_list_len(plan->declarations) == 0)
        return;
    if (validated && (plan->mode == CHOICE_UNSET || plan->mode == CHOICE_AUTO))
        plan->mode = CHOICE_VALIDATED;
    if (plan->mode == CHOICE_UNSET)
        return;
    json_object *config = json_object_new_object();
    json_object *calling = json_object_new_object();
    json_add_str(calling, "mode", words[plan->mode]);
    if (json_list_len(plan->allowed) > 0)
        json_add_ref(calling, "allowedFunctionNames", plan->allowed);
    json_add(config, "functionCallingConfig", calling);
    if (mixed)
        json_add_bool(config, "includeServerSideToolInvocations", true);
    json_add(plan->build->gemini, "toolConfig", config);
}

static int make_plan(struct tool_plan *plan)
{
    if (add_list(plan, "tools", add_tool) < 0 || add_list(plan, "functions", add_function) < 0)
        return -1;
    add_asked(plan);
    if (read_choice(plan) < 0)
        return -1;
    add_from_settings(plan);
    reconcile(plan);
    put_tools(plan);
    put_config(plan);
    return 0;
}

int chat_tools_build(struct chat_build *build)
{
    struct tool_plan plan = {.build = build};
    json_object *parallel = json_member(build->body, "parallel_tool_calls");
    build->request->single_call =
        json_object_is_type(parallel, json_type_boolean) && !json_object_get_boolean(parallel);
    build->request->legacy_functions = json_list_len(json_member(build->body, "functions")) > 0 &&
                                       !json_get_arr(build->body, "tools");
    int rc = make_plan(&plan);
    json_object_put(plan.declarations);
    json_object_put(plan.declared);
    json_object_put(plan.builtins);
    json_object_put(plan.allowed);
    return rc;
}
