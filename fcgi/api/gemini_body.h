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
#define GEMINI_OUTLINE_MAX 24

struct gemini_member {
    char name[64];
    int64_t start, end;
};

struct gemini_body {
    struct gemini_member members[GEMINI_OUTLINE_MAX];
    size_t count;
    bool crowded; /* more members than there is room for */
    bool media, functions;
    struct strbuf text; /* what is sent of memory */
    struct body_piece pieces[2 * GEMINI_OUTLINE_MAX + 2];
    size_t piece_count;
};

void gemini_body_free(struct gemini_body *body);
/* A member of the outermost object, as resource_scan tells it; ctx is the gemini_body. */
void gemini_body_member(void *ctx, const char *name, int64_t start, int64_t end);
/* Prepares native->call.request for what native->spool holds. As native_request_splice(). */
int gemini_body_prepare(struct gemini_body *body, struct native *native, const char *model_name,
                        char model_r[LIMIT_MODEL_NAME], struct err *err);

#endif
