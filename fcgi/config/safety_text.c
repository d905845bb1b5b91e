#include "config/safety_text.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

static const char *category_at(json_object *settings, size_t index)
{
    return json_get_str(json_object_array_get_idx(settings, index), "category", NULL);
}

static bool is_last(json_object *settings, size_t index, size_t count)
{
    const char *category = category_at(settings, index);
    for (size_t i = index + 1; i < count; i++)
        if (text_eq(category_at(settings, i), category))
            return false;
    return category != NULL;
}

char *safety_text_of(json_object *settings)
{
    bool list = json_object_is_type(settings, json_type_array);
    size_t count = list ? json_object_array_length(settings) : 0;
    /* JSON escapes may lengthen it. */
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(4 * LIMIT_SETTING_TEXT);
    for (size_t i = 0; i < count; i++) {
        if (!is_last(settings, i, count))
            continue;
        strbuf_putc(&text, text.len ? ',' : '[');
        json_write(&text, json_object_array_get_idx(settings, i));
    }
    if (text.len == 0)
        return NULL;
    strbuf_putc(&text, ']');
    return strbuf_take(&text, NULL);
}
