/* OpenAI's chat instead of the toy dialect, for answers that go on, fake and paced streams. */
#ifndef CHAT_FIXTURE_H
#define CHAT_FIXTURE_H

#include "exchange_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "translate/openai_chat.h"

#define CHAT_BODY "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Count\"}]}]}"

static inline void chat_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    snprintf(buf, size, "id");
}

static inline struct reply_filter *make_chat(void *ctx)
{
    static const struct openai_chat_request request = {.model = "gemini-x", .include_usage = true};
    static const struct translate_env env = {.make_id = chat_id};
    (void)ctx;
    return openai_chat_filter_create(&request, &env, "chatcmpl-1");
}

/* As fx_open(), but the client speaks OpenAI's dialect. */
static inline void chat_open(struct fx *fx, bool streamed, fake_handler *handler, int keys,
                             const char *settings)
{
    fx_open(fx, streamed ? FX_TOY_STREAM : FX_TOY_UNARY, handler, keys, settings);
    fx->request.make_filter = make_chat;
    fx->request.body = CHAT_BODY;
    fx->request.body_len = strlen(CHAT_BODY);
}

/* The texts of all content deltas, joined; free it. */
static inline char *chat_text(const struct fx *fx)
{
    static const char start[] = "\"delta\":{\"content\":\"";
    struct strbuf text = STRBUF_INIT(MIB);
    for (const char *at = fx_body(fx); (at = strstr(at, start));) {
        at += sizeof(start) - 1;
        size_t len = strcspn(at, "\"");
        strbuf_append(&text, at, len);
    }
    return strbuf_take(&text, NULL);
}

static inline void assert_chat_text(const struct fx *fx, const char *expected)
{
    char *text = chat_text(fx);
    assert_string_equal(text, expected);
    free(text);
}

static inline int count_of(const struct fx *fx, const char *word)
{
    int count = 0;
    for (const char *at = fx_body(fx); (at = strstr(at, word)); at += strlen(word))
        count++;
    return count;
}

#endif
