/* Bodies that are not held: read anew for each attempt, or gone once they were read. */
#include "exchange_fixture.h"

#include <stdio.h>

static const char text[] =
    "{\"contents\":[{\"parts\":[{\"text\":\"a body that is read in pieces\"}]}]}";

struct pieces {
    size_t at;
    bool once;  /* cannot be read again once a byte was */
    bool fails; /* breaks off in its middle */
    int rewinds;
};

static int rewind_pieces(void *ctx)
{
    struct pieces *pieces = ctx;
    if (pieces->once && pieces->at > 0)
        return -1;
    pieces->at = 0;
    pieces->rewinds++;
    return 0;
}

static int64_t read_pieces(void *ctx, void *buf, size_t len)
{
    struct pieces *pieces = ctx;
    size_t left = strlen(text) - pieces->at;
    if (pieces->fails && pieces->at > 20)
        return -1;
    len = len < 7 ? len : 7;
    len = len < left ? len : left;
    memcpy(buf, text + pieces->at, len);
    pieces->at += len;
    return (int64_t)len;
}

static bool is_spent(void *ctx)
{
    const struct pieces *pieces = ctx;
    return pieces->once && pieces->at > 0;
}

/* The first time 500, then an answer; always only to the whole body. */
static void fail_once(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    bool whole =
        request->body_len == strlen(text) && memcmp(request->body, text, request->body_len) == 0;
    if (!whole)
        fake_answer(conn, 400, "application/json", GEMINI_ERROR(400, "INVALID_ARGUMENT", "cut"));
    else if (request->number == 1)
        fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "once"));
    else
        fake_answer(conn, 200, "application/json", GEMINI_TEXT("whole"));
}

static void play(struct fx *fx, struct pieces *pieces, int64_t len)
{
    const struct exchange_body source = {
        .ctx = pieces, .len = len, .rewind = rewind_pieces, .read = read_pieces, .spent = is_spent};
    fx_open(fx, FX_NATIVE_UNARY, fail_once, 3, NULL);
    fx->request.body = NULL;
    fx->request.body_len = 0;
    fx->request.source = &source;
    fx_run(fx);
}

static void read_anew_for_each_attempt(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct pieces pieces = {0};
        struct fx fx;
        play(&fx, &pieces, told ? (int64_t)strlen(text) : -1);
        assert_int_equal(fx.outcome.status, 200);
        assert_int_equal(fx.outcome.attempts, 2);
        assert_int_equal(pieces.rewinds, 2);
        assert_string_equal(fx_body(&fx), GEMINI_TEXT("whole"));
        fx_close(&fx);
    }
}

static void no_second_attempt_without_its_bytes(void **state)
{
    struct pieces pieces = {.once = true};
    struct fx fx;
    (void)state;
    play(&fx, &pieces, (int64_t)strlen(text));
    assert_int_equal(fx.outcome.status, 500);
    assert_int_equal(fx.outcome.attempts, 1);
    assert_true(fx.outcome.key_id > 0);
    fx_close(&fx);
}

static void a_body_that_breaks_off(void **state)
{
    struct pieces pieces = {.once = true, .fails = true};
    struct fx fx;
    (void)state;
    play(&fx, &pieces, (int64_t)strlen(text));
    assert_true(fx.outcome.status >= 400);
    assert_int_equal(fx.outcome.attempts, 1);
    fx_close(&fx);
}

static void note_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    struct fx *fx = ctx;
    assert_true(fx->outcome.key_id > 0);
    assert_int_equal(fx->client.begun, 0);
    assert_non_null(upstream_header_find(headers, count, "content-type"));
    fx->url[0] = status == 200 ? 'h' : 'H';
}

static void the_head_is_seen_before_the_client_hears_of_it(void **state)
{
    struct fx fx;
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, fail_once, 3, NULL);
    fx.request.body = text;
    fx.request.body_len = strlen(text);
    fx.request.see_head = note_head;
    fx.request.ctx = &fx;
    fx_run(&fx);
    assert_int_equal(fx.outcome.status, 200);
    assert_int_equal(fx.url[0], 'h');
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_anew_for_each_attempt),
        cmocka_unit_test(no_second_attempt_without_its_bytes),
        cmocka_unit_test(a_body_that_breaks_off),
        cmocka_unit_test(the_head_is_seen_before_the_client_hears_of_it)};
    return UNIT_RUN(tests);
}
