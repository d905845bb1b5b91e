#include "translate/openai_transcription.h"

#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/media_type.h"

#define PROMPT_MAX 16384
/* Longer is no length of a recording that fits into a request. */
#define SECONDS_MAX (100.0 * 3600)

/* --- the request ------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum transcript_format format;
} formats[] = {
    {"json", TRANSCRIPT_JSON},
    {"text", TRANSCRIPT_TEXT},
    {"srt", TRANSCRIPT_SRT},
    {"vtt", TRANSCRIPT_VTT},
    {"verbose_json", TRANSCRIPT_VERBOSE},
};

static int read_format(struct transcription_request *request, json_object *fields, struct err *err)
{
    const char *word = json_get_str(fields, "response_format", "json");
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!text_eq(formats[i].word, word))
            continue;
        request->format = formats[i].format;
        return 0;
    }
    return err_set_param(err, ERR_INVALID, "response_format",
                         "response_format must be json, text, srt, vtt or verbose_json");
}

static int read_temperature(struct transcription_request *request, json_object *fields,
                            struct err *err)
{
    const char *text = json_get_str(fields, "temperature", "");
    request->temperature = -1;
    if (!*text)
        return 0;
    if (text_to_num(text, &request->temperature) == 0 && request->temperature >= 0 &&
        request->temperature <= 2)
        return 0;
    return err_set_param(err, ERR_INVALID, "temperature",
                         "temperature must be a number from 0 to 2");
}

static bool is_language(const char *text)
{
    for (; *text; text++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_ ", *text))
            return false;
    return true;
}

int transcription_request_parse(struct transcription_request *request, json_object *fields,
                                bool translate, struct err *err)
{
    memset(request, 0, sizeof(*request));
    request->translate = translate;
    const char *language = json_get_str(fields, "language", "");
    const char *prompt = json_get_str(fields, "prompt", "");
    const char *stream = json_get_str(fields, "stream", "false");
    const char *model = json_get_str(fields, "model", "");
    if (!*model || !text_copy(request->model, sizeof(request->model), model))
        return err_set_param(err, ERR_INVALID, "model", "model must be a short text");
    if (!is_language(language) ||
        !text_copy(request->language, sizeof(request->language), language))
        return err_set_param(err, ERR_INVALID, "language", "language must be a code (en)");
    if (text_to_bool(stream, &request->stream) < 0)
        return err_set_param(err, ERR_INVALID, "stream", "stream must be true or false");
    if (strlen(prompt) > PROMPT_MAX)
        return err_set_param(err, ERR_INVALID, "prompt", "prompt may have %d bytes", PROMPT_MAX);
    if (*prompt)
        request->prompt = xstrdup(prompt);
    if (read_format(request, fields, err) < 0)
        return -1;
    return read_temperature(request, fields, err);
}

void transcription_request_free(struct transcription_request *request)
{
    free(request->prompt);
    request->prompt = NULL;
}

static const struct {
    const char *magic;
    size_t len, at;
    const char *type;
} magics[] = {
    {"RIFF", 4, 0, "audio/wav"},
    {"ID3", 3, 0, "audio/mpeg"},
    {"OggS", 4, 0, "audio/ogg"},
    {"fLaC", 4, 0, "audio/flac"},
    {"\x1a\x45\xdf\xa3", 4, 0, "audio/webm"},
    {"ftyp", 4, 4, "audio/mp4"},
    {"FORM", 4, 0, "audio/aiff"},
};

static const char *type_of_bytes(const char *data, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(magics); i++)
        if (len >= magics[i].at + magics[i].len &&
            memcmp(data + magics[i].at, magics[i].magic, magics[i].len) == 0)
            return magics[i].type;
    /* A frame of MPEG audio (layer III), or of ADTS. */
    if (len >= 2 && (unsigned char)data[0] == 0xff && ((unsigned char)data[1] & 0xe0) == 0xe0)
        return ((unsigned char)data[1] & 0x06) == 0 ? "audio/aac" : "audio/mpeg";
    return NULL;
}

static bool is_heard(const char *type)
{
    return type && (text_istarts(type, "audio/") || text_istarts(type, "video/")) &&
           media_type_is_plain(type, strlen(type));
}

const char *transcription_type(const char *data, size_t len, const char *name, const char *type)
{
    const char *found = len > 0 ? type_of_bytes(data, len) : NULL;
    if (found || len == 0)
        return found;
    found = name ? media_type_of_name(name) : NULL;
    if (is_heard(found))
        return found;
    return is_heard(type) ? type : NULL;
}

static bool wants_times(const struct transcription_request *request)
{
    return request->format >= TRANSCRIPT_SRT;
}

static char *instruction_of(const struct transcription_request *request)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    strbuf_puts(&text, request->translate
                           ? "Translate the speech in this recording into English."
                           : "Write down the speech in this recording word for word.");
    if (request->language[0] && !request->translate)
        strbuf_printf(&text, " It is spoken in this language: %s.", request->language);
    strbuf_puts(&text, wants_times(request)
                           ? " Cut it into segments of a sentence or less, each with its start "
                             "and end in seconds from the beginning of the recording."
                           : " Answer with the text alone, without any remark of your own. If "
                             "nothing is spoken, answer with a single hyphen.");
    if (request->prompt)
        strbuf_printf(&text, " Names and words that may occur, and the style to keep: %s",
                      request->prompt);
    return strbuf_take(&text, NULL);
}

static json_object *typed(const char *type)
{
    json_object *schema = json_object_new_object();
    json_add_str(schema, "type", type);
    return schema;
}

static json_object *object_of(json_object *properties, const char *const *required)
{
    json_object *schema = typed("OBJECT");
    json_object *names = json_object_new_array();
    for (size_t i = 0; required[i]; i++)
        json_object_array_add(names, json_object_new_string(required[i]));
    json_add(schema, "properties", properties);
    json_add(schema, "required", names);
    return schema;
}

static json_object *segment_schema(void)
{
    static const char *const in_segment[] = {"start", "end", "text", NULL};
    static const char *const in_whole[] = {"language", "segments", NULL};
    json_object *segment = json_object_new_object();
    json_object *whole = json_object_new_object();
    json_object *list = typed("ARRAY");
    json_add(segment, "start", typed("NUMBER"));
    json_add(segment, "end", typed("NUMBER"));
    json_add(segment, "text", typed("STRING"));
    json_add(list, "items", object_of(segment, in_segment));
    json_add(whole, "language", typed("STRING"));
    json_add(whole, "segments", list);
    return object_of(whole, in_whole);
}

static json_object *config_of(const struct transcription_request *request)
{
    json_object *config = json_object_new_object();
    if (request->temperature >= 0)
        json_add_num(config, "temperature", request->temperature);
    if (wants_times(request)) {
        json_add_str(config, "responseMimeType", "application/json");
        json_add(config, "responseSchema", segment_schema());
    }
    return config;
}

static json_object *media_part(const struct recording *recording)
{
    json_object *part = json_object_new_object();
    json_object *media = json_object_new_object();
    json_add_str(media, "mimeType", recording->type);
    if (recording->uri) {
        json_add_str(media, "fileUri", recording->uri);
        json_add(part, "fileData", media);
        return part;
    }
    json_add_str(media, "data", "");
    json_add(part, "inlineData", media);
    return part;
}

/* No text of the client's holds these bytes: its quotes have a backslash before them. */
static size_t place_of_data(const struct strbuf *out, size_t from)
{
    static const char member[] = "\"data\":\"\"";
    const char *at = memmem(out->data + from, out->len - from, member, sizeof(member) - 1);
    return at ? (size_t)(at - out->data) + sizeof(member) - 2 : 0;
}

size_t transcription_request_write(const struct transcription_request *request,
                                   const struct recording *recording, struct strbuf *out)
{
    size_t from = out->len;
    JSON_AUTO json_object *body = json_object_new_object();
    FREE_AUTO char *instruction = instruction_of(request);
    json_object *contents = json_object_new_array();
    json_object *turn = json_object_new_object();
    json_object *parts = json_object_new_array();
    json_object *text = json_object_new_object();
    json_add_str(text, "text", instruction);
    json_object_array_add(parts, text);
    json_object_array_add(parts, media_part(recording));
    json_add_str(turn, "role", "user");
    json_add(turn, "parts", parts);
    json_object_array_add(contents, turn);
    json_add(body, "contents", contents);
    json_add(body, "generationConfig", config_of(request));
    json_write(out, body);
    return recording->uri ? 0 : place_of_data(out, from);
}

/* --- the answer -------------------------------------------------------------------------------- */

/* What the model said, thoughts left out. */
static void gather_text(json_object *answer, struct strbuf *text)
{
    json_object *parts = json_path(answer, "candidates.0.content.parts");
    for (size_t i = 0; i < json_list_len(parts); i++) {
        json_object *part = json_list_at(parts, i);
        if (!json_get_bool(part, "thought", false))
            strbuf_puts(text, json_get_str(part, "text", NULL));
    }
}

static double seconds_of(json_object *segment, const char *name, double least)
{
    double seconds = json_get_num(segment, name, least);
    return isfinite(seconds) && seconds >= least && seconds <= SECONDS_MAX ? seconds : least;
}

static void write_time(struct strbuf *out, double seconds, char point)
{
    int64_t ms = (int64_t)(seconds * 1000 + 0.5);
    strbuf_printf(out, "%02d:%02d:%02d%c%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60),
                  (int)(ms / 1000 % 60), point, (int)(ms % 1000));
}

static void write_subtitles(struct strbuf *out, json_object *segments, bool vtt)
{
    double before = 0;
    if (vtt)
        strbuf_puts(out, "WEBVTT\n\n");
    for (size_t i = 0; i < json_list_len(segments); i++) {
        json_object *segment = json_list_at(segments, i);
        double start = seconds_of(segment, "start", before);
        double end = seconds_of(segment, "end", start);
        if (!vtt)
            strbuf_printf(out, "%zu\n", i + 1);
        write_time(out, start, vtt ? '.' : ',');
        strbuf_puts(out, " --> ");
        write_time(out, end, vtt ? '.' : ',');
        strbuf_printf(out, "\n%s\n\n", json_get_str(segment, "text", ""));
        before = start;
    }
}

static json_object *segment_entry(json_object *segment, int64_t id, double *before)
{
    json_object *entry = json_object_new_object();
    double start = seconds_of(segment, "start", *before);
    *before = start;
    json_add_int(entry, "id", id);
    json_add_num(entry, "start", start);
    json_add_num(entry, "end", seconds_of(segment, "end", start));
    json_add_str(entry, "text", json_get_str(segment, "text", ""));
    return entry;
}

static json_object *usage_of(const struct transcript_usage *usage)
{
    json_object *made = json_object_new_object();
    json_add_str(made, "type", "tokens");
    json_add_int(made, "input_tokens", usage->input);
    json_add_int(made, "output_tokens", usage->output);
    json_add_int(made, "total_tokens", usage->input + usage->output);
    return made;
}

static void write_verbose(const struct transcription_request *request, json_object *said,
                          const struct transcript_usage *usage, struct strbuf *out)
{
    JSON_AUTO json_object *answer = json_object_new_object();
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(16 * MIB);
    json_object *segments = json_get_arr(said, "segments");
    json_object *entries = json_object_new_array();
    double before = 0;
    for (size_t i = 0; i < json_list_len(segments); i++) {
        json_object *segment = json_list_at(segments, i);
        json_object_array_add(entries, segment_entry(segment, (int64_t)i, &before));
        strbuf_printf(&text, "%s%s", i ? " " : "", json_get_str(segment, "text", ""));
    }
    json_object *last = json_list_at(entries, json_list_len(entries) - 1);
    json_add_str(answer, "task", request->translate ? "translate" : "transcribe");
    json_add_str(answer, "language",
                 request->language[0] ? request->language : json_get_str(said, "language", ""));
    json_add_num(answer, "duration", json_get_num(last, "end", 0));
    json_add_str(answer, "text", strbuf_str(&text));
    json_add(answer, "segments", entries);
    json_add(answer, "usage", usage_of(usage));
    json_write(out, answer);
}

static const char *with_times(const struct transcription_request *request, const char *text,
                              const struct transcript_usage *usage, struct strbuf *out,
                              struct err *err)
{
    JSON_AUTO json_object *said = json_parse_text(text, strlen(text), NULL);
    if (!json_get_arr(said, "segments")) {
        err_set(err, ERR_IO, "the model gave no times");
        return NULL;
    }
    if (request->format == TRANSCRIPT_VERBOSE) {
        write_verbose(request, said, usage, out);
        return "application/json; charset=utf-8";
    }
    bool vtt = request->format == TRANSCRIPT_VTT;
    write_subtitles(out, json_get_arr(said, "segments"), vtt);
    return vtt ? "text/vtt; charset=utf-8" : "text/plain; charset=utf-8";
}

static void write_event(struct strbuf *out, const char *type, const char *field, const char *text,
                        const struct transcript_usage *usage)
{
    JSON_AUTO json_object *event = json_object_new_object();
    json_add_str(event, "type", type);
    json_add_str(event, field, text);
    if (usage)
        json_add(event, "usage", usage_of(usage));
    strbuf_puts(out, "data: ");
    json_write(out, event);
    strbuf_puts(out, "\n\n");
}

static const char *plain(const struct transcription_request *request, const char *text,
                         const struct transcript_usage *usage, struct strbuf *out)
{
    if (request->stream) {
        write_event(out, "transcript.text.delta", "delta", text, NULL);
        write_event(out, "transcript.text.done", "text", text, usage);
        return "text/event-stream";
    }
    if (request->format == TRANSCRIPT_TEXT) {
        strbuf_printf(out, "%s\n", text);
        return "text/plain; charset=utf-8";
    }
    JSON_AUTO json_object *answer = json_object_new_object();
    json_add_str(answer, "text", text);
    json_add(answer, "usage", usage_of(usage));
    json_write(out, answer);
    return "application/json; charset=utf-8";
}

const char *transcription_answer(const struct transcription_request *request, const char *body,
                                 size_t len, const struct transcript_usage *usage,
                                 struct strbuf *out, struct err *err)
{
    JSON_AUTO json_object *answer = json_parse_text(body, len, NULL);
    STRBUF_AUTO struct strbuf said = STRBUF_INIT(64 * MIB);
    gather_text(answer, &said);
    if (said.len == 0) {
        err_set(err, ERR_IO, "the model gave no text (%s)",
                json_get_str(json_path(answer, "candidates.0"), "finishReason",
                             json_get_str(json_get_obj(answer, "promptFeedback"), "blockReason",
                                          "no reason given")));
        return NULL;
    }
    if (wants_times(request))
        return with_times(request, strbuf_str(&said), usage, out, err);
    const char *text = text_trim(said.data);
    /* The mark that was agreed on for silence. */
    return plain(request, text_eq(text, "-") ? "" : text, usage, out);
}
