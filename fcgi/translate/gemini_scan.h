/* Reads the facts of one Gemini answer or event from its text, without building a tree: one pass
 * that follows object depth and member names. */
#ifndef TRANSLATE_GEMINI_SCAN_H
#define TRANSLATE_GEMINI_SCAN_H

#include "translate/reply.h"

/* Fills facts_r. A text that is no JSON object (or array of them) sets `malformed`. */
void gemini_scan_reply(const char *text, size_t len, struct reply_facts *facts_r);

/* Where the value of a top-level member stands in a JSON object's text: 1 and offsets, 0 absent, -1
 * when the text is no object. For splicing a member into a request without re-serialising. */
int gemini_scan_member(const char *text, size_t len, const char *name, size_t *start_r,
                       size_t *end_r);

/* The continuationToken of the first candidate, appended to `token`: 1, or 0 when there is none. */
int gemini_scan_continuation(const char *text, size_t len, struct strbuf *token);

#endif
