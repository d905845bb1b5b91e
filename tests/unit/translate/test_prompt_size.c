/* What a prompt costs before anybody has counted it. */
#include "../unit.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "translate/native_request.h"
#include "translate/request_facts.h"

/* Lengths are of base64: four letters are three bytes. */
static void test_media(void **state)
{
    static const struct {
        const char *type;
        size_t base64_len;
        enum prompt_kind kind;
        int64_t least, most;
    } cases[] = {
        {"image/png", 4000, PROMPT_IMAGES, 258, 258},          /* one tile */
        {"image/jpeg", 400 * 1024, PROMPT_IMAGES, 1032, 1120}, /* four, or Gemini 3's default */
        {"image/jpeg", (size_t)8 * 1024 * 1024, PROMPT_IMAGES, 1032, 1548}, /* never by its bytes */
        {"image/webp", 0, PROMPT_IMAGES, 258, 1120},
        {"audio/mpeg", 60 * 16000 / 3 * 4, PROMPT_AUDIO, 1700,
         2100}, /* a minute of 128 kbit/s: 1920 */
        {"audio/wav", 60 * 48000 / 3 * 4, PROMPT_AUDIO, 1700, 2100}, /* 24 kHz, 16 bits */
        {"AUDIO/L16;rate=24000", 60 * 48000 / 3 * 4, PROMPT_AUDIO, 1700, 2100},
        {"audio/ogg", 60 * 6000 / 3 * 4, PROMPT_AUDIO, 1600, 2200},
        {"audio/flac", 4, PROMPT_AUDIO, 32, 32},
        {"video/mp4", 10 * 250000 / 3 * 4, PROMPT_VIDEO, 2000, 3000}, /* ten seconds: 2,630 */
        {"application/pdf", 10 * 60000 / 3 * 4, PROMPT_DOCUMENTS, 2500, 5600}, /* ten pages */
        {"text/plain", 4000, PROMPT_TEXT, 750, 750},
        {"", 4000, PROMPT_DOCUMENTS, 258, 258},
        {"x", 0, PROMPT_DOCUMENTS, 258, 5000},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct prompt_size size = {0};
        prompt_size_add_media(&size, cases[i].type, strlen(cases[i].type), cases[i].base64_len);
        assert_in_range(prompt_size_tokens(&size), cases[i].least, cases[i].most);
        assert_int_equal(prompt_size_kind(&size), cases[i].kind);
    }
}

static void test_what_it_is_mostly_of(void **state)
{
    (void)state;
    struct prompt_size size = {.text_bytes = 4 * 5000};
    prompt_size_add_media(&size, "image/png", 9, 1000000);
    assert_int_equal(prompt_size_kind(&size), PROMPT_TEXT);
    size.text_bytes = 4 * 100;
    assert_int_equal(prompt_size_kind(&size), PROMPT_IMAGES);
    prompt_size_add_media(&size, "audio/mpeg", 10, 8000000);
    assert_int_equal(prompt_size_kind(&size), PROMPT_AUDIO);
    assert_int_equal(prompt_size_tokens(&size), 100 + 1100 + 12000);
}

static char *write_body(const char *type_name, bool type_first)
{
    static char body[200000];
    static char data[120001];
    memset(data, 'A', sizeof(data) - 1);
    char type[80];
    snprintf(type, sizeof(type), "\"%s\":\"audio/mpeg\"", type_name);
    snprintf(body, sizeof(body),
             "{\"contents\":[{\"parts\":[{\"text\":\"0123456789012345678901234567890123456789\"},"
             "{\"inlineData\":{%s,%s\"data\":\"%s\"%s%s}}]}]}",
             type_first ? type : "\"displayName\":\"x\"", "", data, type_first ? "" : ",",
             type_first ? "" : type);
    return body;
}

/* 90,000 bytes at 16,000 a second, and ten tokens of text; base64 is no text. */
static void test_the_ways_to_read_it_agree(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const char *body = write_body(i & 1 ? "mime_type" : "mimeType", i & 2);
        struct prompt_size walked = {0};
        prompt_size_add_body(&walked, body, strlen(body));
        JSON_AUTO json_object *tree = json_tokener_parse(body);
        struct prompt_size read = request_prompt_size(tree);
        struct translate_env env = {0};
        struct native_request_facts facts = {0};
        struct err err = {0};
        char model[256];
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(MIB);
        assert_int_equal(native_request_splice(&out, body, strlen(body), "gemini-3.8-flash", &env,
                                               model, &facts, &err),
                         0);
        assert_int_equal(prompt_size_tokens(&walked), 10 + 180);
        assert_int_equal(prompt_size_tokens(&read), 10 + 180);
        assert_int_equal(prompt_size_tokens(&facts.size), 10 + 180);
        assert_int_equal(prompt_size_kind(&facts.size), PROMPT_AUDIO);
    }
}

static void test_odd_bodies(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "null",
                                         "[",
                                         "{\"inlineData\":7}",
                                         "{\"inlineData\":{\"mimeType\":1,\"data\":[]}}",
                                         "{\"fileData\":{}}",
                                         "{\"inlineData\":{\"data\":\"AAAA"};
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct prompt_size size = {0};
        prompt_size_add_body(&size, bodies[i], strlen(bodies[i]));
        assert_in_range(prompt_size_tokens(&size), 0, 5000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_media),
        cmocka_unit_test(test_what_it_is_mostly_of),
        cmocka_unit_test(test_the_ways_to_read_it_agree),
        cmocka_unit_test(test_odd_bodies),
    };
    return UNIT_RUN(tests);
}
