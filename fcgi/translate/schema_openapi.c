/* From cleaned JSON Schema to the subset of OpenAPI's Schema that older models take. */
#include <stdio.h>

#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/schema_clean.h"
#include "translate/schema_merge.h"

static void convert(json_object *node);

static bool is_null_type(json_object *schema)
{
    return text_eq(json_get_str(schema, "type", ""), "null");
}

/* --- types ----------------------------------------------------------------------------------- */

static json_object *one_type(json_object *word)
{
    json_object *schema = json_object_new_object();
    json_add_ref(schema, "type", word);
    return schema;
}

/* ["string","null"] becomes a nullable string, ["string","integer"] two alternatives. */
static void split_types(json_object *node)
{
    json_object *types = json_get_arr(node, "type");
    if (!types)
        return;
    JSON_AUTO json_object *variants = json_object_new_array();
    for (size_t i = 0; i < json_list_len(types); i++) {
        json_object *word = json_list_at(types, i);
        if (text_eq(json_object_get_string(word), "null"))
            json_add_bool(node, "nullable", true);
        else
            json_object_array_add(variants, one_type(word));
    }
    json_object_object_del(node, "type");
    if (json_list_len(variants) == 1)
        json_add_ref(node, "type", json_member(json_list_at(variants, 0), "type"));
    else if (json_list_len(variants) > 1 && !json_member(node, "anyOf"))
        json_add_ref(node, "anyOf", variants);
}

/* --- alternatives ---------------------------------------------------------------------------- */

static void copy_missing(json_object *node, json_object *from)
{
    json_object_object_foreach(from, name, value)
    {
        if (!json_member(node, name))
            json_add_ref(node, name, value);
    }
}

/* What stands beside anyOf goes into each alternative that does not say otherwise: Google refuses
 * other members there. */
static void push_down(json_object *node, json_object *variant)
{
    json_object_object_foreach(node, name, value)
    {
        json_object *own = json_member(variant, name);
        if (text_eq(name, "anyOf"))
            continue;
        if (!own)
            json_add_ref(variant, name, value);
        else if (text_eq(name, "properties"))
            copy_missing(own, value);
        else if (text_eq(name, "required"))
            json_add(variant, name, schema_join_required(own, value));
    }
}

static void keep_only(json_object *node, json_object *variants)
{
    json_object *kept = json_object_get(variants);
    json_object *names = json_object_new_array();
    json_object_object_foreach(node, name, value)
    {
        (void)value;
        json_object_array_add(names, json_object_new_string(name));
    }
    for (size_t i = 0; i < json_list_len(names); i++)
        json_object_object_del(node, json_object_get_string(json_list_at(names, i)));
    json_object_put(names);
    json_add(node, "anyOf", kept);
}

static json_object *without_null(json_object *node, json_object *variants)
{
    json_object *kept = json_object_new_array();
    for (size_t i = 0; i < json_list_len(variants); i++) {
        json_object *variant = json_list_at(variants, i);
        if (is_null_type(variant))
            json_add_bool(node, "nullable", true);
        else
            json_object_array_add(kept, json_object_get(variant));
    }
    return kept;
}

/* A lone null cannot be said; a value of no known type is a text to these models. */
static void settle_child(json_object *node)
{
    bool null = is_null_type(node);
    if (null)
        json_add_bool(node, "nullable", true);
    if (null || (!json_member(node, "type") && !json_member(node, "anyOf")))
        json_add_str(node, "type", "string");
}

/* Null among the alternatives makes the value nullable; a single alternative is no alternative. */
static void collapse_alternatives(json_object *node)
{
    json_object *variants = json_get_arr(node, "anyOf");
    if (!variants)
        return;
    json_object *kept = without_null(node, variants);
    json_object_object_del(node, "anyOf");
    if (json_list_len(kept) > 1)
        json_add_ref(node, "anyOf", kept);
    else if (json_list_len(kept) == 1)
        copy_missing(node, json_list_at(kept, 0));
    json_object_put(kept);
}

static void spread_over_alternatives(json_object *node)
{
    json_object *variants = json_get_arr(node, "anyOf");
    if (!variants)
        return;
    for (size_t i = 0; i < json_list_len(variants); i++) {
        json_object *variant = json_list_at(variants, i);
        if (!json_member(variant, "anyOf"))
            push_down(node, variant);
        settle_child(variant);
    }
    keep_only(node, variants);
}

/* --- values ---------------------------------------------------------------------------------- */

static void filter_format(json_object *node)
{
    static const struct {
        const char *type;
        const char *format;
    } known[] = {{"string", "enum"},   {"string", "date-time"}, {"integer", "int32"},
                 {"integer", "int64"}, {"number", "float"},     {"number", "double"}};
    const char *format = json_get_str(node, "format", NULL);
    const char *type = json_get_str(node, "type", "string");
    if (!format)
        return;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (text_eq(known[i].type, type) && text_eq(known[i].format, format))
            return;
    json_object_object_del(node, "format");
}

/* Enums are lists of texts, none of them empty; among numbers they are not known. */
static void filter_enum(json_object *node)
{
    json_object *list = json_get_arr(node, "enum");
    if (!list)
        return;
    const char *type = json_get_str(node, "type", "string");
    json_object *texts = json_object_new_array();
    for (size_t i = 0; text_eq(type, "string") && i < json_list_len(list); i++) {
        const char *text = json_object_get_string(json_list_at(list, i));
        if (!text_empty(text))
            json_object_array_add(texts, json_object_new_string(text));
    }
    json_object_object_del(node, "enum");
    if (json_list_len(texts) > 0) {
        json_add_ref(node, "enum", texts);
        json_add_str(node, "type", "string");
    }
    json_object_put(texts);
}

static json_object *text_schema(void)
{
    json_object *schema = json_object_new_object();
    json_add_str(schema, "type", "string");
    return schema;
}

static void settle_items(json_object *node)
{
    json_object *tuple = json_get_arr(node, "prefixItems");
    if (tuple && !json_member(node, "items"))
        json_add_ref(node, "items", json_list_at(tuple, 0));
    json_object_object_del(node, "prefixItems");
    if (text_eq(json_get_str(node, "type", ""), "array") && !json_get_obj(node, "items"))
        json_add(node, "items", text_schema());
}

static void settle_properties(json_object *node)
{
    json_object *properties = json_get_obj(node, "properties");
    json_object_object_del(node, "additionalProperties");
    if (properties && json_members(properties) == 0)
        json_object_object_del(node, "properties");
}

static void convert_child(json_object *schema)
{
    convert(schema);
    settle_child(schema);
}

/* Children first, so that what is pushed into several alternatives is converted already. */
static void convert_children(json_object *node)
{
    json_object *variants = json_get_arr(node, "anyOf");
    json_object *properties = json_get_obj(node, "properties");
    json_object *tuple = json_get_arr(node, "prefixItems");
    json_object *items = json_get_obj(node, "items");
    for (size_t i = 0; i < json_list_len(variants); i++)
        convert(json_list_at(variants, i));
    for (size_t i = 0; i < json_list_len(tuple); i++)
        convert_child(json_list_at(tuple, i));
    if (items)
        convert_child(items);
    if (!properties)
        return;
    json_object_object_foreach(properties, name, schema)
    {
        (void)name;
        convert_child(schema);
    }
}

static void convert(json_object *node)
{
    convert_children(node);
    collapse_alternatives(node);
    split_types(node);
    filter_enum(node);
    filter_format(node);
    settle_properties(node);
    settle_items(node);
    spread_over_alternatives(node);
}

/* What is shared by alternatives is written once for each of them. */
static void count_written(json_object *value, int *left)
{
    if (*left <= 0)
        return;
    (*left)--;
    for (size_t i = 0; i < json_list_len(value); i++)
        count_written(json_list_at(value, i), left);
    if (!json_object_is_type(value, json_type_object))
        return;
    json_object_object_foreach(value, name, member)
    {
        (void)name;
        count_written(member, left);
    }
}

void schema_to_openapi(json_object *schema)
{
    int left = SCHEMA_NODES_MAX;
    convert(schema);
    count_written(schema, &left);
    if (left > 0)
        return;
    json_object_object_del(schema, "anyOf");
    json_object_object_del(schema, "items");
    json_object_object_del(schema, "properties");
    json_object_object_del(schema, "required");
}
