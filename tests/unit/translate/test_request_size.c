/* Large requests: memory that stays below three times the body, and time that grows with it. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"
#include "translate/openai_chat.h"
#include "translate/openai_images.h"

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

static const struct translate_env env = {.make_id = make_id};

static bool is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return true;
#else
    return getenv("VALGRIND_LIB") != NULL;
#endif
}

/* Kilobytes, by /proc/self/status; 0 where there is none. */
static long process_size(const char *name)
{
    char line[256];
    long size = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            size = strtol(line + strlen(name), NULL, 10);
    fclose(file);
    return size;
}

static void put_image(struct strbuf *body, size_t len)
{
    strbuf_puts(body, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,");
    strbuf_reserve(body, len);
    memset(body->data + body->len, 'A', len);
    body->len += len;
    strbuf_puts(body, "\"}}");
}

static void images_take_three_times_their_size(void **state)
{
    enum { IMAGES = 4 };
    const size_t each = 8 * MIB;
    struct openai_chat_request request;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(64 * MIB);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(64 * MIB);
    (void)state;
    if (is_sanitized())
        skip();
    long before = process_size("VmRSS:");
    strbuf_reserve(&body, IMAGES * (each + 200));
    strbuf_puts(&body, "{\"model\":\"gemini-3-flash-preview\",\"messages\":[{\"role\":\"user\","
                       "\"content\":[");
    for (int i = 0; i < IMAGES; i++) {
        strbuf_puts(&body, i ? "," : "");
        put_image(&body, each);
    }
    strbuf_puts(&body, "]}]}");
    JSON_AUTO json_object *parsed = json_parse_text(body.data, body.len, NULL);
    assert_int_equal(openai_chat_request_parse(&request, parsed, NULL, &env, NULL), 0);
    openai_chat_request_write(&request, &out);
    openai_chat_request_free(&request);
    assert_true(out.len > IMAGES * each);
    long most = process_size("VmHWM:") - before;
    if (most > (long)(3 * body.len / KIB) + 8 * 1024)
        fail_msg("%ld KiB for a body of %zu KiB", most, body.len / KIB);
}

/* Each of these would take minutes if any step looked at all others. */
static void run(const char *beginning, const char *repeated, const char *ending, size_t times)
{
    struct openai_chat_request request;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(64 * MIB);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(256 * MIB);
    strbuf_puts(&body, beginning);
    for (size_t i = 0; i < times; i++) {
        strbuf_puts(&body, i ? "," : "");
        strbuf_printf(&body, "%s", repeated);
    }
    strbuf_puts(&body, ending);
    JSON_AUTO json_object *parsed = json_parse_text(body.data, body.len, NULL);
    assert_non_null(parsed);
    if (openai_chat_request_parse(&request, parsed, NULL, &env, NULL) < 0)
        return;
    openai_chat_request_write(&request, &out);
    openai_chat_request_free(&request);
}

#define MODEL "{\"model\":\"gemini-3-flash-preview\",\"messages\":["

static void many_of_a_kind(void **state)
{
    enum { MANY = 20000 };
    (void)state;
    run(MODEL, "{\"role\":\"user\",\"content\":\"Hi\"}", "]}", MANY);
    run(MODEL "{\"role\":\"user\",\"content\":\"Hi\"},",
        "{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f g\","
        "\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"x\"}",
        "]}", MANY);
    run(MODEL "{\"role\":\"user\",\"content\":\"Hi\"},",
        "{\"role\":\"tool\",\"tool_call_id\":\"c\",\"content\":\"x\"}", "]}", MANY);
    run(MODEL "{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[",
        "{\"type\":\"function\",\"function\":{\"name\":\"f g\"}}", "]}", 2000);
    run(MODEL "{\"role\":\"user\",\"content\":\"Hi\"}],\"stop\":[", "\"x\"", "]}", MANY);
}

static void a_text_of_brackets(void **state)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(4 * MIB);
    (void)state;
    strbuf_puts(&text, "{\"role\":\"user\",\"content\":\"");
    for (int i = 0; i < 100000; i++)
        strbuf_puts(&text, "](data:image/");
    strbuf_puts(&text, ")\"}");
    run(MODEL, strbuf_str(&text), "]}", 1);
}

/* References that fan out: each level holds the next one ten times. */
static void a_schema_that_explodes(void **state)
{
    STRBUF_AUTO struct strbuf tools = STRBUF_INIT(MIB);
    (void)state;
    strbuf_puts(&tools, MODEL "{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[{\"type\":"
                              "\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"$ref\":"
                              "\"#/$defs/d0\",\"$defs\":{");
    for (int level = 0; level < 20; level++) {
        strbuf_printf(&tools, "%s\"d%d\":{\"type\":\"object\",\"properties\":{", level ? "," : "",
                      level);
        for (int i = 0; i < 10; i++)
            strbuf_printf(&tools, "%s\"p%d\":{\"$ref\":\"#/$defs/d%d\"}", i ? "," : "", i,
                          level + 1);
        strbuf_puts(&tools, "}}");
    }
    strbuf_puts(&tools, ",\"d20\":{\"type\":\"string\"}}}}}");
    run(strbuf_str(&tools), "", "]}", 1);
}

/* Its base64 is what has a limit. */
static void an_image_that_no_request_could_hold(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    assert_int_equal(image_size_check(0, &err), 0);
    assert_int_equal(image_size_check(192 * (int64_t)MIB, &err), 0);
    assert_int_equal(image_size_check(192 * (int64_t)MIB + 1, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    assert_int_equal(image_size_check(INT64_C(1) << 32, NULL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_take_three_times_their_size),
        cmocka_unit_test(many_of_a_kind),
        cmocka_unit_test(a_text_of_brackets),
        cmocka_unit_test(a_schema_that_explodes),
        cmocka_unit_test(an_image_that_no_request_could_hold),
    };
    return UNIT_RUN(tests);
}
