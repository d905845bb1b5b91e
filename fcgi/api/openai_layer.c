/* Google's own layer in OpenAI's dialect: bytes pass both ways; the key goes as a bearer. */
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

/* Forms carry files and audio. */
static bool is_json(const struct http_call *http)
{
    return !text_istarts(http->req->content_type, "multipart/");
}

static int pass(struct native *native)
{
    struct http_call *http = native->call.http;
    struct exchange_request *request = &native->call.request;
    const char *path = layer_path(http);
    if (!path)
        return err_set(&http->err, ERR_INVALID, "the path has a part that cannot be a name"), 400;
    int status = native_take_body(native);
    if (status)
        return status;
    text_copy(native->call.log.model, sizeof(native->call.log.model), native->model);
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
    native->call.log.streamed = native->stream;
    native_send_body(native);
    return api_call_run(&native->call);
}

/* What can be answered here instead, where Google's layer does not take the keys. */
static const struct own_answer {
    const char *path;
    unsigned method;
    http_handler *handler;
} own_answers[] = {
    {"chat/completions", HTTP_POST, api_openai_chat},
    {"completions", HTTP_POST, api_openai_completions},
    {"embeddings", HTTP_POST, api_openai_embeddings},
    {"images/generations", HTTP_POST, api_openai_images},
    {"images/edits", HTTP_POST, api_openai_image_edits},
    {"audio/speech", HTTP_POST, api_openai_speech},
    {"audio/transcriptions", HTTP_POST, api_openai_transcriptions},
    {"models", HTTP_GET, api_openai_models},
};

static http_handler *find_own_answer(const struct http_call *http)
{
    const struct settings *set = http->settings;
    const char *rest = http_request_capture(http->req, "rest");
    if (!text_eq(set->openai_layer, "translate"))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(own_answers); i++)
        if (text_eq(own_answers[i].path, rest) && own_answers[i].method == http->req->method)
            return own_answers[i].handler;
    return NULL;
}

int api_openai_layer(struct http_call *http)
{
    http_handler *own = find_own_answer(http);
    if (own)
        return own(http);
    struct native native;
    native_begin(&native, http);
    int status = pass(&native);
    native_end(&native);
    return status;
}
