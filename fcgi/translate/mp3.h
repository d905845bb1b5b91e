/* Speech as mp3, where configure found LAME. */
#ifndef TRANSLATE_MP3_H
#define TRANSLATE_MP3_H

#include <stdbool.h>

#include "base/strbuf.h"

bool mp3_is_offered(void);
/* Encodes 16-bit mono samples, little-endian, of `len` bytes and appends the file. 0, or -1 when
 * LAME is not there or does not take the rate. */
int mp3_encode(const char *samples, size_t len, unsigned rate, struct strbuf *out);

#endif
