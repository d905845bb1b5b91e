/* Gemini's speech into the client's. */
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/gemini_scan.h"
#include "translate/json_list.h"
#include "translate/openai_speech.h"
#include "translate/wav.h"

/* What an event of a stream carries. */
#define EVENT_BYTES (48 * KIB)

struct speech_filter {
    struct reply_filter base;
    const struct speech_request *request;
    struct audio_encoder *encoder; /* NULL until something was said, which tells the rate */
    struct token_usage usage;
};

static struct speech_filter *of(struct reply_filter *base)
{
    return (struct speech_filter *)base;
}

/* --- samples ----------------------------------------------------------------------------------- */

static int add_samples(struct strbuf *samples, json_object *data, unsigned *rate_r)
{
    const char *type = json_get_str(data, "mimeType", "");
    json_object *base64 = json_member(data, "data");
    size_t from = samples->len;
    if (!text_istarts(type, "audio/") || !json_is_str(base64))
        return 0;
    *rate_r = pcm_rate(type);
    if (base64_decode(samples, json_object_get_string(base64),
                      (size_t)json_object_get_string_len(base64)) < 0)
        return -1;
    wav_unwrap(samples, from, rate_r);
    return 0;
}

static int gather_samples(json_object *answer, struct strbuf *samples, unsigned *rate_r,
                          struct err *err)
{
    json_object *parts = json_path(answer, "candidates.0.content.parts");
    for (size_t i = 0; i < json_list_len(parts); i++)
        if (add_samples(samples, json_get_obj(json_list_at(parts, i), "inlineData"), rate_r) < 0)
            return err_set(err, ERR_IO, "upstream sent audio that cannot be read");
    return strbuf_ok(samples) ? 0 : err_set(err, ERR_TOO_LARGE, "the audio is too long");
}

/* --- the client's bytes ------------------------------------------------------------------------ */

static void write_event(json_object *event, struct strbuf *out)
{
    strbuf_puts(out, "data: ");
    json_write(out, event);
    strbuf_puts(out, "\n\n");
    json_object_put(event);
}

static void write_deltas(const struct strbuf *audio, struct strbuf *out)
{
    for (size_t at = 0; at < audio->len; at += EVENT_BYTES) {
        size_t len = audio->len - at < EVENT_BYTES ? audio->len - at : EVENT_BYTES;
        STRBUF_AUTO struct strbuf base64 = STRBUF_INIT(2 * EVENT_BYTES);
        json_object *delta = json_object_new_object();
        base64_encode(&base64, audio->data + at, len);
        json_add_str(delta, "type", "speech.audio.delta");
        json_add_strn(delta, "audio", base64.data, base64.len);
        write_event(delta, out);
    }
}

static void write_done(const struct token_usage *used, struct strbuf *out)
{
    json_object *done = json_object_new_object();
    json_object *usage = json_object_new_object();
    int64_t input = used->prompt + used->tool_use;
    json_add_str(done, "type", "speech.audio.done");
    json_add_int(usage, "input_tokens", input);
    json_add_int(usage, "output_tokens", used->output);
    json_add_int(usage, "total_tokens", input + used->output);
    json_add(done, "usage", usage);
    write_event(done, out);
}

static void pass(const struct speech_filter *filter, const struct strbuf *audio, struct strbuf *out)
{
    if (filter->request->events)
        write_deltas(audio, out);
    else
        strbuf_append(out, strbuf_str(audio), audio->len);
}

/* `whole`: there is nothing more to come. */
static int encode(struct speech_filter *filter, const struct strbuf *samples, unsigned rate,
                  bool whole, struct strbuf *out, struct err *err)
{
    STRBUF_AUTO struct strbuf audio = STRBUF_INIT(2 * LIMIT_UNARY_ANSWER);
    if (!filter->encoder)
        filter->encoder = audio_encoder_create(filter->request->format, rate,
                                               whole ? (int64_t)samples->len / 2 : -1);
    if (!filter->encoder ||
        audio_encoder_feed(filter->encoder, strbuf_str(samples), samples->len, &audio) < 0 ||
        (whole && audio_encoder_end(filter->encoder, &audio) < 0))
        return err_set(err, ERR_INTERNAL, "the audio cannot be encoded");
    pass(filter, &audio, out);
    return 0;
}

/* --- the filter -------------------------------------------------------------------------------- */

static bool is_refusal(const char *reason)
{
    static const char *const reasons[] = {
        "SAFETY", "PROHIBITED_CONTENT", "RECITATION", "BLOCKLIST", "SPII", "LANGUAGE"};
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (text_eq(reasons[i], reason))
            return true;
    return false;
}

/* Nothing was said, and nothing will be: Google refused, or it is an error. */
static int silent(struct reply_facts *facts, struct err *err)
{
    const char *reason = facts->finish_reason[0] ? facts->finish_reason : "no reason given";
    facts->refused = facts->block_reason[0] || is_refusal(reason);
    if (facts->refused)
        return 0;
    return err_set(err, ERR_IO, "the model said nothing (%s)", reason);
}

static int take(struct speech_filter *filter, const char *data, size_t len, bool whole,
                struct strbuf *out, struct reply_facts *facts_r, struct err *err)
{
    STRBUF_AUTO struct strbuf samples = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    unsigned rate = 0;
    gemini_scan_reply(data, len, facts_r);
    if (facts_r->has_error || facts_r->malformed)
        return 0;
    if (facts_r->usage.known)
        filter->usage = facts_r->usage;
    JSON_AUTO json_object *answer = json_parse_text(data, len, NULL);
    if (gather_samples(answer, &samples, &rate, err) < 0)
        return -1;
    if (samples.len > 0)
        return encode(filter, &samples, rate, whole, out, err);
    bool over = whole || facts_r->finished || facts_r->block_reason[0];
    return over && !filter->encoder ? silent(facts_r, err) : 0;
}

static int on_event(struct reply_filter *base, const char *data, size_t len, const char *raw,
                    size_t raw_len, struct strbuf *out, struct reply_facts *facts_r,
                    struct err *err)
{
    (void)raw;
    (void)raw_len;
    return take(of(base), data, len, false, out, facts_r, err);
}

static int on_end(struct reply_filter *base, struct strbuf *out, struct err *err)
{
    struct speech_filter *filter = of(base);
    STRBUF_AUTO struct strbuf audio = STRBUF_INIT(MIB);
    if (!filter->encoder || audio_encoder_end(filter->encoder, &audio) < 0)
        return err_set(err, ERR_INTERNAL, "the audio cannot be encoded");
    pass(filter, &audio, out);
    if (filter->request->events)
        write_done(&filter->usage, out);
    return 0;
}

static void on_fail(struct reply_filter *base, int status, const struct err *why,
                    struct strbuf *out)
{
    if (!of(base)->request->events)
        return;
    strbuf_puts(out, "data: ");
    openai_error_body(out, status, why, NULL, 0);
    strbuf_puts(out, "\n\n");
}

static int on_whole(struct reply_filter *base, const char *body, size_t len, struct strbuf *out,
                    struct reply_facts *facts_r, struct err *err)
{
    struct speech_filter *filter = of(base);
    if (take(filter, body, len, true, out, facts_r, err) < 0)
        return -1;
    if (filter->encoder && filter->request->events)
        write_done(&filter->usage, out);
    return 0;
}

static void destroy(struct reply_filter *base)
{
    audio_encoder_destroy(&of(base)->encoder);
    free(base);
}

static const struct reply_filter_ops ops = {
    .event = on_event, .end = on_end, .fail = on_fail, .whole = on_whole, .destroy = destroy};

struct reply_filter *speech_filter_create(const struct speech_request *request)
{
    struct speech_filter *filter = xcalloc(1, sizeof(*filter));
    filter->base.ops = &ops;
    filter->request = request;
    return &filter->base;
}
