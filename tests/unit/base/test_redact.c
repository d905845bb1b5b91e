#include "../unit.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/redact.h"
#include "base/scope.h"

#define DOTS "\xE2\x80\xA6"
#define GOOGLE_KEY "AIzaSyD-0123456789_abcdefghijklmnopqrst"
#define AUTH_KEY "AQ.Ab8RN6Lxyz0123456789-abcdefghijklmnop_qrstuvw"

static void part_of_a_secret(void **state)
{
    static const struct {
        const char *secret;
        const char *shown;
    } rows[] = {
        {GOOGLE_KEY, "AIzaSy" DOTS "qrst"},
        {AUTH_KEY, "AQ.Ab8" DOTS "tuvw"},
        {"0123456789abcdef", "012345" DOTS "cdef"},
        {"0123456789abcde", "012" DOTS},
        {"12345678", "12" DOTS},
        {"abc", DOTS},
        {"", ""},
        {NULL, ""},
    };
    char buf[REDACTED_LEN];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(redact(rows[i].secret, buf), rows[i].shown);
}

static void characters_are_never_split(void **state)
{
    char secret[64];
    char buf[REDACTED_LEN];
    (void)state;
    for (int shift = 0; shift < 3; shift++) {
        snprintf(secret, sizeof(secret),
                 "%.*s\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
                 "\xE2\x82\xAC\xE2\x82\xAC",
                 shift, "ab");
        redact(secret, buf);
        assert_true(utf8_valid(buf, strlen(buf)));
    }
}

static void secrets_in_texts_are_masked(void **state)
{
    static const struct {
        const char *text;
        const char *masked;
    } rows[] = {
        {"key " GOOGLE_KEY " is bad", "key AIza*** is bad"},
        {"(" AUTH_KEY ")", "(AQ.***)"},
        {"https://x/v1?key=" GOOGLE_KEY "&alt=sse", "https://x/v1?key=***&alt=sse"},
        {"GET /v1?alt=sse&key=short HTTP/1.1", "GET /v1?alt=sse&key=*** HTTP/1.1"},
        {"api_key=abc,KEY=d", "api_key=***,KEY=*"},
        {"Consumer 'api_key:" GOOGLE_KEY "' suspended", "Consumer 'api_key:***' suspended"},
        {"x-goog-api-key: " AUTH_KEY "\r\nhost: h", "x-goog-api-key: ***\r\nhost: h"},
        {"{\"api_key\":\"v\"}", "{\"api_key\":\"v\"}"},
        {"Authorization: Bearer abc.def-123", "Authorization: Bearer ***"},
        {"authorization: bearer ya29.a0AfH6SMBx", "authorization: bearer ***"},
        {"token ya29.a0AfH6SMBx_1", "token ya29.***"},
        {"Basic dXNlcjpwYXNz", "Basic ***"},
        {"Incorrect API key provided: sk-proj-abcdef123456.",
         "Incorrect API key provided: sk-***."},
        {"access_token=ya29.x; secret=s password=pw12", "access_token=***; secret=* password=***"},
        {"proxy http://user:pass@10.0.0.1:8080 failed", "proxy http://***@10.0.0.1:8080 failed"},
        {"socks5h://u@h/p", "socks5h://*@h/p"},
        {GOOGLE_KEY "," GOOGLE_KEY, "AIza***,AIza***"},
        {"a" GOOGLE_KEY, "aAIza***"},
        {"key=\"quoted\"", "key=\"***\""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *text = xstrdup(rows[i].text);
        redact_text(text);
        assert_string_equal(text, rows[i].masked);
    }
}

static void ordinary_texts_are_left_alone(void **state)
{
    static const char *const rows[] = {
        "",
        "nothing here",
        "API key not valid. Please pass a valid API key.",
        "Invalid JSON payload received. Unknown name \"key\": Cannot find field.",
        "see https://ai.google.dev/docs@v1 and mail a@b.c",
        "https://generativelanguage.googleapis.com/v1beta/models",
        "task-management and risk-assessment",
        "AIza is a prefix, AQ. too, sk-short",
        "FAQ.questions_and_answers",
        "Bearer of bad news",
        "key=",
        "Basic",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *text = xstrdup(rows[i]);
        redact_text(text);
        assert_string_equal(text, rows[i]);
    }
    redact_text(NULL);
}

/* No rotation of a secret through a text lets more than its marker through. */
static void no_key_survives_anywhere(void **state)
{
    char text[200];
    (void)state;
    for (int before = 0; before < 60; before++) {
        snprintf(text, sizeof(text), "%.*s %s %s", before,
                 "lorem ipsum dolor sit amet key Bearer Basic http:// token= x", GOOGLE_KEY,
                 AUTH_KEY);
        redact_text(text);
        assert_null(strstr(text, "0123456789"));
        assert_null(strstr(text, "SyD"));
        assert_null(strstr(text, "Ab8RN6L"));
    }
}

static void an_exact_secret_is_overwritten(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
        const char *masked;
    } rows[] = {
        {"a plain-word b", "plain-word", "a ********** b"},
        {"plain-wordplain-word", "plain-word", "********************"},
        {"plain-wor plain-worD", "plain-word", "plain-wor plain-worD"},
        {"plain-word", "plain-word and more", "plain-word"},
        {"a word is left", "word", "a word is left"},
        {"nothing", "", "nothing"},
        {"nothing", NULL, "nothing"},
        {"", "plain-word", ""},
        {"a ******** b", "********", "a ******** b"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *text = xstrdup(rows[i].text);
        redact_exact(text, strlen(text), rows[i].secret);
        assert_string_equal(text, rows[i].masked);
    }
    char bytes[] = "a\0plain-word";
    redact_exact(bytes, sizeof(bytes) - 1, "plain-word");
    assert_memory_equal(bytes, "a\0**********", sizeof(bytes));
    redact_exact(NULL, 0, "plain-word");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_of_a_secret),
        cmocka_unit_test(characters_are_never_split),
        cmocka_unit_test(secrets_in_texts_are_masked),
        cmocka_unit_test(ordinary_texts_are_left_alone),
        cmocka_unit_test(no_key_survives_anywhere),
        cmocka_unit_test(an_exact_secret_is_overwritten),
    };
    return UNIT_RUN(tests);
}
