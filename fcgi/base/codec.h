/* Encodings: base64, hex, percent, UTF-8. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Standard base64 with padding, appended. */
void base64_encode(struct strbuf *out, const void *data, size_t len);
/* Decodes standard or URL-safe base64, with or without padding, white space skipped, and
 * appends. Returns 0, or -1 on any other character or an impossible length. */
int base64_decode(struct strbuf *out, const char *text, size_t len);

/* Lower-case hex into buf of 2*len+1 bytes; returns buf. */
char *hex_encode(char *buf, const void *data, size_t len);
/* Returns 0, or -1 unless `text` is exactly 2*len hex digits. */
int hex_decode(void *buf, size_t len, const char *text);

/* Percent-encodes everything but unreserved characters (RFC 3986) and those in `keep`. */
void url_encode(struct strbuf *out, const char *text, size_t len, const char *keep);
/* Decodes %XX (and + as a space when `plus`) in place; returns the new length, or -1 when an
 * escape is broken or a NUL byte would result. */
int64_t url_decode(char *text, size_t len, bool plus);

/* True when all `len` bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool utf8_valid(const char *text, size_t len);
/* How many bytes at the start are valid UTF-8: `len`, or where the first wrong character is. */
size_t utf8_valid_len(const char *text, size_t len);
/* Length of the longest prefix that ends on a character boundary, at most `len`. */
size_t utf8_prefix(const char *text, size_t len);
/* Number of code points / UTF-16 units in valid UTF-8 of `len` bytes. */
size_t utf8_count(const char *text, size_t len);
size_t utf16_count(const char *text, size_t len);

#endif
