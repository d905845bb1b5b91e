#include "translate/imagen.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/json_list.h"

bool imagen_is(const char *model)
{
    return text_istarts(model, "imagen");
}

int imagen_call_count(const struct image_request *request)
{
    return (request->count + IMAGEN_CALL_MAX - 1) / IMAGEN_CALL_MAX;
}

/* Of the shapes that others have, the nearest of Imagen's five. */
static const char *ratio_of(const char *ratio)
{
    static const char *const rows[][2] = {
        {"2:3", "3:4"}, {"3:2", "4:3"}, {"4:5", "3:4"}, {"5:4", "4:3"}, {"21:9", "16:9"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (text_eq(rows[i][0], ratio))
            return rows[i][1];
    return ratio;
}

void imagen_write(const struct image_request *request, const char *model, int call,
                  struct strbuf *out)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *instances = json_object_new_array();
    json_object *instance = json_object_new_object();
    json_object *parameters = json_object_new_object();
    int left = request->count - call * IMAGEN_CALL_MAX;
    json_add_str(instance, "prompt", request->prompt);
    json_object_array_add(instances, instance);
    json_add_int(parameters, "sampleCount", left < IMAGEN_CALL_MAX ? left : IMAGEN_CALL_MAX);
    if (request->ratio[0])
        json_add_str(parameters, "aspectRatio", ratio_of(request->ratio));
    /* Only this generation has another size than its own, and only one. */
    if (request->scale[0] && text_match("imagen-4*", model) && !text_match("*fast*", model))
        json_add_str(parameters, "sampleImageSize", "2K");
    json_add_bool(parameters, "includeRaiReason", true);
    json_add(body, "instances", instances);
    json_add(body, "parameters", parameters);
    json_write(out, body);
}

static void read_one(struct image_result *result, json_object *prediction)
{
    json_object *base64 = json_member(prediction, "bytesBase64Encoded");
    memset(result, 0, sizeof(*result));
    if (json_is_str(base64) && json_object_get_string_len(base64) > 0) {
        result->base64 = json_object_get(base64);
        text_copy(result->type, sizeof(result->type),
                  json_get_str(prediction, "mimeType", "image/png"));
        const char *prompt = json_get_str(prediction, "prompt", "");
        result->text = *prompt ? xstrdup(prompt) : NULL;
        return;
    }
    result->refused = true;
    text_copy(result->reason, sizeof(result->reason),
              json_get_str(prediction, "raiFilteredReason", "no image passed"));
}

int imagen_read(const char *body, size_t len, struct image_result results[IMAGEN_CALL_MAX])
{
    JSON_AUTO json_object *answer = json_parse_text(body, len, NULL);
    json_object *predictions = json_get_arr(answer, "predictions");
    size_t count = json_list_len(predictions);
    if (count == 0)
        read_one(&results[0], NULL);
    for (size_t i = 0; i < count && i < IMAGEN_CALL_MAX; i++)
        read_one(&results[i], json_list_at(predictions, i));
    return count == 0 ? 1 : count < IMAGEN_CALL_MAX ? (int)count : IMAGEN_CALL_MAX;
}
