/* Lists as people write them; the contract stands in bootstrap.h. */
#include <string.h>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "config/bootstrap.h"
#include "config/literal.h"

enum quotes { QUOTES_KEEP, QUOTES_STRIP };

/* Adds the trimmed text unless nothing is left of it. */
static void add_item(json_object *list, const char *text, size_t len, enum quotes quotes)
{
    char *copy = xstrndup(text, len);
    char *item = text_trim(copy);
    if (quotes == QUOTES_STRIP)
        item = text_trim(literal_unquote(item));
    if (*item)
        json_object_array_add(list, json_object_new_string(item));
    secret_wipe(copy, len);
    free(copy);
}

/* Length of the item at `at`: up to a comma or line break outside quotes. Quotes count where they
 * open the item and close again; else they are letters like others. */
static size_t item_length(const char *at)
{
    static const char separators[] = ",\r\n";
    size_t start = strspn(at, " \t");
    const char *close = NULL;
    if (at[start] == '"' || at[start] == '\'')
        close = strchr(at + start + 1, at[start]);
    size_t quoted = close ? (size_t)(close - at) : 0;
    return quoted + strcspn(at + quoted, separators);
}

static json_object *split(const char *text)
{
    json_object *list = json_object_new_array();
    while (*text) {
        size_t len = item_length(text);
        add_item(list, text, len, QUOTES_STRIP);
        text += len;
        if (*text)
            text++;
    }
    return list;
}

/* Only texts, and numbers as their text, can be items. */
static json_object *texts_of(json_object *value, struct err *err)
{
    size_t count = json_object_array_length(value);
    json_object *list = json_object_new_array_ext((int)count);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(value, i);
        if (item && !json_is_str(item) && !json_is_num(item)) {
            err_set(err, ERR_INVALID, "item %zu is no text", i + 1);
            json_object_put(list);
            return NULL;
        }
        const char *text = item ? json_object_get_string(item) : "";
        add_item(list, text, strlen(text), QUOTES_KEEP);
    }
    return list;
}

static json_object *parse_literal_list(const char *text, struct err *err)
{
    JSON_AUTO json_object *value = literal_parse(text, err);
    if (!value)
        return NULL;
    if (!json_object_is_type(value, json_type_array)) {
        err_set(err, ERR_INVALID, "this is an object, not a list");
        return NULL;
    }
    return texts_of(value, err);
}

json_object *bootstrap_parse_list(const char *text, struct err *err)
{
    size_t len = strlen(text);
    char *copy = xstrndup(text, len);
    const char *list = text_trim(literal_unquote(text_trim(copy)));
    json_object *value =
        *list && strchr("[({", *list) ? parse_literal_list(list, err) : split(list);
    secret_wipe(copy, len);
    free(copy);
    return value;
}
