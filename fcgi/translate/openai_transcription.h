/* OpenAI's transcriptions and translations of speech over Gemini's models that listen. Pure.
 *
 * Gemini writes down what it hears; where the client wants times, it is asked for segments as JSON,
 * of which subtitles are made here. */
#ifndef TRANSLATE_OPENAI_TRANSCRIPTION_H
#define TRANSLATE_OPENAI_TRANSCRIPTION_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "translate/model_name.h"

enum transcript_format {
    TRANSCRIPT_JSON,
    TRANSCRIPT_TEXT,
    TRANSCRIPT_SRT,
    TRANSCRIPT_VTT,
    TRANSCRIPT_VERBOSE
};

struct transcription_request {
    char model[MODEL_NAME_SIZE]; /* as the client named it */
    char language[32];           /* "" not told */
    char *prompt;                /* owned, NULL none */
    enum transcript_format format;
    double temperature; /* -1: the model's own */
    bool stream;
    bool translate; /* into English */
};

/* Reads the fields of a form, which are texts. Returns 0, or -1 with ERR_INVALID and err->param
 * naming the field; free it in any case. */
int transcription_request_parse(struct transcription_request *request, json_object *fields,
                                bool translate, struct err *err);
void transcription_request_free(struct transcription_request *request);
/* The media type of a file, by its first bytes, its name, and what was said of it; NULL when it is
 * neither sound nor film. */
const char *transcription_type(const char *data, size_t len, const char *name, const char *type);
/* The recording: in the request, or what it is called at Google. */
struct recording {
    const char *type;
    const char *uri; /* NULL: in the request */
};
/* A request may have 20 MB with the file in base64: larger ones go to Google before it. */
#define RECORDING_INLINE_MAX ((int64_t)14 * 1024 * 1024)
/* Appends the GenerateContentRequest. Returns where in `out` the recording in base64 has to be put, which
 * is left out; 0 where it is called by its uri. */
size_t transcription_request_write(const struct transcription_request *request,
                                   const struct recording *recording, struct strbuf *out);

struct transcript_usage {
    int64_t input, output;
};
/* Appends the client's answer made of Google's, and gives its content type; NULL with err when
 * there is no text in it. */
const char *transcription_answer(const struct transcription_request *request, const char *body,
                                 size_t len, const struct transcript_usage *usage,
                                 struct strbuf *out, struct err *err);

#endif
