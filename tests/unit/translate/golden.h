/* Golden cases: tests/golden/<dialect>/<case>.in with .out (what comes of it) or .err (how it is
 * refused). Adding a case is adding two files.
 *
 *   chat_request    .in  {"about", "env"?, "model"?, "body"}: an OpenAI request
 *                   .out {"gemini_model", "request", ...}: what goes to Google; further members
 *                        only where they are set (see golden_request.c); a completion of
 *                        several prompts has "requests", one for each choice
 *   chat_reply      .in  {"about", "env"?, "request", "answer"}; .out is the chat.completion
 *   chat_stream     .in  {"about", "env"?, "request", "events", "fail"?}; .out is the stream itself
 *   completion_request, completion_reply, completion_stream: the same for legacy completions
 *   native_request  .in  {"about", "env"?, "model"}, then a line "---", then the client's bytes
 *                   .out the bare model, a line "---", then the bytes that are sent
 *   error_body      .in  {"about", "status", "why"?, "google"?}; .out {"openai", "gemini"}
 *   model_list      .in  {"about", "rules", "models"}; .out {"openai", "gemini"}
 *   schema          .in  {"about", "schema"}; .out {"json", "openapi"}
 *   image_request   .in  {"about", "body", "edit"?, "model"?}; .out {"count", "url", "stream", "calls"}
 *   image_reply     .in  {"about", "body", "edit"?, "imagen"?, "url"?, "answer"}; .out what is sent
 *   speech_request  .in  {"about", "body", "model"?, "voice"?, "speed"?}; .out {"type", "flows",
 *                        "request"}
 *   speech_reply    .in  {"about", "body", "answer" or "events"}; .out what is sent
 *   transcription_request  .in {"about", "fields", "translate"?, "uri"?}; .out what goes to Google
 *   transcription_reply    .in {"about", "fields", "translate"?, "type", "answer"}; .out what is sent
 *
 * .err holds {"param", "contains"}. JSON is compared by value, streams and native bodies byte by
 * byte. With GOLDEN_WRITE=1 a missing .out is written, for a person to check line by line. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "../unit.h"

#include "base/json.h"
#include "translate/openai_chat.h"

struct golden_case {
    char dialect[32];
    char name[128];
    char base[512];    /* path without the ending */
    char *in;          /* the whole .in */
    json_object *head; /* its JSON */
    const char *rest;  /* behind the line "---", NULL none */
    struct translate_env env;
    json_object *settings; /* "env" of the case */
    char *safety;          /* what env.safety_settings refers to */
    int ids;               /* made so far */
    bool completion;       /* of the legacy completions */
};

/* --- golden_case.c: what every dialect uses -------------------------------------------------- */

void golden_load(struct golden_case *test, const char *dialect, const char *name);
void golden_free(struct golden_case *test);
/* The answer's parts in the order of their making: 000...1, 000...2 */
void golden_make_id(void *ctx, char *buf, size_t size);
/* Compares with .out, or fails the test. */
void golden_expect_json(struct golden_case *test, json_object *actual);
void golden_expect_text(struct golden_case *test, const char *actual, size_t len);
/* Compares with .err; true when the case expects to be refused. */
bool golden_refused(struct golden_case *test, int rc, const struct err *err);
/* Translates `body` by the rules of the case's dialect. */
int golden_parse_body(struct golden_case *test, struct openai_chat_request *request,
                      json_object *body, struct err *err);
/* Translates "request" of the case and makes its filter. */
struct reply_filter *golden_make_filter(struct golden_case *test,
                                        struct openai_chat_request *request);

/* --- one runner for each dialect ------------------------------------------------------------- */

void golden_chat_request(struct golden_case *test);
void golden_chat_reply(struct golden_case *test);
void golden_chat_stream(struct golden_case *test);
void golden_native_request(struct golden_case *test);
void golden_error_body(struct golden_case *test);
void golden_model_list(struct golden_case *test);
void golden_schema(struct golden_case *test);
void golden_image_request(struct golden_case *test);
void golden_image_reply(struct golden_case *test);
void golden_speech_request(struct golden_case *test);
void golden_speech_reply(struct golden_case *test);
void golden_transcription_request(struct golden_case *test);
void golden_transcription_reply(struct golden_case *test);

#endif
