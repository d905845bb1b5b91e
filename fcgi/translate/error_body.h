/* Error bodies, in each dialect, from a status and a reason. */
#ifndef TRANSLATE_ERROR_BODY_H
#define TRANSLATE_ERROR_BODY_H

#include "base/err.h"
#include "base/strbuf.h"

/* {"error":{"message","type","param","code"}}: type and code follow from the status, and from
 * what Google said where `gemini_body` (an error body of Gemini's, NULL none) has been given. */
void openai_error_body(struct strbuf *out, int status, const struct err *why,
                       const char *gemini_body, size_t gemini_len);
/* {"error":{"code","message","status"}} */
void gemini_error_body(struct strbuf *out, int status, const struct err *why);
/* {"error":{"code","message"}}, with a word for a code: the Interactions API's ... */
void interactions_error_body(struct strbuf *out, int status, const struct err *why);
/* ... and the same as an event of its streams. */
void interactions_error_event(struct strbuf *out, int status, const struct err *why);
/* Gemini's RPC status word for an HTTP status ("INVALID_ARGUMENT"). */
const char *gemini_status_word(int http_status);
/* The HTTP status for an RPC status word; 0 for an unknown one. */
int gemini_http_status(const char *status_word);

#endif
