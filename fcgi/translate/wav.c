#include "translate/wav.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
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

json_object *wav_base64_of_pcm(const char *type, json_object *base64)
{
    STRBUF_AUTO struct strbuf samples = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    STRBUF_AUTO struct strbuf file = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    if (base64_decode(&samples, json_object_get_string(base64),
                      (size_t)json_object_get_string_len(base64)) < 0)
        return NULL;
    wav_header(&file, pcm_rate(type), samples.len);
    strbuf_append(&file, samples.data, samples.len);
    base64_encode(&text, strbuf_str(&file), file.len);
    return strbuf_ok(&text) ? json_object_new_string_len(strbuf_str(&text), (int)text.len) : NULL;
}
