#include "translate/media.h"

#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/vec.h"

void media_needs_add(struct media_needs **needs, const struct media_need *need)
{
    struct media_need copy = *need;
    copy.url = xstrdup(need->url);
    copy.part = json_object_get(need->part);
    if (!*needs)
        *needs = xcalloc(1, sizeof(**needs));
    VEC_PUSH(*needs, copy);
}

void media_need_fill(struct media_need *need, const char *type, const void *data, size_t len)
{
    char tidy[MEDIA_TYPE_SIZE];
    STRBUF_AUTO struct strbuf encoded = STRBUF_INIT(len / 3 * 4 + 8);
    if (!type || !*type)
        type = media_type_of_name(need->url);
    if (!type)
        type = media_type_default(need->kind);
    media_type_tidy(type, strlen(type), tidy);
    base64_encode(&encoded, data, len);
    json_object *inline_data = json_object_new_object();
    json_add_str(inline_data, "mimeType", tidy);
    json_add_strn(inline_data, "data", strbuf_str(&encoded), encoded.len);
    json_object_object_del(need->part, "fileData");
    json_add(need->part, "inlineData", inline_data);
}

void media_need_explain(struct media_need *need, const char *text)
{
    json_object_object_del(need->part, "fileData");
    json_object_object_del(need->part, "mediaResolution");
    json_add_str(need->part, "text", text);
}

void media_needs_free(struct media_needs **needs)
{
    if (!*needs)
        return;
    for (size_t i = 0; i < (*needs)->len; i++) {
        free((*needs)->items[i].url);
        json_object_put((*needs)->items[i].part);
    }
    VEC_FREE(*needs);
    free(*needs);
    *needs = NULL;
}
