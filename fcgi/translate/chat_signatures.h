/* Thought signatures: Gemini's opaque notes on its own calls, which it wants back. */
#ifndef TRANSLATE_CHAT_SIGNATURES_H
#define TRANSLATE_CHAT_SIGNATURES_H

#include "translate/chat_build.h"

/* Divides a call id from a signature behind it ("call_1__thought__SIGNATURE"). */
#define SIGNATURE_IN_ID "__thought__"

/* The length of a call id without a signature behind it. */
size_t call_id_len(const char *id);

/* A signature that an object (a call, a function, a message) carries in one of the known places;
 * NULL where there is none that could be one. Borrowed. */
const char *signature_carried(json_object *object);

/* Adds thoughtSignature to `part` for a call of the history: from the call itself, from its id,
 * from the message's reasoning_details, or from the store. */
void signature_add(struct chat_build *build, json_object *part, json_object *message,
                   json_object *call, const char *id);

/* Google's documented literal for a signature that is lost. */
#define SIGNATURE_STAND_IN "skip_thought_signature_validator"
/* Gives it to the first call, and to each image, of every model turn that lacks its own. */
void signatures_complete(json_object *contents);

#endif
