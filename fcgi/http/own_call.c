#include "http/own_call.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "http/body.h"
#include "http/response_impl.h"

enum { HEADERS_MAX = 8 };

/* --- the request ------------------------------------------------------------------------------ */

/* What the route is told of the client: as the outer request says it. */
static const char *const passed_on[] = {"User-Agent", "X-Forwarded-For", "X-Forwarded-Proto",
                                        "X-Forwarded-Host"};

static void add_header(struct http_request *req, const char *name, const char *value)
{
    req->headers[req->header_count++] = (struct http_field){.name = name, .value = value};
}

/* `source` is read already, and knows the outer connection: its client's leaving is noticed. */
static void make_request(struct http_request *req, struct http_body_source *source,
                         const struct http_request *outer, const struct own_call *order)
{
    *req = *outer;
    *source = (struct http_body_source){.transport = outer->body_source->transport, .ended = true};
    req->method = HTTP_POST;
    req->method_name = "POST";
    req->path = req->raw_path = order->path;
    req->query = "";
    req->target = NULL;
    req->captures = NULL;
    req->capture_count = 0;
    req->content_type = "application/json";
    req->content_length = (int64_t)order->body_len;
    req->body_source = source;
    req->body = order->body;
    req->body_len = order->body_len;
    req->headers = ARENA_ARRAY(outer->arena, struct http_field, HEADERS_MAX);
    req->header_count = 0;
    add_header(req, "Content-Type", req->content_type);
    if (*order->token)
        add_header(req, "Authorization", arena_printf(outer->arena, "Bearer %s", order->token));
    for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) {
        const char *value = http_request_header(outer, passed_on[i]);
        if (value)
            add_header(req, passed_on[i], value);
    }
}

int own_call_pass(struct router *router, const struct http_call *outer,
                  const struct own_call *order)
{
    struct http_request req;
    struct http_body_source source;
    make_request(&req, &source, outer->req, order);
    router_dispatch(router, &req, outer->res);
    return outer->res->status;
}

/* --- an answer that is collected --------------------------------------------------------------- */

struct collector {
    struct http_transport transport; /* first */
    struct http_transport *outer;
    struct own_answer *answer;
};

static int64_t collector_read(struct http_transport *transport, void *buf, size_t len)
{
    (void)transport;
    (void)buf;
    (void)len;
    return 0;
}

static int collector_write(struct http_transport *transport, const void *data, size_t len)
{
    struct collector *collector = (struct collector *)transport;
    struct own_answer *answer = collector->answer;
    answer->is_late = answer->deadline_us > 0 && clock_mono_us() > answer->deadline_us;
    if (answer->is_late)
        return -1;
    strbuf_append(&answer->body, data, len);
    return strbuf_ok(&answer->body) ? 0 : -1;
}

static int collector_flush(struct http_transport *transport)
{
    (void)transport;
    return 0;
}

static int collector_client_fd(const struct http_transport *transport)
{
    const struct collector *collector = (const struct collector *)transport;
    return collector->outer->ops->client_fd(collector->outer);
}

static void collector_give_up(struct http_transport *transport)
{
    (void)transport;
}

static const struct http_transport_ops collector_ops = {.read = collector_read,
                                                        .write = collector_write,
                                                        .flush = collector_flush,
                                                        .client_fd = collector_client_fd,
                                                        .give_up = collector_give_up};

/* Status and headers stand before the body as they went out; they are known otherwise. */
static void drop_head(struct strbuf *body)
{
    static const char end[] = "\r\n\r\n";
    const char *found = strstr(strbuf_str(body), end);
    if (found)
        strbuf_consume(body, (size_t)(found - strbuf_str(body)) + strlen(end));
}

void own_call_fetch(struct router *router, const struct http_call *outer,
                    const struct own_call *order, struct own_answer *answer_r)
{
    struct http_request req;
    struct http_body_source source;
    struct sink sink;
    struct collector collector = {.transport = {.ops = &collector_ops},
                                  .outer = outer->req->body_source->transport,
                                  .answer = answer_r};
    make_request(&req, &source, outer->req, order);
    http_response_init(&answer_r->response, &req, &sink, &collector.transport);
    router_dispatch(router, &req, &answer_r->response);
    answer_r->response.req = outer->req;
    answer_r->response.sink = NULL;
    answer_r->status = answer_r->response.status;
    outer->res->upstream_us += answer_r->response.upstream_us;
    drop_head(&answer_r->body);
}

const char *own_answer_header(const struct own_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->response.header_count; i++) {
        if (strcasecmp(answer->response.headers[i].name, name) == 0)
            return answer->response.headers[i].value;
    }
    return NULL;
}
