/* What is encoded is decoded again by the libraries' own decoders and compared: length and wave. Of AAC,
 * which has none here, the frames are counted. */
#include "../unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "translate/audio_encoder.h"

#ifdef HAVE_LAME
#include <lame/lame.h>
#endif
#ifdef HAVE_OPUSENC
#include <opus.h>
#endif
#ifdef HAVE_FLAC
#include <FLAC/stream_decoder.h>
#endif

#define RATE 24000
#define SAMPLES 36000 /* a second and a half */
#define DECODED_MAX (8 * SAMPLES)

static int16_t spoken[SAMPLES];
static char bytes[2 * SAMPLES];
static struct strbuf file = STRBUF_INIT(MIB);
static int16_t heard[DECODED_MAX];
static size_t heard_count;

/* Two tones that swell, so that only one shift makes the waves fit. */
static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        double time = (double)i / RATE;
        double swell = 0.5 + 0.5 * sin(2 * M_PI * 1.3 * time);
        double wave =
            0.6 * sin(2 * M_PI * (300 + 200 * time) * time) + 0.3 * sin(2 * M_PI * 997 * time);
        spoken[i] = (int16_t)(20000 * swell * wave);
        bytes[2 * i] = (char)(spoken[i] & 0xff);
        bytes[2 * i + 1] = (char)((uint16_t)spoken[i] >> 8);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    strbuf_free(&file);
    return 0;
}

/* Feeds pieces of `piece` bytes. */
static void encode(const char *word, unsigned rate, size_t piece, int64_t told)
{
    const struct audio_format *format = audio_format_find(word);
    strbuf_clear(&file);
    heard_count = 0;
    if (!audio_format_is_offered(format))
        skip();
    struct audio_encoder *encoder = audio_encoder_create(format, rate, told);
    assert_non_null(encoder);
    for (size_t at = 0; at < sizeof(bytes); at += piece) {
        size_t len = sizeof(bytes) - at < piece ? sizeof(bytes) - at : piece;
        assert_int_equal(audio_encoder_feed(encoder, bytes + at, len, &file), 0);
    }
    assert_int_equal(audio_encoder_end(encoder, &file), 0);
    audio_encoder_destroy(&encoder);
    assert_null(encoder);
    assert_true(strbuf_ok(&file));
}

static UNUSED void hear(const int16_t *samples, size_t count)
{
    for (size_t i = 0; i < count && heard_count < DECODED_MAX; i++)
        heard[heard_count++] = samples[i];
}

static UNUSED double likeness_at(size_t shift)
{
    double both = 0, one = 0, other = 0;
    for (size_t i = 0; i < SAMPLES && i + shift < heard_count; i++) {
        both += (double)spoken[i] * heard[i + shift];
        one += (double)spoken[i] * spoken[i];
        other += (double)heard[i + shift] * heard[i + shift];
    }
    return one > 0 && other > 0 ? both / sqrt(one * other) : 0;
}

/* The best correlation within the delay that a codec may have. */
static UNUSED double likeness(void)
{
    double best = 0;
    for (size_t shift = 0; shift < 4000; shift++) {
        double now = likeness_at(shift);
        best = now > best ? now : best;
    }
    return best;
}

static unsigned long le(const char *at, int count)
{
    unsigned long value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | (unsigned char)at[i];
    return value;
}

static void pcm(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 3, 1000, 4096, sizeof(bytes)};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        encode("pcm", RATE, pieces[i], -1);
        assert_int_equal(file.len, sizeof(bytes));
        assert_memory_equal(file.data, bytes, sizeof(bytes));
    }
}

static void wav(void **state)
{
    (void)state;
    encode("wav", RATE, 999, SAMPLES);
    assert_int_equal(file.len, 44 + sizeof(bytes));
    assert_memory_equal(file.data, "RIFF", 4);
    assert_int_equal(le(file.data + 4, 4), file.len - 8);
    assert_memory_equal(file.data + 8, "WAVEfmt ", 8);
    assert_int_equal(le(file.data + 20, 2), 1);
    assert_int_equal(le(file.data + 22, 2), 1);
    assert_int_equal(le(file.data + 24, 4), RATE);
    assert_int_equal(le(file.data + 28, 4), 2 * RATE);
    assert_int_equal(le(file.data + 34, 2), 16);
    assert_int_equal(le(file.data + 40, 4), sizeof(bytes));
    assert_memory_equal(file.data + 44, bytes, sizeof(bytes));
    encode("wav", RATE, sizeof(bytes), -1);
    assert_int_equal(le(file.data + 4, 4), 0xffffffff);
    assert_int_equal(le(file.data + 40, 4), 0xffffffff - 36);
}

static void mp3(void **state)
{
    (void)state;
    encode("mp3", RATE, 5000, -1);
#ifdef HAVE_LAME
    hip_t hip = hip_decode_init();
    mp3data_struct about = {0};
    int16_t left[1152], right[1152];
    size_t len = file.len;
    for (int empty = 0; empty < 2; len = 0) {
        int count = hip_decode1_headers(hip, (unsigned char *)file.data, len, left, right, &about);
        assert_true(count >= 0);
        hear(left, (size_t)count);
        empty = count == 0 ? empty + 1 : 0;
    }
    hip_decode_exit(hip);
    assert_int_equal(about.samplerate, RATE);
    assert_int_equal(about.stereo, 1);
    assert_in_range(heard_count, SAMPLES, SAMPLES + 4000);
    assert_true(likeness() > 0.98);
    assert_in_range(file.len, 8 * 1024, 16 * 1024);
#endif
}

#ifdef HAVE_OPUSENC
/* Hands each packet of an Ogg stream to the decoder; pages of one stream, no holes. */
static void decode_ogg(OpusDecoder *decoder)
{
    STRBUF_AUTO struct strbuf packet = STRBUF_INIT(MIB);
    int16_t samples[5760 / 2];
    size_t at = 0;
    int packets = 0;
    while (at + 27 <= file.len) {
        int laces = (unsigned char)file.data[at + 26];
        size_t body = at + 27 + (size_t)laces;
        assert_memory_equal(file.data + at, "OggS", 4);
        for (int i = 0; i < laces; i++) {
            size_t len = (unsigned char)file.data[at + 27 + (size_t)i];
            strbuf_append(&packet, file.data + body, len);
            body += len;
            if (len == 255)
                continue;
            if (packets == 0)
                assert_memory_equal(packet.data, "OpusHead", 8);
            if (packets++ >= 2) {
                int count = opus_decode(decoder, (unsigned char *)packet.data,
                                        (opus_int32)packet.len, samples, 5760 / 2, 0);
                assert_true(count > 0);
                hear(samples, (size_t)count);
            }
            strbuf_clear(&packet);
        }
        at = body;
    }
    assert_int_equal(at, file.len);
}
#endif

static void opus(void **state)
{
    (void)state;
    encode("opus", RATE, 5000, -1);
#ifdef HAVE_OPUSENC
    OpusDecoder *decoder = opus_decoder_create(RATE, 1, NULL);
    decode_ogg(decoder);
    opus_decoder_destroy(decoder);
    assert_in_range(heard_count, SAMPLES, SAMPLES + 4000);
    assert_true(likeness() > 0.95);
#endif
}

#ifdef HAVE_FLAC
static size_t flac_at;

static FLAC__StreamDecoderReadStatus flac_read(const FLAC__StreamDecoder *decoder, FLAC__byte *into,
                                               size_t *len, void *ctx)
{
    (void)decoder;
    (void)ctx;
    size_t left = file.len - flac_at;
    *len = *len < left ? *len : left;
    memcpy(into, file.data + flac_at, *len);
    flac_at += *len;
    return *len ? FLAC__STREAM_DECODER_READ_STATUS_CONTINUE
                : FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM;
}

static FLAC__StreamDecoderWriteStatus flac_write(const FLAC__StreamDecoder *decoder,
                                                 const FLAC__Frame *frame,
                                                 const FLAC__int32 *const channels[], void *ctx)
{
    (void)decoder;
    (void)ctx;
    assert_int_equal(frame->header.sample_rate, RATE);
    for (unsigned i = 0; i < frame->header.blocksize; i++) {
        int16_t sample = (int16_t)channels[0][i];
        hear(&sample, 1);
    }
    return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
}

static void flac_error(const FLAC__StreamDecoder *decoder, FLAC__StreamDecoderErrorStatus status,
                       void *ctx)
{
    (void)decoder;
    (void)ctx;
    fail_msg("FLAC: %s", FLAC__StreamDecoderErrorStatusString[status]);
}
#endif

static void flac(void **state)
{
    (void)state;
    encode("flac", RATE, 5000, SAMPLES);
#ifdef HAVE_FLAC
    FLAC__StreamDecoder *decoder = FLAC__stream_decoder_new();
    flac_at = 0;
    assert_memory_equal(file.data, "fLaC", 4);
    assert_int_equal(FLAC__stream_decoder_init_stream(decoder, flac_read, NULL, NULL, NULL, NULL,
                                                      flac_write, NULL, flac_error, NULL),
                     FLAC__STREAM_DECODER_INIT_STATUS_OK);
    assert_true(FLAC__stream_decoder_process_until_end_of_stream(decoder));
    assert_int_equal(FLAC__stream_decoder_get_total_samples(decoder), SAMPLES);
    FLAC__stream_decoder_delete(decoder);
    assert_int_equal(heard_count, SAMPLES);
    assert_memory_equal(heard, spoken, sizeof(spoken));
#endif
}

static void aac(void **state)
{
    (void)state;
    encode("aac", RATE, 5000, -1);
    size_t at = 0, frames = 0;
    while (at + 7 <= file.len) {
        const unsigned char *head = (const unsigned char *)file.data + at;
        size_t len = (size_t)(head[3] & 3) << 11 | (size_t)head[4] << 3 | head[5] >> 5;
        assert_int_equal(head[0], 0xff);
        assert_int_equal(head[1] & 0xf6, 0xf0);  /* ADTS */
        assert_int_equal(head[2] >> 2 & 0xf, 6); /* 24 kHz */
        assert_int_equal(head[2] >> 6, 1);       /* LC */
        assert_int_equal((head[2] & 1) << 2 | head[3] >> 6, 1);
        assert_in_range(len, 8, file.len - at);
        at += len;
        frames++;
    }
    assert_int_equal(at, file.len);
    assert_in_range(frames * 1024, SAMPLES, SAMPLES + 4 * 1024);
    assert_in_range(file.len, 8 * 1024, 16 * 1024);
}

/* Half a sample at the end is none; nothing at all is a file all the same. */
static void odd_ends(void **state)
{
    (void)state;
    static const char *const words[] = {"wav", "pcm", "mp3", "opus", "flac", "aac"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const struct audio_format *format = audio_format_find(words[i]);
        if (!audio_format_is_offered(format))
            continue;
        for (size_t len = 0; len < 4; len++) {
            struct audio_encoder *encoder = audio_encoder_create(format, RATE, -1);
            strbuf_clear(&file);
            assert_int_equal(audio_encoder_feed(encoder, bytes, len, &file), 0);
            assert_int_equal(audio_encoder_end(encoder, &file), 0);
            audio_encoder_destroy(&encoder);
            if (text_eq(words[i], "pcm"))
                assert_int_equal(file.len, len & ~(size_t)1);
        }
        struct audio_encoder *unused = audio_encoder_create(format, RATE, -1);
        audio_encoder_destroy(&unused);
        unused = audio_encoder_create(format, RATE, -1);
        assert_int_equal(audio_encoder_feed(unused, bytes, 9000, &file), 0);
        audio_encoder_destroy(&unused); /* never ended */
    }
}

static void other_rates(void **state)
{
    (void)state;
    static const unsigned rates[] = {8000, 16000, 22050, 44100, 48000};
    static const char *const words[] = {"wav", "mp3", "opus", "flac", "aac"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        for (size_t at = 0; at < ARRAY_LEN(rates); at++)
            if (audio_format_is_offered(audio_format_find(words[i])))
                encode(words[i], rates[at], sizeof(bytes), SAMPLES);
}

static void the_table(void **state)
{
    (void)state;
    STRBUF_AUTO struct strbuf words = STRBUF_INIT(KIB);
    assert_null(audio_format_find("midi"));
    assert_null(audio_format_find(""));
    assert_null(audio_format_find("MP3"));
    assert_true(audio_format_is_offered(audio_format_default()));
    assert_string_equal(audio_format_type(audio_format_find("opus")), "audio/ogg");
    assert_true(audio_format_flows(audio_format_find("pcm")));
    assert_false(audio_format_flows(audio_format_find("wav")));
    audio_format_list(&words);
    assert_true(text_ends(strbuf_str(&words), "wav or pcm"));
}

/* As the head of a broken or hostile WAV file may name them. */
static void unbearable_rates(void **state)
{
    static const char *const words[] = {"mp3", "opus", "aac", "flac", "wav", "pcm"};
    static const unsigned rates[] = {0, 1, 3999, 192001, 0x7fffffff, 0x80000000u, 0xffffffffu};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(words) * ARRAY_LEN(rates); i++) {
        const struct audio_format *format = audio_format_find(words[i / ARRAY_LEN(rates)]);
        assert_null(audio_encoder_create(format, rates[i % ARRAY_LEN(rates)], -1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcm),       cmocka_unit_test(wav),
        cmocka_unit_test(mp3),       cmocka_unit_test(opus),
        cmocka_unit_test(flac),      cmocka_unit_test(aac),
        cmocka_unit_test(odd_ends),  cmocka_unit_test(other_rates),
        cmocka_unit_test(the_table), cmocka_unit_test(unbearable_rates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
