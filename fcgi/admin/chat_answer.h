/* What an answer of the clients' own chat route says: a whole one, a stream, or an error. */
#ifndef ADMIN_CHAT_ANSWER_H
#define ADMIN_CHAT_ANSWER_H

#include <stdint.h>

#include "base/strbuf.h"

struct chat_answer {
    struct strbuf text, thoughts;
    int64_t prompt_tokens, output_tokens; /* -1 unknown */
    struct strbuf error;                  /* "" none; a stream may have text before it */
};

/* Reads a body in OpenAI's dialect, JSON or events; what is neither is read over. End it with
 * chat_answer_free(). */
void chat_answer_read(struct chat_answer *answer, const char *body, size_t len);
void chat_answer_free(struct chat_answer *answer);

#endif
