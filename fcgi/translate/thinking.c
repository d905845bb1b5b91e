#include "translate/thinking.h"

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/chat_extras.h"
#include "translate/json_list.h"

/* --- words ----------------------------------------------------------------------------------- */

static const struct effort {
    const char *word;
    enum thinking_wish_kind kind;
    enum thinking_level level;
} efforts[] = {
    {"none", WISH_OFF, 0},
    {"off", WISH_OFF, 0},
    {"disable", WISH_OFF, 0},
    {"disabled", WISH_OFF, 0},
    {"minimal", WISH_LEVEL, LEVEL_MINIMAL},
    {"low", WISH_LEVEL, LEVEL_LOW},
    {"medium", WISH_LEVEL, LEVEL_MEDIUM},
    {"high", WISH_LEVEL, LEVEL_HIGH},
    {"xhigh", WISH_LEVEL, LEVEL_XHIGH},
    {"max", WISH_LEVEL, LEVEL_XHIGH},
    {"auto", WISH_NONE, 0},
    {"default", WISH_NONE, 0},
};

static bool wish_of_word(struct thinking_wish *wish, const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(efforts); i++) {
        if (text_ieq(efforts[i].word, word)) {
            wish->kind = efforts[i].kind;
            wish->level = efforts[i].level;
            return true;
        }
    }
    return false;
}

static void wish_of_budget(struct thinking_wish *wish, int64_t budget)
{
    wish->kind = budget == 0 ? WISH_OFF : WISH_BUDGET;
    wish->budget = budget < 0 ? -1 : budget;
}

/* A switch: off, on, or not there. A measure that stands beside it says more than on. */
static void wish_of_switch(struct thinking_wish *wish, json_object *flag)
{
    if (!json_object_is_type(flag, json_type_boolean))
        return;
    if (!json_object_get_boolean(flag))
        wish->kind = WISH_OFF;
    else if (wish->kind == WISH_NONE)
        wish->kind = WISH_ON;
}

static void note_include(struct thinking_wish *wish, bool include)
{
    wish->include_known = true;
    wish->include = include;
}

/* --- Google's way of saying it --------------------------------------------------------------- */

struct thinking_wish thinking_wish_of_config(json_object *config)
{
    struct thinking_wish wish = {0};
    json_object *budget = json_member2(config, "thinkingBudget", "thinking_budget");
    json_object *level = json_member2(config, "thinkingLevel", "thinking_level");
    json_object *include = json_member2(config, "includeThoughts", "include_thoughts");
    if (json_is_num(budget))
        wish_of_budget(&wish, json_object_get_int64(budget));
    else if (json_is_str(level))
        wish_of_word(&wish, json_object_get_string(level));
    if (json_object_is_type(include, json_type_boolean))
        note_include(&wish, json_object_get_boolean(include));
    return wish;
}

static struct thinking_wish from_google(const struct chat_extras *extras)
{
    return thinking_wish_of_config(chat_extra(extras, "thinkingConfig", "thinking_config"));
}

/* --- other ways; each returns 0, or -1 ------------------------------------------------------- */

static int from_effort(struct thinking_wish *wish, json_object *body, struct err *err)
{
    json_object *effort = json_member(body, "reasoning_effort");
    if (!effort || (json_is_str(effort) && wish_of_word(wish, json_object_get_string(effort))))
        return 0;
    return err_set_param(err, ERR_INVALID, "reasoning_effort",
                         "reasoning_effort must be none, minimal, low, medium, high or xhigh");
}

static int from_reasoning(struct thinking_wish *wish, json_object *body, struct err *err)
{
    json_object *reasoning = json_get_obj(body, "reasoning");
    json_object *exclude = json_member(reasoning, "exclude");
    int64_t budget = json_get_int(reasoning, "max_tokens", 0);
    (void)err;
    if (!reasoning)
        return 0;
    if (budget > 0)
        wish_of_budget(wish, budget);
    else
        wish_of_word(wish, json_get_str(reasoning, "effort", ""));
    wish_of_switch(wish, json_member(reasoning, "enabled"));
    if (json_object_is_type(exclude, json_type_boolean))
        note_include(wish, !json_object_get_boolean(exclude));
    return 0;
}

static int from_anthropic(struct thinking_wish *wish, json_object *body, struct err *err)
{
    json_object *thinking = json_get_obj(body, "thinking");
    int64_t budget = json_get_int(thinking, "budget_tokens", 0);
    const char *type = json_get_str(thinking, "type", "");
    (void)err;
    if (text_eq(type, "disabled"))
        wish->kind = WISH_OFF;
    else if (budget > 0)
        wish_of_budget(wish, budget);
    else if (text_eq(type, "enabled") || text_eq(type, "adaptive"))
        wish->kind = WISH_ON;
    return 0;
}

static void from_switches(struct thinking_wish *wish, json_object *object)
{
    json_object *budget = json_member(object, "thinking_budget");
    if (json_is_num(budget))
        wish_of_budget(wish, json_object_get_int64(budget));
    json_object *enable = json_member(object, "enable_thinking");
    wish_of_switch(wish, enable ? enable : json_member(object, "thinking"));
}

static int from_qwen(struct thinking_wish *wish, json_object *body, struct err *err)
{
    (void)err;
    from_switches(wish, body);
    return 0;
}

static int from_template(struct thinking_wish *wish, json_object *body, struct err *err)
{
    (void)err;
    from_switches(wish, json_get_obj(body, "chat_template_kwargs"));
    return 0;
}

static int (*const readers[])(struct thinking_wish *, json_object *, struct err *) = {
    from_effort, from_reasoning, from_anthropic, from_qwen, from_template,
};

/* What was said already stays; how much to think may still be said after a mere switch. */
static void add_wish(struct thinking_wish *sum, const struct thinking_wish *wish)
{
    bool measured = wish->kind == WISH_LEVEL || wish->kind == WISH_BUDGET;
    if (sum->kind == WISH_NONE || (sum->kind == WISH_ON && measured)) {
        sum->kind = wish->kind;
        sum->level = wish->level;
        sum->budget = wish->budget;
    }
    if (wish->include_known && !sum->include_known)
        note_include(sum, wish->include);
}

static int read_others(struct thinking_wish *sum, json_object *body, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
        struct thinking_wish wish = {0};
        if (readers[i](&wish, body, err) < 0)
            return -1;
        add_wish(sum, &wish);
    }
    json_object *include = json_member(body, "include_reasoning");
    if (json_object_is_type(include, json_type_boolean) && !sum->include_known)
        note_include(sum, json_object_get_boolean(include));
    return 0;
}

int thinking_wish_read(struct thinking_wish *wish_r, json_object *body,
                       const struct chat_extras *extras, struct err *err)
{
    *wish_r = from_google(extras);
    if (read_others(wish_r, body, err) < 0)
        return -1;
    json_object *more = json_get_obj(body, "extra_body");
    if (!more)
        return 0;
    struct chat_extras inner = chat_extras_of(more);
    struct thinking_wish wish = from_google(&inner);
    add_wish(wish_r, &wish);
    return read_others(wish_r, more, err);
}

void thinking_wish_default(struct thinking_wish *wish, const struct translate_env *env,
                           const char *model, bool non_thinking)
{
    if (wish->kind != WISH_NONE && wish->kind != WISH_ON)
        return;
    json_object *budget = json_member(env->thinking_budgets, model);
    bool on = wish->kind == WISH_ON;
    if (non_thinking && !on)
        wish->kind = WISH_OFF;
    else if (json_is_num(budget) && !(on && json_object_get_int64(budget) == 0))
        wish_of_budget(wish, json_object_get_int64(budget));
}

/* --- the configuration ----------------------------------------------------------------------- */

static int64_t budget_of(const struct thinking_wish *wish, const struct model_family *family)
{
    switch (wish->kind) {
    case WISH_OFF:
        return model_family_has(family, FAMILY_CAN_BE_OFF) ? 0 : family->budget_min;
    case WISH_LEVEL:
        return model_family_budget_for_level(family, wish->level);
    case WISH_ON:
        return -1;
    default:
        return wish->budget < 0 ? -1 : model_family_budget(family, wish->budget);
    }
}

static void add_budget(json_object *config, const struct thinking_wish *wish,
                       const struct model_family *family)
{
    bool needless = wish->kind == WISH_ON && !model_family_has(family, FAMILY_OFF_BY_DEFAULT);
    if (wish->kind != WISH_NONE && !needless)
        json_add_int(config, "thinkingBudget", budget_of(wish, family));
}

/* A dynamic budget is what a level family does when no level is given. */
static void add_level(json_object *config, const struct thinking_wish *wish,
                      const struct model_family *family)
{
    enum thinking_level level = LEVEL_MINIMAL;
    if (wish->kind == WISH_NONE || wish->kind == WISH_ON ||
        (wish->kind == WISH_BUDGET && wish->budget < 0))
        return;
    if (wish->kind == WISH_BUDGET && model_family_has(family, FAMILY_TAKES_BUDGET)) {
        json_add_int(config, "thinkingBudget", wish->budget);
        return;
    }
    if (wish->kind == WISH_LEVEL)
        level = model_family_level(family, wish->level);
    else if (wish->kind == WISH_BUDGET)
        level = model_family_level_for_budget(family, wish->budget);
    else
        level = model_family_level(family, LEVEL_MINIMAL);
    json_add_str(config, "thinkingLevel", thinking_level_word(level));
}

/* Thoughts cannot be asked of a model that does not think: Google refuses that. */
static bool wants_thoughts(const struct thinking_wish *wish, const struct model_family *family,
                           const struct translate_env *env)
{
    bool silent = model_family_has(family, FAMILY_OFF_BY_DEFAULT) && wish->kind == WISH_NONE;
    if (wish->kind == WISH_OFF || silent)
        return false;
    if (wish->include_known)
        return wish->include;
    return env->show_thoughts && !text_eq(env->thinking_format, "hidden") &&
           !model_family_has(family, FAMILY_IMAGE);
}

json_object *thinking_config_make(const struct thinking_wish *wish,
                                  const struct model_family *family,
                                  const struct translate_env *env)
{
    if (family->thinking == THINKING_NONE)
        return NULL;
    json_object *config = json_object_new_object();
    if (family->thinking == THINKING_BUDGET)
        add_budget(config, wish, family);
    else
        add_level(config, wish, family);
    if (wants_thoughts(wish, family, env))
        json_add_bool(config, "includeThoughts", true);
    if (json_members(config) > 0)
        return config;
    json_object_put(config);
    return NULL;
}
