#include "translate/openai_speech.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/voices.h"

/* What OpenAI takes; in characters. */
#define INPUT_MAX 4096
#define INSTRUCTIONS_MAX 4096
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
    bool object = json_object_is_type(given, json_type_object);
    if (object)
        given = json_member(given, "id");
    if ((given || object) && (!json_is_str(given) || json_object_get_string_len(given) == 0))
        return err_set_param(err, ERR_INVALID, "voice", "voice must name a voice");
    const char *name = given ? json_object_get_string(given) : fallback;
    text_copy(request->voice, sizeof(request->voice), voice_of(name));
    return 0;
}

static int bad_format(const char *why, struct err *err)
{
    STRBUF_AUTO struct strbuf words = STRBUF_INIT(KIB);
    audio_format_list(&words);
    return err_set_param(err, ERR_INVALID, "response_format", "response_format must be %s%s",
                         strbuf_str(&words), why);
}

static int read_format(struct speech_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "response_format");
    request->format = audio_format_default();
    if (!given)
        return 0;
    request->format = json_is_str(given) ? audio_format_find(json_object_get_string(given)) : NULL;
    if (!request->format)
        return bad_format("", err);
    if (!audio_format_is_offered(request->format))
        return bad_format(": this server has no encoder for the one that was asked for", err);
    return 0;
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

bool speech_flows(const struct speech_request *request, const char *gemini_model)
{
    return audio_format_flows(request->format) && !text_match("gemini-2*", gemini_model);
}

const char *speech_content_type(const struct speech_request *request)
{
    return request->events ? "text/event-stream" : audio_format_type(request->format);
}
