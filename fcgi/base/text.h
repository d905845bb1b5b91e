/* Small questions about text, ASCII case rules. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_eq(const char *a, const char *b);  /* NULL equals only NULL */
bool text_ieq(const char *a, const char *b); /* ignoring case */
bool text_starts(const char *s, const char *prefix);
bool text_istarts(const char *s, const char *prefix);
bool text_ends(const char *s, const char *suffix);
/* The length of `s` without the run of `end` that it may end with: a base URL without its slashes. */
size_t text_len_without(const char *s, char end);
const char *text_ifind(const char *haystack, const char *needle); /* NULL if absent */
bool text_empty(const char *s);                                   /* NULL or "" */

/* Matches the whole of `s` against `pattern`, where `*` stands for any run of characters. */
bool text_match(const char *pattern, const char *s);

/* Cuts white space at both ends in place; returns the start inside `s`. */
char *text_trim(char *s);
/* Writes the number in decimal, so that it ends right before `end`; returns where it begins. At most
 * TEXT_INT bytes, and no NUL. */
enum { TEXT_INT = 20 };
char *text_of_int(char *end, int64_t value);
/* Parses a decimal integer / number that fills the whole text. Returns 0 or -1. */
int text_to_int(const char *s, int64_t *value_r);
int text_to_num(const char *s, double *value_r);
/* true/false, 1/0, yes/no, on/off in any case. Returns 0 or -1. */
int text_to_bool(const char *s, bool *value_r);
/* Copies with a NUL, cut to fit on a UTF-8 boundary; returns true if all of it fitted. */
bool text_copy(char *buf, size_t buf_size, const char *s);

#endif
