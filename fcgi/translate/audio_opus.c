/* Opus in Ogg by libopusenc, which also brings the samples to the codec's own rate. */
#include <opusenc.h>

#include "translate/audio_codec.h"

#define BITS_PER_SECOND 48000

struct opus {
    OggOpusEnc *encoder;
    OggOpusComments *comments;
    struct strbuf *out; /* of the call at hand */
    bool fed;
};

static int on_bytes(void *ctx, const unsigned char *bytes, opus_int32 len)
{
    struct opus *opus = ctx;
    if (opus->out)
        strbuf_append(opus->out, bytes, (size_t)len);
    return 0;
}

static int on_close(void *ctx)
{
    (void)ctx;
    return 0;
}

static void close_opus(void *state)
{
    struct opus *opus = state;
    opus->out = NULL;
    if (opus->encoder)
        ope_encoder_destroy(opus->encoder);
    ope_comments_destroy(opus->comments);
    free(opus);
}

static void *open_opus(unsigned rate, int64_t samples)
{
    (void)samples;
    static const OpusEncCallbacks callbacks = {.write = on_bytes, .close = on_close};
    struct opus *opus = xcalloc(1, sizeof(*opus));
    opus->comments = ope_comments_create();
    opus->encoder = ope_encoder_create_callbacks(&callbacks, opus, opus->comments, (opus_int32)rate,
                                                 1, 0, NULL);
    /* A page as soon as there is something to hear: what is said is heard while it arrives. */
    if (opus->encoder &&
        ope_encoder_ctl(opus->encoder, OPUS_SET_BITRATE(BITS_PER_SECOND)) == OPE_OK &&
        ope_encoder_ctl(opus->encoder, OPE_SET_MUXING_DELAY(48000 / 5)) == OPE_OK)
        return opus;
    close_opus(opus);
    return NULL;
}

static int feed(void *state, const int16_t *samples, size_t count, struct strbuf *out)
{
    struct opus *opus = state;
    opus->out = out;
    opus->fed = true;
    int rc = ope_encoder_write(opus->encoder, samples, (int)count);
    opus->out = NULL;
    return rc == OPE_OK ? 0 : -1;
}

static int end(void *state, struct strbuf *out)
{
    static const int16_t silence[AUDIO_BLOCK];
    struct opus *opus = state;
    /* The library gives up the whole program when it has to end a file without any sample. */
    if (!opus->fed && feed(opus, silence, AUDIO_BLOCK, out) < 0)
        return -1;
    opus->out = out;
    int rc = ope_encoder_drain(opus->encoder);
    opus->out = NULL;
    return rc == OPE_OK ? 0 : -1;
}

const struct audio_codec audio_opus = {
    .open = open_opus, .feed = feed, .end = end, .close = close_opus};
