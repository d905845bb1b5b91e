#include "translate/audio_encoder.h"

#include "base/text.h"
#include "translate/audio_codec.h"

#ifdef HAVE_LAME
#define MP3 (&audio_mp3)
#else
#define MP3 NULL
#endif
#ifdef HAVE_OPUSENC
#define OPUS (&audio_opus)
#else
#define OPUS NULL
#endif
#ifdef HAVE_FLAC
#define FLAC (&audio_flac)
#else
#define FLAC NULL
#endif
#ifdef HAVE_AACENC
#define AAC (&audio_aac)
#else
#define AAC NULL
#endif

struct audio_format {
    const char *word;
    const char *type;
    const struct audio_codec *codec; /* NULL: not offered */
    bool flows;
};

static const struct audio_format formats[] = {
    {"mp3", "audio/mpeg", MP3, true},        {"opus", "audio/ogg", OPUS, true},
    {"aac", "audio/aac", AAC, true},         {"flac", "audio/flac", FLAC, false},
    {"wav", "audio/wav", &audio_wav, false}, {"pcm", "audio/pcm", &audio_pcm, true},
};

/* Rates that any of the libraries bears: at others some give up the whole program, or take for ever. */
#define RATE_MIN 4000
#define RATE_MAX 192000

struct audio_encoder {
    const struct audio_codec *codec;
    void *state;
    bool has_half; /* the first byte of a sample whose second has not come yet */
    unsigned char half;
};

/* --- formats ----------------------------------------------------------------------------------- */

const struct audio_format *audio_format_find(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (text_eq(formats[i].word, word))
            return &formats[i];
    return NULL;
}

const struct audio_format *audio_format_default(void)
{
    const struct audio_format *format = audio_format_find("mp3");
    return audio_format_is_offered(format) ? format : audio_format_find("wav");
}

bool audio_format_is_offered(const struct audio_format *format)
{
    return format->codec != NULL;
}

bool audio_format_flows(const struct audio_format *format)
{
    return format->flows;
}

const char *audio_format_type(const struct audio_format *format)
{
    return format->type;
}

void audio_format_list(struct strbuf *out)
{
    const char *before = "";
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        bool last = i + 1 == ARRAY_LEN(formats); /* PCM, which is always there */
        if (formats[i].codec)
            strbuf_printf(out, "%s%s", last ? " or " : before, formats[i].word);
        before = formats[i].codec ? ", " : before;
    }
}

/* --- encoding ---------------------------------------------------------------------------------- */

struct audio_encoder *audio_encoder_create(const struct audio_format *format, unsigned rate,
                                           int64_t samples)
{
    bool bearable = rate >= RATE_MIN && rate <= RATE_MAX;
    void *state = format->codec && bearable ? format->codec->open(rate, samples) : NULL;
    if (!state)
        return NULL;
    struct audio_encoder *encoder = xcalloc(1, sizeof(*encoder));
    encoder->codec = format->codec;
    encoder->state = state;
    return encoder;
}

static int16_t sample_of(unsigned char low, unsigned char high)
{
    return (int16_t)(uint16_t)(low | (unsigned)high << 8);
}

int audio_encoder_feed(struct audio_encoder *encoder, const char *bytes, size_t len,
                       struct strbuf *out)
{
    const unsigned char *at = (const unsigned char *)bytes;
    int16_t block[AUDIO_BLOCK];
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (!encoder->has_half) {
            encoder->half = at[i];
        } else {
            block[count++] = sample_of(encoder->half, at[i]);
        }
        encoder->has_half = !encoder->has_half;
        if (count < AUDIO_BLOCK)
            continue;
        if (encoder->codec->feed(encoder->state, block, count, out) < 0)
            return -1;
        count = 0;
    }
    if (count > 0 && encoder->codec->feed(encoder->state, block, count, out) < 0)
        return -1;
    return strbuf_ok(out) ? 0 : -1;
}

int audio_encoder_end(struct audio_encoder *encoder, struct strbuf *out)
{
    return encoder->codec->end(encoder->state, out) == 0 && strbuf_ok(out) ? 0 : -1;
}

void audio_encoder_destroy(struct audio_encoder **encoder)
{
    if (!*encoder)
        return;
    (*encoder)->codec->close((*encoder)->state);
    free(*encoder);
    *encoder = NULL;
}
