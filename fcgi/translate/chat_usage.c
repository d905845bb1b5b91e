#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/json_list.h"

/* Tokens of one modality in a list of Google's; -1 when the list does not name it. */
static int64_t modality_tokens(json_object *details, const char *list_name, const char *modality)
{
    json_object *list = json_get_arr(details, list_name);
    size_t count = json_list_len(list);
    int64_t tokens = -1;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_list_at(list, i);
        if (text_eq(json_get_str(entry, "modality", ""), modality))
            tokens = (tokens < 0 ? 0 : tokens) + json_get_int(entry, "tokenCount", 0);
    }
    return tokens;
}

static void add_modalities(json_object *out, json_object *details, const char *list_name)
{
    static const struct {
        const char *modality;
        const char *name;
        bool always;
    } rows[] = {{"AUDIO", "audio_tokens", true},
                {"TEXT", "text_tokens", false},
                {"IMAGE", "image_tokens", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t tokens = modality_tokens(details, list_name, rows[i].modality);
        if (tokens >= 0 || rows[i].always)
            json_add_int(out, rows[i].name, tokens < 0 ? 0 : tokens);
    }
}

/* Tool use stands beside Google's prompt count, thoughts beside its count of the answer; OpenAI
 * counts both in. */
json_object *chat_usage(const struct token_usage *usage, json_object *details)
{
    int64_t prompt = usage->prompt + usage->tool_use;
    int64_t completion = usage->output + usage->thoughts;
    json_object *out = json_object_new_object();
    json_object *of_prompt = json_object_new_object();
    json_object *of_completion = json_object_new_object();
    json_add_int(out, "prompt_tokens", prompt);
    json_add_int(out, "completion_tokens", completion);
    json_add_int(out, "total_tokens", usage->total ? usage->total : prompt + completion);
    json_add_int(of_prompt, "cached_tokens", usage->cached);
    json_add_int(of_prompt, "cache_write_tokens", 0); /* Google tells of none */
    add_modalities(of_prompt, details, "promptTokensDetails");
    json_add(out, "prompt_tokens_details", of_prompt);
    json_add_int(of_completion, "reasoning_tokens", usage->thoughts);
    add_modalities(of_completion, details, "candidatesTokensDetails");
    json_add_int(of_completion, "accepted_prediction_tokens", 0);
    json_add_int(of_completion, "rejected_prediction_tokens", 0);
    json_add(out, "completion_tokens_details", of_completion);
    return out;
}
