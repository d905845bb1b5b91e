/* OpenAI's speech requests over Gemini's models that speak. Pure.
 *
 * Gemini gives raw 16-bit samples, or a WAV file; both are taken apart here, so that the client
 * gets the format it asked for. */
#ifndef TRANSLATE_OPENAI_SPEECH_H
#define TRANSLATE_OPENAI_SPEECH_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "translate/model_name.h"

enum speech_format { SPEECH_WAV, SPEECH_PCM, SPEECH_MP3 };

struct speech_request {
    char model[MODEL_NAME_SIZE]; /* as the client named it */
    json_object *input;          /* owned */
    char voice[32];              /* Google's */
    char *instructions;          /* owned, NULL none */
    enum speech_format format;
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

/* Appends the samples of Google's answer, little-endian, and tells their rate. -1 with err when
 * there are none. */
int speech_samples(const char *body, size_t len, struct strbuf *samples, unsigned *rate_r,
                   struct err *err);
/* Appends the client's bytes and gives their content type; NULL when they cannot be encoded. */
const char *speech_write(const struct speech_request *request, const struct strbuf *samples,
                         unsigned rate, struct strbuf *out);
/* The same as events of a stream: speech.audio.delta, speech.audio.done. */
void speech_write_events(const struct strbuf *audio, int64_t input_tokens, int64_t output_tokens,
                         struct strbuf *out);

#endif
