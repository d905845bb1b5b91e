/* What becomes of Google's answers: OpenAI's whole answer, its stream and its refusal. */
#include "translate/openai_images.h"

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"

static const char *const filters[] = {
    "IMAGE_SAFETY",     "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION", "PROHIBITED_CONTENT",
    "SAFETY",           "BLOCKLIST",
    "RECITATION",       "SPII",
};

static bool is_filter(const char *reason)
{
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        if (text_eq(filters[i], reason))
            return true;
    return false;
}

static void read_part(struct image_result *result, json_object *part, struct strbuf *text)
{
    json_object *data = json_get_obj(part, "inlineData");
    json_object *base64 = json_member(data, "data");
    if (json_get_bool(part, "thought", false))
        return;
    strbuf_puts(text, json_get_str(part, "text", NULL));
    if (!json_is_str(base64) || !text_starts(json_get_str(data, "mimeType", ""), "image/"))
        return;
    json_object_put(result->base64);
    result->base64 = json_object_get(base64);
    text_copy(result->type, sizeof(result->type), json_get_str(data, "mimeType", ""));
}

void image_result_read(struct image_result *result, const char *body, size_t len)
{
    memset(result, 0, sizeof(*result));
    JSON_AUTO json_object *answer = json_parse_text(body, len, NULL);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
    json_object *parts = json_path(answer, "candidates.0.content.parts");
    const char *blocked = json_get_str(json_get_obj(answer, "promptFeedback"), "blockReason", "");
    const char *finish = json_get_str(json_path(answer, "candidates.0"), "finishReason", "");
    for (size_t i = 0; i < json_list_len(parts); i++)
        read_part(result, json_list_at(parts, i), &text);
    if (text.len)
        result->text = strbuf_take(&text, NULL);
    text_copy(result->reason, sizeof(result->reason), *blocked ? blocked : finish);
    result->refused = !result->base64 && (*blocked || is_filter(finish));
}

void image_result_free(struct image_result *result)
{
    json_object_put(result->base64);
    free(result->text);
    memset(result, 0, sizeof(*result));
}

json_object *image_entry(const struct image_request *request, const struct image_result *result,
                         const char *url)
{
    json_object *entry = json_object_new_object();
    if (request->url && url) {
        json_add_str(entry, "url", url);
    } else if (request->url) {
        FREE_AUTO char *inline_url =
            xasprintf("data:%s;base64,%s", result->type, json_object_get_string(result->base64));
        json_add_str(entry, "url", inline_url);
    } else {
        json_add_ref(entry, "b64_json", result->base64);
    }
    if (result->text)
        json_add_str(entry, "revised_prompt", result->text);
    return entry;
}

static json_object *usage_of(int64_t input, int64_t output)
{
    json_object *usage = json_object_new_object();
    json_object *details = json_object_new_object();
    json_add_int(usage, "input_tokens", input);
    json_add_int(usage, "output_tokens", output);
    json_add_int(usage, "total_tokens", input + output);
    json_add_int(details, "text_tokens", input);
    json_add_int(details, "image_tokens", 0);
    json_add(usage, "input_tokens_details", details);
    return usage;
}

static void add_given(json_object *answer, const char *name, const char *text)
{
    if (text[0])
        json_add_str(answer, name, text);
}

json_object *images_answer(const struct image_request *request, json_object *data,
                           int64_t created_s, int64_t input_tokens, int64_t output_tokens)
{
    json_object *answer = json_object_new_object();
    json_add_int(answer, "created", created_s);
    json_add(answer, "data", data);
    add_given(answer, "size", request->size);
    add_given(answer, "quality", request->quality);
    add_given(answer, "background", request->background);
    json_add(answer, "usage", usage_of(input_tokens, output_tokens));
    return answer;
}

static void write_event(const struct image_request *request, json_object *event, const char *word,
                        int64_t created_s, struct strbuf *out)
{
    FREE_AUTO char *type =
        xasprintf("%s.%s", request->edit ? "image_edit" : "image_generation", word);
    json_add_str(event, "type", type);
    json_add_int(event, "created_at", created_s);
    json_add_str(event, "size", request->size[0] ? request->size : "auto");
    json_add_str(event, "quality", request->quality[0] ? request->quality : "auto");
    json_add_str(event, "background", request->background[0] ? request->background : "auto");
    json_add_str(event, "output_format", "png");
    strbuf_printf(out, "event: %s\ndata: ", type);
    json_write(out, event);
    strbuf_puts(out, "\n\n");
}

static void add_image_number(json_object *event, int image)
{
    if (image != IMAGE_ALONE)
        json_add_int(event, "index", image);
}

void images_partial(const struct image_request *request, json_object *base64, int image, int number,
                    int64_t created_s, struct strbuf *out)
{
    JSON_AUTO json_object *event = json_object_new_object();
    json_add_ref(event, "b64_json", base64);
    json_add_int(event, "partial_image_index", number);
    add_image_number(event, image);
    write_event(request, event, "partial_image", created_s, out);
}

void images_stream(const struct image_request *request, json_object *answer, int image,
                   struct strbuf *out)
{
    json_object *data = json_get_arr(answer, "data");
    for (size_t i = 0; i < json_list_len(data); i++) {
        JSON_AUTO json_object *event = json_object_new_object();
        json_object_object_foreach(json_list_at(data, i), key, value)
        {
            json_add_ref(event, key, value);
        }
        add_image_number(event, image == IMAGE_ALONE ? image : image + (int)i);
        json_add_ref(event, "usage", json_get_obj(answer, "usage"));
        write_event(request, event, "completed", json_get_int(answer, "created", 0), out);
    }
}

void images_refusal(const struct image_result *result, struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *error = json_object_new_object();
    FREE_AUTO char *message =
        result->refused
            ? xasprintf("the image was refused by Google's safety filter (%s)", result->reason)
            : xasprintf("the model made no image%s%.300s", result->text ? ": " : "",
                        result->text ? result->text : "");
    json_add_str(error, "message", message);
    json_add_str(error, "type",
                 result->refused ? "image_generation_user_error" : "invalid_request_error");
    json_add_str(error, "param", "prompt");
    json_add_str(error, "code", result->refused ? "moderation_blocked" : "no_image");
    json_add(body, "error", error);
    json_write(out, body);
}
