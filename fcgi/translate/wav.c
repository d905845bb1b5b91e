#include "translate/wav.h"

#include <string.h>

#include "base/text.h"

static void put_le(struct strbuf *out, unsigned long value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        strbuf_putc(out, (char)(unsigned char)(value >> (8 * i)));
}

void wav_header(struct strbuf *out, unsigned rate, size_t data_len)
{
    strbuf_puts(out, "RIFF");
    put_le(out, (unsigned long)data_len + 36, 4);
    strbuf_puts(out, "WAVEfmt ");
    put_le(out, 16, 4); /* size of this chunk */
    put_le(out, 1, 2);  /* PCM */
    put_le(out, 1, 2);  /* channels */
    put_le(out, rate, 4);
    put_le(out, 2UL * rate, 4); /* bytes in a second */
    put_le(out, 2, 2);          /* bytes in a frame */
    put_le(out, 16, 2);         /* bits in a sample */
    strbuf_puts(out, "data");
    put_le(out, (unsigned long)data_len, 4);
}

unsigned pcm_rate(const char *type)
{
    const char *rate = text_ifind(type, "rate=");
    unsigned long value = rate ? strtoul(rate + strlen("rate="), NULL, 10) : 0;
    return value >= 4000 && value <= 192000 ? (unsigned)value : 24000;
}

static unsigned long le(const char *bytes, int count)
{
    unsigned long value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

void wav_unwrap(struct strbuf *all, size_t from, unsigned *rate_r)
{
    size_t at = from + 12;
    if (all->len < from + 44 || memcmp(all->data + from, "RIFF", 4) != 0)
        return;
    while (at + 8 <= all->len) {
        size_t len = le(all->data + at + 4, 4);
        bool data = memcmp(all->data + at, "data", 4) == 0;
        if (memcmp(all->data + at, "fmt ", 4) == 0 && at + 16 <= all->len)
            *rate_r = (unsigned)le(all->data + at + 12, 4);
        at += 8;
        if (data) {
            len = len < all->len - at ? len : all->len - at;
            memmove(all->data + from, all->data + at, len);
            strbuf_truncate(all, from + len);
            return;
        }
        if (len > all->len - at)
            return;
        at += len + (len & 1);
    }
}
