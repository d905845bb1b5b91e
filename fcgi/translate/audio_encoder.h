/* Speech in the formats that a client may ask for. Samples go in as they arrive, the file's bytes
 * come out: none of the formats is held whole.
 *
 *   audio_format    a row of the table: its word, its media type, who encodes it.
 *   audio_encoder   one file in the making.
 *
 * WAV and PCM are always there. mp3 (LAME), Opus (libopusenc), FLAC (libFLAC) and AAC (vo-aacenc) are
 * where configure found the library, each in an audio_*.c of its own. */
#ifndef TRANSLATE_AUDIO_ENCODER_H
#define TRANSLATE_AUDIO_ENCODER_H

#include <stdbool.h>

#include "base/strbuf.h"

struct audio_format;
struct audio_encoder;

/* The format of that word ("mp3"); NULL when nobody has heard of it. */
const struct audio_format *audio_format_find(const char *word);
/* mp3, which is OpenAI's default; WAV, which every player knows by its first bytes, without LAME. */
const struct audio_format *audio_format_default(void);
/* False when there is no encoder for it. */
bool audio_format_is_offered(const struct audio_format *format);
/* True when its bytes are of use before the whole is known: not so WAV and FLAC, whose heads tell
 * the length. */
bool audio_format_flows(const struct audio_format *format);
const char *audio_format_type(const struct audio_format *format); /* "audio/mpeg" */
/* Appends the words of those that are offered: "mp3, wav or pcm". */
void audio_format_list(struct strbuf *out);

/* For 16-bit mono samples. `samples` is how many there will be, -1 when nobody knows. NULL when the
 * encoder does not take the rate. */
struct audio_encoder *audio_encoder_create(const struct audio_format *format, unsigned rate,
                                           int64_t samples);
/* Encodes `len` bytes of little-endian samples, which may be cut in the middle of one, and appends
 * what is ready. 0 or -1. */
int audio_encoder_feed(struct audio_encoder *encoder, const char *bytes, size_t len,
                       struct strbuf *out);
/* Appends the rest. Nothing may be fed afterwards. 0 or -1. */
int audio_encoder_end(struct audio_encoder *encoder, struct strbuf *out);
void audio_encoder_destroy(struct audio_encoder **encoder);

#endif
