/* Many exchanges at once over one upstream, one set of keys and one snapshot of settings. */
#include "exchange_fixture.h"

#include <pthread.h>

#define THREADS 8
#define CALLS 20

struct worker {
    struct fx *fx;
    pthread_t thread;
    int good;
};

static void mostly_well(struct fake_conn *conn, const struct fake_request *request, void *ctx)
{
    (void)ctx;
    if (request->number % 5 == 0) {
        fake_answer(conn, 500, "application/json", GEMINI_ERROR(500, "INTERNAL", "x"));
    } else if (request->number % 7 == 0) {
        fake_reset(conn);
    } else {
        fake_chunked_head(conn, "text/event-stream");
        fake_chunk_text(conn, SSE(GEMINI_PART("one")));
        fake_chunk_text(conn, SSE(GEMINI_FINISH("STOP")));
        fake_chunked_end(conn);
    }
}

static int begin(void *ctx, int status, const char *content_type)
{
    (void)ctx;
    (void)content_type;
    return status == 200 ? 0 : -1;
}

static int add(void *ctx, const void *data, size_t len)
{
    strbuf_append(ctx, data, len);
    return 0;
}

static struct reply_filter *make_filter(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

static void *work(void *ctx)
{
    static const char wanted[] = SSE(GEMINI_PART("one")) SSE(GEMINI_FINISH("STOP"));
    struct worker *worker = ctx;
    struct exchange_env env = worker->fx->env;
    env.journal = NULL;
    env.proxy_result = NULL;
    for (int i = 0; i < CALLS; i++) {
        STRBUF_AUTO struct strbuf body = STRBUF_INIT(MIB);
        struct exchange_client client = {.ctx = &body, .fd = -1, .begin = begin, .write = add};
        struct exchange_request request = worker->fx->request;
        struct exchange_outcome outcome;
        struct log_request row = {.id = i};
        request.make_filter = make_filter;
        exchange_run(&env, &request, &client, &row, &outcome);
        worker->good += strcmp(strbuf_str(&body), wanted) == 0;
    }
    return NULL;
}

static void all_are_served(void **state)
{
    struct fx fx;
    struct worker workers[THREADS] = {0};
    (void)state;
    fx_open(&fx, FX_NATIVE_STREAM, mostly_well, 12,
            "MAX_RETRIES=9\nLOG_LEVEL=ERROR\nCUSTOM_HEADERS={\"x-number\":7}");
    for (int i = 0; i < THREADS; i++) {
        workers[i].fx = &fx;
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    int good = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        good += workers[i].good;
    }
    /* A 500 is tried three times at most: few requests can have met three of them. */
    assert_true(good >= THREADS * CALLS - 8);
    assert_true(upstream_stats(fx.upstream).connections <
                (uint64_t)fake_server_requests(fx.server));
    fx_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_are_served)};
    return UNIT_RUN(tests);
}
