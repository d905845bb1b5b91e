/* OpenAI's image requests over Gemini's models that draw. Pure.
 *
 * One call of generateContent makes one image: a request for n of them is n calls. */
#ifndef TRANSLATE_OPENAI_IMAGES_H
#define TRANSLATE_OPENAI_IMAGES_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "translate/model_name.h"
#include "translate/reply.h"

#define IMAGES_MAX 10
#define PARTIAL_IMAGES_MAX 3
#define IMAGE_INPUTS_MAX 16

struct image_request {
    char model[MODEL_NAME_SIZE]; /* as the client named it, "" none */
    char *prompt;                /* without {n:..} and {ratio:..}; owned */
    int count;
    char ratio[8]; /* "16:9", "" the model's choice */
    char scale[4]; /* "2K", "" the model's own */
    bool url;      /* the client wants addresses */
    bool stream;
    int partial_images; /* of a stream: how many of the model's tries are wanted at most */
    bool edit;
    json_object *inputs; /* inlineData parts of an edit; owned */
    /* said again in the answer, "" where not given */
    char size[24], quality[24], background[24];
};

/* Reads the fields of a body (of a form: with numbers and flags as texts). Returns 0, or -1 with
 * ERR_INVALID and err->param naming the field; free it in any case. */
int image_request_parse(struct image_request *request, json_object *body, bool edit,
                        struct err *err);
void image_request_free(struct image_request *request);
/* Whether an image to be edited may have so many bytes, asked before they are read. 0, or -1 with
 * ERR_TOO_LARGE. */
int image_size_check(int64_t len, struct err *err);
/* Adds an image of a size that was checked. `type` is the type that was given, "" none. -1 when it is none. */
int image_request_add(struct image_request *request, const char *type, const void *data, size_t len,
                      struct err *err);
/* Appends the GenerateContentRequest. `safety` is the list as JSON, NULL: left to Google. */
void image_request_write(const struct image_request *request, const char *gemini_model,
                         const char *safety, struct strbuf *out);

/* --- openai_images_answer.c -------------------------------------------------------------------- */

/* What one answer of Google's holds. */
struct image_result {
    json_object *base64; /* the last image that is no thought, NULL none; owned */
    char type[64];
    char *text;       /* what the model said beside it, NULL nothing; owned */
    char reason[160]; /* why there is no image: Google's word */
    bool refused;     /* by a safety filter */
};

void image_result_read(struct image_result *result, const char *body, size_t len);
void image_result_free(struct image_result *result);
/* An entry of `data`. `url` NULL: the image itself, as base64 or (where addresses are wanted) in a
 * data: address. */
json_object *image_entry(const struct image_request *request, const struct image_result *result,
                         const char *url);
/* The whole answer; consumes `data`. */
json_object *images_answer(const struct image_request *request, json_object *data,
                           int64_t created_s, int64_t input_tokens, int64_t output_tokens);
/* OpenAI streams a single image only, so that its events do not say which one they are of. Where there are
 * several, each event has the image's number besides, as "index". */
#define IMAGE_ALONE (-1)
/* The answer as the events of a stream; borrows it. `image`: the number of its first. */
void images_stream(const struct image_request *request, json_object *answer, int image,
                   struct strbuf *out);
/* The event of a try (image_generation.partial_image): the `number`th of that image. */
void images_partial(const struct image_request *request, json_object *base64, int image, int number,
                    int64_t created_s, struct strbuf *out);
/* Makes the events of one image, tries among them, while upstream streams. A refusal is `refused`. That an
 * image of several fails is not told: others may not. `request` is borrowed. */
struct reply_filter *image_filter_create(const struct image_request *request, int64_t created_s,
                                         int image);
/* The error body for an image that was not made. */
void images_refusal(const struct image_result *result, struct strbuf *out);

#endif
