#include "golden.h"

#include "base/text.h"

#define GOLDEN_ID "chatcmpl-golden"

void golden_chat_reply(struct golden_case *test)
{
    struct err err = ERR_INIT;
    struct reply_facts facts;
    struct openai_chat_request request;
    STRBUF_AUTO struct strbuf in = STRBUF_INIT(16 * 1024 * 1024);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * 1024 * 1024);
    golden_parse_request(test, &request);
    json_write(&in, json_member(test->head, "answer"));
    struct reply_filter *filter = openai_chat_filter_create(&request, &test->env, GOLDEN_ID);
    int rc = filter->ops->whole(filter, in.data, in.len, &out, &facts, &err);
    filter->ops->destroy(filter);
    openai_chat_request_free(&request);
    if (golden_refused(test, rc, &err))
        return;
    JSON_AUTO json_object *actual = json_parse_text(strbuf_str(&out), out.len, &err);
    if (!actual)
        fail_msg("%s: no valid JSON came out: %s\n%s", test->base, err.text, strbuf_str(&out));
    golden_expect_json(test, actual);
}

static int feed(struct golden_case *test, struct reply_filter *filter, struct strbuf *out,
                struct err *err)
{
    json_object *events = json_get_arr(test->head, "events");
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        struct reply_facts facts;
        STRBUF_AUTO struct strbuf event = STRBUF_INIT(16 * 1024 * 1024);
        json_write(&event, json_object_array_get_idx(events, i));
        if (filter->ops->event(filter, event.data, event.len, event.data, event.len, out, &facts,
                               err) < 0)
            return -1;
    }
    json_object *failure = json_get_obj(test->head, "fail");
    if (!failure)
        return filter->ops->end(filter, out, err);
    struct err why = {.code = ERR_IO};
    text_copy(why.text, sizeof(why.text), json_get_str(failure, "text", ""));
    (filter->ops->fail)(filter, (int)json_get_int(failure, "status", 500), &why, out);
    return 0;
}

void golden_chat_stream(struct golden_case *test)
{
    struct err err = ERR_INIT;
    struct openai_chat_request request;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * 1024 * 1024);
    golden_parse_request(test, &request);
    struct reply_filter *filter = openai_chat_filter_create(&request, &test->env, GOLDEN_ID);
    int rc = feed(test, filter, &out, &err);
    filter->ops->destroy(filter);
    openai_chat_request_free(&request);
    if (!golden_refused(test, rc, &err))
        golden_expect_text(test, strbuf_str(&out), out.len);
}
