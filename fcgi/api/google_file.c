/* By the protocol that Google's SDKs speak: a start, which gives an address, and the bytes at once. */
#include "api/google_file.h"

#include <poll.h>
#include <string.h>

#include "api/native.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#define ANSWER_MAX (256 * KIB)
#define LOOK_MS SECOND_MS
#define HEADERS_MAX 4

struct putting {
    struct api_call *call;
    struct google_file *file;
    char url[2048];                              /* for the bytes, "" not told */
    struct upstream_header headers[HEADERS_MAX]; /* of the step at hand */
};

static void see_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    struct putting *putting = ctx;
    const char *url = upstream_header_find(headers, count, "x-goog-upload-url");
    if (status < 300 && url && !text_copy(putting->url, sizeof(putting->url), url))
        putting->url[0] = '\0';
}

static json_object *parse_answer(const struct strbuf *body, struct err *err, int *status_r)
{
    json_object *answer =
        body->len ? json_parse_text(body->data, body->len, NULL) : json_object_new_object();
    if (!answer)
        *status_r = (err_set(err, ERR_IO, "upstream's answer to an upload is no JSON"), 502);
    return answer;
}

/* One call on the file's key. The answer as JSON (put it), NULL with http->err and *status_r. */
static json_object *ask(struct putting *putting, struct exchange_request *request, int *status_r)
{
    struct api_call *call = putting->call;
    struct exchange_outcome outcome;
    STRBUF_AUTO struct strbuf body = STRBUF_INIT(ANSWER_MAX);
    request->kind = call->request.kind;
    request->credential = call->request.credential;
    request->framing = FRAMING_RAW;
    if (!request->model)
        request->model = "";
    request->pinned_key = putting->file->key_id;
    *status_r = exchange_fetch(&call->env, request, &body, &outcome, &call->http->err);
    call->http->res->upstream_us += outcome.upstream_us;
    call->log->attempts += outcome.attempts;
    if (*status_r >= 200 && *status_r < 300) {
        putting->file->key_id = outcome.key_id;
        return parse_answer(&body, &call->http->err, status_r);
    }
    if (*status_r < 400)
        *status_r = outcome.status >= 400 ? outcome.status : 502;
    return NULL;
}

static const char *files_url(const struct api_call *call, const char *version, const char *path)
{
    struct arena *arena = call->http->req->arena;
    return arena_printf(arena, "%s/%s", native_base_url(call->settings, version, arena), path);
}

/* --- the steps --------------------------------------------------------------------------------- */

static int begin(struct putting *putting, const char *type, int64_t len)
{
    static const char about[] = "{\"file\":{\"displayName\":\"request\"}}";
    struct api_call *call = putting->call;
    int status = 0;
    putting->headers[0] = (struct upstream_header){"X-Goog-Upload-Protocol", "resumable"};
    putting->headers[1] = (struct upstream_header){"X-Goog-Upload-Command", "start"};
    putting->headers[2] =
        (struct upstream_header){"X-Goog-Upload-Header-Content-Length",
                                 arena_printf(call->http->req->arena, "%lld", (long long)len)};
    putting->headers[3] = (struct upstream_header){"X-Goog-Upload-Header-Content-Type", type};
    struct exchange_request request = {.method = "POST",
                                       .url = files_url(call, "upload/v1beta", "files"),
                                       .model = call->request.model,
                                       .headers = putting->headers,
                                       .header_count = 4,
                                       .content_type = "application/json",
                                       .body = about,
                                       .body_len = strlen(about),
                                       .idempotent = true,
                                       .see_head = see_head,
                                       .ctx = putting};
    JSON_AUTO json_object *answer = ask(putting, &request, &status);
    if (!answer)
        return status;
    if (!putting->url[0])
        return err_set(&call->http->err, ERR_IO, "upstream told no address for an upload"), 502;
    return 0;
}

/* Reads a File: its name, and true when it can be used, or never will be (*status_r). */
static bool read_file(struct putting *putting, json_object *file, int *status_r)
{
    struct err *err = &putting->call->http->err;
    const char *state = json_get_str(file, "state", "ACTIVE");
    const char *name = json_get_str(file, "name", "");
    const char *uri = json_get_str(file, "uri", "");
    *status_r = 0;
    if (!text_starts(name, "files/") || strstr(name, "..") ||
        !text_copy(putting->file->name, sizeof(putting->file->name), name) ||
        !text_copy(putting->file->uri, sizeof(putting->file->uri), uri) || !*uri)
        *status_r = (err_set(err, ERR_IO, "upstream told nothing of an upload"), 502);
    else if (text_eq(state, "FAILED"))
        *status_r =
            (err_set_param(err, ERR_INVALID, "file", "the file cannot be read: %.200s",
                           json_get_str(json_get_obj(file, "error"), "message", "no reason given")),
             400);
    return *status_r || text_eq(state, "ACTIVE");
}

static int send_bytes(struct putting *putting, const struct exchange_body *data, bool *ready_r)
{
    int status = 0;
    putting->headers[0] = (struct upstream_header){"X-Goog-Upload-Offset", "0"};
    putting->headers[1] = (struct upstream_header){"X-Goog-Upload-Command", "upload, finalize"};
    struct exchange_request request = {.method = "POST",
                                       .url = putting->url,
                                       .headers = putting->headers,
                                       .header_count = 2,
                                       .source = data,
                                       .watched_fd =
                                           http_request_client_fd(putting->call->http->req)};
    JSON_AUTO json_object *answer = ask(putting, &request, &status);
    if (!answer)
        return status;
    *ready_r = read_file(putting, json_get_obj(answer, "file"), &status);
    return status;
}

static bool client_left_within(const struct http_call *http, int64_t ms)
{
    struct pollfd fd = {.fd = http_request_client_fd(http->req), .events = POLLIN};
    return poll(&fd, fd.fd >= 0 ? 1 : 0, (int)ms) > 0;
}

static int wait_until_ready(struct putting *putting)
{
    struct api_call *call = putting->call;
    int64_t until_ms = clock_mono_ms() + (int64_t)(call->settings->time_out * SECOND_MS);
    const char *url = files_url(call, "v1beta", putting->file->name);
    int status = 0;
    for (bool ready = false; !ready;) {
        if (client_left_within(call->http, LOOK_MS))
            return err_set(&call->http->err, ERR_GONE, "the client left"), 499;
        if (clock_mono_ms() >= until_ms)
            return err_set(&call->http->err, ERR_IO, "Google takes too long to read the file"), 504;
        struct exchange_request request = {.method = "GET", .url = url, .idempotent = true};
        JSON_AUTO json_object *file = ask(putting, &request, &status);
        if (!file)
            return status;
        ready = read_file(putting, file, &status);
    }
    return status;
}

/* --- the whole --------------------------------------------------------------------------------- */

int google_file_put(struct api_call *call, const char *type, const struct exchange_body *data,
                    struct google_file *file_r)
{
    struct putting putting = {.call = call, .file = file_r};
    bool ready = false;
    memset(file_r, 0, sizeof(*file_r));
    int status = begin(&putting, type, data->len);
    if (status == 0)
        status = send_bytes(&putting, data, &ready);
    if (status == 0 && !ready)
        status = wait_until_ready(&putting);
    if (status)
        google_file_remove(call, file_r);
    return status;
}

void google_file_remove(struct api_call *call, struct google_file *file)
{
    struct putting putting = {.call = call, .file = file};
    struct err before = call->http->err;
    int status = 0;
    if (!file->name[0])
        return;
    struct exchange_request request = {
        .method = "DELETE", .url = files_url(call, "v1beta", file->name), .idempotent = true};
    json_object_put(ask(&putting, &request, &status));
    call->http->err = before;
    file->name[0] = '\0';
}
