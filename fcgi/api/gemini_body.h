/* The body of a call of a model in Google's dialect, with what settings and suffixes add to it.
 *
 * One that fits into memory is spliced there. Of a larger one only the small outermost members are read
 * into memory; the rest goes up from where it lies, and the client's bytes stay as they are unless
 * something is added. */
#ifndef API_GEMINI_BODY_H
#define API_GEMINI_BODY_H

#include "api/native.h"
#include "translate/native_request.h"

#define GEMINI_BODY_MEMORY (2 * MIB)

struct gemini_body {
    const struct native_outline *outline; /* what of native->outline is used */
    bool media, functions;
    struct strbuf text;        /* what is sent of memory */
    struct body_piece *pieces; /* in the request's arena */
    size_t piece_count;
};

void gemini_body_free(struct gemini_body *body);
/* Prepares native->call.request for what native->spool holds. As native_request_splice(). */
int gemini_body_prepare(struct gemini_body *body, struct native *native, const char *model_name,
                        char model_r[LIMIT_MODEL_NAME], struct err *err);

#endif
