/* WAV files around raw samples. */
#ifndef TRANSLATE_WAV_H
#define TRANSLATE_WAV_H

#include "base/strbuf.h"

/* The 44 bytes that stand before `data_len` bytes of 16-bit mono samples, little-endian. */
void wav_header(struct strbuf *out, unsigned rate, size_t data_len);
/* The sample rate in "audio/L16;codec=pcm;rate=24000"; 24000 where it tells none. */
unsigned pcm_rate(const char *type);
/* Where a WAV file of 16-bit mono begins at `from`: cuts `all` to its samples, from there on, and
 * tells their rate. Leaves anything else as it is. */
void wav_unwrap(struct strbuf *all, size_t from, unsigned *rate_r);

#endif
