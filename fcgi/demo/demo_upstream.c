/* The simulated Gemini of `quickstart.sh --demo`: a FastCGI responder that answers as Google's API
 * does, says in every answer that it is none, and keeps small limits for each key, so that a person
 * can watch keys rotate and rest. It thinks nothing and knows nothing. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "demo/demo_answer.h"
#include "demo/demo_keys.h"
#include "http/listener.h"
#include "http/router.h"

#define DEMO_BODY_MAX (32 * MIB)
/* Between two pieces of a streamed answer, so that one sees it stream. */
#define DEMO_PIECE_MS 40

static struct demo_keys demo_keys;

static int send_json(struct http_call *call, int status, json_object *body)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(DEMO_BODY_MAX);
    json_write(&text, body);
    json_object_put(body);
    http_response_send(call->res, status, "application/json; charset=UTF-8", text.data, text.len);
    return status;
}

static json_object *read_body(struct http_call *call)
{
    if (http_request_read_body(call->req, DEMO_BODY_MAX, &call->err) < 0)
        return NULL;
    return json_parse_text(call->req->body, call->req->body_len, &call->err);
}

static void pause_a_little(void)
{
    struct timespec span = {.tv_nsec = DEMO_PIECE_MS * 1000000L};
    nanosleep(&span, NULL);
}

/* --- the verbs ----------------------------------------------------------------------------------
 */

static int generate(struct http_call *call, json_object *request, const char *model)
{
    JSON_AUTO json_object *answer = demo_answer_create(request, model);
    return send_json(call, 200, json_object_get(answer));
}

static int stream_generate(struct http_call *call, json_object *request, const char *model)
{
    bool sse = text_ieq(http_request_query(call->req, "alt"), "sse");
    struct sink *sink =
        http_response_begin(call->res, 200, sse ? "text/event-stream" : "application/json");
    JSON_AUTO json_object *pieces = demo_answer_pieces(request, model);
    size_t count = json_object_array_length(pieces);
    for (size_t i = 0; i < count; i++) {
        STRBUF_AUTO struct strbuf text = STRBUF_INIT(MIB);
        strbuf_puts(&text, sse ? "data: " : (i == 0 ? "[" : ",\r\n"));
        json_write(&text, json_object_array_get_idx(pieces, i));
        strbuf_puts(&text, sse ? "\r\n\r\n" : (i + 1 == count ? "]\n" : "\n"));
        if (sink_write(sink, text.data, text.len) < 0 || sink_flush(sink) < 0)
            break;
        pause_a_little();
    }
    return 200;
}

static int count_tokens(struct http_call *call, json_object *request, const char *model)
{
    (void)model;
    json_object *answer = json_object_new_object();
    json_add_int(answer, "totalTokens", demo_count_tokens(request));
    return send_json(call, 200, answer);
}

static int embed(struct http_call *call, json_object *request, const char *model)
{
    (void)model;
    json_object *answer = json_object_new_object();
    json_add(answer, "embedding", demo_embedding(request));
    return send_json(call, 200, answer);
}

static int batch_embed(struct http_call *call, json_object *request, const char *model)
{
    (void)model;
    json_object *requests = json_get_arr(request, "requests");
    size_t count = requests ? json_object_array_length(requests) : 0;
    json_object *list = json_object_new_array();
    for (size_t i = 0; i < count; i++)
        json_object_array_add(list, demo_embedding(json_object_array_get_idx(requests, i)));
    json_object *answer = json_object_new_object();
    json_add(answer, "embeddings", list);
    return send_json(call, 200, answer);
}

static const struct verb {
    const char *name;
    int (*answer)(struct http_call *call, json_object *request, const char *model);
} verbs[] = {
    {"generateContent", generate},       {"streamGenerateContent", stream_generate},
    {"countTokens", count_tokens},       {"embedContent", embed},
    {"batchEmbedContents", batch_embed},
};

/* --- the routes ---------------------------------------------------------------------------------
 */

static int demo_model_call(struct http_call *call)
{
    const char *model = http_request_capture(call->req, "model");
    const char *name = http_request_capture(call->req, "verb");
    json_object *refusal = demo_keys_use(
        &demo_keys, http_request_header(call->req, "x-goog-api-key"), model, clock_wall_ms());
    if (refusal)
        return send_json(call, (int)json_get_int(json_get_obj(refusal, "error"), "code", 500),
                         refusal);
    JSON_AUTO json_object *request = read_body(call);
    if (!request)
        return 400;
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (text_eq(verbs[i].name, name))
            return verbs[i].answer(call, request, model);
    return err_set(&call->err, ERR_NOT_FOUND, "the simulated upstream has no method %s", name), 404;
}

static int demo_models(struct http_call *call)
{
    return send_json(call, 200, demo_model_list());
}

static int demo_model(struct http_call *call)
{
    json_object *model = demo_model_find(http_request_capture(call->req, "model"));
    if (model)
        return send_json(call, 200, model);
    return err_set(&call->err, ERR_NOT_FOUND, "the simulated upstream has no such model"), 404;
}

#define DEMO_ROUTE(methods, path, handler)                                                  \
    {                                                                                       \
        methods, "/demo-upstream/v1beta" path, ACCESS_PUBLIC, DIALECT_GEMINI, handler, NULL \
    }

static const struct route routes[] = {
    DEMO_ROUTE(HTTP_GET, "/models", demo_models),
    DEMO_ROUTE(HTTP_GET, "/models/{model}", demo_model),
    DEMO_ROUTE(HTTP_POST, "/models/{model}:{verb}", demo_model_call),
    {0, NULL, ACCESS_PUBLIC, DIALECT_JSON, NULL, NULL},
};

static void enter(struct http_call *call)
{
    (void)call;
}

static void leave(struct http_call *call, int status)
{
    (void)call;
    (void)status;
}

static int allow(struct http_call *call)
{
    (void)call;
    return 0;
}

static int write_error(struct http_call *call, int status)
{
    return send_json(call, status, demo_error(status, call->err.text));
}

/* --- the program --------------------------------------------------------------------------------
 */

static void serve(void *ctx, struct http_request *req, struct http_response *res)
{
    router_dispatch(ctx, req, res);
}

static int run(struct router *router, const sigset_t *signals, struct err *err)
{
    struct http_listener_options options = {.workers_max = 32,
                                            .send_timeout_s = 60,
                                            .drain_timeout_s = 2,
                                            .handler = serve,
                                            .ctx = router};
    struct http_listener *listener = http_listener_open(&options, err);
    if (!listener)
        return -1;
    int signal_number = 0;
    while (sigwait(signals, &signal_number) != 0)
        continue;
    return http_listener_close(&listener) == 0 ? 0 : 1;
}

int main(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    demo_keys_init(&demo_keys);
    const struct router_hooks hooks = {
        .enter = enter, .leave = leave, .check_access = allow, .write_error = write_error};
    struct err err = ERR_INIT;
    struct router *router = router_create(routes, &hooks, NULL, &err);
    int rc = router ? run(router, &signals, &err) : -1;
    if (rc < 0)
        log_event(LOG_CRITICAL, "demo.failed", "error=\"%s\"", err.text);
    if (rc > 0)
        _Exit(0); /* answers are still running: they end with the process */
    router_destroy(&router);
    return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
