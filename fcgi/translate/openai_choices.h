/* Several choices of one chat answer that are made by several requests to Gemini, one each. */
#ifndef TRANSLATE_OPENAI_CHOICES_H
#define TRANSLATE_OPENAI_CHOICES_H

#include "translate/openai_chat.h"

/* Whether a translation asks for all choices by itself. */
bool openai_choices_in_one(const struct openai_chat_request *request, const char *body, size_t len);
/* Whether the bodies of the choices differ: see openai_choice_body(). */
bool openai_choices_differ(const struct openai_chat_request *request, const char *body, size_t len);
/* Whether the error body says that more than one candidate is not to be had. */
bool openai_choices_refused(const char *error_body);
/* Appends the body for the choice of that index: without candidateCount, with the prompt that it
 * answers, and with a seed of its own where there is one, or all would be the same. 0, or -1 when
 * the body cannot be read. */
int openai_choice_body(struct strbuf *out, const struct openai_chat_request *request,
                       const char *body, size_t len, int index);

/* From now on the filter (of a chat or a completion) gives the choice of that index, and leaves out
 * what a stream says once, after all choices. */
void openai_choice_filter(struct reply_filter *filter, int index);
/* That: the usage, where it is wanted, and [DONE]. The filter may be a fresh one. */
void openai_choices_end(struct reply_filter *filter, const struct token_usage *usage,
                        struct strbuf *out);
/* Puts whole answers together: the first one's, with the choices of all and the sum of their usage.
 * `answers` are parsed, and used up. */
json_object *openai_choices_join(json_object *const answers[], size_t count);

#endif
