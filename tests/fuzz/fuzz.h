/* What every fuzz target shares. A target is one function over bytes; tests/fuzz/run.sh builds and
 * runs them. A promise that is broken ends the process. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "translate/openai_chat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void promise(bool kept)
{
    if (!kept)
        abort();
}

static inline void fuzz_make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

static inline bool fuzz_is_image_model(void *ctx, const char *model)
{
    (void)ctx;
    return strcmp(model, "gemini-3.8-flash") == 0;
}

static inline struct translate_env fuzz_env(unsigned flags)
{
    return (struct translate_env){
        .make_id = fuzz_make_id,
        .show_thoughts = flags & 1,
        .code_execution = flags & 2,
        .url_context = flags & 4,
        .show_search_links = flags & 8,
        .thinking_format = flags & 16 ? "think_tags" : "reasoning_content",
        .image_format = flags & 32 ? "both" : "markdown",
        .is_image_model = fuzz_is_image_model,
    };
}

/* A chat, streamed or not, with the wishes of the two bytes. */
static inline struct openai_chat_request fuzz_chat(const uint8_t *wishes, bool stream)
{
    return (struct openai_chat_request){.model = "m",
                                        .stream = stream,
                                        .include_usage = wishes[1] & 1,
                                        .legacy_functions = wishes[1] & 2,
                                        .single_call = wishes[1] & 4,
                                        .search_links = wishes[1] & 8,
                                        .json_tool = wishes[1] & 16,
                                        .show_thoughts = wishes[0] & 1};
}

/* A model of each kind of family. */
static inline const char *fuzz_model(unsigned number)
{
    static const char *const models[] = {
        "gemini-3-flash-preview", "gemini-2.5-flash-search", "gemini-4-argon",
        "gemma-4-31b-it",         "gemini-3-pro-image",      "gemini-3.8-flash-tts",
        "gemini-2.5-pro",         "gemini-3.8-flash",        "gemini-3.8-flash-image",
    };
    return models[number % ARRAY_LEN(models)];
}

static inline void promise_json(const struct strbuf *text)
{
    struct err err = ERR_INIT;
    JSON_AUTO json_object *value = json_parse_text(strbuf_str(text), text->len, &err);
    /* What was nested just below the limit may lie deeper in the translation. */
    promise(value || strstr(err.text, "nested"));
}

#endif
