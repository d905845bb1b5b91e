/* What is spliced into valid JSON leaves it valid; what is no object is refused. */
#include "fuzz.h"

#include "translate/continuation.h"
#include "translate/native_request.h"

static void splice(const char *body, size_t len, unsigned flags, unsigned number, bool valid)
{
    char model[256];
    struct native_request_facts facts;
    struct err err = ERR_INIT;
    struct translate_env env = fuzz_env(flags);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(64 * 1024 * 1024);
    env.safety_settings = "[{\"category\":\"A\"}]";
    int rc = native_request_splice(&out, body, len, fuzz_model(number), &env, model, &facts, &err);
    if (valid && rc == 0)
        promise_json(&out);
}

static void go_on(const char *body, size_t len)
{
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(100);
    STRBUF_AUTO struct strbuf by_token = STRBUF_INIT(64 * 1024 * 1024);
    STRBUF_AUTO struct strbuf by_text = STRBUF_INIT(64 * 1024 * 1024);
    struct broken_answer answer = {"gemini-3.8-flash", &text};
    strbuf_puts(&text, "so \"far\"");
    if (continuation_by_token(&by_token, body, len, "QUJD", &err) == 0)
        promise_json(&by_token);
    if (continuation_by_text(&by_text, body, len, &answer, &err) == 0)
        promise_json(&by_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const char *body = (const char *)data + 2;
    JSON_AUTO json_object *parsed = json_parse_text(body, size - 2, NULL);
    splice(body, size - 2, data[0], data[1], parsed != NULL);
    if (json_object_is_type(parsed, json_type_object) && json_object_object_length(parsed) > 0)
        go_on(body, size - 2);
    return 0;
}
