/* What a library's file gives to audio_encoder.c. */
#ifndef TRANSLATE_AUDIO_CODEC_H
#define TRANSLATE_AUDIO_CODEC_H

#include <stdint.h>

#include "translate/audio_encoder.h"

/* Speech of one voice needs no more. */
#define AUDIO_BITS_PER_SECOND 64000
/* Most samples that one call of `feed` gets. */
#define AUDIO_BLOCK 1024

struct audio_codec {
    /* NULL when the rate cannot be had. `samples` as audio_encoder_create(). */
    void *(*open)(unsigned rate, int64_t samples);
    int (*feed)(void *state, const int16_t *samples, size_t count, struct strbuf *out);
    int (*end)(void *state, struct strbuf *out);
    void (*close)(void *state);
};

extern const struct audio_codec audio_wav;
extern const struct audio_codec audio_pcm;
extern const struct audio_codec audio_mp3;
extern const struct audio_codec audio_opus;
extern const struct audio_codec audio_flac;
extern const struct audio_codec audio_aac;

#endif
