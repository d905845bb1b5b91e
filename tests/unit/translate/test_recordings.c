/* Every recorded answer that generates something: what the client gets is what Google said. */
#include "recording.h"

#include "base/text.h"
#include "translate/gemini_scan.h"
#include "upstream/event_stream.h"

enum { OUT_MAX = 4 * 1024 * 1024 };

static void make_id(void *ctx, char *buf, size_t size)
{
    (void)ctx;
    memset(buf, 'x', size - 1);
    buf[size - 1] = '\0';
}

static const struct translate_env env = {
    .now_ms = 1700000000000, .make_id = make_id, .show_thoughts = true};

static struct openai_chat_request request = {
    .model = "gemini-2.5-flash", .stream = true, .include_usage = true, .show_thoughts = true};

/* --- streams --------------------------------------------------------------------------------- */

struct feeding {
    struct reply_filter *filter;
    struct recorded recorded;
    struct reply_facts facts;
    struct strbuf out;
    bool failed;
};

static int take_event(void *ctx, const char *data, size_t len, const char *raw, size_t raw_len)
{
    struct feeding *feeding = ctx;
    struct reply_facts facts;
    JSON_AUTO json_object *event = json_parse_text(data, len, NULL);
    recorded_add(&feeding->recorded, event);
    int rc = feeding->filter->ops->event(feeding->filter, data, len, raw, raw_len, &feeding->out,
                                         &facts, NULL);
    reply_facts_merge(&feeding->facts, &facts);
    feeding->failed |= rc < 0 || facts.has_error;
    return feeding->failed ? -1 : 0;
}

static void feed(struct feeding *feeding, const char *text, size_t len, size_t piece)
{
    struct event_stream stream;
    *feeding = (struct feeding){.filter = openai_chat_filter_create(&request, &env, "chatcmpl-r")};
    recorded_init(&feeding->recorded);
    strbuf_init(&feeding->out, OUT_MAX);
    event_stream_init(&stream, FRAMING_SSE, take_event, feeding);
    for (size_t at = 0; at < len && !feeding->failed; at += piece) {
        size_t size = len - at < piece ? len - at : piece;
        if (event_stream_push(&stream, text + at, size, NULL) < 0)
            feeding->failed = true;
    }
    if (!feeding->failed)
        event_stream_end(&stream, NULL);
    event_stream_free(&stream);
}

static void feeding_free(struct feeding *feeding)
{
    feeding->filter->ops->destroy(feeding->filter);
    recorded_free(&feeding->recorded);
    strbuf_free(&feeding->out);
}

static void end_and_compare(const char *path, struct feeding *feeding)
{
    struct received received;
    received_init(&received);
    int rc = feeding->filter->ops->end(feeding->filter, &feeding->out, NULL);
    bool ended = feeding->facts.finished || *feeding->facts.block_reason;
    if ((rc == 0) != ended)
        fail_msg("%s: the scanner and the filter disagree about the end", path);
    if (rc == 0) {
        received_stream(&received, path, &feeding->out);
        if (*feeding->facts.block_reason)
            assert_true(received.refusal);
        recording_compare(path, &feeding->recorded, &received);
    }
    received_free(&received);
}

static void stream_file(const char *path, const char *text, size_t len)
{
    struct feeding whole, bytes;
    feed(&whole, text, len, len);
    feed(&bytes, text, len, 1);
    assert_int_equal(whole.failed, bytes.failed);
    assert_string_equal(strbuf_str(&whole.out), strbuf_str(&bytes.out));
    if (!whole.failed)
        end_and_compare(path, &whole);
    feeding_free(&whole);
    feeding_free(&bytes);
}

static void streams(void **state)
{
    (void)state;
    print_message("%zu recorded streams\n", recording_each("streaming-", ".txt", stream_file));
}

/* --- whole answers --------------------------------------------------------------------------- */

static void compare_whole(const char *path, json_object *answer, const struct strbuf *out)
{
    struct recorded recorded;
    struct received received;
    recorded_init(&recorded);
    received_init(&received);
    recorded_add(&recorded, answer);
    received_whole(&received, path, out);
    recording_compare(path, &recorded, &received);
    recorded_free(&recorded);
    received_free(&received);
}

static void whole_file(const char *path, const char *text, size_t len)
{
    struct reply_facts facts;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(OUT_MAX);
    struct reply_filter *filter = openai_chat_filter_create(&request, &env, "chatcmpl-r");
    JSON_AUTO json_object *answer = json_parse_text(text, len, NULL);
    json_object *candidates = json_get_arr(answer, "candidates");
    bool blocked = *json_get_str(json_get_obj(answer, "promptFeedback"), "blockReason", "") != 0;
    int rc = filter->ops->whole(filter, text, len, &out, &facts, NULL);
    filter->ops->destroy(filter);
    if (!answer || json_get_obj(answer, "error")) {
        assert_true(facts.malformed || facts.has_error);
        assert_int_equal(out.len, 0);
    } else if (blocked || (candidates && json_object_array_length(candidates) > 0)) {
        assert_int_equal(rc, 0);
        compare_whole(path, answer, &out);
    } else {
        assert_int_equal(rc, -1);
        assert_true(facts.malformed);
    }
}

static void whole_answers(void **state)
{
    (void)state;
    print_message("%zu recorded answers\n", recording_each("unary-", "", whole_file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams),
        cmocka_unit_test(whole_answers),
    };
    return UNIT_RUN(tests);
}
