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
/* Gives the first call, and each image, of every model turn that lacks its own signature the one
 * that the store knows for such a call in this conversation, or else the stand-in. */
void signatures_complete(struct chat_build *build, json_object *contents);

/* Under this name the store also knows the signature of a call, for clients that give calls ids
 * of their own: it is made of the conversation's fingerprint, the call's name and its arguments. */
enum { SIGNATURE_KEY_SIZE = 32 };
void signature_key(uint64_t affinity, const char *name, json_object *args,
                   char key_r[SIGNATURE_KEY_SIZE]);

#endif
