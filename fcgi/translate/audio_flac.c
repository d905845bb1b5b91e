/* FLAC by libFLAC. The head is out before the rest is known, so that it holds no checksum of the whole. */
#include <FLAC/stream_encoder.h>

#include "base/limits.h"
#include "translate/audio_codec.h"

/* A head, or a last frame. */
#define REST_MAX (256 * KIB)

struct flac {
    FLAC__StreamEncoder *encoder;
    struct strbuf *out;  /* of the call at hand */
    struct strbuf start; /* what there is before the first call */
};

static FLAC__StreamEncoderWriteStatus on_bytes(const FLAC__StreamEncoder *encoder,
                                               const FLAC__byte *bytes, size_t len,
                                               uint32_t samples, uint32_t frame, void *ctx)
{
    struct flac *flac = ctx;
    (void)encoder;
    (void)samples;
    (void)frame;
    strbuf_append(flac->out, bytes, len);
    return FLAC__STREAM_ENCODER_WRITE_STATUS_OK;
}

static void close_flac(void *state)
{
    struct flac *flac = state;
    STRBUF_AUTO struct strbuf rest = STRBUF_INIT(REST_MAX);
    flac->out = &rest; /* an encoder that was not ended writes its last frame here */
    if (flac->encoder)
        FLAC__stream_encoder_delete(flac->encoder);
    strbuf_free(&flac->start);
    free(flac);
}

static void *open_flac(unsigned rate, int64_t samples)
{
    struct flac *flac = xcalloc(1, sizeof(*flac));
    FLAC__StreamEncoder *encoder = flac->encoder = FLAC__stream_encoder_new();
    strbuf_init(&flac->start, REST_MAX);
    flac->out = &flac->start;
    if (encoder && FLAC__stream_encoder_set_channels(encoder, 1) &&
        FLAC__stream_encoder_set_bits_per_sample(encoder, 16) &&
        FLAC__stream_encoder_set_sample_rate(encoder, rate) &&
        FLAC__stream_encoder_set_compression_level(encoder, 5) &&
        FLAC__stream_encoder_set_total_samples_estimate(encoder,
                                                        samples > 0 ? (FLAC__uint64)samples : 0) &&
        FLAC__stream_encoder_init_stream(encoder, on_bytes, NULL, NULL, NULL, flac) ==
            FLAC__STREAM_ENCODER_INIT_STATUS_OK)
        return flac;
    close_flac(flac);
    return NULL;
}

static void begin(struct flac *flac, struct strbuf *out)
{
    flac->out = out;
    strbuf_append(out, strbuf_str(&flac->start), flac->start.len);
    strbuf_clear(&flac->start);
}

static int feed(void *state, const int16_t *samples, size_t count, struct strbuf *out)
{
    struct flac *flac = state;
    FLAC__int32 wide[AUDIO_BLOCK];
    begin(flac, out);
    for (size_t i = 0; i < count; i++)
        wide[i] = samples[i];
    return FLAC__stream_encoder_process_interleaved(flac->encoder, wide, (uint32_t)count) ? 0 : -1;
}

static int end(void *state, struct strbuf *out)
{
    struct flac *flac = state;
    begin(flac, out);
    return FLAC__stream_encoder_finish(flac->encoder) ? 0 : -1;
}

const struct audio_codec audio_flac = {
    .open = open_flac, .feed = feed, .end = end, .close = close_flac};
