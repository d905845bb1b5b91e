/* OpenAI's speech requests over Gemini's models that speak. Pure.
 *
 * Gemini gives raw 16-bit samples, or a WAV file; both are taken apart here, and encoded anew, so that
 * the client gets the format it asked for: as it arrives where format and model allow it. */
#ifndef TRANSLATE_OPENAI_SPEECH_H
#define TRANSLATE_OPENAI_SPEECH_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "translate/audio_encoder.h"
#include "translate/model_name.h"
#include "translate/reply.h"

struct speech_request {
    char model[MODEL_NAME_SIZE]; /* as the client named it */
    json_object *input;          /* owned */
    char voice[32];              /* Google's */
    char *instructions;          /* owned, NULL none */
    const struct audio_format *format;
    bool events; /* stream_format sse */
};

/* What a server says in place of the client. */
struct speech_defaults {
    const char *voice; /* TTS_VOICE_NAME */
    const char *speed; /* TTS_SPEED: slow, normal, fast */
};

/* Returns 0, or -1 with ERR_INVALID and err->param naming the field; free it in any case. */
int speech_request_parse(struct speech_request *request, json_object *body,
                         const struct speech_defaults *defaults, struct err *err);
void speech_request_free(struct speech_request *request);
/* Appends the GenerateContentRequest for the model. */
void speech_request_write(const struct speech_request *request, const char *gemini_model,
                          struct strbuf *out);
/* True when the model can be asked for a stream, and its pieces are of use to the client. */
bool speech_flows(const struct speech_request *request, const char *gemini_model);
/* Of the answer: "audio/mpeg", or that of events. */
const char *speech_content_type(const struct speech_request *request);

/* Makes the client's bytes, or events (speech.audio.delta, speech.audio.done), of whole answers and of
 * streams. `request` is borrowed. What is said in words instead of sound cannot be translated; what was
 * blocked is `refused`. A stream of bytes has no way to tell of a failure: fail() says nothing, and
 * whoever sends them has to cut the connection. */
struct reply_filter *speech_filter_create(const struct speech_request *request);

#endif
