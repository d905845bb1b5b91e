/* Google's own layer in OpenAI's dialect: bytes pass both ways, and the key goes as a bearer; or, where
 * it does not take the key, the call is answered as /v1 answers it. */
#include <string.h>

#include "api/native_check.h"
#include "base/codec.h"
#include "base/text.h"
#include "translate/error_body.h"
#include "translate/pass_reply.h"

static void write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    (void)ctx;
    if (google_body && google_len > 0)
        strbuf_append(out, google_body, google_len);
    else
        openai_error_body(out, status, why, NULL, 0);
}

static struct reply_filter *make_filter(void *ctx)
{
    (void)ctx;
    return pass_reply_filter_create(PASS_OPENAI);
}

/* "/openai/" and the parts of `rest`, encoded. NULL when one of them is no name. */
static const char *layer_path(struct http_call *http)
{
    STRBUF_AUTO struct strbuf path = STRBUF_INIT(LIMIT_HEADERS);
    const char *rest = http_request_capture(http->req, "rest");
    strbuf_puts(&path, "/openai");
    while (*rest) {
        size_t len = strcspn(rest, "/");
        if (len > 0 && !native_id_valid(rest, len))
            return NULL;
        if (len > 0) {
            strbuf_putc(&path, '/');
            url_encode(&path, rest, len, ":");
        }
        rest += len + (rest[len] == '/');
    }
    return arena_strdup(http->req->arena, strbuf_str(&path));
}

/* --- what can be asked here --------------------------------------------------------------------- */

#define MODELS "models/"

/* What can be answered here instead, as /v1 does. */
static const struct own_answer {
    const char *path;
    unsigned method;
    http_handler *handler;
    bool layer_has; /* Google's layer knows it, too */
    bool form;      /* its body may be a form */
} own_answers[] = {
    {"chat/completions", HTTP_POST, api_openai_chat, true, false},
    {"completions", HTTP_POST, api_openai_completions, false, false},
    {"embeddings", HTTP_POST, api_openai_embeddings, true, false},
    {"images/generations", HTTP_POST, api_openai_images, true, false},
    {"images/edits", HTTP_POST, api_openai_image_edits, false, true},
    {"audio/speech", HTTP_POST, api_openai_speech, false, false},
    {"audio/transcriptions", HTTP_POST, api_openai_transcriptions, false, true},
    {"audio/translations", HTTP_POST, api_openai_translations, false, true},
    {"models", HTTP_GET, api_openai_models, true, false},
    {MODELS, HTTP_GET, api_openai_model, true, false}, /* and a name */
};

static bool is_path(const struct own_answer *own, const char *path)
{
    if (text_eq(own->path, MODELS))
        return text_starts(path, MODELS) && path[strlen(MODELS)];
    return text_eq(own->path, path);
}

static const struct own_answer *find_own_answer(const struct http_call *http)
{
    const char *rest = http_request_capture(http->req, "rest");
    for (size_t i = 0; i < ARRAY_LEN(own_answers); i++)
        if (own_answers[i].method == http->req->method && is_path(&own_answers[i], rest))
            return &own_answers[i];
    return NULL;
}

/* Forms carry files and audio, also of what is only known at Google's. */
static bool is_json(const struct http_call *http)
{
    const struct own_answer *own = find_own_answer(http);
    return (own && !own->form) || !text_istarts(http->req->content_type, "multipart/");
}

/* --- passing ------------------------------------------------------------------------------------- */

/* The kind that is bound to a service account is refused there, however it is sent. */
static bool layer_takes(const char *secret)
{
    return !text_starts(secret, "AQ.");
}

/* `suits`: see struct exchange_request. */
static int pass(struct native *native, bool (*suits)(const char *secret))
{
    struct http_call *http = native->call.http;
    struct exchange_request *request = &native->call.request;
    const char *path = layer_path(http);
    if (!path)
        return err_set(&http->err, ERR_INVALID, "the path has a part that cannot be a name"), 400;
    int status = native_take_body(native);
    if (status)
        return status;
    text_copy(native->call.log->model, sizeof(native->call.log->model), native->model);
    if (is_json(http))
        status = native_check_body(native, path + 1);
    if (status == 0)
        status = native_check_models(native);
    if (status)
        return status;
    request->url = api_call_url(&native->call, path, http->req->query);
    request->model = native->model;
    request->credential = CREDENTIAL_BEARER;
    request->write_error = write_error;
    request->make_filter = make_filter;
    request->pinned_key = native->pins.key_id;
    request->streamed = native->stream;
    request->framing = native->stream ? FRAMING_SSE : FRAMING_RAW;
    request->suits = suits;
    native->call.log->streamed = native->stream;
    native_send_body(native);
    return api_call_run(&native->call);
}

/* --- our own answers --------------------------------------------------------------------------- */

/* The handler finds what its own route would have captured. */
static int answer(struct http_call *http, const struct own_answer *own)
{
    const char *rest = http_request_capture(http->req, "rest");
    if (text_eq(own->path, MODELS)) {
        struct http_field *model = ARENA_NEW(http->req->arena, struct http_field);
        *model = (struct http_field){"model", rest + strlen(MODELS)};
        http->req->captures = model;
        http->req->capture_count = 1;
    }
    return own->handler(http);
}

/* The body that was taken in order to be passed, as a handler reads one; `whole` holds it where it was
 * not in memory. 0 or a status. */
static int give_body_back(struct native *native, struct strbuf *whole)
{
    struct http_request *req = native->call.http->req;
    char piece[8 * KIB];
    int64_t got = 0;
    req->body = body_spool_memory(native->spool, &req->body_len);
    if (req->body)
        return 0;
    while ((got = body_spool_peek(native->spool, (int64_t)whole->len, piece, sizeof(piece))) > 0)
        strbuf_append(whole, piece, (size_t)got);
    if (got < 0 || !strbuf_ok(whole))
        return err_set(&native->call.http->err, ERR_IO, "the body cannot be read again"), 503;
    req->body = strbuf_str(whole);
    req->body_len = whole->len;
    return 0;
}

/* By the kind of the key whose turn it is, also when it is the turn of a second one. */
static int pass_or_answer(struct native *native, const struct own_answer *own)
{
    struct http_call *http = native->call.http;
    const struct exchange_outcome *outcome = &native->call.outcome;
    int status = pass(native, layer_takes);
    if (!outcome->unsuited)
        return status;
    STRBUF_AUTO struct strbuf whole = STRBUF_INIT(api_body_room(native->call.settings, 1) + 1);
    struct api_continued continued = {native->call.log->id, outcome->attempts, outcome->key_id};
    status = give_body_back(native, &whole);
    if (status)
        return status;
    http->continued = &continued;
    status = answer(http, own);
    http->continued = NULL;
    http->req->body = NULL;
    return status;
}

int api_openai_layer(struct http_call *http)
{
    const struct settings *set = http->settings;
    const struct own_answer *own = find_own_answer(http);
    bool passes = text_eq(set->openai_layer, "pass") || !own;
    if (!passes && (text_eq(set->openai_layer, "translate") || !own->layer_has))
        return answer(http, own);
    struct native native;
    native_begin(&native, http);
    int status = passes ? pass(&native, NULL) : pass_or_answer(&native, own);
    native_end(&native);
    return status;
}
