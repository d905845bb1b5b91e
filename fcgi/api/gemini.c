/* Google's own dialect: the client's bytes go up and upstream's bytes come down. */
#include <string.h>

#include "api/api_call.h"
#include "base/codec.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/native_request.h"

enum verb_flags { VERB_STREAMS = 1, VERB_GENERATES = 2 };

/* The verbs that are offered, and what they need. */
static const struct verb {
    const char *name;
    unsigned flags;
} verbs[] = {
    {"generateContent", VERB_GENERATES},
    {"streamGenerateContent", VERB_GENERATES | VERB_STREAMS},
    {"countTokens", 0},
    {"embedContent", 0},
    {"batchEmbedContents", 0},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (text_eq(verbs[i].name, name))
            return &verbs[i];
    return NULL;
}

static struct reply_filter *make_filter(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

/* Google's own words go through as they came; ours are put into its shape. */
static void write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    (void)ctx;
    if (google_body && google_len > 0)
        strbuf_append(out, google_body, google_len);
    else
        gemini_error_body(out, status, why);
}

static enum stream_framing framing_of(struct api_call *call, const struct verb *verb)
{
    if (!(verb->flags & VERB_STREAMS))
        return FRAMING_RAW;
    const char *alt = http_request_query(call->http->req, "alt");
    return text_ieq(alt, "sse") ? FRAMING_SSE : FRAMING_JSON_ARRAY;
}

/* Puts the body to send into `body`, spliced where a setting or a suffix asks for it. 0 or a
 * status. */
static int prepare(struct api_call *call, const struct verb *verb, const char *name,
                   struct strbuf *body, char model_r[LIMIT_MODEL_NAME])
{
    struct exchange_request *request = &call->request;
    const struct http_request *req = call->http->req;
    int status = api_call_read_body(call);
    if (status)
        return status;
    const char *model = api_call_model(call, name);
    request->body = req->body;
    request->body_len = req->body_len;
    if (!(verb->flags & VERB_GENERATES)) {
        text_copy(model_r, LIMIT_MODEL_NAME, model);
        return 0;
    }
    struct native_request_facts facts = {0};
    if (native_request_splice(body, req->body, req->body_len, model, &call->translate, model_r,
                              &facts, &call->http->err) < 0)
        return 400;
    request->body = body->data;
    request->body_len = body->len;
    request->affinity = call->settings->pool_affinity ? facts.affinity : 0;
    request->prompt_tokens = facts.prompt_bytes / 4;
    return 0;
}

static void aim(struct api_call *call, const struct verb *verb, const char *model)
{
    struct exchange_request *request = &call->request;
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/models/");
    url_encode(&path, model, strlen(model), "");
    strbuf_printf(&path, ":%s", verb->name);
    request->url = api_call_url(call, strbuf_str(&path), call->http->req->query);
    request->model = model;
    request->framing = framing_of(call, verb);
    request->streamed = request->framing != FRAMING_RAW;
    request->pass_headers = true;
    request->heartbeat = NULL;
    request->make_filter = make_filter;
    request->write_error = write_error;
    call->log.streamed = request->streamed;
    api_call_forward_headers(call);
}

static int run(struct api_call *call, const struct verb *verb, const char *name)
{
    char model[LIMIT_MODEL_NAME];
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(2 * (size_t)call->settings->max_request_body);
    int status = prepare(call, verb, name, &body, model);
    if (status)
        return status;
    if (api_call_model_refused(call, model))
        return err_set(&call->http->err, ERR_NOT_FOUND, "the model %s is not offered here", model),
               404;
    aim(call, verb, model);
    return api_call_run(call);
}

int api_gemini_call(struct http_call *http)
{
    const char *name = http_request_capture(http->req, "model");
    const struct verb *verb = find_verb(http_request_capture(http->req, "verb"));
    if (!verb)
        return err_set(&http->err, ERR_NOT_FOUND, "this method is not offered"), 404;
    struct api_call call;
    api_call_begin(&call, http);
    text_copy(call.log.model, sizeof(call.log.model), name);
    int status = run(&call, verb, name);
    api_call_end(&call);
    return status;
}

/* GET models/{model}: upstream's own words, its 404 too. */
int api_gemini_model_pass(struct http_call *http)
{
    const char *name = http_request_capture(http->req, "model");
    struct api_call call;
    api_call_begin(&call, http);
    text_copy(call.log.model, sizeof(call.log.model), name);
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/models/");
    url_encode(&path, name, strlen(name), "");
    call.request.method = "GET";
    call.request.url = api_call_url(&call, strbuf_str(&path), http->req->query);
    call.request.content_type = NULL;
    call.request.pass_headers = true;
    call.request.make_filter = make_filter;
    call.request.write_error = write_error;
    int status = api_call_run(&call);
    api_call_end(&call);
    return status;
}
