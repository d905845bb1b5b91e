/* Hands a stream out in small even pieces, as if typed (the "stream optimizer").
 *
 * Only texts are divided: content and reasoning_content. Everything else of an answer passes at
 * once and once. Times are handed back, not waited for. */
#ifndef TRANSLATE_TEXT_PACE_H
#define TRANSLATE_TEXT_PACE_H

#include <stddef.h>
#include <stdint.h>

struct text_pace {
    double min_delay, max_delay; /* STREAM_MIN_DELAY, STREAM_MAX_DELAY: seconds */
    int64_t short_text;          /* STREAM_SHORT_TEXT_THRESHOLD: characters */
    int64_t long_text;           /* STREAM_LONG_TEXT_THRESHOLD */
    int64_t chunk_size;          /* STREAM_CHUNK_SIZE: characters in a piece of a long text */
};

/* Takes one event, framing included, and how long to wait after it. Return -1 to stop. */
typedef int text_pace_emit(void *ctx, const char *event, size_t len, int64_t delay_us);

/* Divides `len` bytes of whole events of chat completion chunks. Returns 0, or -1 when `emit`
 * stopped it. */
int text_pace_run(const struct text_pace *pace, const char *events, size_t len,
                  text_pace_emit *emit, void *ctx);

/* The pause after each piece of a text of so many characters: the longest for a short text, the
 * shortest for a long one, logarithmic between. */
int64_t text_pace_delay_us(const struct text_pace *pace, int64_t characters);

#endif
