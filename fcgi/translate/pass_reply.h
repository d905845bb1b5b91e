/* Dialects of Google's whose bytes pass as they are, beside that of generateContent (which has a filter
 * of its own, see reply.h): only usage is read from them, and a stream that breaks off gets an end that
 * its clients understand. */
#ifndef TRANSLATE_PASS_REPLY_H
#define TRANSLATE_PASS_REPLY_H

#include "translate/reply.h"

enum pass_dialect {
    PASS_INTERACTIONS, /* the Interactions API */
    PASS_OPENAI        /* Google's own layer in OpenAI's dialect */
};

struct reply_filter *pass_reply_filter_create(enum pass_dialect dialect);

#endif
