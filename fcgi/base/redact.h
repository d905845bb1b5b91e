/* The one way to show part of a secret. */
#ifndef BASE_REDACT_H
#define BASE_REDACT_H

#include <stddef.h>

#define REDACTED_LEN 24

/* "AIzaSy…x9Qz" of a secret of 16 characters or more; shorter ones show at most a quarter of
 * their characters. Writes at most REDACTED_LEN bytes; returns buf. */
const char *redact(const char *secret, char buf[REDACTED_LEN]);
/* Masks everything in `text` that looks like a Google key, a bearer token or a `key=` value, in
 * place (same length or shorter): for messages of others that we log or store. */
void redact_text(char *text);

#endif
