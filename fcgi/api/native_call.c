/* Google's own API beyond the calls of models: the client's bytes go up with the key that the named
 * resources belong to, upstream's come down, and what they tell of is remembered with its key. */
#include <string.h>

#include "api/native_check.h"
#include "base/codec.h"
#include "base/text.h"
#include "base/vec.h"
#include "translate/error_body.h"
#include "translate/pass_reply.h"

/* --- what passes ----------------------------------------------------------------------------- */

static void see_asked(void *ctx, enum resource_word word, int depth, const char *text)
{
    struct native *native = ctx;
    native->media |= word == WORD_MEDIA;
    native->functions |= word == WORD_FUNCTION;
    if (word == WORD_MEDIA_TYPE)
        text_copy(native->media_type, sizeof(native->media_type), text);
    if (native->unpinned)
        return;
    if (word == WORD_REFERENCE)
        pins_need_text(&native->pins, text);
    else if (word == WORD_CONTINUATION)
        pins_need_continuation(&native->pins, text);
    else if (word == WORD_INTERACTION && native_id_valid(text, strlen(text)))
        pins_need(&native->pins,
                  arena_printf(native->call.http->req->arena, "interactions/%s", text));
    else if (word == WORD_MODEL)
        native_see_model(native, depth, text);
    else if (word == WORD_STREAM && depth == 1)
        native->stream = true;
}

static void see_answered(void *ctx, enum resource_word word, int depth, const char *text)
{
    struct native *native = ctx;
    int64_t key_id = native->call.outcome.key_id;
    if (word == WORD_NAME && depth <= 2 && (native->notes & NOTE_NAME))
        pins_note_text(&native->pins, text, key_id);
    else if (word == WORD_RESULT && depth <= 3 && (native->notes & NOTE_NAME))
        pins_note_text(&native->pins, text, key_id);
    else if (word == WORD_MADE && (native->notes & NOTE_MADE))
        pins_note_text(&native->pins, text, key_id);
    else if (word == WORD_CONTINUATION && (native->notes & NOTE_CONTINUATION))
        pins_note_continuation(&native->pins, text, key_id);
    else if (word == WORD_ID && depth <= 2 && (native->notes & NOTE_INTERACTION) &&
             native_id_valid(text, strlen(text)))
        pins_note(&native->pins,
                  arena_printf(native->call.http->req->arena, "interactions/%s", text), key_id);
}

static void observe(void *ctx, const void *data, size_t len)
{
    struct native *native = ctx;
    resource_scan_push(&native->answered, data, len);
}

void native_watch_answer(struct native *native)
{
    native->call.observe = observe;
    native->call.observe_ctx = native;
}

struct reply_filter *native_make_filter(void *ctx)
{
    (void)ctx;
    return gemini_reply_filter_create();
}

static struct reply_filter *make_interactions_filter(void *ctx)
{
    (void)ctx;
    return pass_reply_filter_create(PASS_INTERACTIONS);
}

void native_write_error(void *ctx, int status, const struct err *why, const char *google_body,
                        size_t google_len, struct strbuf *out)
{
    const struct native *native = ctx;
    if (google_body && google_len > 0)
        strbuf_append(out, google_body, google_len);
    else if (native_path_is_interactions(native->call.http->req->path))
        interactions_error_body(out, status, why);
    else
        gemini_error_body(out, status, why);
}

/* --- begin and end --------------------------------------------------------------------------- */

void native_begin(struct native *native, struct http_call *http)
{
    memset(native, 0, sizeof(*native));
    api_call_begin(&native->call, http);
    pins_init(&native->pins, http);
    resource_scan_init(&native->asked, SIDE_REQUEST, see_asked, native);
    resource_scan_init(&native->answered, SIDE_ANSWER, see_answered, native);
    struct exchange_request *request = &native->call.request;
    request->method = http->req->method_name;
    request->content_type = NULL;
    request->pass_headers = true;
    request->write_error = native_write_error;
    request->ctx = native;
}

void native_end(struct native *native)
{
    body_spool_destroy(&native->spool);
    VEC_FREE(&native->renamed);
    free(native->pieces);
    resource_scan_free(&native->asked);
    resource_scan_free(&native->answered);
}

/* --- headers --------------------------------------------------------------------------------- */

void native_forward_header(struct native *native, const char *name)
{
    struct api_call *call = &native->call;
    const char *value = http_request_header(call->http->req, name);
    if (value && call->request.header_count < API_FORWARDED_MAX)
        call->forwarded[call->request.header_count++] = (struct upstream_header){name, value};
}

void native_forward_headers(struct native *native)
{
    static const char *const names[] = {"Range", "If-Range", "Accept"};
    api_call_forward_headers(&native->call);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        native_forward_header(native, names[i]);
}

/* --- upstream's address ---------------------------------------------------------------------- */

/* Where BASE_URL's version begins, or its end. */
static size_t version_at(const char *base)
{
    size_t len = text_len_without(base, '/');
    const char *slash = memrchr(base, '/', len);
    bool version = slash && slash[1] == 'v' && slash[2] >= '1' && slash[2] <= '9';
    return version ? (size_t)(slash - base) : len;
}

const char *native_root(struct native *native)
{
    const char *base = native->call.settings->base_url;
    return arena_strndup(native->call.http->req->arena, base, version_at(base));
}

const char *native_base_url(const struct settings *set, const char *version, struct arena *arena)
{
    return arena_printf(arena, "%.*s/%s", (int)version_at(set->base_url), set->base_url, version);
}

const char *native_version(struct native *native)
{
    const char *base = native->call.settings->base_url;
    const char *version = base + version_at(base);
    version += *version == '/';
    if (!*version)
        return "v1beta";
    return arena_strndup(native->call.http->req->arena, version, strcspn(version, "/"));
}

/* --- the call -------------------------------------------------------------------------------- */

/* Verbs that make something: not to be done twice. */
static bool is_repeatable(const struct native *native, unsigned method)
{
    static const char *const once[] = {":batchGenerateContent", ":asyncBatchEmbedContent",
                                       ":predictLongRunning"};
    enum native_action action = native->path.method->action;
    if (method & (HTTP_GET | HTTP_HEAD | HTTP_DELETE))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(once); i++)
        if (text_ends(native->path.path, once[i]))
            return false;
    return action == NATIVE_MODEL || action == NATIVE_STREAM;
}

static unsigned notes_of(const struct native_path *path)
{
    const char *kind = path->collection ? path->collection->kind : "";
    bool makes = text_ends(path->path, ":generateContent") || path->method->action == NATIVE_STREAM;
    if (path->method->action == NATIVE_DOWNLOAD)
        return 0;
    if (path->method->action == NATIVE_INTERACT)
        return NOTE_INTERACTION | NOTE_CONTINUATION;
    if (makes)
        return NOTE_CONTINUATION;
    /* A batch's inlined answers are a model's words. */
    return text_eq(kind, "batch") ? NOTE_NAME : NOTE_NAME | NOTE_MADE;
}

static void choose_framing(struct native *native)
{
    struct exchange_request *request = &native->call.request;
    struct http_request *req = native->call.http->req;
    switch (native->path.method->action) {
    case NATIVE_STREAM:
        request->framing =
            text_ieq(http_request_query(req, "alt"), "sse") ? FRAMING_SSE : FRAMING_JSON_ARRAY;
        request->streamed = true;
        break;
    case NATIVE_DOWNLOAD:
        request->streamed = true;
        request->follows = true;
        break;
    case NATIVE_INTERACT:
        request->make_filter = make_interactions_filter;
        request->streamed = native->stream || text_ieq(http_request_query(req, "stream"), "true");
        request->framing = request->streamed ? FRAMING_SSE : FRAMING_RAW;
        break;
    default:
        break;
    }
    native->call.log->streamed = request->streamed;
}

static void aim(struct native *native)
{
    struct api_call *call = &native->call;
    struct exchange_request *request = &call->request;
    const struct native_path *path = &native->path;
    const char *version = call->http->route->arg;
    struct arena *arena = call->http->req->arena;
    if (text_eq(version, "v1alpha"))
        call->base_url = native_base_url(call->settings, version, arena);
    else if (text_eq(version, "download"))
        call->base_url =
            arena_printf(arena, "%s/download/%s", native_root(native), native_version(native));
    request->url = api_call_url(call, path->path, call->http->req->query);
    request->model = path->model[0] ? path->model : native->model;
    request->pinned_key = native->pins.key_id;
    request->idempotent = is_repeatable(native, call->http->req->method);
    if (text_ends(path->path, ":generateContent") || path->method->action == NATIVE_STREAM)
        request->make_filter = native_make_filter;
    choose_framing(native);
    native_forward_headers(native);
    native_send_body(native);
    native->notes = notes_of(path);
    if (native->notes)
        native_watch_answer(native);
    if (!call->log->model[0])
        text_copy(call->log->model, sizeof(call->log->model), request->model);
}

/* A call of a model by a name that has an alias goes to the model that is meant. */
static void read_model(struct native *native)
{
    struct api_call *call = &native->call;
    struct native_path *path = &native->path;
    const char *name = path->model;
    text_copy(call->log->model, sizeof(call->log->model), name);
    if (!*name)
        return;
    const char *model = native_model_of(native, name);
    const char *verb = strrchr(path->path, ':');
    if (!*path->resource && verb && !text_eq(model, name))
        native_path_rename(path, model, call->http->req->arena);
}

static int pass(struct native *native)
{
    if (*native->path.resource)
        pins_need(&native->pins, native->path.resource);
    if (native->pins.status)
        return native->pins.status;
    read_model(native);
    int status = native_take_body(native);
    if (status == 0)
        status = native_check_body(native, native->path.method->pattern);
    if (status == 0)
        status = native_check_models(native);
    if (status)
        return status;
    aim(native);
    status = api_call_run(&native->call);
    bool gone = status == 200 || status == 204 || status == 404;
    if (native->path.method->action == NATIVE_DELETE && gone)
        pins_forget(&native->pins, native->path.resource);
    return status;
}

static void allow(struct http_call *http, unsigned methods)
{
    static const struct {
        unsigned method;
        const char *name;
    } names[] = {
        {HTTP_GET, "GET"}, {HTTP_POST, "POST"}, {HTTP_PATCH, "PATCH"}, {HTTP_DELETE, "DELETE"}};
    STRBUF_AUTO struct strbuf list = STRBUF_INIT(KIB);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (methods & names[i].method)
            strbuf_printf(&list, "%s%s", list.len ? ", " : "", names[i].name);
    http_response_header(http->res, "Allow", strbuf_str(&list));
}

static const char *below_v1(const struct http_request *req)
{
    const char *path = req->path + strspn(req->path, "/");
    return path + strcspn(path, "/");
}

/* The path below the version, from any form of route. */
static const char *rest_of(struct http_call *http)
{
    if (text_eq(http->route->arg, "v1"))
        return below_v1(http->req);
    const char *rest = http_request_capture(http->req, "rest");
    if (rest)
        return rest;
    const char *model = http_request_capture(http->req, "model");
    const char *verb = http_request_capture(http->req, "verb");
    if (!model)
        return "";
    return arena_printf(http->req->arena, "models/%s%s%s", model, verb ? ":" : "",
                        verb ? verb : "");
}

int api_native(struct http_call *http)
{
    struct native native;
    unsigned allowed = 0;
    native_begin(&native, http);
    int status = native_path_read(&native.path, rest_of(http), http->req->method, &allowed,
                                  http->req->arena, &http->err);
    if (status == 405)
        allow(http, allowed);
    else if (status == 0)
        status = native.path.method->action == NATIVE_LIST ? native_list(&native) : pass(&native);
    native_end(&native);
    return status;
}

/* OpenAI has files and batches too, which are not offered here. */
int api_native_v1(struct http_call *http)
{
    if (api_dialect(http) == DIALECT_GEMINI)
        return api_native(http);
    return err_set(&http->err, ERR_NOT_FOUND, "%s is not offered here", http->req->path), 404;
}

/* WebSocket needs a connection of its own, which FastCGI has not. */
int api_live(struct http_call *http)
{
    return err_set(&http->err, ERR_UNSUPPORTED,
                   "Live sessions run over WebSocket, which this server cannot pass on: FastCGI "
                   "carries requests and answers only"),
           501;
}
