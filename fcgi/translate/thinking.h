/* How much a model shall think: from the many ways in which clients say it to thinkingConfig. */
#ifndef TRANSLATE_THINKING_H
#define TRANSLATE_THINKING_H

#include "translate/chat_extras.h"
#include "translate/model_family.h"
#include "translate/openai_chat.h"

enum thinking_wish_kind {
    WISH_NONE,   /* nothing was said */
    WISH_OFF,    /* as little as the model allows */
    WISH_ON,     /* thinking, and nothing about how much */
    WISH_LEVEL,  /* `level` */
    WISH_BUDGET, /* `budget` tokens; -1 lets the model decide */
};

struct thinking_wish {
    enum thinking_wish_kind kind;
    enum thinking_level level;
    int64_t budget;
    bool include_known; /* whether `include` was said */
    bool include;       /* thoughts are wanted in the answer */
};

/* Reads the wish from a chat request, whose `extras` are at hand. The first of these that says
 * something decides: Gemini's own thinkingConfig (generationConfig, google, extra_body.google),
 * reasoning_effort, reasoning (OpenRouter), thinking (Anthropic), thinking_budget, enable_thinking,
 * chat_template_kwargs. One that switches thinking on without a measure leaves that to the next
 * that has one. Returns 0, or -1 with ERR_INVALID naming the field. */
int thinking_wish_read(struct thinking_wish *wish_r, json_object *body,
                       const struct chat_extras *extras, struct err *err);

/* What a thinkingConfig of Gemini's says. */
struct thinking_wish thinking_wish_of_config(json_object *config);

/* Fills a wish that says nothing from the suffix -non-thinking and from THINKING_BUDGET_MAP, and
 * one without a measure from the latter. */
void thinking_wish_default(struct thinking_wish *wish, const struct translate_env *env,
                           const char *model, bool non_thinking);

/* The thinkingConfig for a family: never both a budget and a level, never a value that the family
 * refuses. A new object, or NULL where nothing is to be sent. */
json_object *thinking_config_make(const struct thinking_wish *wish,
                                  const struct model_family *family,
                                  const struct translate_env *env);

#endif
