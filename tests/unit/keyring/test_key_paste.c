/* Keys are found in whatever people paste. */
#include "../unit.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "keyring/key_paste.h"

#define AIZA_1 "AIzaSyA1234567890abcdefghijklmnopqrs-_1"
#define AIZA_2 "AIzaSyB1234567890abcdefghijklmnopqrs-_2"
#define AQ_1 "AQ.Ab8RN6Kabcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define AQ_DOTTED "AQ.Ab8RN6Kabcdefghij.klmnopqrstuvwxyz"

static const struct paste_case {
    const char *name;
    const char *text;
    const char *keys;     /* with one space between */
    const char *rejected; /* the same */
    size_t repeated;
} cases[] = {
    {"nothing", "", "", "", 0},
    {"one", AIZA_1, AIZA_1, "", 0},
    {"lines", AIZA_1 "\n" AIZA_2 "\r\n", AIZA_1 " " AIZA_2, "", 0},
    {"JSON", "[\"" AIZA_1 "\",\"" AIZA_2 "\"]", AIZA_1 " " AIZA_2, "", 0},
    {"lines inside JSON", "{\"keys\":\"" AIZA_1 "\\n" AIZA_2 "\\r\\n" AQ_1 "\\n\"}",
     AIZA_1 " " AIZA_2 " " AQ_1, "", 0},
    {"an escape at the end", AIZA_1 "\\n", AIZA_1, "", 0},
    {"as the environment has it", "API_KEYS=[\"" AIZA_1 "\"]", AIZA_1, "", 0},
    {"in a URL", "https://generativelanguage.googleapis.com/v1beta/models?key=" AIZA_1 "&alt=sse",
     AIZA_1, "", 0},
    {"in a sentence", "The key is " AIZA_1 ". Keep it.", AIZA_1, "", 0},
    {"a numbered list", "1." AIZA_1 "\n2." AQ_1, AIZA_1 " " AQ_1, "", 0},
    {"Chinese around", "密钥：" AIZA_1 "，" AIZA_2 "。", AIZA_1 " " AIZA_2, "", 0},
    {"newer keys", AQ_1 ", " AQ_DOTTED ".", AQ_1 " " AQ_DOTTED, "", 0},
    {"another's key", "sk-0123456789abcdefghij", "sk-0123456789abcdefghij", "", 0},
    {"repeated", AIZA_1 " " AIZA_2 " " AIZA_1 " " AIZA_1, AIZA_1 " " AIZA_2, "", 2},
    {"cut short", "AIzaSyA1234567890", "", "AIzaSyA1234567890", 0},
    {"too long", AIZA_1 "x", "", AIZA_1 "x", 0},
    {"a short new one", "AQ.Ab8RN6Kabc", "", "AQ.Ab8RN6Kabc", 0},
    {"talk about keys", "Keys begin with AIza or AQ. as you know", "", "", 0},
    {"prose", "supercalifragilisticexpialidocious GOOGLE_APPLICATION_CREDENTIALS", "", "", 0},
    {"names beside keys", "gen-lang-client-0123456789 gemini-2-5-flash-preview-09-2025 " AIZA_1,
     AIZA_1, "", 0},
    {"a file's name", "my-keys-of-2026-november.backup.txt", "", "", 0},
};

static char *joined(const struct key_words *words)
{
    struct strbuf text = STRBUF_INIT(1 << 20);
    for (size_t i = 0; i < words->len; i++)
        strbuf_printf(&text, "%s%s", i ? " " : "", words->items[i]);
    return strbuf_take(&text, NULL);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena *arena = arena_create(4096);
        struct pasted_keys found;
        pasted_keys_find(&found, arena, cases[i].text, strlen(cases[i].text));
        FREE_AUTO char *keys = joined(&found.keys);
        FREE_AUTO char *rejected = joined(&found.rejected);
        UNIT_ROW(strcmp(keys, cases[i].keys) == 0, cases[i].name);
        UNIT_ROW(strcmp(rejected, cases[i].rejected) == 0, cases[i].name);
        UNIT_ROW(found.repeated == cases[i].repeated, cases[i].name);
        pasted_keys_free(&found);
        arena_destroy(&arena);
    }
}

static void test_a_word_beyond_the_limit(void **state)
{
    (void)state;
    char text[LIMIT_SECRET + 2];
    struct arena *arena = arena_create(4096);
    struct pasted_keys found;
    memset(text, 'x', sizeof(text));
    text[0] = '1';
    pasted_keys_find(&found, arena, text, sizeof(text) - 1);
    assert_int_equal(found.keys.len, 0);
    assert_int_equal(found.rejected.len, 1);
    pasted_keys_free(&found);
    pasted_keys_find(&found, arena, text, sizeof(text) - 2);
    assert_int_equal(found.keys.len, 1);
    pasted_keys_free(&found);
    arena_destroy(&arena);
}

static void test_many(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(8 * MIB);
    struct arena *arena = arena_create(4096);
    struct pasted_keys found;
    for (int i = 0; i < MANY; i++)
        strbuf_printf(&text, "AIzaSy%033d\n", i / 2);
    pasted_keys_find(&found, arena, strbuf_str(&text), text.len);
    assert_int_equal(found.keys.len, MANY / 2);
    assert_int_equal(found.repeated, MANY / 2);
    assert_string_equal(found.keys.items[1], "AIzaSy000000000000000000000000000000001");
    pasted_keys_free(&found);
    arena_destroy(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_a_word_beyond_the_limit),
        cmocka_unit_test(test_many),
    };
    return UNIT_RUN(tests);
}
