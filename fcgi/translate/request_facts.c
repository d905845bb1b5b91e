#include "translate/request_facts.h"

#include "base/json.h"
#include "base/text.h"
#include "translate/json_list.h"

uint64_t hash_bytes(uint64_t hash, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        hash ^= (unsigned char)data[i];
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

static uint64_t hash_parts(uint64_t hash, json_object *content)
{
    json_object *parts = json_get_arr(content, "parts");
    size_t count = json_list_len(parts);
    for (size_t i = 0; i < count; i++) {
        json_object *text = json_member(json_list_at(parts, i), "text");
        if (json_is_str(text))
            hash = hash_bytes(hash, json_object_get_string(text),
                              (size_t)json_object_get_string_len(text));
    }
    return hash;
}

uint64_t request_affinity(json_object *gemini)
{
    uint64_t hash = hash_parts(HASH_START, json_get_obj(gemini, "systemInstruction"));
    return hash_parts(hash, json_list_at(json_get_arr(gemini, "contents"), 0));
}

static void add_value(struct prompt_size *size, json_object *value);

static void add_members(struct prompt_size *size, json_object *object)
{
    json_object_object_foreach(object, name, member)
    {
        if (text_eq(name, "inlineData") || text_eq(name, "fileData"))
            prompt_size_add_media_of(size, member);
        else if (!text_eq(name, "thoughtSignature"))
            add_value(size, member);
    }
}

static void add_value(struct prompt_size *size, json_object *value)
{
    if (json_is_str(value))
        size->text_bytes += json_object_get_string_len(value);
    else if (json_object_is_type(value, json_type_object))
        add_members(size, value);
    else if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_list_len(value); i++)
            add_value(size, json_list_at(value, i));
    else if (value)
        size->text_bytes += 4;
}

struct prompt_size request_prompt_size(json_object *gemini)
{
    static const char *const members[] = {"systemInstruction", "contents", "tools"};
    struct prompt_size size = {0};
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        add_value(&size, json_member(gemini, members[i]));
    return size;
}
