/* JSON arrays that may not be there: json-c ends the program when it is asked for the length or an
 * item of anything else. */
#ifndef TRANSLATE_JSON_LIST_H
#define TRANSLATE_JSON_LIST_H

#include <json-c/json.h>

/* 0 for NULL and for what is no array. */
static inline size_t json_list_len(json_object *list)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

/* NULL beyond the end, and for what is no array. Borrowed. */
static inline json_object *json_list_at(json_object *list, size_t index)
{
    return json_object_is_type(list, json_type_array) ? json_object_array_get_idx(list, index)
                                                      : NULL;
}

/* The number of members; 0 for NULL and for what is no object. */
static inline size_t json_members(json_object *object)
{
    return json_object_is_type(object, json_type_object) ? (size_t)json_object_object_length(object)
                                                         : 0;
}

#endif
