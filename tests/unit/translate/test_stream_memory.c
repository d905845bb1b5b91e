/* A stream that goes on for an hour takes no more memory than one of a minute. */
#include "../unit.h"

#include <malloc.h>

#include "base/json.h"
#include "translate/openai_chat.h"

/* A byte lost with every event would be more; what malloc keeps in its caches is less. */
enum { EVENTS = 40000, GROWTH_MAX = 4096 };

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

static size_t growth(const struct translate_env *env, const char *event)
{
    struct openai_chat_request request = {.model = "m", .stream = true, .show_thoughts = true};
    struct reply_filter *filter = openai_chat_filter_create(&request, env, "chatcmpl-x");
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1024 * 1024);
    struct reply_facts facts;
    size_t before = 0;
    for (int i = 0; i < EVENTS; i++) {
        strbuf_clear(&out);
        assert_int_equal(filter->ops->event(filter, event, strlen(event), event, strlen(event),
                                            &out, &facts, NULL),
                         0);
        assert_true(out.len > 0);
        if (i == 1000)
            before = mallinfo2().uordblks;
    }
    size_t after = mallinfo2().uordblks;
    filter->ops->destroy(filter);
    return after > before ? after - before : 0;
}

#define EVENT(part)                                                              \
    "{\"candidates\":[{\"content\":{\"parts\":[" part "]}}],\"usageMetadata\":{" \
    "\"promptTokenCount\":4,\"thoughtsTokenCount\":100,\"totalTokenCount\":104}}"

static void thoughts(void **state)
{
    static const char *const formats[] = {"reasoning_content", "think_tags"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        struct translate_env env = {
            .make_id = make_id, .show_thoughts = true, .thinking_format = formats[i]};
        size_t grown =
            growth(&env, EVENT("{\"text\":\"I think that this is so.\",\"thought\":true}"));
        if (grown > GROWTH_MAX)
            fail_msg("%s: %zu bytes", formats[i], grown);
    }
}

static void calls(void **state)
{
    struct translate_env env = {.make_id = make_id};
    (void)state;
    assert_in_range(growth(&env, EVENT("{\"functionCall\":{\"name\":\"f\",\"args\":{}}}")), 0,
                    GROWTH_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(thoughts), cmocka_unit_test(calls)};
    return UNIT_RUN(tests);
}
