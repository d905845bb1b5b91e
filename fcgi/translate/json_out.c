#include "translate/json_out.h"

#include <string.h>

#include "base/json.h"
#include "translate/json_list.h"

static bool needs_no_escape(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == '"' || text[i] == '\\')
            return false;
    return true;
}

static void write_plain(struct strbuf *out, const char *text, size_t len)
{
    strbuf_putc(out, '"');
    strbuf_append(out, text, len);
    strbuf_putc(out, '"');
}

static void write_text(struct strbuf *out, json_object *value)
{
    const char *text = json_object_get_string(value);
    size_t len = (size_t)json_object_get_string_len(value);
    if (needs_no_escape(text, len))
        write_plain(out, text, len);
    else
        json_write(out, value);
}

static void write_name(struct strbuf *out, const char *name, bool first)
{
    JSON_AUTO json_object *text = NULL;
    if (!first)
        strbuf_putc(out, ',');
    if (needs_no_escape(name, strlen(name)))
        write_plain(out, name, strlen(name));
    else
        json_write(out, text = json_object_new_string(name));
    strbuf_putc(out, ':');
}

static void write_value(struct strbuf *out, json_object *value, bool ours);

/* `ours`: each item is let go as soon as it is written. */
static void write_array(struct strbuf *out, json_object *array, bool ours)
{
    size_t count = json_list_len(array);
    strbuf_putc(out, '[');
    for (size_t i = 0; i < count && strbuf_ok(out); i++) {
        if (i)
            strbuf_putc(out, ',');
        write_value(out, json_list_at(array, i), ours);
        if (ours)
            json_object_array_put_idx(array, i, NULL);
    }
    strbuf_putc(out, ']');
}

static void write_object(struct strbuf *out, json_object *object)
{
    bool first = true;
    strbuf_putc(out, '{');
    json_object_object_foreach(object, name, member)
    {
        if (!strbuf_ok(out))
            return;
        write_name(out, name, first);
        first = false;
        write_value(out, member, false);
    }
    strbuf_putc(out, '}');
}

static void write_value(struct strbuf *out, json_object *value, bool ours)
{
    switch (json_object_get_type(value)) {
    case json_type_object:
        write_object(out, value);
        break;
    case json_type_array:
        write_array(out, value, ours);
        break;
    case json_type_string:
        write_text(out, value);
        break;
    case json_type_null:
        strbuf_puts(out, "null");
        break;
    default:
        json_write(out, value);
    }
}

/* The large lists are members of the top object: they are emptied as they are written. */
static void write_top(struct strbuf *out, json_object *object)
{
    bool first = true;
    strbuf_putc(out, '{');
    json_object_object_foreach(object, name, member)
    {
        write_name(out, name, first);
        first = false;
        write_value(out, member, true);
    }
    strbuf_putc(out, '}');
}

void json_out_take(struct strbuf *out, json_object **value)
{
    if (json_object_is_type(*value, json_type_object))
        write_top(out, *value);
    else
        write_value(out, *value, false);
    json_object_put(*value);
    *value = NULL;
}
