#include "../unit.h"

#include "base/json.h"
#include "translate/media.h"
#include "translate/openai_chat.h"

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'a', size - 1);
    buf[size - 1] = '\0';
}

static void read_request(struct openai_chat_request *request)
{
    static const char body[] =
        "{\"model\":\"gemini-3-flash-preview\",\"messages\":[{\"role\":\"user\",\"content\":["
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.org/a.png\",\"detail\":"
        "\"high\"}}]}]}";
    struct translate_env env = {.make_id = make_id};
    JSON_AUTO json_object *parsed = json_parse_text(body, strlen(body), NULL);
    assert_int_equal(openai_chat_request_parse(request, parsed, NULL, &env, NULL), 0);
    assert_non_null(request->media);
    assert_int_equal(request->media->len, 1);
    assert_string_equal(request->media->items[0].param, "messages[0].content[0]");
}

static void expect_part(struct openai_chat_request *request, const char *part)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1024 * 1024);
    openai_chat_request_write(request, &out);
    JSON_AUTO json_object *sent = json_parse_text(out.data, out.len, NULL);
    JSON_AUTO json_object *wanted = json_parse_text(part, strlen(part), NULL);
    assert_non_null(wanted);
    if (!json_object_equal(json_path(sent, "contents.0.parts.0"), wanted))
        fail_msg("%s", out.data);
    assert_null(request->gemini);
    openai_chat_request_free(request);
}

static void filled(void **state)
{
    struct openai_chat_request request;
    (void)state;
    read_request(&request);
    media_need_fill(&request.media->items[0], "image/JPG; q=1", "\xff\xd8\xff", 3);
    expect_part(&request, "{\"inlineData\":{\"mimeType\":\"image/jpeg\",\"data\":\"/9j/\"},"
                          "\"mediaResolution\":{\"level\":\"MEDIA_RESOLUTION_HIGH\"}}");
}

static void filled_without_type(void **state)
{
    struct openai_chat_request request;
    (void)state;
    read_request(&request);
    media_need_fill(&request.media->items[0], NULL, "x", 1);
    expect_part(&request, "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"eA==\"},"
                          "\"mediaResolution\":{\"level\":\"MEDIA_RESOLUTION_HIGH\"}}");
}

static void explained(void **state)
{
    struct openai_chat_request request;
    (void)state;
    read_request(&request);
    media_need_explain(&request.media->items[0], "(an image that could not be fetched)");
    expect_part(&request, "{\"text\":\"(an image that could not be fetched)\"}");
}

static void left_as_a_link(void **state)
{
    struct openai_chat_request request;
    (void)state;
    read_request(&request);
    expect_part(&request, "{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":"
                          "\"https://example.org/a.png\"},\"mediaResolution\":{\"level\":"
                          "\"MEDIA_RESOLUTION_HIGH\"}}");
}

static void types(void **state)
{
    static const struct {
        const char *name;
        const char *type;
    } rows[] = {
        {"a.png", "image/png"},
        {"https://example.org/b/a.JPG?x=a.png#a.gif", "image/jpeg"},
        {"https://example.org/a.b/c", NULL},
        {"https://example.png", "image/png"},
        {"a.", NULL},
        {"a", NULL},
        {"a.verylongextensionindeed", NULL},
        {NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *type = media_type_of_name(rows[i].name);
        UNIT_ROW(type ? rows[i].type && strcmp(type, rows[i].type) == 0 : !rows[i].type,
                 rows[i].name ? rows[i].name : "NULL");
    }
    assert_string_equal(media_type_of_base64("UklGRiQIAABXQVZFZm10IA=="), "audio/wav");
    assert_string_equal(media_type_of_base64("UklGRiQIAABXRUJQVlA4IA=="), "image/webp");
    assert_string_equal(media_type_of_base64("UklGR"), "image/webp");
    assert_null(media_type_of_base64("AAAA"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filled),    cmocka_unit_test(filled_without_type),
        cmocka_unit_test(explained), cmocka_unit_test(left_as_a_link),
        cmocka_unit_test(types),
    };
    return UNIT_RUN(tests);
}
