#include "translate/mp3.h"

#ifdef HAVE_LAME

#include <lame/lame.h>

/* Speech of one voice needs no more. */
#define KILOBITS 64
#define BLOCK 4096
/* What LAME asks for: 1.25 bytes a sample and 7200 more. */
#define BLOCK_ENCODED (BLOCK + BLOCK / 4 + 7200)

bool mp3_is_offered(void)
{
    return true;
}

static void close_lame(lame_t *lame)
{
    if (*lame)
        lame_close(*lame);
}

static lame_t open_lame(unsigned rate)
{
    lame_t lame = lame_init();
    if (!lame)
        return NULL;
    lame_set_in_samplerate(lame, (int)rate);
    lame_set_num_channels(lame, 1);
    lame_set_mode(lame, MONO);
    lame_set_brate(lame, KILOBITS);
    lame_set_quality(lame, 5);
    lame_set_bWriteVbrTag(lame, 0);
    if (lame_init_params(lame) >= 0)
        return lame;
    lame_close(lame);
    return NULL;
}

/* Encodes up to a block of samples; their count. */
static int take_block(short *block, const char *samples, size_t len)
{
    int count = 0;
    for (; count < BLOCK && (size_t)count * 2 + 1 < len; count++)
        block[count] = (short)((unsigned char)samples[count * 2] |
                               (unsigned)(unsigned char)samples[count * 2 + 1] << 8);
    return count;
}

int mp3_encode(const char *samples, size_t len, unsigned rate, struct strbuf *out)
{
    CLEANUP(close_lame) lame_t lame = open_lame(rate);
    FREE_AUTO short *block = xcalloc(BLOCK, sizeof(*block));
    FREE_AUTO unsigned char *encoded = xcalloc(BLOCK_ENCODED, 1);
    if (!lame)
        return -1;
    for (;;) {
        int count = take_block(block, samples, len);
        int bytes = count > 0
                        ? lame_encode_buffer(lame, block, block, count, encoded, BLOCK_ENCODED)
                        : lame_encode_flush(lame, encoded, BLOCK_ENCODED);
        if (bytes < 0)
            return -1;
        strbuf_append(out, encoded, (size_t)bytes);
        if (count == 0)
            return strbuf_ok(out) ? 0 : -1;
        samples += 2 * (size_t)count;
        len -= 2 * (size_t)count;
    }
}

#else

bool mp3_is_offered(void)
{
    return false;
}

int mp3_encode(const char *samples, size_t len, unsigned rate, struct strbuf *out)
{
    (void)samples;
    (void)len;
    (void)rate;
    (void)out;
    return -1;
}

#endif
