#include "translate/safety.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "translate/json_list.h"

static const char *category_at(json_object *settings, size_t index)
{
    return json_get_str(json_list_at(settings, index), "category", NULL);
}

/* Google refuses a category that comes twice. */
static bool is_last(json_object *settings, size_t index)
{
    const char *category = category_at(settings, index);
    for (size_t i = index + 1; i < json_list_len(settings); i++)
        if (text_eq(category_at(settings, i), category))
            return false;
    return category != NULL;
}

/* Every request takes them along: as one text, not as a tree that is copied, written and freed. */
json_object *safety_of_settings(json_object *settings)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(LIMIT_SETTING_TEXT);
    for (size_t i = 0; i < json_list_len(settings); i++) {
        if (!is_last(settings, i))
            continue;
        strbuf_putc(&text, text.len ? ',' : '[');
        json_write(&text, json_list_at(settings, i));
    }
    if (text.len == 0)
        return NULL;
    strbuf_putc(&text, ']');
    return json_raw_take(strbuf_take(&text, NULL));
}
