/* Requests for images: what the client asks, and what Google is asked. */
#include "translate/openai_images.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/data_url.h"
#include "translate/json_list.h"

#define SIDE_MAX 16384
#define PROMPT_MAX 32000

/* --- sizes ------------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    int width, height;
} ratios[] = {
    {"1:1", 1, 1}, {"2:3", 2, 3}, {"3:2", 3, 2},   {"3:4", 3, 4},   {"4:3", 4, 3},
    {"4:5", 4, 5}, {"5:4", 5, 4}, {"9:16", 9, 16}, {"16:9", 16, 9}, {"21:9", 21, 9},
};

static const char *known_ratio(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(ratios); i++)
        if (text_eq(ratios[i].text, text))
            return ratios[i].text;
    return NULL;
}

static const char *nearest_ratio(int width, int height)
{
    size_t best = 0;
    double best_distance = INFINITY;
    double wanted = log((double)width / height);
    for (size_t i = 0; i < ARRAY_LEN(ratios); i++) {
        double distance = fabs(wanted - log((double)ratios[i].width / ratios[i].height));
        if (distance < best_distance) {
            best_distance = distance;
            best = i;
        }
    }
    return ratios[best].text;
}

/* By the longer side: what OpenAI's models draw counts as 1K. */
static const char *scale_of(int side)
{
    return side <= 1792 ? "" : side <= 2880 ? "2K" : "4K";
}

static int bad_size(struct err *err)
{
    return err_set_param(err, ERR_INVALID, "size",
                         "size must be auto, WIDTHxHEIGHT (1024x1536) or a ratio (16:9)");
}

static int read_pair(const char *text, char separator, int *width_r, int *height_r)
{
    char left[8];
    const char *at = strchr(text, separator);
    int64_t width = 0, height = 0;
    if (!at || (size_t)(at - text) >= sizeof(left))
        return -1;
    snprintf(left, sizeof(left), "%.*s", (int)(at - text), text);
    if (text_to_int(left, &width) < 0 || text_to_int(at + 1, &height) < 0 || width < 1 ||
        height < 1 || width > SIDE_MAX || height > SIDE_MAX)
        return -1;
    *width_r = (int)width;
    *height_r = (int)height;
    return 0;
}

static int read_size(struct image_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "size");
    const char *text = json_is_str(given) ? json_object_get_string(given) : "";
    int width = 0, height = 0;
    if (!given || text_ieq(text, "auto"))
        return 0;
    if (!text_copy(request->size, sizeof(request->size), text))
        return bad_size(err);
    if (known_ratio(text)) {
        text_copy(request->ratio, sizeof(request->ratio), text);
        return 0;
    }
    if (read_pair(text, 'x', &width, &height) < 0)
        return bad_size(err);
    text_copy(request->ratio, sizeof(request->ratio), nearest_ratio(width, height));
    text_copy(request->scale, sizeof(request->scale), scale_of(width > height ? width : height));
    return 0;
}

/* --- the other fields -------------------------------------------------------------------------- */

/* A number or, in a form, its text. -1 when it is neither. */
static int whole_number(json_object *value, int64_t *number_r)
{
    if (json_object_is_type(value, json_type_int)) {
        *number_r = json_object_get_int64(value);
        return 0;
    }
    return json_is_str(value) ? text_to_int(json_object_get_string(value), number_r) : -1;
}

static int read_count(struct image_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "n");
    int64_t count = 1;
    if (given && (whole_number(given, &count) < 0 || count < 1 || count > IMAGES_MAX))
        return err_set_param(err, ERR_INVALID, "n", "n must be a whole number from 1 to %d",
                             IMAGES_MAX);
    request->count = (int)count;
    return 0;
}

static int read_flag(json_object *body, const char *name, bool *flag_r, struct err *err)
{
    json_object *given = json_member(body, name);
    if (!given)
        return 0;
    if (json_object_is_type(given, json_type_boolean)) {
        *flag_r = json_object_get_boolean(given);
        return 0;
    }
    if (json_is_str(given) && text_to_bool(json_object_get_string(given), flag_r) == 0)
        return 0;
    return err_set_param(err, ERR_INVALID, name, "%s must be true or false", name);
}

static int read_partial_images(struct image_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "partial_images");
    int64_t count = 0;
    if (given && (whole_number(given, &count) < 0 || count < 0 || count > PARTIAL_IMAGES_MAX))
        return err_set_param(err, ERR_INVALID, "partial_images",
                             "partial_images must be a whole number from 0 to %d",
                             PARTIAL_IMAGES_MAX);
    request->partial_images = request->stream ? (int)count : 0;
    return 0;
}

static int read_response_format(struct image_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "response_format");
    const char *word = json_is_str(given) ? json_object_get_string(given) : "";
    /* Clients of those models read addresses unless they ask otherwise. */
    request->url = text_eq(word, "url") || (!given && text_starts(request->model, "dall-e"));
    if (given && !text_eq(word, "url") && !text_eq(word, "b64_json"))
        return err_set_param(err, ERR_INVALID, "response_format",
                             "response_format must be url or b64_json");
    return 0;
}

/* Texts that only come back in the answer. */
static int read_words(struct image_request *request, json_object *body, struct err *err)
{
    const struct {
        const char *name;
        char *buf;
        size_t size;
    } words[] = {
        {"model", request->model, sizeof(request->model)},
        {"quality", request->quality, sizeof(request->quality)},
        {"background", request->background, sizeof(request->background)},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        json_object *given = json_member(body, words[i].name);
        if (!given)
            continue;
        if (!json_is_str(given) ||
            !text_copy(words[i].buf, words[i].size, json_object_get_string(given)))
            return err_set_param(err, ERR_INVALID, words[i].name, "%s must be a short text",
                                 words[i].name);
    }
    return 0;
}

/* --- {n:2} and {ratio:16:9} in the prompt ------------------------------------------------------ */

/* Takes "{name:value}" out of the prompt: true when there was one. */
static bool take_parameter(char *prompt, const char *name, char *value, size_t size)
{
    char opening[16];
    snprintf(opening, sizeof(opening), "{%s:", name);
    char *start = strstr(prompt, opening);
    char *end = start ? strchr(start, '}') : NULL;
    size_t skip = strlen(opening);
    if (!end || (size_t)(end - start) - skip >= size)
        return false;
    snprintf(value, size, "%.*s", (int)((size_t)(end - start) - skip), start + skip);
    memmove(start, end + 1, strlen(end + 1) + 1);
    return true;
}

static void read_prompt_parameters(struct image_request *request)
{
    char value[16];
    int64_t count = 0;
    if (take_parameter(request->prompt, "n", value, sizeof(value)) &&
        text_to_int(value, &count) == 0 && count >= 1 && count <= IMAGES_MAX)
        request->count = (int)count;
    if (take_parameter(request->prompt, "ratio", value, sizeof(value)) && known_ratio(value))
        text_copy(request->ratio, sizeof(request->ratio), value);
    char *trimmed = text_trim(request->prompt);
    memmove(request->prompt, trimmed, strlen(trimmed) + 1);
}

static int read_prompt(struct image_request *request, json_object *body, struct err *err)
{
    json_object *given = json_member(body, "prompt");
    if (!json_is_str(given) || json_object_get_string_len(given) == 0)
        return err_set_param(err, ERR_INVALID, "prompt", "prompt must be a text that is not empty");
    if (json_object_get_string_len(given) > PROMPT_MAX)
        return err_set_param(err, ERR_INVALID, "prompt", "prompt may have %d bytes", PROMPT_MAX);
    request->prompt = xstrdup(json_object_get_string(given));
    read_prompt_parameters(request);
    if (!*request->prompt)
        return err_set_param(err, ERR_INVALID, "prompt", "prompt holds nothing but parameters");
    return 0;
}

/* --- images to be edited ----------------------------------------------------------------------- */

static const struct {
    const char *magic;
    size_t len, at;
    const char *type;
} magics[] = {
    {"\x89PNG\r\n", 6, 0, "image/png"}, {"\xff\xd8\xff", 3, 0, "image/jpeg"},
    {"WEBP", 4, 8, "image/webp"},       {"GIF8", 4, 0, "image/gif"},
    {"ftyphei", 7, 4, "image/heic"},
};

static const char *type_of_bytes(const char *data, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(magics); i++)
        if (len >= magics[i].at + magics[i].len &&
            memcmp(data + magics[i].at, magics[i].magic, magics[i].len) == 0)
            return magics[i].type;
    return NULL;
}

static int not_an_image(struct err *err)
{
    return err_set_param(err, ERR_INVALID, "image",
                         "image must be a PNG, JPEG, WebP, GIF or HEIC file");
}

static int add_input(struct image_request *request, const char *type, json_object *base64,
                     struct err *err)
{
    if (json_list_len(request->inputs) == IMAGE_INPUTS_MAX) {
        json_object_put(base64);
        return err_set_param(err, ERR_INVALID, "image", "at most %d images can be given",
                             IMAGE_INPUTS_MAX);
    }
    json_object *part = json_object_new_object();
    json_object *data = json_object_new_object();
    json_add_str(data, "mimeType", type);
    json_add(data, "data", base64);
    json_add(part, "inlineData", data);
    json_object_array_add(request->inputs, part);
    return 0;
}

int image_size_check(int64_t len, struct err *err)
{
    const int64_t most = LIMIT_UNARY_ANSWER / 4 * 3; /* in base64 */
    if (len <= most)
        return 0;
    return err_set_param(err, ERR_TOO_LARGE, "image", "image may have %lld bytes", (long long)most);
}

int image_request_add(struct image_request *request, const char *type, const void *data, size_t len,
                      struct err *err)
{
    const char *found = type_of_bytes(data, len);
    (void)type; /* SDKs say application/octet-stream as often as not: the bytes know better */
    if (!found)
        return not_an_image(err);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_UNARY_ANSWER);
    base64_encode(&text, data, len);
    return add_input(request, found, json_object_new_string_len(strbuf_str(&text), (int)text.len),
                     err);
}

static int add_data_url(struct image_request *request, const char *url, struct err *err)
{
    struct data_url data;
    if (!data_url_parse(url, strlen(url), &data))
        return err_set_param(err, ERR_INVALID, "images",
                             "images[].image_url must be a data: address");
    json_object *base64 = data_url_base64(&data);
    if (!base64 || !text_starts(data.type, "image/")) {
        json_object_put(base64);
        return not_an_image(err);
    }
    return add_input(request, data.type, base64, err);
}

/* The newer form of an edit's body: images:[{image_url}]. */
static int read_images(struct image_request *request, json_object *body, struct err *err)
{
    json_object *images = json_member(body, "images");
    if (!request->edit || !images)
        return 0;
    if (!json_object_is_type(images, json_type_array))
        return err_set_param(err, ERR_INVALID, "images", "images must be a list");
    for (size_t i = 0; i < json_list_len(images); i++) {
        const char *url = json_get_str(json_list_at(images, i), "image_url", "");
        if (add_data_url(request, url, err) < 0)
            return -1;
    }
    return 0;
}

/* --- the request ------------------------------------------------------------------------------- */

int image_request_parse(struct image_request *request, json_object *body, bool edit,
                        struct err *err)
{
    memset(request, 0, sizeof(*request));
    request->edit = edit;
    request->inputs = json_object_new_array();
    if (json_member(body, "mask"))
        return err_set_param(err, ERR_INVALID, "mask",
                             "mask is not supported: say in the prompt what to change");
    if (read_words(request, body, err) < 0 || read_size(request, body, err) < 0 ||
        read_count(request, body, err) < 0 ||
        read_flag(body, "stream", &request->stream, err) < 0 ||
        read_partial_images(request, body, err) < 0 ||
        read_response_format(request, body, err) < 0 || read_prompt(request, body, err) < 0)
        return -1;
    return read_images(request, body, err);
}

void image_request_free(struct image_request *request)
{
    free(request->prompt);
    json_object_put(request->inputs);
    request->prompt = NULL;
    request->inputs = NULL;
}

static json_object *contents_of(const struct image_request *request)
{
    json_object *contents = json_object_new_array();
    json_object *turn = json_object_new_object();
    json_object *parts = json_object_new_array();
    json_object *text = json_object_new_object();
    for (size_t i = 0; i < json_list_len(request->inputs); i++)
        json_object_array_add(parts, json_object_get(json_list_at(request->inputs, i)));
    json_add_str(text, "text", request->prompt);
    json_object_array_add(parts, text);
    json_add_str(turn, "role", "user");
    json_add(turn, "parts", parts);
    json_object_array_add(contents, turn);
    return contents;
}

static json_object *config_of(const struct image_request *request, const char *gemini_model)
{
    json_object *config = json_object_new_object();
    json_object *modalities = json_object_new_array();
    json_object *image = json_object_new_object();
    json_object_array_add(modalities, json_object_new_string("TEXT"));
    json_object_array_add(modalities, json_object_new_string("IMAGE"));
    json_add(config, "responseModalities", modalities);
    if (request->ratio[0])
        json_add_str(image, "aspectRatio", request->ratio);
    /* That generation has one resolution only. */
    if (request->scale[0] && !text_match("gemini-2*", gemini_model))
        json_add_str(image, "imageSize", request->scale);
    if (json_object_object_length(image) > 0)
        json_add(config, "imageConfig", image);
    else
        json_object_put(image);
    /* Those of the third generation try before they draw, and show it when asked to. */
    if (request->partial_images > 0 && text_match("gemini-3*", gemini_model)) {
        json_object *thinking = json_object_new_object();
        json_add_bool(thinking, "includeThoughts", true);
        json_add(config, "thinkingConfig", thinking);
    }
    return config;
}

void image_request_write(const struct image_request *request, const char *gemini_model,
                         const char *safety, struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_add(body, "contents", contents_of(request));
    json_add(body, "generationConfig", config_of(request, gemini_model));
    if (safety)
        json_add(body, "safetySettings", json_raw_ref(safety));
    json_write(out, body);
}
