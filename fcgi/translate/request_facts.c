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

static int64_t text_bytes(json_object *value);

static int64_t member_bytes(json_object *object)
{
    int64_t sum = 0;
    json_object_object_foreach(object, name, member)
    {
        if (text_eq(name, "inlineData") || text_eq(name, "fileData"))
            sum += MEDIA_BYTES;
        else if (!text_eq(name, "thoughtSignature"))
            sum += text_bytes(member);
    }
    return sum;
}

static int64_t text_bytes(json_object *value)
{
    int64_t sum = 0;
    if (json_is_str(value))
        return json_object_get_string_len(value);
    if (json_object_is_type(value, json_type_object))
        return member_bytes(value);
    if (!json_object_is_type(value, json_type_array))
        return value ? 4 : 0;
    for (size_t i = 0; i < json_list_len(value); i++)
        sum += text_bytes(json_list_at(value, i));
    return sum;
}

int64_t request_prompt_bytes(json_object *gemini)
{
    static const char *const members[] = {"systemInstruction", "contents", "tools"};
    int64_t sum = 0;
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        sum += text_bytes(json_member(gemini, members[i]));
    return sum;
}
