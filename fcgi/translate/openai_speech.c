#include "translate/openai_speech.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/mp3.h"
#include "translate/voices.h"
#include "translate/wav.h"

/* What OpenAI takes; in characters. */
#define INPUT_MAX 4096
#define INSTRUCTIONS_MAX 4096
/* What an event of a stream carries. */
#define EVENT_BYTES ((size_t)48 * 1024)
#define DEFAULT_RATE 24000

/* --- the request ------------------------------------------------------------------------------- */

static int read_input(struct speech_request *request, json_object *body, struct err *err)
{
    json_object *input = json_member(body, "input");
    if (!json_is_str(input) || json_object_get_string_len(input) == 0)
        return err_set_param(err, ERR_INVALID, "input", "input must be a text that is not empty");
    size_t len = (size_t)json_object_get_string_len(input);
    if (utf8_count(json_object_get_string(input), len) > INPUT_MAX)
        return err_set_param(err, ERR_INVALID, "input", "input may have %d characters", INPUT_MAX);
    request->input = json_object_get(input);
    return 0;
}

static int read_voice(struct speech_request *request, json_object *body, const char *fallback,
                      struct err *err)
{
    json_object *given = json_member(body, "voice");
    if (json_object_is_type(given, json_type_object))
        given = json_member(given, "id");
    if (given && (!json_is_str(given) || json_object_get_string_len(given) == 0))
        return err_set_param(err, ERR_INVALID, "voice", "voice must name a voice");
    const char *name = given ? json_object_get_string(given) : fallback;
    text_copy(request->voice, sizeof(request->voice), voice_of(name));
    return 0;
}

static const struct {
    const char *word;
    enum speech_format format;
} formats[] = {{"wav", SPEECH_WAV}, {"pcm", SPEECH_PCM}, {"mp3", SPEECH_MP3}};

static bool is_offered(enum speech_format format)
{
    return format != SPEECH_MP3 || mp3_is_offered();
}

static int read_format(struct speech_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "response_format");
    const char *word = json_is_str(given) ? json_object_get_string(given) : "";
    /* OpenAI's own default, or else what every player knows by its first bytes. */
    request->format = is_offered(SPEECH_MP3) ? SPEECH_MP3 : SPEECH_WAV;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!text_eq(formats[i].word, word) || !is_offered(formats[i].format))
            continue;
        request->format = formats[i].format;
        return 0;
    }
    if (!given)
        return 0;
    return err_set_param(err, ERR_INVALID, "response_format",
                         "response_format must be %s: this server has no encoder for another",
                         mp3_is_offered() ? "mp3, wav or pcm" : "wav or pcm");
}

static int read_stream_format(struct speech_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "stream_format");
    const char *word = json_is_str(given) ? json_object_get_string(given) : given ? "" : "audio";
    request->events = text_eq(word, "sse");
    if (!request->events && !text_eq(word, "audio"))
        return err_set_param(err, ERR_INVALID, "stream_format",
                             "stream_format must be audio or sse");
    return 0;
}

/* Models have no speed to be set, but follow words. */
static int read_speed(json_object *body, const char *fallback, const char **words_r,
                      struct err *err)
{
    static const struct {
        double up_to;
        const char *words;
    } rows[] = {{0.6, "Speak very slowly."},
                {0.9, "Speak slowly."},
                {1.1, NULL},
                {1.6, "Speak fast."},
                {4.0, "Speak very fast."}};
    json_object *given = json_member(body, "speed");
    double speed = text_eq(fallback, "slow") ? 0.75 : text_eq(fallback, "fast") ? 1.5 : 1;
    if (given)
        speed = json_is_num(given) ? json_object_get_double(given) : 0;
    if (!(speed >= 0.25 && speed <= 4))
        return err_set_param(err, ERR_INVALID, "speed", "speed must be a number from 0.25 to 4");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        *words_r = rows[i].words;
        if (speed <= rows[i].up_to)
            return 0;
    }
    return 0;
}

static int read_instructions(struct speech_request *request, json_object *body,
                             const char *speed_words, struct err *err)
{
    json_object *given = json_member(body, "instructions");
    if (given && !json_is_str(given))
        return err_set_param(err, ERR_INVALID, "instructions", "instructions must be a text");
    if (given && json_object_get_string_len(given) > INSTRUCTIONS_MAX)
        return err_set_param(err, ERR_INVALID, "instructions", "instructions may have %d bytes",
                             INSTRUCTIONS_MAX);
    const char *text = given ? json_object_get_string(given) : "";
    if (*text || speed_words)
        request->instructions = xasprintf("%s%s%s", text, *text && speed_words ? " " : "",
                                          speed_words ? speed_words : "");
    return 0;
}

int speech_request_parse(struct speech_request *request, json_object *body,
                         const struct speech_defaults *defaults, struct err *err)
{
    const char *speed_words = NULL;
    memset(request, 0, sizeof(*request));
    json_object *model = json_member(body, "model");
    if (model && (!json_is_str(model) || !text_copy(request->model, sizeof(request->model),
                                                    json_object_get_string(model))))
        return err_set_param(err, ERR_INVALID, "model", "model must be a short text");
    if (read_voice(request, body, defaults->voice, err) < 0 ||
        read_format(request, body, err) < 0 || read_stream_format(request, body, err) < 0 ||
        read_speed(body, defaults->speed, &speed_words, err) < 0 ||
        read_instructions(request, body, speed_words, err) < 0)
        return -1;
    return read_input(request, body, err);
}

void speech_request_free(struct speech_request *request)
{
    json_object_put(request->input);
    free(request->instructions);
    request->input = NULL;
    request->instructions = NULL;
}

/* Newer models take the manner apart from the words; older ones read it before them. */
static json_object *text_part(const struct speech_request *request, bool has_style)
{
    json_object *part = json_object_new_object();
    if (!request->instructions || has_style) {
        json_add_ref(part, "text", request->input);
    } else {
        FREE_AUTO char *text =
            xasprintf("%s: %s", request->instructions, json_object_get_string(request->input));
        json_add_str(part, "text", text);
    }
    if (request->instructions && has_style) {
        json_object *metadata = json_object_new_object();
        json_add_str(metadata, "style", request->instructions);
        json_add(part, "speechMetadata", metadata);
    }
    return part;
}

static json_object *speech_config(const char *voice)
{
    json_object *config = json_object_new_object();
    json_object *voice_config = json_object_new_object();
    json_object *prebuilt = json_object_new_object();
    json_add_str(prebuilt, "voiceName", voice);
    json_add(voice_config, "prebuiltVoiceConfig", prebuilt);
    json_add(config, "voiceConfig", voice_config);
    return config;
}

void speech_request_write(const struct speech_request *request, const char *gemini_model,
                          struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *contents = json_object_new_array();
    json_object *turn = json_object_new_object();
    json_object *parts = json_object_new_array();
    json_object *config = json_object_new_object();
    json_object *modalities = json_object_new_array();
    bool old = text_match("gemini-2*", gemini_model) || text_match("gemini-3.1*", gemini_model);
    json_object_array_add(parts, text_part(request, !old));
    json_add_str(turn, "role", "user");
    json_add(turn, "parts", parts);
    json_object_array_add(contents, turn);
    json_add(body, "contents", contents);
    json_object_array_add(modalities, json_object_new_string("AUDIO"));
    json_add(config, "responseModalities", modalities);
    json_add(config, "speechConfig", speech_config(request->voice));
    json_add(body, "generationConfig", config);
    json_write(out, body);
}

/* --- the answer -------------------------------------------------------------------------------- */

static unsigned long le(const char *bytes, int count)
{
    unsigned long value = 0;
    for (int i = count; i-- > 0;)
        value = value << 8 | (unsigned char)bytes[i];
    return value;
}

/* Takes the samples out of a WAV file of 16-bit mono: cuts `all` to them, from `from` on. */
static void unwrap_wav(struct strbuf *all, size_t from, unsigned *rate_r)
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
    unwrap_wav(samples, from, rate_r);
    return 0;
}

int speech_samples(const char *body, size_t len, struct strbuf *samples, unsigned *rate_r,
                   struct err *err)
{
    JSON_AUTO json_object *answer = json_parse_text(body, len, NULL);
    json_object *parts = json_path(answer, "candidates.0.content.parts");
    *rate_r = DEFAULT_RATE;
    for (size_t i = 0; i < json_list_len(parts); i++)
        if (add_samples(samples, json_get_obj(json_list_at(parts, i), "inlineData"), rate_r) < 0)
            return err_set(err, ERR_IO, "upstream sent audio that cannot be read");
    if (samples->len == 0)
        return err_set(err, ERR_IO, "the model said nothing (%s)",
                       json_get_str(json_path(answer, "candidates.0"), "finishReason",
                                    json_get_str(json_get_obj(answer, "promptFeedback"),
                                                 "blockReason", "no reason given")));
    return strbuf_ok(samples) ? 0 : err_set(err, ERR_TOO_LARGE, "the audio is too long");
}

const char *speech_write(const struct speech_request *request, const struct strbuf *samples,
                         unsigned rate, struct strbuf *out)
{
    if (request->format == SPEECH_MP3)
        return mp3_encode(samples->data, samples->len, rate, out) < 0 ? NULL : "audio/mpeg";
    if (request->format == SPEECH_WAV)
        wav_header(out, rate, samples->len);
    strbuf_append(out, samples->data, samples->len);
    return request->format == SPEECH_WAV ? "audio/wav" : "audio/pcm";
}

static void write_event(json_object *event, struct strbuf *out)
{
    strbuf_puts(out, "data: ");
    json_write(out, event);
    strbuf_puts(out, "\n\n");
    json_object_put(event);
}

void speech_write_events(const struct strbuf *audio, int64_t input_tokens, int64_t output_tokens,
                         struct strbuf *out)
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
    json_object *done = json_object_new_object();
    json_object *usage = json_object_new_object();
    json_add_str(done, "type", "speech.audio.done");
    json_add_int(usage, "input_tokens", input_tokens);
    json_add_int(usage, "output_tokens", output_tokens);
    json_add_int(usage, "total_tokens", input_tokens + output_tokens);
    json_add(done, "usage", usage);
    write_event(done, out);
}
