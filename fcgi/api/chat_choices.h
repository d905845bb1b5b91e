/* n above 1: a chat whose choices come from several calls, at the same time and on different keys,
 * where one call does not give them. */
#ifndef API_CHAT_CHOICES_H
#define API_CHAT_CHOICES_H

#include "api/api_call.h"

/* Runs the call in place of api_call_run(), when request->choices is above 1. Where the translation
 * asks for all choices at once, that is tried first, and a refusal is not shown. One choice that
 * fails for good fails the answer: with its error, or inside of a stream as an error event; a client
 * never gets fewer choices than it asked for and takes them for all. Returns what the handler
 * returns. */
int chat_choices_run(struct api_call *call, const struct openai_chat_request *request);

#endif
