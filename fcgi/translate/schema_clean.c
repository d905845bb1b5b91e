#include "translate/schema_clean.h"

#include <json-c/json_pointer.h>
#include <math.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/scope.h"
#include "base/text.h"
#include "translate/json_list.h"
#include "translate/schema_merge.h"

enum { DEPTH_MAX = 64 };

/* A reference that is being resolved: the way back to the root. */
struct ref_frame {
    json_object *target;
    const struct ref_frame *up;
};

struct cleaning {
    json_object *root;
    int *nodes_left;
};

/* Where the walk stands. */
struct place {
    const struct ref_frame *refs;
    int depth;
};

typedef void keyword_rule(struct cleaning *cleaning, struct place place, json_object *out,
                          const char *name, json_object *value);

static json_object *clean_node(struct cleaning *cleaning, struct place place, json_object *node);
static json_object *gather_node(struct cleaning *cleaning, struct place place, json_object *node);

/* Reads a member even where its value is null. */
static bool has_member(json_object *object, const char *name, json_object **value_r)
{
    return json_object_is_type(object, json_type_object) &&
           json_object_object_get_ex(object, name, value_r);
}

/* --- rules for keywords ---------------------------------------------------------------------- */

static void keep(struct cleaning *cleaning, struct place place, json_object *out, const char *name,
                 json_object *value)
{
    (void)cleaning;
    (void)place;
    if (value)
        json_add_ref(out, name, value);
}

static void keep_text(struct cleaning *cleaning, struct place place, json_object *out,
                      const char *name, json_object *value)
{
    if (json_is_str(value))
        keep(cleaning, place, out, name, value);
}

static const char *known_type(json_object *word)
{
    static const char *const types[] = {"string", "number", "integer", "boolean",
                                        "object", "array",  "null"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (json_is_str(word) && text_ieq(types[i], json_object_get_string(word)))
            return types[i];
    return NULL;
}

/* Google's own enum is in upper case; words that are no type ("any", "file") are left out. */
static void type_value(struct cleaning *cleaning, struct place place, json_object *out,
                       const char *name, json_object *value)
{
    (void)cleaning;
    (void)place;
    if (!json_object_is_type(value, json_type_array)) {
        json_add_str(out, name, known_type(value));
        return;
    }
    json_object *types = json_object_new_array();
    for (size_t i = 0; i < json_list_len(value); i++) {
        const char *word = known_type(json_list_at(value, i));
        if (word)
            json_object_array_add(types, json_object_new_string(word));
    }
    if (json_list_len(types) > 1)
        json_add_ref(out, name, types);
    else if (json_list_len(types) == 1)
        json_add_ref(out, name, json_list_at(types, 0));
    json_object_put(types);
}

static void keep_number(struct cleaning *cleaning, struct place place, json_object *out,
                        const char *name, json_object *value)
{
    if (json_is_num(value))
        keep(cleaning, place, out, name, value);
}

static void keep_list(struct cleaning *cleaning, struct place place, json_object *out,
                      const char *name, json_object *value)
{
    if (json_list_len(value) > 0)
        keep(cleaning, place, out, name, value);
}

static void schema_value(struct cleaning *cleaning, struct place place, json_object *out,
                         const char *name, json_object *value)
{
    json_add(out, name, clean_node(cleaning, place, value));
}

/* additionalProperties: false says something that an empty schema does not. */
static void schema_or_flag(struct cleaning *cleaning, struct place place, json_object *out,
                           const char *name, json_object *value)
{
    if (json_object_is_type(value, json_type_boolean))
        json_add_ref(out, name, value);
    else
        schema_value(cleaning, place, out, name, value);
}

static json_object *clean_list(struct cleaning *cleaning, struct place place, json_object *list)
{
    json_object *cleaned = json_object_new_array();
    for (size_t i = 0; i < json_list_len(list); i++)
        json_object_array_add(cleaned, clean_node(cleaning, place, json_list_at(list, i)));
    return cleaned;
}

static void schema_list(struct cleaning *cleaning, struct place place, json_object *out,
                        const char *name, json_object *value)
{
    if (json_list_len(value) > 0)
        json_add(out, name, clean_list(cleaning, place, value));
}

/* Old tuples are written as a list of items. */
static void items_value(struct cleaning *cleaning, struct place place, json_object *out,
                        const char *name, json_object *value)
{
    if (json_object_is_type(value, json_type_array))
        schema_list(cleaning, place, out, "prefixItems", value);
    else
        schema_value(cleaning, place, out, name, value);
}

static bool all_empty(json_object *schemas)
{
    for (size_t i = 0; i < json_list_len(schemas); i++)
        if (json_members(json_list_at(schemas, i)) > 0)
            return false;
    return true;
}

/* Both kinds of alternatives in one schema would have to hold at once: the first is kept.
 * Alternatives of which nothing is left (they only required something) say nothing. */
static void alternatives(struct cleaning *cleaning, struct place place, json_object *out,
                         const char *name, json_object *value)
{
    (void)name;
    if (json_member(out, "anyOf") || json_list_len(value) == 0)
        return;
    json_object *list = clean_list(cleaning, place, value);
    if (all_empty(list))
        json_object_put(list);
    else
        json_add(out, "anyOf", list);
}

static void property_map(struct cleaning *cleaning, struct place place, json_object *out,
                         const char *name, json_object *value)
{
    if (!json_object_is_type(value, json_type_object))
        return;
    json_object *properties = json_get_obj(out, name);
    if (!properties) {
        properties = json_object_new_object();
        json_add(out, name, properties);
    }
    json_object_object_foreach(value, key, schema)
    {
        json_add(properties, key, clean_node(cleaning, place, schema));
    }
}

static const char *type_word(json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return "null";
    case json_type_boolean:
        return "boolean";
    case json_type_int:
        return "integer";
    case json_type_double:
        return "number";
    case json_type_string:
        return "string";
    default:
        return NULL;
    }
}

/* An enum may hold texts and numbers only; where it held more, the type has to say the rest. */
static void enum_list(struct cleaning *cleaning, struct place place, json_object *out,
                      const char *name, json_object *value)
{
    json_object *list = json_object_new_array();
    const char *other = NULL;
    (void)cleaning;
    (void)place;
    for (size_t i = 0; i < json_list_len(value); i++) {
        json_object *item = json_list_at(value, i);
        if (json_is_str(item) || json_is_num(item))
            json_object_array_add(list, json_object_get(item));
        else if (type_word(item))
            other = type_word(item);
    }
    bool null_too = other && text_eq(other, "null") && json_list_len(list) > 0;
    if (json_list_len(list) > 0 && (!other || null_too))
        json_add_ref(out, name, list);
    if (other && !null_too && !json_member(out, "type"))
        json_add_str(out, "type", other);
    if (null_too)
        json_add_bool(out, "nullable", true);
    json_object_put(list);
}

static void const_value(struct cleaning *cleaning, struct place place, json_object *out,
                        const char *name, json_object *value)
{
    JSON_AUTO json_object *list = json_object_new_array();
    (void)name;
    if (json_object_is_type(value, json_type_object) || json_object_is_type(value, json_type_array))
        return;
    json_object_array_add(list, json_object_get(value));
    enum_list(cleaning, place, out, "enum", list);
    if (!json_member(out, "type") && type_word(value))
        json_add_str(out, "type", type_word(value));
}

/* A bound that is itself excluded: moved by one among integers, else taken as it is. */
static void exclusive_bound(json_object *out, const char *name, json_object *value, int step)
{
    if (!json_is_num(value) || json_member(out, name))
        return;
    double bound = json_object_get_double(value);
    if (text_eq(json_get_str(out, "type", ""), "integer") && bound == floor(bound) &&
        fabs(bound) < 1e15)
        json_add_int(out, name, (int64_t)bound + step);
    else
        json_add_ref(out, name, value);
}

static void above(struct cleaning *cleaning, struct place place, json_object *out, const char *name,
                  json_object *value)
{
    (void)cleaning;
    (void)place;
    (void)name;
    exclusive_bound(out, "minimum", value, 1);
}

static void below(struct cleaning *cleaning, struct place place, json_object *out, const char *name,
                  json_object *value)
{
    (void)cleaning;
    (void)place;
    (void)name;
    exclusive_bound(out, "maximum", value, -1);
}

/* In this order: a rule may look at what an earlier one wrote. What stands in no row is left out.
 */
static const struct keyword {
    const char *name;
    keyword_rule *rule;
} keywords[] = {
    {"type", type_value},
    {"format", keep_text},
    {"title", keep_text},
    {"description", keep_text},
    {"nullable", keep},
    {"default", keep},
    {"enum", enum_list},
    {"const", const_value},
    {"minimum", keep_number},
    {"maximum", keep_number},
    {"exclusiveMinimum", above},
    {"exclusiveMaximum", below},
    {"minLength", keep_number},
    {"maxLength", keep_number},
    {"pattern", keep_text},
    {"minItems", keep_number},
    {"maxItems", keep_number},
    {"minProperties", keep_number},
    {"maxProperties", keep_number},
    {"properties", property_map},
    {"required", keep_list},
    {"propertyOrdering", keep_list},
    {"additionalProperties", schema_or_flag},
    {"items", items_value},
    {"prefixItems", schema_list},
    {"anyOf", alternatives},
    {"oneOf", alternatives},
};

/* --- references ------------------------------------------------------------------------------ */

/* The definition that calls itself so. */
static json_object *find_anchor(json_object *definitions, const char *anchor)
{
    if (!definitions)
        return NULL;
    json_object_object_foreach(definitions, name, value)
    {
        (void)name;
        if (text_eq(json_get_str(value, "$anchor", ""), anchor))
            return value;
    }
    return NULL;
}

/* What "#/a/b" or "#anchor" points to in the document, NULL when it points nowhere. */
static json_object *resolve(const struct cleaning *cleaning, const char *reference)
{
    json_object *target = NULL;
    if (reference[0] != '#')
        return NULL;
    FREE_AUTO char *path = xstrdup(reference + 1);
    if (url_decode(path, strlen(path), false) < 0)
        return NULL;
    if (!*path)
        return cleaning->root;
    if (*path != '/') {
        target = find_anchor(json_get_obj(cleaning->root, "$defs"), path);
        return target ? target : find_anchor(json_get_obj(cleaning->root, "definitions"), path);
    }
    return json_pointer_get(cleaning->root, path, &target) == 0 ? target : NULL;
}

static bool is_open(const struct ref_frame *refs, json_object *target)
{
    for (; refs; refs = refs->up)
        if (refs->target == target)
            return true;
    return false;
}

/* What stands where a schema would contain itself. */
static json_object *cycle_end(const char *reference)
{
    const char *slash = strrchr(reference, '/');
    FREE_AUTO char *text =
        xasprintf("Nested %s, not described further", slash ? slash + 1 : "schema");
    json_object *node = json_object_new_object();
    json_add_str(node, "type", "object");
    json_add_str(node, "description", text);
    return node;
}

static json_object *clean_reference(struct cleaning *cleaning, struct place place,
                                    const char *reference)
{
    json_object *target = resolve(cleaning, reference);
    if (!target)
        return json_object_new_object();
    if (is_open(place.refs, target))
        return cycle_end(reference);
    struct ref_frame frame = {target, place.refs};
    struct place inside = {&frame, place.depth};
    return gather_node(cleaning, inside, target);
}

static void merge_all(struct cleaning *cleaning, struct place place, json_object *out,
                      json_object *list)
{
    for (size_t i = 0; i < json_list_len(list); i++) {
        JSON_AUTO json_object *part = gather_node(cleaning, place, json_list_at(list, i));
        schema_merge(out, part);
    }
}

/* --- nodes ----------------------------------------------------------------------------------- */

/* Requirements of properties that are not described are refused by Google. */
static void trim_required(json_object *out)
{
    json_object *required = json_get_arr(out, "required");
    json_object *properties = json_get_obj(out, "properties");
    if (!required)
        return;
    json_object *kept = json_object_new_array();
    for (size_t i = 0; i < json_list_len(required); i++) {
        json_object *item = json_list_at(required, i);
        json_object *ignored;
        if (json_is_str(item) && has_member(properties, json_object_get_string(item), &ignored))
            json_object_array_add(kept, json_object_get(item));
    }
    if (json_list_len(kept) > 0) {
        json_add(out, "required", kept);
        return;
    }
    json_object_put(kept);
    json_object_object_del(out, "required");
}

static void infer_type(json_object *out)
{
    if (json_member(out, "type") || json_member(out, "anyOf"))
        return;
    if (json_member(out, "properties"))
        json_add_str(out, "type", "object");
    else if (json_member(out, "items") || json_member(out, "prefixItems"))
        json_add_str(out, "type", "array");
}

/* "nullable" is OpenAPI's word; JSON Schema says it in the type. */
static void spell_nullable(json_object *out)
{
    json_object *type = json_member(out, "type");
    bool nullable = json_get_bool(out, "nullable", false);
    json_object_object_del(out, "nullable");
    if (!nullable || !json_is_str(type) || text_eq(json_object_get_string(type), "null"))
        return;
    json_object *types = json_object_new_array();
    json_object_array_add(types, json_object_get(type));
    json_object_array_add(types, json_object_new_string("null"));
    json_add(out, "type", types);
}

/* The values of a node's keywords, by their place in the table. */
struct keyword_values {
    bool present[ARRAY_LEN(keywords)];
    json_object *values[ARRAY_LEN(keywords)];
};

/* A node has few members and there are many keywords: its members are looked up, not they. */
static void sort_by_keyword(json_object *node, struct keyword_values *found)
{
    json_object_object_foreach(node, name, value)
    {
        for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
            if (!text_eq(keywords[i].name, name))
                continue;
            found->present[i] = true;
            found->values[i] = value;
        }
    }
}

/* All that a schema says, references and allOf included; what follows from the whole is left to
 * finish(). */
static json_object *gather_node(struct cleaning *cleaning, struct place place, json_object *node)
{
    json_object *out = json_object_new_object();
    place.depth++;
    if (!json_object_is_type(node, json_type_object) || place.depth > DEPTH_MAX ||
        *cleaning->nodes_left <= 0)
        return out;
    (*cleaning->nodes_left)--;
    struct keyword_values found = {0};
    sort_by_keyword(node, &found);
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (found.present[i])
            keywords[i].rule(cleaning, place, out, keywords[i].name, found.values[i]);
    merge_all(cleaning, place, out, json_get_arr(node, "allOf"));
    const char *reference = json_get_str(node, "$ref", NULL);
    if (reference) {
        JSON_AUTO json_object *target = clean_reference(cleaning, place, reference);
        schema_merge(out, target);
    }
    return out;
}

static json_object *clean_node(struct cleaning *cleaning, struct place place, json_object *node)
{
    json_object *out = gather_node(cleaning, place, node);
    infer_type(out);
    trim_required(out);
    spell_nullable(out);
    return out;
}

json_object *schema_clean(json_object *schema, enum schema_form form, int *nodes_left)
{
    struct cleaning cleaning = {.root = schema, .nodes_left = nodes_left};
    struct ref_frame root = {schema, NULL};
    struct place place = {&root, 0};
    json_object *cleaned = clean_node(&cleaning, place, schema);
    if (form == SCHEMA_OPENAPI)
        schema_to_openapi(cleaned);
    return cleaned;
}

bool schema_is_empty(json_object *cleaned)
{
    json_object *properties = json_get_obj(cleaned, "properties");
    if (properties && json_members(properties) > 0)
        return false;
    const char *type = json_get_str(cleaned, "type", "object");
    return text_ieq(type, "object") && !json_member(cleaned, "anyOf");
}
