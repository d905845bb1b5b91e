/* What must be right of a body in Google's dialect before a key is asked for: that it is JSON, that what
 * the method cannot do without is there, and that it is of a kind that can be meant. Everything else is
 * Google's to judge, which knows more than we do. */
#ifndef API_NATIVE_CHECK_H
#define API_NATIVE_CHECK_H

#include "api/native.h"

/* The body that native_take_body() took, for the method `pattern` as native_path.c has it. 0, or 400 or
 * 415 with the field's name. */
int native_check_body(struct native *native, const char *pattern);

#endif
