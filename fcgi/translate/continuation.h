/* Requests for the rest of an answer. Both are made from the bytes of the request before. */
#ifndef TRANSLATE_CONTINUATION_H
#define TRANSLATE_CONTINUATION_H

#include "base/err.h"
#include "base/strbuf.h"

/* finishReason CONTINUATION: appends the identical request with `token` as continuationToken, for
 * the same key. Returns 0, or -1 with ERR_INVALID when the body is no object. */
int continuation_by_token(struct strbuf *out, const char *body, size_t len, const char *token,
                          struct err *err);

/* Where an answer broke off. */
struct broken_answer {
    const char *model;         /* bare id */
    const struct strbuf *text; /* of the answer so far */
};

/* Appends the request with the answer's text as the model's turn and, unless the model goes on by
 * itself (FAMILY_MODEL_TURN_LAST), a demand to go on. Returns 0, or -1 with ERR_INVALID when the
 * body has no list of contents. */
int continuation_by_text(struct strbuf *out, const char *body, size_t len,
                         const struct broken_answer *answer, struct err *err);

/* Said in the user's place where a conversation ends with the beginning of an answer. */
#define CONTINUATION_DEMAND \
    "Continue your last message exactly where it stops. Do not repeat any of it."

#endif
