/* Joining the rest of a text that broke off: a model that is asked to go on often says its last
 * words again. */
#ifndef TRANSLATE_TEXT_JOIN_H
#define TRANSLATE_TEXT_JOIN_H

#include <stdbool.h>
#include <stddef.h>

/* What is kept back of the rest at most before it is decided where it joins. */
#define TEXT_JOIN_MAX 4096

/* The number of bytes at the beginning of `rest` that repeat the end of `old`: the longest such
 * run, if it has at least eight bytes, or four that begin a word. */
size_t text_join_overlap(const char *old, size_t old_len, const char *rest, size_t rest_len);

/* True while more of the rest may change what the overlap is: what is there of it stands inside
 * the last TEXT_JOIN_MAX bytes of `old`, and need not have ended yet. */
bool text_join_open(const char *old, size_t old_len, const char *rest, size_t rest_len);

#endif
