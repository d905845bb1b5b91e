#include <string.h>

#include "base/json.h"
#include "translate/chat_reply.h"
#include "translate/json_list.h"

static json_object *byte_list(const char *token)
{
    json_object *bytes = json_object_new_array();
    for (; *token; token++)
        json_object_array_add(bytes, json_object_new_int((unsigned char)*token));
    return bytes;
}

static json_object *entry_of(json_object *candidate)
{
    const char *token = json_get_str(candidate, "token", "");
    json_object *entry = json_object_new_object();
    json_add_str(entry, "token", token);
    json_add_num(entry, "logprob", json_get_num(candidate, "logProbability", -9999));
    json_add(entry, "bytes", byte_list(token));
    return entry;
}

static json_object *top_list(json_object *result, size_t position)
{
    json_object *list = json_object_new_array();
    json_object *all = json_get_arr(result, "topCandidates");
    json_object *top = json_get_arr(json_list_at(all, position), "candidates");
    size_t count = json_list_len(top);
    for (size_t i = 0; i < count; i++)
        json_object_array_add(list, entry_of(json_list_at(top, i)));
    return list;
}

json_object *chat_logprob_list(json_object *result)
{
    json_object *list = json_object_new_array();
    json_object *chosen = json_get_arr(result, "chosenCandidates");
    size_t count = json_list_len(chosen);
    for (size_t i = 0; i < count; i++) {
        json_object *entry = entry_of(json_list_at(chosen, i));
        json_add(entry, "top_logprobs", top_list(result, i));
        json_object_array_add(list, entry);
    }
    return list;
}
