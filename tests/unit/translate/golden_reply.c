#include "golden.h"

#include "base/text.h"
#include "upstream/event_stream.h"

void golden_chat_reply(struct golden_case *test)
{
    struct err err = ERR_INIT;
    struct reply_facts facts;
    struct openai_chat_request request;
    STRBUF_AUTO struct strbuf in = STRBUF_INIT(16 * 1024 * 1024);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(16 * 1024 * 1024);
    json_write(&in, json_member(test->head, "answer"));
    struct reply_filter *filter = golden_make_filter(test, &request);
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

/* The events as Google sends them. */
static void write_stream(struct golden_case *test, struct strbuf *out)
{
    json_object *events = json_get_arr(test->head, "events");
    for (size_t i = 0; i < json_object_array_length(events); i++) {
        strbuf_puts(out, "data: ");
        json_write(out, json_object_array_get_idx(events, i));
        strbuf_puts(out, "\r\n\r\n");
    }
}

struct feeding {
    struct reply_filter *filter;
    struct strbuf *out;
    struct err *err;
};

static int take_event(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct feeding *feeding = ctx;
    struct reply_facts facts;
    return feeding->filter->ops->event(feeding->filter, data, len, raw, raw_len, feeding->out,
                                       &facts, feeding->err);
}

static int push_pieces(struct event_stream *stream, const struct strbuf *in, size_t piece)
{
    for (size_t at = 0; at < in->len; at += piece) {
        size_t size = in->len - at < piece ? in->len - at : piece;
        if (event_stream_push(stream, in->data + at, size, NULL) < 0)
            return -1;
    }
    return event_stream_end(stream, NULL);
}

static int finish(struct golden_case *test, struct feeding *feeding)
{
    json_object *failure = json_get_obj(test->head, "fail");
    if (!failure)
        return feeding->filter->ops->end(feeding->filter, feeding->out, feeding->err);
    struct err why = {.code = ERR_IO};
    text_copy(why.text, sizeof(why.text), json_get_str(failure, "text", ""));
    (feeding->filter->ops->fail)(feeding->filter, (int)json_get_int(failure, "status", 500), &why,
                                 feeding->out);
    return 0;
}

/* Feeds the whole stream in pieces of that many bytes. */
static int feed(struct golden_case *test, size_t piece, struct strbuf *out, struct err *err)
{
    struct openai_chat_request request;
    struct event_stream stream;
    struct feeding feeding = {.out = out, .err = err};
    STRBUF_AUTO struct strbuf in = STRBUF_INIT(16 * 1024 * 1024);
    test->ids = 0;
    feeding.filter = golden_make_filter(test, &request);
    write_stream(test, &in);
    event_stream_init(&stream, FRAMING_SSE, take_event, &feeding);
    int rc = push_pieces(&stream, &in, piece);
    if (rc == 0)
        rc = finish(test, &feeding);
    event_stream_free(&stream);
    feeding.filter->ops->destroy(feeding.filter);
    openai_chat_request_free(&request);
    return rc;
}

/* The request is used up by its translation: each run reads the case anew. */
static void run_bytewise(struct golden_case *test, struct strbuf *out, struct err *err)
{
    struct golden_case again;
    golden_load(&again, test->dialect, test->name);
    feed(&again, 1, out, err);
    golden_free(&again);
}

void golden_chat_stream(struct golden_case *test)
{
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf whole = STRBUF_INIT(16 * 1024 * 1024);
    STRBUF_AUTO struct strbuf bytewise = STRBUF_INIT(16 * 1024 * 1024);
    run_bytewise(test, &bytewise, &err);
    int rc = feed(test, SIZE_MAX / 2, &whole, &err);
    assert_string_equal(strbuf_str(&bytewise), strbuf_str(&whole));
    if (!golden_refused(test, rc, &err))
        golden_expect_text(test, strbuf_str(&whole), whole.len);
}
