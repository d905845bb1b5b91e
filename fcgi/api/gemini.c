/* Google's own dialect: the client's bytes go up and upstream's bytes come down. */
#include <string.h>

#include "api/fallback.h"
#include "api/gemini_body.h"
#include "api/native_check.h"
#include "base/codec.h"
#include "base/text.h"

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

static enum stream_framing framing_of(struct api_call *call, const struct verb *verb)
{
    if (!(verb->flags & VERB_STREAMS))
        return FRAMING_RAW;
    const char *alt = http_request_query(call->http->req, "alt");
    return text_ieq(alt, "sse") ? FRAMING_SSE : FRAMING_JSON_ARRAY;
}

/* Where calls go: Google's API, or Vertex AI Express, which knows nothing of files and their like. */
struct surface {
    enum key_kind kind;
    const char *base_url;
};

struct gemini_call {
    struct native native; /* first: the exchange's ctx is both */
    struct gemini_body body;
    const struct verb *verb;
    const char
        *name; /* that is asked: the client's after aliases, or of the model that took over */
    char model[LIMIT_MODEL_NAME];
};

/* Takes the body and prepares what is sent. 0 or a status. */
static int prepare(struct gemini_call *gemini, const char *name)
{
    struct native *native = &gemini->native;
    struct api_call *call = &native->call;
    const char *model = api_call_model(call, name);
    gemini->name = model;
    native->memory = GEMINI_BODY_MEMORY;
    int status = native_take_body(native);
    if (status == 0)
        status = native_check_body(
            native, arena_printf(call->http->req->arena, "models/*:%s", gemini->verb->name));
    if (status == 0)
        status = native_check_models(native);
    if (status)
        return status;
    gemini->body.media = native->media;
    gemini->body.functions = native->functions;
    native_send_body(native);
    if (!(gemini->verb->flags & VERB_GENERATES)) {
        text_copy(gemini->model, sizeof(gemini->model), model);
        return 0;
    }
    call->request.source = NULL;
    return gemini_body_prepare(&gemini->body, native, model, gemini->model, &call->http->err) < 0
               ? 400
               : 0;
}

static void aim(struct gemini_call *gemini)
{
    struct native *native = &gemini->native;
    struct api_call *call = &native->call;
    struct exchange_request *request = &call->request;
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/models/");
    url_encode(&path, gemini->model, strlen(gemini->model), "");
    strbuf_printf(&path, ":%s", gemini->verb->name);
    request->url = api_call_url(call, strbuf_str(&path), call->http->req->query);
    request->model = gemini->model;
    request->framing = framing_of(call, gemini->verb);
    request->streamed = request->framing != FRAMING_RAW;
    request->content_type = "application/json";
    request->make_filter = native_make_filter;
    request->pinned_key = native->pins.key_id;
    call->log->streamed = request->streamed;
    native->notes = gemini->verb->flags & VERB_GENERATES ? NOTE_CONTINUATION : 0;
    if (native->notes)
        native_watch_answer(native);
    api_call_forward_headers(call);
}

/* The body once more, for the model that takes over. 0 or a status. */
static int prepare_again(struct gemini_call *gemini, const char *next)
{
    struct native *native = &gemini->native;
    if (gemini->body.piece_count > 0)
        body_spool_compose(native->spool, NULL, 0);
    gemini->body.piece_count = 0;
    gemini_body_free(&gemini->body);
    native->call.request.source = NULL;
    gemini->name = fallback_name(&native->call, gemini->name, gemini->model, next);
    int rc = gemini_body_prepare(&gemini->body, native, gemini->name, gemini->model,
                                 &native->call.http->err);
    return rc < 0 ? 400 : 0;
}

static int ask(struct gemini_call *gemini)
{
    struct api_call *call = &gemini->native.call;
    struct fallback fallback = {0};
    for (;;) {
        const char *next = gemini->verb->flags & VERB_GENERATES
                               ? fallback_next(&fallback, call, gemini->model)
                               : NULL;
        aim(gemini);
        call->request.stands_by = next != NULL;
        int status = api_call_run(call);
        if (!fallback_takes_over(call, next))
            return status;
        status = prepare_again(gemini, next);
        if (status)
            return status;
    }
}

static int run(struct gemini_call *gemini, const char *name)
{
    struct api_call *call = &gemini->native.call;
    int status = prepare(gemini, name);
    if (status)
        return status;
    if (api_call_model_refused(call, gemini->model))
        return err_set(&call->http->err, ERR_NOT_FOUND, "the model %s is not offered here",
                       gemini->model),
               404;
    return ask(gemini);
}

static int call_model(struct http_call *http, const struct verb *verb,
                      const struct surface *surface)
{
    const char *name = http_request_capture(http->req, "model");
    struct gemini_call gemini = {.verb = verb};
    if (!native_id_valid(name, strlen(name)))
        return native_refuse_name(http);
    native_begin(&gemini.native, http);
    gemini.native.call.request.idempotent = true;
    gemini.native.call.request.kind = surface->kind;
    gemini.native.call.base_url = surface->base_url;
    gemini.native.unpinned = surface->kind == KEY_VERTEX;
    text_copy(gemini.native.call.log->model, sizeof(gemini.native.call.log->model), name);
    int status = run(&gemini, name);
    gemini_body_free(&gemini.body);
    native_end(&gemini.native);
    return status;
}

int api_gemini_call(struct http_call *http)
{
    const struct settings *set = http->settings;
    const struct verb *verb = find_verb(http_request_capture(http->req, "verb"));
    const char *version = http->route->arg;
    const struct surface surface = {
        KEY_GEMINI, version ? native_base_url(set, version, http->req->arena) : set->base_url};
    return verb ? call_model(http, verb, &surface) : api_native(http);
}

int api_vertex_call(struct http_call *http)
{
    const struct settings *set = http->settings;
    const struct verb *verb = find_verb(http_request_capture(http->req, "verb"));
    const struct surface surface = {KEY_VERTEX, set->vertex_express_base_url};
    if (!verb)
        return err_set(&http->err, ERR_NOT_FOUND, "this method is not offered"), 404;
    return call_model(http, verb, &surface);
}

/* GET models/{model}: upstream's own words, its 404 too. */
int api_gemini_model_pass(struct http_call *http)
{
    const char *name = http_request_capture(http->req, "model");
    struct api_call call;
    api_call_begin(&call, http);
    text_copy(call.log->model, sizeof(call.log->model), name);
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    strbuf_puts(&path, "/models/");
    url_encode(&path, name, strlen(name), "");
    call.request.method = "GET";
    call.request.url = api_call_url(&call, strbuf_str(&path), http->req->query);
    call.request.content_type = NULL;
    call.request.pass_headers = true;
    call.request.make_filter = native_make_filter;
    call.request.write_error = native_write_error;
    return api_call_run(&call);
}
