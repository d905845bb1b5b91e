/* Samples as they are, and those with the head of a WAV file before them. */
#include "translate/audio_codec.h"
#include "translate/wav.h"

/* What stands for a length that is not known: players read to the end of the file. */
#define ENDLESS (UINT32_MAX - 36)

struct plain {
    bool headed; /* the head, if there is one, is out */
    unsigned rate;
    int64_t samples;
};

static void *open_wav(unsigned rate, int64_t samples)
{
    struct plain *plain = xcalloc(1, sizeof(*plain));
    plain->rate = rate;
    plain->samples = samples;
    return plain;
}

static void *open_pcm(unsigned rate, int64_t samples)
{
    struct plain *plain = open_wav(rate, samples);
    plain->headed = true;
    return plain;
}

static void write_head(struct plain *plain, struct strbuf *out)
{
    bool known = plain->samples >= 0 && plain->samples < ENDLESS / 2;
    if (!plain->headed)
        wav_header(out, plain->rate, known ? 2 * (size_t)plain->samples : ENDLESS);
    plain->headed = true;
}

static int feed(void *state, const int16_t *samples, size_t count, struct strbuf *out)
{
    write_head(state, out);
    for (size_t i = 0; i < count; i++) {
        strbuf_putc(out, (char)((uint16_t)samples[i] & 0xff));
        strbuf_putc(out, (char)((uint16_t)samples[i] >> 8));
    }
    return 0;
}

static int end(void *state, struct strbuf *out)
{
    write_head(state, out);
    return 0;
}

const struct audio_codec audio_wav = {.open = open_wav, .feed = feed, .end = end, .close = free};
const struct audio_codec audio_pcm = {.open = open_pcm, .feed = feed, .end = end, .close = free};
