/* Calls for our own code. */
#include "exchange_fixture.h"

#include <stdio.h>

static void list(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    if (fx_key_of(request) == 1)
        fake_answer(conn, 429, "application/json", GEMINI_ERROR(429, "RESOURCE_EXHAUSTED", "x"));
    else
        fake_answer(conn, 200, "application/json", "{\"models\":[]}");
}

static void refuse(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)request;
    (void)ctx;
    fake_answer(conn, 404, "application/json", GEMINI_ERROR(404, "NOT_FOUND", "no such thing"));
}

static struct exchange_request list_request(struct fx *fx, char url[128])
{
    snprintf(url, 128, "http://127.0.0.1:%d/v1beta/models?pageSize=1000",
             fake_server_port(fx->server));
    return (struct exchange_request){.method = "GET",
                                     .url = url,
                                     .model = "",
                                     .kind = KEY_GEMINI,
                                     .credential = CREDENTIAL_GOOG_HEADER,
                                     .framing = FRAMING_RAW,
                                     .idempotent = true};
}

static void end(struct fx *fx)
{
    fx->journal.attempt_count = fx->outcome.attempts; /* nothing is logged here */
    fx_close(fx);
}

static void the_body_is_collected(void **state)
{
    struct fx fx;
    char url[128];
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, list, 2, NULL);
    struct exchange_request request = list_request(&fx, url);
    assert_int_equal(exchange_fetch(&fx.env, &request, &body, &fx.outcome, &err), 200);
    assert_string_equal(strbuf_str(&body), "{\"models\":[]}");
    assert_int_equal(fx.outcome.attempts, 2);
    assert_int_equal(err.code, ERR_NONE);
    assert_int_equal(fx.journal.requests, 0);
    assert_int_equal(fx.journal.attempt_count, 0);
    end(&fx);
}

static void an_error_tells_why(void **state)
{
    struct fx fx;
    char url[128];
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, refuse, 2, NULL);
    struct exchange_request request = list_request(&fx, url);
    assert_int_equal(exchange_fetch(&fx.env, &request, &body, &fx.outcome, &err), 404);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_string_equal(err.text, "no such thing");
    assert_string_equal(strbuf_str(&body), GEMINI_ERROR(404, "NOT_FOUND", "no such thing"));
    end(&fx);
}

static void no_answer_is_zero(void **state)
{
    struct fx fx;
    char url[128];
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, refuse, 2, "MAX_RETRIES=0");
    struct exchange_request request = list_request(&fx, url);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", fake_closed_port());
    assert_int_equal(exchange_fetch(&fx.env, &request, &body, &fx.outcome, &err), 0);
    assert_string_not_equal(err.text, "");
    end(&fx);
}

static void no_keys_are_told(void **state)
{
    struct fx fx;
    char url[128];
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, refuse, 0, NULL);
    struct exchange_request request = list_request(&fx, url);
    assert_int_equal(exchange_fetch(&fx.env, &request, &body, &fx.outcome, &err), 503);
    assert_non_null(strstr(err.text, "no keys"));
    end(&fx);
}

static void a_body_beyond_the_bound_is_no_body(void **state)
{
    struct fx fx;
    char url[128];
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(4);
    (void)state;
    fx_open(&fx, FX_NATIVE_UNARY, list, 2, NULL);
    struct exchange_request request = list_request(&fx, url);
    assert_int_equal(exchange_fetch(&fx.env, &request, &body, &fx.outcome, &err), 0);
    assert_int_equal(err.code, ERR_TOO_LARGE);
    end(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_body_is_collected),
        cmocka_unit_test(an_error_tells_why),
        cmocka_unit_test(no_answer_is_zero),
        cmocka_unit_test(no_keys_are_told),
        cmocka_unit_test(a_body_beyond_the_bound_is_no_body),
    };
    return UNIT_RUN(tests);
}
