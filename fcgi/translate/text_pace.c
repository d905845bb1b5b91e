#include "translate/text_pace.h"

#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/markdown_image.h"

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

/* The delta of an event, whose one text is given out a piece at a time. */
struct typing {
    const struct pacing *pacing;
    json_object *chunk;
    json_object *delta;
    const char *name;
    struct strbuf event;
};

static int type_piece(struct typing *typing, const char *text, size_t len, int64_t delay_us)
{
    const struct pacing *pacing = typing->pacing;
    json_add_strn(typing->delta, typing->name, text, len);
    strbuf_clear(&typing->event);
    strbuf_puts(&typing->event, EVENT_START);
    json_write(&typing->event, typing->chunk);
    strbuf_puts(&typing->event, EVENT_END);
    return pacing->emit(pacing->ctx, typing->event.data, typing->event.len, delay_us);
}

/* The characters of one piece. What is very long goes out in larger ones: a whole answer in one
 * event must not become ten thousand of them. */
static int64_t piece_characters(const struct text_pace *pace, int64_t characters)
{
    enum { PIECES = 4096 };
    int64_t count = characters >= pace->long_text ? pace->chunk_size : 1;
    count = count > 0 ? count : 1;
    return characters > PIECES ? count * (1 + characters / PIECES) : count;
}

static int type_text(struct typing *typing, const char *text, size_t len)
{
    const struct text_pace *pace = typing->pacing->pace;
    int64_t characters = (int64_t)utf8_count(text, len);
    int64_t count = piece_characters(pace, characters);
    int64_t delay_us = text_pace_delay_us(pace, characters);
    for (size_t at = 0, size; at < len; at += size) {
        size = piece_len(text + at, len - at, count);
        if (type_piece(typing, text + at, size, delay_us) < 0)
            return -1;
    }
    return 0;
}

/* Nobody wants to see an image typed. */
static int type_all(struct typing *typing, const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        struct markdown_image image = {.start = end, .end = end};
        bool found = markdown_image_find(text, end, &image);
        const char *stop = found ? image.start : end;
        if (type_text(typing, text, (size_t)(stop - text)) < 0)
            return -1;
        if (found && type_piece(typing, stop, (size_t)(image.end - stop), 0) < 0)
            return -1;
        text = found ? image.end : end;
    }
    return 0;
}

static int emit_pieces(const struct pacing *pacing, json_object *chunk, json_object *delta,
                       const char *name)
{
    JSON_AUTO json_object *whole = json_object_get(json_member(delta, name));
    struct typing typing = {pacing, chunk, delta, name, STRBUF_INIT(LIMIT_SSE_EVENT)};
    int rc =
        type_all(&typing, json_object_get_string(whole), (size_t)json_object_get_string_len(whole));
    strbuf_free(&typing.event);
    return rc;
}

static int pace_event(const struct pacing *pacing, const char *event, size_t len)
{
    const char *name = NULL;
    size_t start = strlen(EVENT_START);
    bool chunk_like = len > start && memcmp(event, EVENT_START "{", start + 1) == 0;
    JSON_AUTO json_object *chunk =
        chunk_like ? json_parse_text(event + start, len - start, NULL) : NULL;
    json_object *delta = text_delta(chunk, &name);
    if (delta && json_object_get_string_len(json_member(delta, name)) > 0)
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
