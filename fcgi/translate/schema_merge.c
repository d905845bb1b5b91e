#include "translate/schema_merge.h"

#include "base/json.h"
#include "base/text.h"
#include "translate/json_list.h"

/* Adds the texts of `from` that are not in `seen` yet. */
static void add_new(json_object *list, json_object *seen, json_object *from)
{
    for (size_t i = 0; i < json_list_len(from); i++) {
        json_object *item = json_list_at(from, i);
        if (!json_is_str(item) || json_member(seen, json_object_get_string(item)))
            continue;
        json_add_bool(seen, json_object_get_string(item), true);
        json_object_array_add(list, json_object_get(item));
    }
}

json_object *schema_join_required(json_object *a, json_object *b)
{
    JSON_AUTO json_object *seen = json_object_new_object();
    json_object *joined = json_object_new_array();
    add_new(joined, seen, a);
    add_new(joined, seen, b);
    return joined;
}

static void merge_properties(json_object *into, json_object *from)
{
    json_object *properties = json_get_obj(into, "properties");
    json_object_object_foreach(from, key, schema)
    {
        if (!json_member(properties, key))
            json_add_ref(properties, key, schema);
    }
}

void schema_merge(json_object *into, json_object *from)
{
    json_object_object_foreach(from, name, value)
    {
        json_object *mine = json_member(into, name);
        if (!mine)
            json_add_ref(into, name, value);
        else if (text_eq(name, "required"))
            json_add(into, name, schema_join_required(mine, value));
        else if (text_eq(name, "properties"))
            merge_properties(into, value);
    }
}
