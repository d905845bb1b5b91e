#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/strbuf.h"
#include "translate/text_pace.h"

static const struct text_pace pace = {
    .min_delay = 0.016, .max_delay = 0.024, .short_text = 10, .long_text = 50, .chunk_size = 5};

struct typed {
    struct strbuf events;
    int count;
    int64_t delay_us;
};

static int take(void *ctx, const char *event, size_t len, int64_t delay_us)
{
    struct typed *typed = ctx;
    strbuf_append(&typed->events, event, len);
    typed->count++;
    typed->delay_us = delay_us;
    return 0;
}

static void run(struct typed *typed, const char *events)
{
    *typed = (struct typed){0};
    strbuf_init(&typed->events, 64 * 1024);
    assert_int_equal(text_pace_run(&pace, events, strlen(events), take, typed), 0);
}

static void delays(void **state)
{
    (void)state;
    assert_int_equal(text_pace_delay_us(&pace, 1), 24000);
    assert_int_equal(text_pace_delay_us(&pace, 10), 24000);
    assert_int_equal(text_pace_delay_us(&pace, 50), 16000);
    assert_int_equal(text_pace_delay_us(&pace, 500), 16000);
    assert_in_range(text_pace_delay_us(&pace, 22), 20000, 20200); /* half way, logarithmically */
}

#define CHUNK(delta) \
    "data: {\"choices\":[{\"index\":0,\"delta\":{" delta "},\"logprobs\":null}]}\n\n"

static void characters(void **state)
{
    struct typed typed;
    (void)state;
    run(&typed, CHUNK("\"content\":\"aöb\""));
    assert_string_equal(strbuf_str(&typed.events),
                        CHUNK("\"content\":\"a\"") CHUNK("\"content\":\"ö\"")
                            CHUNK("\"content\":\"b\""));
    assert_int_equal(typed.delay_us, 24000);
    strbuf_free(&typed.events);
}

static void long_texts_in_chunks(void **state)
{
    struct typed typed;
    (void)state;
    run(&typed, CHUNK("\"reasoning_content\":"
                      "\"0123456789012345678901234567890123456789012345678901\""));
    assert_int_equal(typed.count, 11);
    assert_int_equal(typed.delay_us, 16000);
    assert_non_null(strstr(strbuf_str(&typed.events), "{\"reasoning_content\":\"01234\"}"));
    strbuf_free(&typed.events);
}

static char *chunk_of(const char *text)
{
    size_t size = strlen(text) + 200;
    char *chunk = malloc(size);
    snprintf(chunk, size, CHUNK("\"content\":\"%s\""), text);
    return chunk;
}

/* A whole answer in one event is typed, too, in pieces that grow with it. */
static void whole_answers(void **state)
{
    static char text[40001];
    struct typed typed;
    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    char *chunk = chunk_of(text);
    run(&typed, chunk);
    assert_in_range(typed.count, 500, 4096);
    assert_int_equal(typed.delay_us, 16000);
    strbuf_free(&typed.events);
    free(chunk);
}

/* An image in the text is one piece, whatever its size. */
static void images_are_not_typed(void **state)
{
    static char image[9001];
    static const char start[] = "![image](data:image/png;base64,";
    char text[10000];
    struct typed typed;
    (void)state;
    memset(image, 'A', sizeof(image) - 1);
    memcpy(image, start, strlen(start));
    image[sizeof(image) - 2] = ')';
    snprintf(text, sizeof(text), "ab%sc", image);
    char *chunk = chunk_of(text);
    run(&typed, chunk);
    assert_int_equal(typed.count, 4);
    strbuf_free(&typed.events);
    free(chunk);
}

static void everything_else_passes_once(void **state)
{
    static const char *const events[] = {
        CHUNK("\"role\":\"assistant\",\"content\":\"\""),
        CHUNK("\"content\":\"\""),
        CHUNK("\"tool_calls\":[{\"index\":0}]"),
        CHUNK(""),
        "data: {\"choices\":[],\"usage\":{}}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"ab\"},\"logprobs\":{\"content\":[]}}]}\n\n",
        "data: [DONE]\n\n",
        ": waiting\n\n",
        "data: {\"error\":{}}\n\n",
        "data: {broken\n\n",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        struct typed typed;
        run(&typed, events[i]);
        assert_string_equal(strbuf_str(&typed.events), events[i]);
        assert_int_equal(typed.count, 1);
        assert_int_equal(typed.delay_us, 0);
        strbuf_free(&typed.events);
    }
}

static void several_events(void **state)
{
    struct typed typed;
    (void)state;
    run(&typed, CHUNK("\"content\":\"ab\"") "data: [DONE]\n\n");
    assert_int_equal(typed.count, 3);
    strbuf_free(&typed.events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays),
        cmocka_unit_test(characters),
        cmocka_unit_test(long_texts_in_chunks),
        cmocka_unit_test(whole_answers),
        cmocka_unit_test(images_are_not_typed),
        cmocka_unit_test(everything_else_passes_once),
        cmocka_unit_test(several_events),
    };
    return UNIT_RUN(tests);
}
