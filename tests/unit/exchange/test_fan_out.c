/* Several calls for one request: their order, their keys, what they add up to, and one that fails. */
#include "exchange_fixture.h"

#include <stdatomic.h>
#include <stdio.h>

#include "exchange/fan_out.h"

#define PARTS 30

static atomic_int busy, busiest;

static struct reply_filter *make_filter(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

static void write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    (void)ctx;
    (void)google_body;
    (void)google_len;
    strbuf_printf(out, "ERROR %d %s", status, why->text);
}

/* Says the number that it was asked, later the smaller it is, so that answers come in disorder. */
static void echo(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    char body[400], number[8] = "";
    (void)ctx;
    int now = atomic_fetch_add(&busy, 1) + 1;
    int most = atomic_load(&busiest);
    while (now > most && !atomic_compare_exchange_weak(&busiest, &most, now))
        ;
    snprintf(number, sizeof(number), "%.*s", (int)request->body_len, request->body);
    fake_sleep(number[0] == '0' ? 40 : 10);
    atomic_fetch_sub(&busy, 1);
    snprintf(
        body, sizeof(body),
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]},\"finishReason\":\"STOP\"}],"
        "\"usageMetadata\":{\"promptTokenCount\":7,\"candidatesTokenCount\":3}}",
        number);
    fake_answer(conn, 200, "application/json", body);
}

static void refuse_seven(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    if (request->body_len == 2 && memcmp(request->body, "07", 2) == 0)
        fake_answer(conn, 400, "application/json",
                    GEMINI_ERROR(400, "INVALID_ARGUMENT", "no seven"));
    else
        echo(conn, request, ctx);
}

static void fill_parts(struct fx *fx, struct fan_out_part *parts, char (*bodies)[16], int count)
{
    for (int i = 0; i < count; i++) {
        snprintf(bodies[i], sizeof(bodies[i]), "%02d", i);
        parts[i].request = fx->request;
        parts[i].request.body = bodies[i];
        parts[i].request.body_len = 2;
        parts[i].request.make_filter = make_filter;
        parts[i].request.write_error = write_error;
        parts[i].request.ctx = &parts[i];
    }
}

static int run(struct fx *fx, struct fan_out_part *parts, int count, struct log_request *row)
{
    struct exchange_env env = fx->env;
    env.journal = NULL;
    env.proxy_result = NULL;
    return fan_out_run(&env, parts, count, -1, row);
}

static void all_parts_in_order_on_many_keys(void **state)
{
    struct fx fx;
    struct fan_out_part parts[PARTS] = {0};
    char bodies[PARTS][16];
    struct log_request row = {.id = 1};
    (void)state;
    atomic_store(&busiest, 0);
    fx_open(&fx, FX_NATIVE_UNARY, echo, 10, "LOG_LEVEL=ERROR");
    fill_parts(&fx, parts, bodies, PARTS);
    assert_int_equal(run(&fx, parts, PARTS, &row), -1);
    for (int i = 0; i < PARTS; i++) {
        char wanted[500];
        snprintf(wanted, sizeof(wanted), "\"%s\"", bodies[i]);
        UNIT_ROW(parts[i].status == 200, bodies[i]);
        UNIT_ROW(strstr(strbuf_str(&parts[i].body), wanted) != NULL, bodies[i]);
        UNIT_ROW(parts[i].outcome.key_id > 0, bodies[i]);
    }
    for (int i = 0; i < 10; i++)
        assert_int_equal(fx.pool.keys[i].lent, PARTS / 10);
    assert_in_range(atomic_load(&busiest), 2, FAN_OUT_THREADS);
    assert_int_equal(row.status, 200);
    assert_int_equal(row.attempts, PARTS);
    assert_int_equal(row.prompt_tokens, PARTS * 7);
    assert_int_equal(row.output_tokens, PARTS * 3);
    assert_true(row.duration_ms < 40 * PARTS * unit_slow());
    fan_out_free(parts, PARTS);
    fx_close(&fx);
}

static void the_first_failure_is_told_and_the_others_are_whole(void **state)
{
    struct fx fx;
    struct fan_out_part parts[12] = {0};
    char bodies[12][16];
    struct log_request row = {.id = 1};
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, refuse_seven, 3, "LOG_LEVEL=ERROR");
    fill_parts(&fx, parts, bodies, 12);
    assert_int_equal(run(&fx, parts, 12, &row), 7);
    for (int i = 0; i < 12; i++)
        UNIT_ROW(parts[i].status == (i == 7 ? 400 : 200), bodies[i]);
    assert_non_null(strstr(strbuf_str(&parts[7].body), "ERROR 400"));
    assert_int_equal(row.status, 400);
    assert_non_null(strstr(row.error, "no seven"));
    assert_int_equal(row.prompt_tokens, 11 * 7);
    fan_out_free(parts, 12);
    fx_close(&fx);
}

static void without_keys_each_part_says_so(void **state)
{
    struct fx fx;
    struct fan_out_part parts[3] = {0};
    char bodies[3][16];
    struct log_request row = {.id = 1};
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, echo, 0, "LOG_LEVEL=ERROR");
    fill_parts(&fx, parts, bodies, 3);
    assert_int_equal(run(&fx, parts, 3, &row), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(parts[i].status, 503);
    assert_int_equal(row.status, 503);
    assert_int_equal(fake_server_requests(fx.server), 0);
    fan_out_free(parts, 3);
    fx_close(&fx);
}

static void one_part_needs_no_thread(void **state)
{
    struct fx fx;
    struct fan_out_part part = {0};
    char bodies[1][16];
    struct log_request row = {.id = 1};
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, echo, 1, "LOG_LEVEL=ERROR");
    fill_parts(&fx, &part, bodies, 1);
    assert_int_equal(run(&fx, &part, 1, &row), -1);
    assert_int_equal(row.attempts, 1);
    fan_out_free(&part, 1);
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_in_order_on_many_keys),
        cmocka_unit_test(the_first_failure_is_told_and_the_others_are_whole),
        cmocka_unit_test(without_keys_each_part_says_so),
        cmocka_unit_test(one_part_needs_no_thread)};
    return UNIT_RUN(tests);
}
