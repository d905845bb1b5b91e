#include "translate/json_out.h"

#include <string.h>

#include "base/json.h"
#include "translate/json_list.h"

/* Each item is let go as soon as it is written. */
static void write_items(struct strbuf *out, json_object *array)
{
    size_t count = json_list_len(array);
    strbuf_putc(out, '[');
    for (size_t i = 0; i < count && strbuf_ok(out); i++) {
        if (i)
            strbuf_putc(out, ',');
        json_write(out, json_list_at(array, i));
        json_object_array_put_idx(array, i, NULL);
    }
    strbuf_putc(out, ']');
}

/* The large lists are members of the top object: they are emptied as they are written. */
static void write_top(struct strbuf *out, json_object *object)
{
    bool first = true;
    strbuf_putc(out, '{');
    json_object_object_foreach(object, name, member)
    {
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        json_write_text(out, name, strlen(name));
        strbuf_putc(out, ':');
        if (json_object_is_type(member, json_type_array))
            write_items(out, member);
        else
            json_write(out, member);
    }
    strbuf_putc(out, '}');
}

void json_out_take(struct strbuf *out, json_object **value)
{
    if (json_object_is_type(*value, json_type_object))
        write_top(out, *value);
    else
        json_write(out, *value);
    json_object_put(*value);
    *value = NULL;
}
