/* OpenAI's legacy completions (POST /v1/completions): a prompt in, a text out. */
#ifndef TRANSLATE_OPENAI_COMPLETIONS_H
#define TRANSLATE_OPENAI_COMPLETIONS_H

#include "translate/openai_chat.h"

/* Translates a request body into the chat request that asks the same: the prompt is one user turn,
 * `suffix` (fill in the middle) is explained in words. Of several prompts the translation holds the
 * first; request->prompts has them all, see openai_choices.h. Same results, rules and freeing as
 * openai_chat_request_parse(); request->legacy_completion is set. */
int openai_completion_request_parse(struct openai_chat_request *request, json_object *body,
                                    const char *model, const struct translate_env *env,
                                    struct err *err);

/* Turns Gemini's answers into text_completion objects. Thoughts, calls and images are left out:
 * there is no place for them. `id` is "cmpl-..." */
struct reply_filter *openai_completion_filter_create(const struct openai_chat_request *request,
                                                     const struct translate_env *env,
                                                     const char *id);

#endif
