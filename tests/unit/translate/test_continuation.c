#include "../unit.h"

#include "base/scope.h"
#include "translate/continuation.h"

static void by_token(void **state)
{
    static const struct {
        const char *body;
        const char *wanted;
    } rows[] = {
        {"{\"contents\":[]}", "{\"contents\":[],\"continuationToken\":\"QUJD\"}"},
        {"{\"contents\":[] }\n", "{\"contents\":[] ,\"continuationToken\":\"QUJD\"}\n"},
        {"{\"continuationToken\": \"old\",\"contents\":[]}",
         "{\"continuationToken\": \"QUJD\",\"contents\":[]}"},
    };
    struct err err = ERR_INIT;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(1000);
        assert_int_equal(
            continuation_by_token(&out, rows[i].body, strlen(rows[i].body), "QUJD", &err), 0);
        assert_string_equal(strbuf_str(&out), rows[i].wanted);
    }
}

#define CONTENTS "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Hi\"}]}"
#define ANSWER ",{\"role\":\"model\",\"parts\":[{\"text\":\"One \\\"two\\\"\"}]}"
#define DEMAND ",{\"role\":\"user\",\"parts\":[{\"text\":\"" CONTINUATION_DEMAND "\"}]}"

static void expect(const char *model, const char *wanted)
{
    static const char body[] = CONTENTS "],\"x\":1}";
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(100);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1000);
    struct broken_answer answer = {model, &text};
    strbuf_puts(&text, "One \"two\"");
    assert_int_equal(continuation_by_text(&out, body, strlen(body), &answer, &err), 0);
    assert_string_equal(strbuf_str(&out), wanted);
}

static void by_text(void **state)
{
    (void)state;
    expect("gemini-3.5-flash", CONTENTS ANSWER "],\"x\":1}");
    expect("gemini-3.8-flash", CONTENTS ANSWER DEMAND "],\"x\":1}");
}

static void refused(void **state)
{
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(100);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(1000);
    struct broken_answer answer = {"gemini-3.8-flash", &text};
    (void)state;
    assert_int_equal(continuation_by_token(&out, "[1]", 3, "QUJD", &err), -1);
    assert_int_equal(continuation_by_text(&out, "{\"contents\":7}", 14, &answer, &err), -1);
    assert_int_equal(continuation_by_text(&out, "{}", 2, &answer, &err), -1);
    assert_int_equal(continuation_by_text(&out, "{\"contents\":[ ]}", 16, &answer, &err), -1);
    assert_int_equal(continuation_by_token(&out, "{ }", 3, "QUJD", &err), -1);
    assert_int_equal(out.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_token), cmocka_unit_test(by_text),
                                       cmocka_unit_test(refused)};
    return UNIT_RUN(tests);
}
