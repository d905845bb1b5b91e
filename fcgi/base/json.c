#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void json_scope_put(json_object **object)
{
    json_object_put(*object);
    *object = NULL;
}

json_object *json_member(json_object *object, const char *name)
{
    json_object *value = NULL;
    if (!json_object_is_type(object, json_type_object))
        return NULL;
    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

json_object *json_member2(json_object *object, const char *camel, const char *snake)
{
    json_object *value = json_member(object, camel);
    return value ? value : json_member(object, snake);
}

static json_object *step_into(json_object *value, const char *name)
{
    int64_t index;
    if (!json_object_is_type(value, json_type_array))
        return json_member(value, name);
    if (text_to_int(name, &index) || index < 0)
        return NULL;
    return json_object_array_get_idx(value, (size_t)index);
}

json_object *json_path(json_object *object, const char *path)
{
    char name[128];
    while (object && *path) {
        size_t len = strcspn(path, ".");
        if (len >= sizeof(name))
            return NULL;
        memcpy(name, path, len);
        name[len] = '\0';
        object = step_into(object, name);
        path += len + (path[len] == '.');
    }
    return object;
}

bool json_is_str(json_object *value)
{
    return json_object_is_type(value, json_type_string);
}

bool json_is_num(json_object *value)
{
    return json_object_is_type(value, json_type_int) ||
           json_object_is_type(value, json_type_double);
}

const char *json_get_str(json_object *object, const char *name, const char *fallback)
{
    json_object *value = json_member(object, name);
    return json_is_str(value) ? json_object_get_string(value) : fallback;
}

int64_t json_get_int(json_object *object, const char *name, int64_t fallback)
{
    json_object *value = json_member(object, name);
    int64_t number;
    if (json_is_num(value))
        return json_object_get_int64(value);
    if (json_is_str(value) && text_to_int(json_object_get_string(value), &number) == 0)
        return number;
    return fallback;
}

double json_get_num(json_object *object, const char *name, double fallback)
{
    json_object *value = json_member(object, name);
    double number = json_is_num(value) ? json_object_get_double(value) : NAN;
    return isfinite(number) ? number : fallback;
}

bool json_get_bool(json_object *object, const char *name, bool fallback)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value)
                                                         : fallback;
}

json_object *json_get_obj(json_object *object, const char *name)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_object) ? value : NULL;
}

json_object *json_get_arr(json_object *object, const char *name)
{
    json_object *value = json_member(object, name);
    return json_object_is_type(value, json_type_array) ? value : NULL;
}

json_object *json_new_strn(const char *value, size_t len)
{
    return json_object_new_string_len(len ? value : "", (int)len);
}

json_object *json_new_num(double value)
{
    char text[40];
    if (!isfinite(value))
        return NULL;
    /* The fewest digits that read back as the same number: 0.1, not 0.10000000000000001. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return json_object_new_double_s(value, text);
}

void json_add_text(json_object *object, const char *name, const char *value, unsigned name_kind)
{
    if (value)
        json_object_object_add_ex(object, name, json_object_new_string(value), name_kind);
}
