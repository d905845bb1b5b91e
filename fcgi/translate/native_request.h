/* What is changed in a native Gemini request: nothing, unless a setting or a suffix asks for it. */
#ifndef TRANSLATE_NATIVE_REQUEST_H
#define TRANSLATE_NATIVE_REQUEST_H

#include "translate/openai_chat.h"
#include "translate/prompt_size.h"

/* A fingerprint of the conversation's beginning and an estimate of its size, read by the scanner.
 */
struct native_request_facts {
    uint64_t affinity;
    struct prompt_size size;
};

/* Appends to `out` the body to send for `model_name` (as the client wrote it, suffixes included):
 * the client's own bytes, with members spliced in where a suffix or a setting calls for it and the
 * client has not set them. `gemini_model_r` gets the bare model. Returns 0, or -1 with ERR_INVALID
 * when the body is not a JSON object. */
int native_request_splice(struct strbuf *out, const char *body, size_t len, const char *model_name,
                          const struct translate_env *env, char gemini_model_r[256],
                          struct native_request_facts *facts_r, struct err *err);

#endif
