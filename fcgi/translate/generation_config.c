/* generationConfig and what stands beside it: sampling, limits, modalities, safety, tier. */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/audio_encoder.h"
#include "translate/chat_build.h"
#include "translate/chat_extras.h"
#include "translate/json_list.h"
#include "translate/thinking.h"
#include "translate/voices.h"

/* --- numbers --------------------------------------------------------------------------------- */

enum number_flags {
    NUMBER_INT = 1,      /* sent as an integer */
    NUMBER_POSITIVE = 2, /* 0 and less count as absent */
    NUMBER_PENALTY = 4   /* not for every family, and 0 counts as absent */
};

/* Rows with the same target: the first one that says something counts. */
static const struct number_field {
    const char *name;
    const char *target;
    double min, max;
    unsigned flags;
} number_fields[] = {
    {"temperature", "temperature", 0, 2, 0},
    {"top_p", "topP", 0, 1, 0},
    {"top_k", "topK", 1, 1e6, NUMBER_INT | NUMBER_POSITIVE},
    {"max_completion_tokens", "maxOutputTokens", 1, 2147483647, NUMBER_INT | NUMBER_POSITIVE},
    {"max_tokens", "maxOutputTokens", 1, 2147483647, NUMBER_INT | NUMBER_POSITIVE},
    {"presence_penalty", "presencePenalty", -2, 2, NUMBER_PENALTY},
    {"frequency_penalty", "frequencyPenalty", -2, 2, NUMBER_PENALTY},
};

static bool says_nothing(const struct chat_build *build, const struct number_field *field,
                         double value)
{
    if (field->flags & NUMBER_POSITIVE)
        return value < 1;
    return (field->flags & NUMBER_PENALTY) &&
           (value == 0 || !chat_build_has(build, FAMILY_PENALTIES));
}

static int add_number(struct chat_build *build, const struct number_field *field)
{
    json_object *value = json_member(build->body, field->name);
    if (!value)
        return 0;
    if (!json_is_num(value))
        return err_set_param(build->err, ERR_INVALID, field->name, "%s must be a number",
                             field->name);
    double number = json_object_get_double(value);
    if (says_nothing(build, field, number) || json_member(build->config, field->target))
        return 0;
    if (number >= field->min && number <= field->max && !(field->flags & NUMBER_INT)) {
        json_add_ref(build->config, field->target, value);
        return 0;
    }
    number = number < field->min ? field->min : number > field->max ? field->max : number;
    if (field->flags & NUMBER_INT)
        json_add_int(build->config, field->target, (int64_t)number);
    else
        json_add_num(build->config, field->target, number);
    return 0;
}

static int add_numbers(struct chat_build *build)
{
    for (size_t i = 0; i < ARRAY_LEN(number_fields); i++)
        if (add_number(build, &number_fields[i]) < 0)
            return -1;
    return 0;
}

/* What one request cannot give, several do: see openai_chat_request.choices. */
static int add_choices(struct chat_build *build)
{
    enum { CHOICES_MAX = 128, CANDIDATES_MAX = 8 };
    json_object *n = json_member(build->body, "n");
    if (!n)
        return 0;
    if (!json_object_is_type(n, json_type_int) || json_object_get_int64(n) < 1 ||
        json_object_get_int64(n) > CHOICES_MAX)
        return err_set_param(build->err, ERR_INVALID, "n", "n must be an integer from 1 to %d",
                             CHOICES_MAX);
    build->request->choices = (int)json_object_get_int64(n);
    if (build->request->choices > 1 && build->request->choices <= CANDIDATES_MAX &&
        chat_build_has(build, FAMILY_CANDIDATES))
        json_add_ref(build->config, "candidateCount", n);
    return 0;
}

/* Google's seed has 32 bits. */
static int add_seed(struct chat_build *build)
{
    json_object *seed = json_member(build->body, "seed");
    if (!seed)
        return 0;
    if (!json_is_num(seed))
        return err_set_param(build->err, ERR_INVALID, "seed", "seed must be an integer");
    json_add_int(build->config, "seed", (int32_t)(uint32_t)json_object_get_int64(seed));
    return 0;
}

static int add_stop(struct chat_build *build)
{
    enum { STOPS_MAX = 5 }; /* Google's limit; OpenAI's is 4 */
    json_object *stop = json_member(build->body, "stop");
    bool list = json_object_is_type(stop, json_type_array);
    if (!stop)
        return 0;
    if (!list && !json_is_str(stop))
        return err_set_param(build->err, ERR_INVALID, "stop", "stop must be a string or a list");
    JSON_AUTO json_object *sequences = json_object_new_array();
    size_t count = list ? json_list_len(stop) : 1;
    for (size_t i = 0; i < count; i++) {
        json_object *item = list ? json_list_at(stop, i) : stop;
        if (item && !json_is_str(item))
            return err_set_param(build->err, ERR_INVALID, "stop", "stop must hold strings only");
        if (item && json_object_get_string_len(item) > 0)
            json_object_array_add(sequences, json_object_get(item));
    }
    if (json_list_len(sequences) > STOPS_MAX)
        return err_set_param(build->err, ERR_INVALID, "stop", "stop may hold at most %d strings",
                             STOPS_MAX);
    if (json_list_len(sequences) > 0)
        json_add_ref(build->config, "stopSequences", sequences);
    return 0;
}

static int add_logprobs(struct chat_build *build)
{
    int64_t top = json_get_int(build->body, "top_logprobs", 0);
    if (!json_get_bool(build->body, "logprobs", false))
        return 0;
    if (top < 0 || top > 20)
        return err_set_param(build->err, ERR_INVALID, "top_logprobs",
                             "top_logprobs must be from 0 to 20");
    json_add_bool(build->config, "responseLogprobs", true);
    if (top > 0)
        json_add_int(build->config, "logprobs", top);
    return 0;
}

/* --- modalities ------------------------------------------------------------------------------ */

static void add_modality_list(struct chat_build *build, const char *first, const char *second)
{
    json_object *list = json_object_new_array();
    json_object_array_add(list, json_object_new_string(first));
    if (second)
        json_object_array_add(list, json_object_new_string(second));
    json_add(build->config, "responseModalities", list);
}

static void add_image_config(struct chat_build *build)
{
    static const struct {
        const char *camel;
        const char *snake;
    } fields[] = {{"aspectRatio", "aspect_ratio"}, {"imageSize", "image_size"}};
    json_object *asked = chat_extra(&build->extras, "imageConfig", "image_config");
    json_object *config = json_object_new_object();
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        json_object *value = json_member2(asked, fields[i].camel, fields[i].snake);
        if (json_is_str(value))
            json_add_ref(config, fields[i].camel, value);
    }
    if (json_members(config) > 0)
        json_add_ref(build->config, "imageConfig", config);
    json_object_put(config);
}

/* A stream carries samples as they come, which no file's format is; OpenAI refuses that, too. */
static int read_audio_format(struct chat_build *build)
{
    struct openai_chat_request *request = build->request;
    json_object *given = json_member(json_get_obj(build->body, "audio"), "format");
    const char *word = json_is_str(given) ? json_object_get_string(given) : "";
    bool pcm = text_eq(word, "pcm16") || text_eq(word, "pcm");
    const struct audio_format *format = audio_format_find(pcm ? "pcm" : word);
    STRBUF_AUTO struct strbuf list = STRBUF_INIT(256);
    audio_format_list(&list); /* the last word is "pcm", which OpenAI calls pcm16 here */
    if (given && !(format && audio_format_is_offered(format)))
        return err_set_param(build->err, ERR_INVALID, "audio.format", "audio.format must be %s16",
                             strbuf_str(&list));
    if (given && request->stream && !pcm)
        return err_set_param(build->err, ERR_INVALID, "audio.format",
                             "audio.format must be pcm16 where stream is true");
    if (!given)
        word = request->stream ? "pcm" : "wav";
    text_copy(request->audio_format, sizeof(request->audio_format), pcm ? "pcm" : word);
    return 0;
}

static void add_speech_config(struct chat_build *build)
{
    json_object *audio = json_get_obj(build->body, "audio");
    json_object *voice = json_member(audio, "voice");
    const char *name =
        json_is_str(voice) ? json_object_get_string(voice) : json_get_str(voice, "id", "");
    json_object *speech = json_object_new_object();
    json_object *config = json_object_new_object();
    json_object *prebuilt = json_object_new_object();
    json_add_str(prebuilt, "voiceName", voice_of(name));
    json_add(config, "prebuiltVoiceConfig", prebuilt);
    json_add(speech, "voiceConfig", config);
    json_add(build->config, "speechConfig", speech);
}

static bool asks_for_image(struct chat_build *build)
{
    json_object *list = json_get_arr(build->body, "modalities");
    size_t count = json_list_len(list);
    for (size_t i = 0; i < count; i++)
        if (text_ieq(json_object_get_string(json_list_at(list, i)), "image"))
            return true;
    return false;
}

/* Modalities go only to models that have them. An image model always gets to write, too: some of
 * them refuse to draw only. */
static int add_modalities(struct chat_build *build)
{
    if (chat_build_has(build, FAMILY_AUDIO)) {
        add_modality_list(build, "AUDIO", NULL);
        add_speech_config(build);
        return read_audio_format(build);
    }
    if (chat_build_has(build, FAMILY_IMAGE) || build->switches.image ||
        (asks_for_image(build) && build->env->is_image_model &&
         build->env->is_image_model(build->env->ctx, build->request->gemini_model))) {
        add_modality_list(build, "TEXT", "IMAGE");
        add_image_config(build);
    }
    return 0;
}

/* --- Google's own fields --------------------------------------------------------------------- */

/* "max_output_tokens" becomes "maxOutputTokens". */
static void camel_case(const char *snake, char *buf, size_t size)
{
    size_t len = 0;
    for (; *snake && len + 1 < size; snake++) {
        bool raise = *snake == '_' && snake[1] >= 'a' && snake[1] <= 'z';
        if (raise)
            snake++;
        buf[len++] = raise ? (char)(*snake - 'a' + 'A') : *snake;
    }
    buf[len] = '\0';
}

/* A generationConfig that the client wrote itself wins over what was made of OpenAI's fields. */
static void merge_client_config(struct chat_build *build)
{
    json_object *own = build->extras.config;
    char name[64];
    if (!json_object_is_type(own, json_type_object))
        return;
    json_object_object_foreach(own, key, value)
    {
        camel_case(key, name, sizeof(name));
        if (value && !text_eq(name, "thinkingConfig"))
            json_add_ref(build->config, name, value);
    }
}

static int add_thinking(struct chat_build *build)
{
    struct thinking_wish wish;
    if (thinking_wish_read(&wish, build->body, &build->extras, build->err) < 0)
        return -1;
    build->request->show_thoughts = wish.include_known ? wish.include : build->env->show_thoughts;
    thinking_wish_default(&wish, build->env, build->request->gemini_model,
                          build->switches.non_thinking);
    json_object *config = thinking_config_make(&wish, build->family, build->env);
    if (config)
        json_add(build->config, "thinkingConfig", config);
    return 0;
}

/* The client's, of which the last of a category counts: Google refuses one that comes twice. */
static void add_own_safety(struct chat_build *build, json_object *settings)
{
    size_t count = json_list_len(settings);
    JSON_AUTO json_object *by_category = json_object_new_object();
    for (size_t i = 0; i < count; i++) {
        json_object *setting = json_list_at(settings, i);
        const char *category = json_get_str(setting, "category", NULL);
        if (category)
            json_add_ref(by_category, category, setting);
    }
    json_object *list = json_object_new_array();
    json_object_object_foreach(by_category, name, setting)
    {
        (void)name;
        json_object_array_add(list, json_object_get(setting));
    }
    if (json_list_len(list) > 0)
        json_add_ref(build->gemini, "safetySettings", list);
    json_object_put(list);
}

static void add_safety(struct chat_build *build)
{
    json_object *own = chat_extra(&build->extras, "safetySettings", "safety_settings");
    if (json_object_is_type(own, json_type_array)) {
        add_own_safety(build, own);
        return;
    }
    if (build->env->safety_settings)
        json_add(build->gemini, "safetySettings", json_raw_ref(build->env->safety_settings));
}

static void add_tier(struct chat_build *build)
{
    static const struct {
        const char *openai;
        const char *google;
    } tiers[] = {{"flex", "flex"}, {"priority", "priority"}, {"default", "standard"}};
    const char *tier = json_get_str(build->body, "service_tier", "");
    text_copy(build->request->service_tier, sizeof(build->request->service_tier), tier);
    for (size_t i = 0; i < ARRAY_LEN(tiers); i++)
        if (text_eq(tiers[i].openai, tier))
            json_add_str(build->gemini, "serviceTier", tiers[i].google);
}

static void add_cached_content(struct chat_build *build)
{
    json_object *cached = chat_extra(&build->extras, "cachedContent", "cached_content");
    if (!json_is_str(cached))
        return;
    json_add_ref(build->gemini, "cachedContent", cached);
    if (!build->request->resources)
        build->request->resources = json_object_new_array();
    json_object_array_add(build->request->resources, json_object_get(cached));
}

int generation_config_build(struct chat_build *build)
{
    if (add_numbers(build) < 0 || add_choices(build) < 0 || add_seed(build) < 0 ||
        add_stop(build) < 0 || add_logprobs(build) < 0 || add_thinking(build) < 0 ||
        add_modalities(build) < 0)
        return -1;
    merge_client_config(build);
    add_safety(build);
    add_tier(build);
    add_cached_content(build);
    return 0;
}
