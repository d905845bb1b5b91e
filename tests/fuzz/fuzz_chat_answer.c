/* Any answer becomes one valid object, and as an event of a stream the same words. */
#include "fuzz.h"

#include "translate/openai_completions.h"

enum { OUT_MAX = 64 * 1024 * 1024 };

static const struct dialect {
    struct reply_filter *(*create)(const struct openai_chat_request *request,
                                   const struct translate_env *env, const char *id);
    const char *text; /* where a choice of a whole answer, or of a chunk, has its words */
    const char *delta;
} dialects[] = {
    {openai_chat_filter_create, "message.content", "delta.content"},
    {openai_completion_filter_create, "text", "text"},
};

struct answer {
    const struct dialect *dialect;
    const struct openai_chat_request *request;
    const struct translate_env *env;
    const char *text;
    size_t len;
    struct strbuf words[2]; /* of the first choices */
};

static void add_words(struct answer *answer, json_object *parsed, const char *path)
{
    json_object *choices = json_member(parsed, "choices");
    promise(json_object_is_type(choices, json_type_array));
    for (size_t i = 0; i < json_object_array_length(choices); i++) {
        json_object *choice = json_object_array_get_idx(choices, i);
        int64_t index = json_get_int(choice, "index", -1);
        json_object *words = json_path(choice, path);
        promise(index >= 0);
        if (index < (int64_t)ARRAY_LEN(answer->words) && json_is_str(words))
            strbuf_append(&answer->words[index], json_object_get_string(words),
                          (size_t)json_object_get_string_len(words));
    }
}

static struct reply_filter *filter_of(const struct answer *answer)
{
    return answer->dialect->create(answer->request, answer->env, "chatcmpl-fuzz");
}

static bool is_whole(struct answer *answer)
{
    struct reply_facts facts = {0};
    struct err err = ERR_INIT;
    struct reply_filter *filter = filter_of(answer);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(OUT_MAX);
    int rc = filter->ops->whole(filter, answer->text, answer->len, &out, &facts, &err);
    bool good = rc == 0 && !facts.has_error;
    if (good) {
        JSON_AUTO json_object *parsed = json_parse_text(strbuf_str(&out), out.len, &err);
        promise_json(&out);
        if (parsed)
            add_words(answer, parsed, answer->dialect->text);
        good = parsed != NULL;
    }
    filter->ops->destroy(filter);
    return good;
}

static void add_chunks(struct answer *answer, const struct strbuf *out)
{
    const char *at = strbuf_str(out);
    while (*at && strncmp(at, "data: [DONE]", 12) != 0) {
        const char *end = strstr(at, "\n\n");
        promise(strncmp(at, "data: ", 6) == 0 && end);
        JSON_AUTO json_object *chunk = json_parse_text(at + 6, (size_t)(end - at - 6), NULL);
        add_words(answer, chunk, answer->dialect->delta);
        at = end + 2;
    }
}

static bool is_stream(struct answer *answer)
{
    struct reply_facts facts = {0};
    struct err err = ERR_INIT;
    struct reply_filter *filter = filter_of(answer);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(OUT_MAX);
    int rc = filter->ops->event(filter, answer->text, answer->len, answer->text, answer->len, &out,
                                &facts, &err);
    if (rc == 0 && !facts.has_error)
        rc = filter->ops->end(filter, &out, &err);
    add_chunks(answer, &out);
    filter->ops->destroy(filter);
    return rc == 0 && !facts.has_error;
}

static void words_init(struct answer *answer)
{
    for (size_t i = 0; i < ARRAY_LEN(answer->words); i++)
        strbuf_init(&answer->words[i], OUT_MAX);
}

static void words_free(struct answer *answer)
{
    for (size_t i = 0; i < ARRAY_LEN(answer->words); i++)
        strbuf_free(&answer->words[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct translate_env env = fuzz_env(data[0]);
    struct openai_chat_request request = fuzz_chat(data, false);
    struct answer whole = {.dialect = &dialects[data[2] % ARRAY_LEN(dialects)],
                           .request = &request,
                           .env = &env,
                           .text = (const char *)data + 3,
                           .len = size - 3};
    struct openai_chat_request streamed = request;
    struct answer stream = whole;
    streamed.stream = true;
    stream.request = &streamed;
    words_init(&whole);
    words_init(&stream);
    if (is_whole(&whole) && is_stream(&stream))
        for (size_t i = 0; i < ARRAY_LEN(whole.words); i++)
            promise(strcmp(strbuf_str(&whole.words[i]), strbuf_str(&stream.words[i])) == 0);
    words_free(&whole);
    words_free(&stream);
    return 0;
}
