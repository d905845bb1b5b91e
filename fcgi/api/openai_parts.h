/* What the translated routes share that ask upstream several times for one request: embeddings,
 * images. */
#ifndef API_OPENAI_PARTS_H
#define API_OPENAI_PARTS_H

#include "api/api_call.h"
#include "exchange/fan_out.h"

/* Error bodies in OpenAI's shape, as exchange_request.write_error wants them. */
void openai_write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out);
/* Facts and usage of whole answers whose bytes we read ourselves. */
struct reply_filter *openai_plain_filter(void *ctx);

/* A model's name without "models/", as clients and settings may write it. Points into `name`. */
const char *openai_model_bare(const char *name);
/* What the client's name leads to by MODEL_ALIASES, bare. Borrowed or in the arena. */
const char *openai_model_of(struct api_call *call, const char *name);
/* Whether Google's `model` may be asked: 0, or a status with the call's error: 400 when it cannot be the
 * name of a model, 404 when it is not offered here. */
int openai_model_check(struct api_call *call, const char *model);

/* A part that POSTs `body` to models/{model}:{verb} of BASE_URL. The texts live in the request's
 * arena; `body` is borrowed. */
void openai_part_aim(struct api_call *call, struct fan_out_part *part, const char *model,
                     const char *verb, const struct strbuf *body);
/* Runs the parts; the index of the first that failed, or -1. */
int openai_parts_run(struct api_call *call, struct fan_out_part *parts, int count);
/* Sends what a failed part was answered, Retry-After included. Returns its status. */
int openai_part_refuse(struct api_call *call, const struct fan_out_part *part);
/* Posts the log row with the status that the client got; on failures http->err tells why. Returns
 * the status. */
int openai_parts_log(struct api_call *call, int status);

#endif
