#include "http/serve.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rand.h"
#include "http/body.h"
#include "http/response_impl.h"
#include "http/status_text.h"

static pthread_once_t process_id_once = PTHREAD_ONCE_INIT;
static char process_id[13]; /* tells the request ids of two processes apart */

static void make_process_id(void)
{
    rand_token(process_id, sizeof(process_id));
}

static const char *new_request_id(struct arena *arena, uint64_t id)
{
    pthread_once(&process_id_once, make_process_id);
    return arena_printf(arena, "req_%s%08llx", process_id, (unsigned long long)id);
}

/* 0, or the status of a refusal with the reason, in the arena. Not inlined: what it needs would lie in the frame
 * of http_serve() for as long as the answer takes. */
__attribute__((noinline)) static int parse(const struct http_serving *serving,
                                           struct http_request *req, const char **why_r)
{
    struct err err = ERR_INIT;
    int refusal = http_request_parse(req, &serving->input, &err);
    if (refusal)
        *why_r = arena_strdup(serving->arena, err.text);
    return refusal;
}

/* Before a route is known there is no dialect: a plain JSON error. */
static void refuse(struct http_response *res, int status, const char *why)
{
    JSON_AUTO json_object *body = json_object_new_object();
    json_object *error = json_object_new_object();
    json_add_int(error, "code", status);
    json_add_str(error, "message", why);
    json_add_str(error, "status", http_status_text(status));
    json_add(body, "error", error);
    size_t len;
    const char *text = json_to_arena(res->req->arena, body, &len);
    log_event(LOG_DEBUG, "http.refused", "request=%s status=%d", res->req->request_id, status);
    http_response_send(res, status, "application/json", text, len);
}

void http_serve(const struct http_serving *serving, bool *body_ended_r)
{
    struct http_request req = {
        .arena = serving->arena,
        .id = serving->id,
        .request_id = new_request_id(serving->arena, serving->id),
        .started_us = clock_mono_us(),
    };
    struct http_response res;
    struct http_body_source body;
    struct sink sink;
    const char *why = NULL;
    int refusal = parse(serving, &req, &why);
    http_body_open(&body, &req, serving->transport);
    http_response_init(&res, &req, &sink, serving->transport);
    if (refusal)
        refuse(&res, refusal, why);
    else
        serving->handler(serving->ctx, &req, &res);
    http_response_finish(&res);
    *body_ended_r = body.ended && !sink.failed;
    http_body_close(&body);
    arena_reset(serving->arena);
}
