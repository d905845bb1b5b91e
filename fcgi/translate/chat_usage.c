#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/json_list.h"

/* Names and the largest numbers stay far below the first. */
enum { USAGE_TEXT_MAX = 2048, USAGE_TEXT_USUAL = 384 };

/* Tokens of one modality in a list of Google's; -1 when the list does not name it. */
static int64_t modality_tokens(json_object *list, const char *modality)
{
    size_t count = json_list_len(list);
    int64_t tokens = -1;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_list_at(list, i);
        if (text_eq(json_get_str(entry, "modality", ""), modality))
            tokens = (tokens < 0 ? 0 : tokens) + token_count(json_get_int(entry, "tokenCount", 0));
    }
    return tokens;
}

static void put_modalities(struct strbuf *out, json_object *list)
{
    static const struct {
        const char *modality;
        const char *name;
        bool always;
    } rows[] = {{"AUDIO", "audio_tokens", true},
                {"TEXT", "text_tokens", false},
                {"IMAGE", "image_tokens", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t tokens = modality_tokens(list, rows[i].modality);
        if (tokens >= 0 || rows[i].always)
            json_put_int(out, rows[i].name, tokens < 0 ? 0 : tokens);
    }
}

static void put_prompt(struct strbuf *out, const struct token_usage *usage, json_object *details)
{
    json_put_name(out, "prompt_tokens_details");
    strbuf_putc(out, '{');
    json_put_int(out, "cached_tokens", usage->cached);
    json_put_int(out, "cache_write_tokens", 0); /* Google tells of none */
    put_modalities(out, json_get_arr(details, "promptTokensDetails"));
    strbuf_putc(out, '}');
}

static void put_completion(struct strbuf *out, const struct token_usage *usage,
                           json_object *details)
{
    json_put_name(out, "completion_tokens_details");
    strbuf_putc(out, '{');
    json_put_int(out, "reasoning_tokens", usage->thoughts);
    put_modalities(out, json_get_arr(details, "candidatesTokensDetails"));
    json_put_int(out, "accepted_prediction_tokens", 0);
    json_put_int(out, "rejected_prediction_tokens", 0);
    strbuf_putc(out, '}');
}

/* Tool use stands beside Google's prompt count, thoughts beside its count of the answer; OpenAI
 * counts both in. */
void chat_usage_write(struct strbuf *out, const struct token_usage *usage, json_object *details)
{
    int64_t prompt = usage->prompt + usage->tool_use;
    int64_t completion = usage->output + usage->thoughts;
    strbuf_putc(out, '{');
    json_put_int(out, "prompt_tokens", prompt);
    json_put_int(out, "completion_tokens", completion);
    json_put_int(out, "total_tokens", usage->total ? usage->total : prompt + completion);
    put_prompt(out, usage, details);
    put_completion(out, usage, details);
    strbuf_putc(out, '}');
}

json_object *chat_usage(const struct token_usage *usage, json_object *details)
{
    struct strbuf out = STRBUF_INIT(USAGE_TEXT_MAX);
    strbuf_reserve(&out, USAGE_TEXT_USUAL);
    chat_usage_write(&out, usage, details);
    return json_raw_take(strbuf_take(&out, NULL));
}

struct token_usage chat_reply_usage(const struct chat_reply *reply)
{
    struct token_usage sum = reply->earlier;
    token_usage_add(&sum, &reply->usage);
    return sum;
}
