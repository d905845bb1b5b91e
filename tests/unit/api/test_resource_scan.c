/* Resources found in JSON that passes by, whole and byte by byte. */
#include "../unit.h"

#include "api/resource_scan.h"
#include "base/strbuf.h"

static void write_down(void *ctx, enum resource_word word, int depth, const char *text)
{
    strbuf_printf(ctx, "%d@%d=%s\n", (int)word, depth, text);
}

static void write_member(void *ctx, const char *name, int64_t start, int64_t end)
{
    strbuf_printf(ctx, "%s[%d,%d)\n", name, (int)start, (int)end);
}

/* What a scan says of `text`, pushed in pieces of `step` bytes. */
static void scan(struct strbuf *out, enum resource_side side, const char *text, size_t step,
                 bool members)
{
    struct resource_scan scan;
    resource_scan_init(&scan, side, write_down, out);
    if (members) {
        scan.member = write_member;
        scan.member_ctx = out;
    }
    for (size_t at = 0, len = strlen(text); at < len; at += step)
        resource_scan_push(&scan, text + at, step < len - at ? step : len - at);
    resource_scan_free(&scan);
}

static void expect(enum resource_side side, const char *text, bool members, const char *wanted)
{
    static const size_t steps[] = {1, 2, 3, 7, 100000};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(MIB);
        scan(&out, side, text, steps[i], members);
        assert_string_equal(strbuf_str(&out), wanted);
    }
}

#define REFERENCE "1"
#define NAME "2"
#define ID "5"
#define INTERACTION "6"
#define CONTINUATION "7"
#define MODEL "8"
#define STREAM "9"
#define MEDIA "10"
#define MEDIA_TYPE "12"

static void requests(void **state)
{
    (void)state;
    expect(SIDE_REQUEST, "{\"contents\":[{\"parts\":[{\"fileData\":{\"fileUri\":\"files/a\"}}]}]}",
           false, MEDIA "@5=\n" REFERENCE "@6=files/a\n");
    expect(SIDE_REQUEST, "{\"inline_data\":{\"mime_type\":\"image/png\",\"data\":\"AA\"}}", false,
           MEDIA "@1=\n" MEDIA_TYPE "@2=image/png\n");
    expect(SIDE_REQUEST, "{\"file_search_store_names\" : [ \"a\" , \"b\" ], \"x\":[\"c\"]}", false,
           REFERENCE "@2=a\n" REFERENCE "@2=b\n");
    expect(SIDE_REQUEST, "{\"model\":\"m\",\"stream\":true,\"input\":{\"stream\":false}}", false,
           MODEL "@1=m\n" STREAM "@1=true\n");
    expect(SIDE_REQUEST, "{\"stream\":\"true\",\"a\":true}", false, "");
    expect(SIDE_REQUEST, "{\"previous_interaction_id\":\"v1\",\"continuationToken\":\"==\"}", false,
           INTERACTION "@1=v1\n" CONTINUATION "@1===\n");
}

static void models_of_requests(void **state)
{
    (void)state;
    expect(SIDE_REQUEST,
           "{\"requests\":[{\"model\":\"a\",\"content\":{\"model\":\"x\"}},{\"model\":\"b\"}]}",
           false, MODEL "@3=a\n" MODEL "@3=b\n");
    expect(SIDE_REQUEST,
           "{\"generateContentRequest\":{\"model\":\"a\",\"tools\":[{\"model\":\"x\"}]}}", false,
           MODEL "@2=a\n");
    expect(
        SIDE_REQUEST,
        "{\"batch\":{\"model\":\"a\",\"input_config\":{\"requests\":{\"requests\":[{\"request\":{"
        "\"model\":\"b\",\"contents\":[{\"parts\":[{\"functionCall\":{\"args\":{\"model\":\"x\"}}}"
        "]}]},\"metadata\":{\"model\":\"x\"}}]}}}}",
        false,
        MODEL "@2=a\n" MODEL "@7=b\n"
              "11@11=\n");
    expect(SIDE_REQUEST, "{\"contents\":[{\"model\":\"x\"}],\"model\":[\"y\"]}", false, "");
}

/* Where a name stands, so that another can be put in its place. */
static void place(void *ctx, enum resource_word word, int depth, const char *text)
{
    struct resource_scan *scan = ctx;
    (void)depth;
    if (word != WORD_MODEL)
        return;
    assert_string_equal(text, "models/a");
    assert_int_equal(scan->text_start, 12);
    assert_int_equal(scan->offset, 21);
}

static void places_of_models(void **state)
{
    static const char text[] = "{ \"model\" :\"models\\/a\"}";
    (void)state;
    for (size_t step = 1; step < sizeof(text); step++) {
        struct resource_scan scan;
        resource_scan_init(&scan, SIDE_REQUEST, place, &scan);
        for (size_t at = 0; at < sizeof(text) - 1; at += step)
            resource_scan_push(&scan, text + at,
                               step < sizeof(text) - 1 - at ? step : sizeof(text) - 1 - at);
        resource_scan_free(&scan);
    }
}

static void escapes(void **state)
{
    (void)state;
    expect(SIDE_REQUEST, "{\"file\\u0055ri\":\"https:\\/\\/h\\/a\\\"b\\\\\"}", false,
           REFERENCE "@1=https://h/a\"b\\\n");
    expect(SIDE_REQUEST, "{\"text\":\"\\\"fileUri\\\":\\\"files/a\\\"\",\"uri\":\"b\"}", false,
           REFERENCE "@1=b\n");
}

static void what_is_text_is_no_reference(void **state)
{
    (void)state;
    expect(SIDE_REQUEST, "{\"text\":\"fileUri\",\"x\":[\"uri\",\"files/a\"]}", false, "");
    expect(SIDE_REQUEST, "{\"uri\":{\"a\":\"files/b\"}}", false, "");
    expect(SIDE_REQUEST, "\"uri\" files/a } ] {\"uri\":\"c\"}", false, REFERENCE "@1=c\n");
}

static void answers_and_events(void **state)
{
    (void)state;
    expect(SIDE_ANSWER, "{\"file\":{\"name\":\"files/a\"}}", false, NAME "@2=files/a\n");
    expect(SIDE_ANSWER,
           "event: interaction.created\r\ndata: {\"interaction\":{\"id\":\"v1\"}}\r\n\r\n"
           "data: {\"delta\":{\"text\":\"id\"}}\r\n\r\ndata: {\"id\":\"v2\"}\r\n\r\n",
           false, ID "@2=v1\n" ID "@1=v2\n");
}

static void members_of_the_outermost_object(void **state)
{
    (void)state;
    expect(SIDE_REQUEST, "{ \"a\" : [1,{\"b\":2}] , \"c\":\"x,y\",\"d\": {} }", true,
           "a[8,20)\nc[26,31)\nd[37,40)\n");
    expect(SIDE_REQUEST, "{}", true, "");
}

static void depth_and_length_are_bounded(void **state)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB), out = STRBUF_INIT(MIB);
    (void)state;
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&text, "{\"uri\":[");
    strbuf_puts(&text, "\"deep\"");
    for (int i = 0; i < 1000; i++)
        strbuf_puts(&text, "]}");
    strbuf_puts(&text, " {\"uri\":\"after\"}");
    scan(&out, SIDE_REQUEST, text.data, 4096, false);
    assert_string_equal(out.data, REFERENCE "@1=after\n");
    strbuf_clear(&text);
    strbuf_clear(&out);
    strbuf_puts(&text, "{\"uri\":\"");
    for (size_t i = 0; i < 3 * RESOURCE_TEXT_MAX; i++)
        strbuf_putc(&text, 'x');
    strbuf_puts(&text, "\"}");
    scan(&out, SIDE_REQUEST, text.data, 4096, false);
    assert_int_equal(out.len, strlen(REFERENCE "@1=\n") + RESOURCE_TEXT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests),
                                       cmocka_unit_test(models_of_requests),
                                       cmocka_unit_test(places_of_models),
                                       cmocka_unit_test(escapes),
                                       cmocka_unit_test(what_is_text_is_no_reference),
                                       cmocka_unit_test(answers_and_events),
                                       cmocka_unit_test(members_of_the_outermost_object),
                                       cmocka_unit_test(depth_and_length_are_bounded)};
    return UNIT_RUN(tests);
}
