/* mp3 by LAME. */
#include <lame/lame.h>

#include "translate/audio_codec.h"

/* What LAME asks for: 1.25 bytes a sample and 7200 more. */
#define ENCODED_MAX (AUDIO_BLOCK + AUDIO_BLOCK / 4 + 7200)

static void *open_mp3(unsigned rate, int64_t samples)
{
    (void)samples;
    lame_t lame = lame_init();
    if (!lame)
        return NULL;
    lame_set_in_samplerate(lame, (int)rate);
    lame_set_num_channels(lame, 1);
    lame_set_mode(lame, MONO);
    lame_set_brate(lame, AUDIO_BITS_PER_SECOND / 1000);
    lame_set_quality(lame, 5);
    lame_set_bWriteVbrTag(lame, 0);
    if (lame_init_params(lame) >= 0)
        return lame;
    lame_close(lame);
    return NULL;
}

static int feed(void *state, const int16_t *samples, size_t count, struct strbuf *out)
{
    unsigned char encoded[ENCODED_MAX];
    int len = lame_encode_buffer(state, samples, samples, (int)count, encoded, sizeof(encoded));
    if (len > 0)
        strbuf_append(out, encoded, (size_t)len);
    return len < 0 ? -1 : 0;
}

static int end(void *state, struct strbuf *out)
{
    unsigned char encoded[ENCODED_MAX];
    int len = lame_encode_flush(state, encoded, sizeof(encoded));
    if (len > 0)
        strbuf_append(out, encoded, (size_t)len);
    return len < 0 ? -1 : 0;
}

static void close_mp3(void *state)
{
    lame_close(state);
}

const struct audio_codec audio_mp3 = {
    .open = open_mp3, .feed = feed, .end = end, .close = close_mp3};
