/* WAV files around raw samples. */
#ifndef TRANSLATE_WAV_H
#define TRANSLATE_WAV_H

#include <json-c/json.h>

#include "base/strbuf.h"

/* The 44 bytes that stand before `data_len` bytes of 16-bit mono samples, little-endian. */
void wav_header(struct strbuf *out, unsigned rate, size_t data_len);
/* The sample rate in "audio/L16;codec=pcm;rate=24000"; 24000 where it tells none. */
unsigned pcm_rate(const char *type);
/* Base64 of samples into base64 of a WAV file: a new string, NULL when it is no base64. */
json_object *wav_base64_of_pcm(const char *type, json_object *base64);

#endif
