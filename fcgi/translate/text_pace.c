#include "translate/text_pace.h"

#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

#define EVENT_START "data: "
#define EVENT_END "\n\n"

int64_t text_pace_delay_us(const struct text_pace *pace, int64_t characters)
{
    double delay = pace->max_delay;
    if (characters >= pace->long_text)
        delay = pace->min_delay;
    else if (characters > pace->short_text && pace->short_text > 0)
        delay -= (pace->max_delay - pace->min_delay) *
                 log((double)characters / (double)pace->short_text) /
                 log((double)pace->long_text / (double)pace->short_text);
    return (int64_t)(delay * 1e6);
}

struct pacing {
    const struct text_pace *pace;
    text_pace_emit *emit;
    void *ctx;
};

/* The delta of a chunk that holds one text and nothing else; NULL for any other event. */
static json_object *text_delta(json_object *chunk, const char **name_r)
{
    static const char *const names[] = {"content", "reasoning_content"};
    json_object *choice = json_path(chunk, "choices.0");
    json_object *delta = json_get_obj(choice, "delta");
    if (!delta || json_object_object_length(delta) != 1 || json_member(choice, "logprobs"))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (json_is_str(json_member(delta, names[i]))) {
            *name_r = names[i];
            return delta;
        }
    }
    return NULL;
}

/* The length in bytes of the first `count` characters. */
static size_t piece_len(const char *text, size_t len, int64_t count)
{
    size_t at = 0;
    for (; at < len && count > 0; count--) {
        at++;
        while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
            at++;
    }
    return at;
}

static int emit_pieces(const struct pacing *pacing, json_object *chunk, json_object *delta,
                       const char *name)
{
    JSON_AUTO json_object *whole = json_object_get(json_member(delta, name));
    const char *text = json_object_get_string(whole);
    size_t len = (size_t)json_object_get_string_len(whole);
    int64_t characters = (int64_t)utf8_count(text, len);
    int64_t count = characters >= pacing->pace->long_text ? pacing->pace->chunk_size : 1;
    int64_t delay_us = text_pace_delay_us(pacing->pace, characters);
    STRBUF_AUTO struct strbuf event = STRBUF_INIT(LIMIT_SSE_EVENT);
    for (size_t at = 0, size; at < len; at += size) {
        size = piece_len(text + at, len - at, count > 0 ? count : 1);
        json_add_strn(delta, name, text + at, size);
        strbuf_clear(&event);
        strbuf_puts(&event, EVENT_START);
        json_write(&event, chunk);
        strbuf_puts(&event, EVENT_END);
        if (pacing->emit(pacing->ctx, event.data, event.len, delay_us) < 0)
            return -1;
    }
    return 0;
}

/* Images are texts, too, as Markdown: nobody wants to see them typed. */
static bool is_worth_dividing(json_object *delta, const char *name)
{
    enum { TYPED_MAX = 4096 };
    int len = json_object_get_string_len(json_member(delta, name));
    return len > 0 && len <= TYPED_MAX;
}

static int pace_event(const struct pacing *pacing, const char *event, size_t len)
{
    const char *name = NULL;
    size_t start = strlen(EVENT_START);
    bool chunk_like = len > start && memcmp(event, EVENT_START "{", start + 1) == 0;
    JSON_AUTO json_object *chunk =
        chunk_like ? json_parse_text(event + start, len - start, NULL) : NULL;
    json_object *delta = text_delta(chunk, &name);
    if (delta && is_worth_dividing(delta, name))
        return emit_pieces(pacing, chunk, delta, name);
    return pacing->emit(pacing->ctx, event, len, 0);
}

int text_pace_run(const struct text_pace *pace, const char *events, size_t len,
                  text_pace_emit *emit, void *ctx)
{
    struct pacing pacing = {pace, emit, ctx};
    const char *end = events + len;
    while (events < end) {
        const char *stop = memmem(events, (size_t)(end - events), EVENT_END, strlen(EVENT_END));
        const char *next = stop ? stop + strlen(EVENT_END) : end;
        if (pace_event(&pacing, events, (size_t)(next - events)) < 0)
            return -1;
        events = next;
    }
    return 0;
}
