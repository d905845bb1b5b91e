#include "translate/openai_choices.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "translate/chat_reply.h"
#include "translate/gemini_scan.h"
#include "translate/json_list.h"

/* --- the request ----------------------------------------------------------------------------- */

/* A member of generationConfig, as a span of the body. False when it is not there. */
static bool find_in_config(const char *body, size_t len, const char *name, size_t *start_r,
                           size_t *end_r)
{
    size_t start, end;
    if (gemini_scan_member(body, len, "generationConfig", &start, &end) != 1 ||
        gemini_scan_member(body + start, end - start, name, start_r, end_r) != 1)
        return false;
    *start_r += start;
    *end_r += start;
    return true;
}

bool openai_choices_in_one(const struct openai_chat_request *request, const char *body, size_t len)
{
    size_t start, end;
    if (request->prompts)
        return false;
    return request->choices <= 1 || find_in_config(body, len, "candidateCount", &start, &end);
}

bool openai_choices_differ(const struct openai_chat_request *request, const char *body, size_t len)
{
    size_t start, end;
    return request->prompts || find_in_config(body, len, "seed", &start, &end);
}

bool openai_choices_refused(const char *error_body)
{
    return text_ifind(error_body, "candidate") != NULL;
}

static void replace_number(struct strbuf *out, const char *body, size_t len, const char *name,
                           int64_t number)
{
    size_t start, end;
    if (!find_in_config(body, len, name, &start, &end)) {
        strbuf_append(out, body, len);
        return;
    }
    strbuf_append(out, body, start);
    strbuf_printf(out, "%lld", (long long)number);
    strbuf_append(out, body + end, len - end);
}

/* Puts the prompt of that choice in the place of the first one. */
static int replace_prompt(struct strbuf *out, const struct openai_chat_request *request,
                          const struct strbuf *body, int index)
{
    size_t start, end;
    size_t count = json_list_len(request->prompts);
    size_t each = count ? (size_t)request->choices / count : 1;
    json_object *prompt = json_list_at(request->prompts, (size_t)index / each);
    if (!prompt) {
        strbuf_append(out, strbuf_str(body), body->len);
        return 0;
    }
    if (gemini_scan_member(strbuf_str(body), body->len, "contents", &start, &end) != 1)
        return -1;
    size_t len = (size_t)json_object_get_string_len(prompt);
    strbuf_append(out, body->data, start);
    strbuf_puts(out, "[{\"role\":\"user\",\"parts\":[{\"text\":");
    json_write_text(out, len ? json_object_get_string(prompt) : " ", len ? len : 1);
    strbuf_puts(out, "}]}]");
    strbuf_append(out, body->data + end, body->len - end);
    return 0;
}

static int replace_seed(struct strbuf *out, const struct strbuf *body, int index)
{
    size_t start, end;
    int64_t seed = 0;
    if (find_in_config(strbuf_str(body), body->len, "seed", &start, &end)) {
        FREE_AUTO char *digits = xstrndup(body->data + start, end - start);
        if (text_to_int(digits, &seed) < 0)
            return -1;
        seed = (int32_t)(uint32_t)(seed + index);
    }
    replace_number(out, strbuf_str(body), body->len, "seed", seed);
    return 0;
}

int openai_choice_body(struct strbuf *out, const struct openai_chat_request *request,
                       const char *body, size_t len, int index)
{
    STRBUF_AUTO struct strbuf single = STRBUF_INIT(len + 32);
    STRBUF_AUTO struct strbuf seeded = STRBUF_INIT(len + 64);
    replace_number(&single, body, len, "candidateCount", 1);
    if (!strbuf_ok(&single) || replace_seed(&seeded, &single, index) < 0 || !strbuf_ok(&seeded))
        return -1;
    strbuf_clear(&single);
    return replace_prompt(out, request, &seeded, index) == 0 && strbuf_ok(out) ? 0 : -1;
}

/* --- the answer ------------------------------------------------------------------------------ */

void openai_choice_filter(struct reply_filter *filter, int index)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    reply->first_index = index;
    reply->is_part = true;
}

void openai_choices_end(struct reply_filter *filter, const struct token_usage *usage,
                        struct strbuf *out)
{
    struct chat_reply *reply = (struct chat_reply *)filter;
    reply->usage = *usage;
    reply->out = out;
    reply->say_last(reply);
}

/* Adds the numbers of `more`, at any depth. */
static void add_numbers(json_object *sum, json_object *more)
{
    json_object_object_foreach(more, name, value)
    {
        json_object *own = json_member(sum, name);
        if (json_object_is_type(value, json_type_object) && json_get_obj(sum, name))
            add_numbers(own, value);
        else if (json_is_num(value) && json_is_num(own))
            json_add_int(sum, name, json_object_get_int64(own) + json_object_get_int64(value));
        else if (!own && value)
            json_add_ref(sum, name, value);
    }
}

json_object *openai_choices_join(json_object *const answers[], size_t count)
{
    json_object *whole = json_object_get(answers[0]);
    json_object *choices = json_get_arr(whole, "choices");
    json_object *usage = json_get_obj(whole, "usage");
    for (size_t i = 1; i < count; i++) {
        json_object *more = json_get_arr(answers[i], "choices");
        for (size_t j = 0; choices && j < json_list_len(more); j++)
            json_object_array_add(choices, json_object_get(json_list_at(more, j)));
        if (usage && json_get_obj(answers[i], "usage"))
            add_numbers(usage, json_get_obj(answers[i], "usage"));
    }
    return whole;
}
