/* OpenAI's embeddings over Gemini's batchEmbedContents. Pure.
 *
 * A request is split into chunks that Google takes at once; answers are put together again in the
 * order of the inputs, whatever order they arrive in. */
#ifndef TRANSLATE_OPENAI_EMBEDDINGS_H
#define TRANSLATE_OPENAI_EMBEDDINGS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "translate/model_name.h"

/* What batchEmbedContents takes in one call, and OpenAI in one request. */
#define EMBEDDINGS_CHUNK 100
#define EMBEDDINGS_INPUTS_MAX 2048

struct embeddings_request {
    char model[MODEL_NAME_SIZE]; /* as the client named it */
    json_object *inputs;         /* an array of texts; owned */
    int64_t dimensions;          /* 0: the model's own */
    bool base64;                 /* little-endian float32 instead of numbers */
    char task_type[32];          /* Google's word, "" none */
    int64_t text_bytes;          /* for an estimate of tokens */
};

/* Returns 0, or -1 with ERR_INVALID and err->param naming the field; then there is nothing to
 * free. Token arrays are refused: only OpenAI's tokenizer could read them. */
int embeddings_request_parse(struct embeddings_request *request, json_object *body,
                             struct err *err);
void embeddings_request_free(struct embeddings_request *request);
int embeddings_chunk_count(const struct embeddings_request *request);
/* Appends the body of batchEmbedContents for chunk `chunk` (from 0). */
void embeddings_chunk_write(const struct embeddings_request *request, int chunk,
                            const char *gemini_model, struct strbuf *out);
/* How many inputs chunk `chunk` has. */
int embeddings_chunk_len(const struct embeddings_request *request, int chunk);

/* Appends the vectors of Google's answer to chunk `chunk` to the array `data`, each of length 1
 * (OpenAI's are; Google's are not where dimensions were cut). Chunks in rising order. Returns 0,
 * or -1 with ERR_IO when it does not hold a vector for each input. */
int embeddings_chunk_read(const struct embeddings_request *request, int chunk, const char *body,
                          size_t len, json_object *data, struct err *err);
/* The whole answer; consumes `data`. `prompt_tokens` 0: not known, and estimated. */
json_object *embeddings_answer(const struct embeddings_request *request, json_object *data,
                               int64_t prompt_tokens);

#endif
