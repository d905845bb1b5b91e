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
/* Overwrites `secret` with stars wherever it stands in `data`: for bytes of others that are passed
 * on as they are. A secret of fewer than 8 characters is too common a word to be looked for. */
void redact_exact(char *data, size_t len, const char *secret);

#endif
