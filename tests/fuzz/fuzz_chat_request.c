/* Any body is translated into valid JSON, or refused. */
#include "fuzz.h"

#include "translate/openai_choices.h"
#include "translate/openai_completions.h"

/* Several choices are asked for one by one with bodies of their own. */
static void each_choice(const struct openai_chat_request *request, const struct strbuf *body)
{
    STRBUF_AUTO struct strbuf one = STRBUF_INIT(64 * 1024 * 1024);
    if (request->choices < 2 || openai_choice_body(&one, request, strbuf_str(body), body->len, 1) < 0)
        return;
    promise_json(&one);
    promise(!openai_choices_in_one(request, strbuf_str(&one), one.len) ||
            openai_choices_in_one(request, strbuf_str(body), body->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct openai_chat_request request;
    if (size < 3)
        return 0;
    struct translate_env env = fuzz_env(data[0]);
    JSON_AUTO json_object *body = json_parse_text((const char *)data + 2, size - 2, NULL);
    if (!body)
        return 0;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(64 * 1024 * 1024);
    const char *model = fuzz_model(data[1]);
    int rc = json_member(body, "prompt")
                 ? openai_completion_request_parse(&request, body, model, &env, &err)
                 : openai_chat_request_parse(&request, body, model, &env, &err);
    promise(rc == 0 || (err.code == ERR_INVALID && *err.text));
    if (rc == 0) {
        openai_chat_request_write(&request, &out);
        promise(strbuf_ok(&out));
        promise_json(&out);
        each_choice(&request, &out);
    }
    openai_chat_request_free(&request);
    return 0;
}
