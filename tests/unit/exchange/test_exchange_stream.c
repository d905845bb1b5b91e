/* Streamed answers: the gate, retries before it opens, errors after. */
#include "exchange_fixture.h"

#include <stdio.h>

static void good_stream(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("one")));
    fake_sleep(20);
    fake_chunk_text(conn, SSE(GEMINI_PART("two")));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static void a_stream_passes_event_by_event(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, good_stream, 2, NULL);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx.client.type, "text/event-stream");
    assert_string_equal(fx_body(&fx), "(one)(two)().");
    assert_true(fx.client.flushes >= 3);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_true(fx.outcome.committed);
    assert_true(fx.outcome.first_token_ms >= 0);
    assert_int_equal(fx.outcome.facts.usage.prompt, 7);
    assert_string_equal(fx.outcome.rule, "ok");
    fx_close(&fx);
    fx_play(&fx, FX_NATIVE_STREAM, good_stream, 2, NULL);
    assert_string_equal(fx_body(&fx),
                        SSE(GEMINI_PART("one")) SSE(GEMINI_PART("two")) SSE(GEMINI_FINISH("STOP")));
    assert_true(fx_has_header(&fx, "x-gemini-service-tier: standard\n"));
    assert_false(fx_has_header(&fx, "Vary"));
    fx_close(&fx);
}

static const char array_text[] = "[" GEMINI_PART("one") "\n,\r\n" GEMINI_FINISH("STOP") "\n]\n";

static void good_array(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "application/json");
    for (const char *p = array_text; *p; p += strnlen(p, 50))
        fake_chunk(conn, p, strnlen(p, 50));
    fake_chunked_end(conn);
}

static void an_array_keeps_every_byte(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_ARRAY, good_array, 2, NULL);
    assert_string_equal(fx.client.type, "application/json");
    assert_string_equal(fx_body(&fx), array_text);
    assert_string_equal(fx.outcome.rule, "ok");
    fx_close(&fx);
}

/* --- before the gate opens ------------------------------------------------------------------- */

/* How the first two attempts go wrong; the third is good. */
typedef void misbehaviour(struct fake_conn *conn);

static void error_event(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_ERROR(503, "UNAVAILABLE", "overloaded")));
    fake_hang(conn);
}

static void bare_error(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn,
                    "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"overloaded\",\n"
                    "    \"status\": \"UNAVAILABLE\"\n  }\n}\n");
    fake_chunked_end(conn);
}

static void error_status(struct fake_conn *conn)
{
    fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "internal"));
}

static void array_error_status(struct fake_conn *conn)
{
    fake_answer(conn, 429, "application/json",
                "[" GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "limit: 0") "\n]\n");
}

static void empty_stop(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static void bad_call(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE("{\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\","
                              "\"content\":{\"parts\":[{\"text\":\"x\"}]}}]}"));
    fake_chunked_end(conn);
}

static void nothing(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunked_end(conn);
}

static void a_page(struct fake_conn *conn)
{
    fake_answer(conn, 200, "text/html", "<html>Log in to the hotel's network</html>\n");
}

static void cut_before(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: {\"candidates\"");
    fake_reset(conn);
}

static void no_head(struct fake_conn *conn)
{
    fake_reset(conn);
}

static void silent(struct fake_conn *conn)
{
    fake_hang(conn);
}

static void silent_after_head(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_hang(conn);
}

static void comments_only(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 200; i++) {
        fake_chunk_text(conn, ": still here\n\n");
        fake_sleep(10);
    }
    fake_close(conn);
}

static void not_json(struct fake_conn *conn)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, "data: {what?\n\n");
    fake_hang(conn);
}

static const struct {
    const char *name;
    misbehaviour *misbehave;
    const char *rule;
} misbehaviours[] = {
    {"error event", error_event, "upstream.overloaded"},
    {"bare error", bare_error, "upstream.overloaded"},
    {"error status", error_status, "upstream.internal"},
    {"error status with an array", array_error_status, "quota.none"},
    {"empty STOP", empty_stop, "answer.empty"},
    {"bad call", bad_call, "answer.bad_call"},
    {"nothing", nothing, "answer."},
    {"a page", a_page, "answer.malformed"},
    {"cut", cut_before, "net.cut"},
    {"no head", no_head, "net.cut"},
    {"silent", silent, "net.first_byte"},
    {"silent after the head", silent_after_head, "net.first_byte"},
    {"comments only", comments_only, "net.first_byte"},
    {"not JSON", not_json, "net.bad_answer"},
};

static misbehaviour *misbehave_now;

static void misbehave_twice(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (fx_key_of(request) < 2)
        misbehave_now(conn);
    else
        good_stream(conn, request, ctx);
}

static void failures_before_the_gate_are_unseen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(misbehaviours); i++) {
        struct fx fx;
        print_message("  %s\n", misbehaviours[i].name);
        misbehave_now = misbehaviours[i].misbehave;
        fx_play(&fx, FX_TOY_STREAM, misbehave_twice, 3,
                "FIRST_TOKEN_TIMEOUT=0.3\nEMPTY_ANSWER_RETRIES=1\nMAX_RETRIES=2");
        assert_string_equal(fx_body(&fx), "(one)(two)().");
        assert_int_equal(fx.outcome.attempts, 2);
        const char *rule = fx.journal.attempts[0].rule;
        if (strncmp(rule, misbehaviours[i].rule, strlen(misbehaviours[i].rule)) != 0)
            fail_msg("%s gave %s", misbehaviours[i].name, rule);
        fx_close(&fx);
    }
}

/* The first-token deadline of a model wins over the general one. */
static void the_deadline_can_be_set_for_a_model(void **state)
{
    struct fx fx;
    (void)state;
    misbehave_now = silent;
    fx_play(&fx, FX_TOY_STREAM, misbehave_twice, 3,
            "FIRST_TOKEN_TIMEOUT=60\nFIRST_TOKEN_TIMEOUT_MODELS={\"*\":50,\"gemini-*\":0.2}");
    assert_string_equal(fx_body(&fx), "(one)(two)().");
    assert_true(fx.journal.attempts[0].duration_ms < UNIT_AT_ONCE_MS);
    fx_close(&fx);
}

/* --- after the gate has opened --------------------------------------------------------------- */

static void text_then(struct fake_conn *conn, misbehaviour *then)
{
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_PART("one")));
    fake_sleep(20);
    then(conn);
}

static void then_error(struct fake_conn *conn)
{
    fake_chunk_text(conn, SSE(GEMINI_ERROR(503, "UNAVAILABLE", "overloaded")));
    fake_chunked_end(conn);
}

static void then_bare_error(struct fake_conn *conn)
{
    fake_chunk_text(conn, "{\n\"error\": {\n\"code\": 503,\n\"message\": \"overloaded\"\n}\n}\n");
    fake_chunked_end(conn);
}

static void then_cut(struct fake_conn *conn)
{
    fake_chunk_text(conn, "data: {\"candidates\":[{\"con");
    fake_sleep(20);
    fake_reset(conn);
}

static void then_end(struct fake_conn *conn)
{
    fake_chunked_end(conn);
}

static void then_silence(struct fake_conn *conn)
{
    fake_hang(conn);
}

static void then_bad_call(struct fake_conn *conn)
{
    fake_chunk_text(conn, SSE(GEMINI_FINISH("MALFORMED_FUNCTION_CALL")));
    fake_chunked_end(conn);
}

static misbehaviour *then_now;

static void text_then_trouble(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    text_then(conn, then_now);
}

static void failures_after_the_gate_are_told_in_the_stream(void **state)
{
    static const struct {
        misbehaviour *then;
        const char *rule, *toy;
        const char *native; /* what follows the first event; NULL: an error event of ours */
    } rows[] = {
        {then_error, "upstream.overloaded", "(one)!503",
         SSE(GEMINI_ERROR(503, "UNAVAILABLE", "overloaded"))},
        {then_bare_error, "upstream.overloaded", "(one)!503",
         "{\n\"error\": {\n\"code\": 503,\n\"message\": \"overloaded\"\n}\n}\n"},
        {then_cut, "net.cut", "(one)!502", NULL},
        {then_end, "answer.unfinished", "(one)!502", NULL},
        {then_silence, "net.idle", "(one)!504", NULL},
        {then_bad_call, "answer.bad_call", "(one)()!502",
         SSE(GEMINI_FINISH("MALFORMED_FUNCTION_CALL"))},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fx fx;
        char wanted[1024];
        then_now = rows[i].then;
        fx_play(&fx, FX_TOY_STREAM, text_then_trouble, 3, "STREAM_IDLE_TIMEOUT=0.3");
        assert_string_equal(fx.outcome.rule, rows[i].rule);
        assert_string_equal(fx_body(&fx), rows[i].toy);
        assert_int_equal(fx.outcome.attempts, 1);
        assert_int_equal(fx.outcome.status, 200);
        assert_string_not_equal(fx.journal.request.error, "");
        fx_close(&fx);
        fx_play(&fx, FX_NATIVE_STREAM, text_then_trouble, 3, "STREAM_IDLE_TIMEOUT=0.3");
        snprintf(wanted, sizeof(wanted), "%s%s", SSE(GEMINI_PART("one")),
                 rows[i].native ? rows[i].native : "data: {\"error\":");
        if (rows[i].native)
            assert_string_equal(fx_body(&fx), wanted);
        else
            assert_memory_equal(fx_body(&fx), wanted, strlen(wanted));
        fx_close(&fx);
    }
}

static void then_finish_and_cut(struct fake_conn *conn)
{
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    then_cut(conn);
}

static void then_finish_and_silence(struct fake_conn *conn)
{
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    then_silence(conn);
}

static void what_breaks_after_the_end_takes_nothing_back(void **state)
{
    static misbehaviour *const rows[] = {then_finish_and_cut, then_finish_and_silence};
    static const enum fx_kind kinds[] = {FX_TOY_STREAM, FX_NATIVE_STREAM};
    static const char *const bodies[] = {"(one)().",
                                         SSE(GEMINI_PART("one")) SSE(GEMINI_FINISH("STOP"))};
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
        struct fx fx;
        then_now = rows[i / 2];
        fx_play(&fx, kinds[i % 2], text_then_trouble, 3, "STREAM_IDLE_TIMEOUT=0.3");
        assert_string_equal(fx_body(&fx), bodies[i % 2]);
        assert_string_equal(fx.journal.request.error, "");
        assert_int_equal(fx.outcome.attempts, 1);
        fx_close(&fx);
    }
}

static void array_error(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "application/json");
    fake_chunk_text(conn, "[" GEMINI_PART("one") "\n,\r\n");
    fake_chunk_text(conn, GEMINI_ERROR(503, "UNAVAILABLE", "overloaded") "\n]\n");
    fake_chunked_end(conn);
}

static void array_cut(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "application/json");
    fake_chunk_text(conn, "[" GEMINI_PART("one") "\n,\r\n{\"candid");
    fake_sleep(20);
    fake_reset(conn);
}

static void errors_in_an_array_leave_it_an_array(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_NATIVE_ARRAY, array_error, 2, NULL);
    assert_string_equal(fx_body(&fx), "[" GEMINI_PART("one") "\n,\r\n" GEMINI_ERROR(
                                          503, "UNAVAILABLE", "overloaded") "\n]\n");
    assert_string_equal(fx.outcome.rule, "upstream.overloaded");
    fx_close(&fx);
    fx_play(&fx, FX_NATIVE_ARRAY, array_cut, 2, NULL);
    json_object *doc = json_tokener_parse(fx_body(&fx));
    assert_non_null(doc);
    assert_int_equal(json_object_array_length(doc), 2);
    json_object_put(doc);
    fx_close(&fx);
}

/* --- what opens the gate --------------------------------------------------------------------- */

static void thought_then_empty(struct fake_conn *conn, const struct fake_request *request,
                               void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE(GEMINI_THOUGHT("hm")));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
    fake_chunked_end(conn);
}

static void a_thought_opens_it_and_is_no_answer(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, thought_then_empty, 2, NULL);
    assert_string_equal(fx.outcome.rule, "answer.empty");
    assert_string_equal(fx_body(&fx), "(hm)()!502");
    fx_close(&fx);
}

static void filtered(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    fake_chunk_text(conn, SSE("{\"candidates\":[{\"finishReason\":\"SAFETY\"}]}"));
    fake_chunked_end(conn);
}

static void a_reason_for_silence_is_an_answer(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, filtered, 2, NULL);
    assert_string_equal(fx_body(&fx), "().");
    assert_int_equal(fx.outcome.attempts, 1);
    fx_close(&fx);
}

static void many_empty_events(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_chunked_head(conn, "text/event-stream");
    for (int i = 0; i < 200; i++)
        fake_chunk_text(conn, SSE("{\"candidates\":[{\"content\":{\"parts\":[]}}]}"));
    fake_chunk_text(conn, SSE(GEMINI_FINISH("MAX_TOKENS")));
    fake_chunked_end(conn);
}

static void the_gate_does_not_hold_for_ever(void **state)
{
    struct fx fx;
    (void)state;
    fx_play(&fx, FX_TOY_STREAM, many_empty_events, 2, NULL);
    assert_int_equal(fx.client.body.len, 2 * 201 + 1);
    assert_true(fx.client.writes > 100);
    fx_close(&fx);
}

static void download(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_print(conn,
               "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 3000000\r\n\r\n");
    char piece[3000] = {0};
    for (int i = 0; i < 1000; i++)
        fake_write(conn, piece, sizeof(piece));
}

static void a_download_passes_as_it_comes(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, download, 1, NULL);
    fx.request.streamed = true;
    fx.request.make_filter = NULL;
    fx_run(&fx);
    assert_int_equal(fx.client.status, 200);
    assert_string_equal(fx.client.type, "video/mp4");
    assert_true(fx_has_header(&fx, "Content-Length: 3000000"));
    assert_int_equal(fx.client.body.len, 3000000);
    assert_true(fx.client.writes > 10);
    assert_string_equal(fx.outcome.rule, "ok");
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_passes_event_by_event),
        cmocka_unit_test(an_array_keeps_every_byte),
        cmocka_unit_test(failures_before_the_gate_are_unseen),
        cmocka_unit_test(the_deadline_can_be_set_for_a_model),
        cmocka_unit_test(failures_after_the_gate_are_told_in_the_stream),
        cmocka_unit_test(what_breaks_after_the_end_takes_nothing_back),
        cmocka_unit_test(errors_in_an_array_leave_it_an_array),
        cmocka_unit_test(a_thought_opens_it_and_is_no_answer),
        cmocka_unit_test(a_reason_for_silence_is_an_answer),
        cmocka_unit_test(the_gate_does_not_hold_for_ever),
        cmocka_unit_test(a_download_passes_as_it_comes),
    };
    return UNIT_RUN(tests);
}
