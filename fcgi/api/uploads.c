/* The upload protocol. A start goes to any key, or to that of the store that it is for; the address that
 * Google gives for the bytes is kept with that key, and the client gets one of ours in its place. The
 * bytes pass by without being held.
 *
 * The id in the address is the credential of what follows: Google's SDKs send none with the bytes. */
#include <string.h>

#include "api/native.h"
#include "api/origin.h"
#include "api/upload_check.h"
#include "api/upload_turn.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/store_pins.h"

#define SESSION_MS (2 * DAY_MS)
#define UPLOAD_ID_MAX 2048
#define URL_HEADER "x-goog-upload-url"
#define CONTROL_HEADER "x-goog-upload-control-url"
#define LOCATION_HEADER "location"

/* Where files can be uploaded to. */
static bool is_target(const struct native_path *path)
{
    return text_eq(path->path, "/files") || text_ends(path->path, ":uploadToFileSearchStore") ||
           text_starts(path->path, "/environments/");
}

/* --- a session ------------------------------------------------------------------------------- */

/* The value of upload_id in a URL's query, as it stands there; NULL when there is none. */
static const char *upload_id_of(const char *url, struct arena *arena)
{
    static const char name[] = "upload_id=";
    const char *at = strchr(url, '?');
    while (at) {
        at++;
        if (text_starts(at, name))
            return arena_strndup(arena, at + strlen(name), strcspn(at + strlen(name), "&#"));
        at = strchr(at, '&');
    }
    return NULL;
}

static const char *session_name(struct http_call *http, const char *upload_id)
{
    return arena_printf(http->req->arena, "uploads/%s", upload_id);
}

static void keep_session(struct native *native, const char *upload_id, const char *url)
{
    struct http_call *http = native->call.http;
    struct err err = ERR_INIT;
    int64_t now_ms = clock_wall_ms();
    struct store_pin pin = {.name = session_name(http, upload_id),
                            .kind = "upload",
                            .key_id = native->call.outcome.key_id,
                            .token_id = native->pins.token_id,
                            .created_ms = now_ms,
                            .expires_ms = now_ms + SESSION_MS,
                            .detail = url};
    if (store_pin_put(http->api->store, &pin, &err) < 0)
        log_event(LOG_WARNING, "upload.lost", "code=%d", (int)err.code);
}

/* The address on this server that stands for `url`: path and query as Google wrote them, for SDKs put
 * their own host before those. */
static const char *our_address(struct http_call *http, const char *url)
{
    const struct settings *set = http->settings;
    const char *origin = origin_of_request(http->req, &set->trusted_proxies);
    const char *path = strstr(url, "/upload/");
    return origin && path ? arena_printf(http->req->arena, "%s%s", origin, path) : NULL;
}

/* What Google no longer knows is not asked for again. */
static void forget_session(struct native *native)
{
    struct err err = ERR_INIT;
    if (store_pin_delete(native->call.http->api->store, native->session, &err) < 0)
        log_event(LOG_WARNING, "upload.kept", "code=%d", (int)err.code);
}

/* Google's answer to a start: its addresses become ours. Its answer to bytes: an upload can have ended. */
static void see_head(void *ctx, int status, const struct upstream_header *headers, size_t count)
{
    static const char *const names[] = {URL_HEADER, LOCATION_HEADER, CONTROL_HEADER};
    struct native *native = ctx;
    struct http_call *http = native->call.http;
    for (size_t i = 0; status < 300 && i < ARRAY_LEN(names); i++) {
        const char *url = upstream_header_find(headers, count, names[i]);
        const char *id = url ? upload_id_of(url, http->req->arena) : NULL;
        const char *ours = id && strlen(id) <= UPLOAD_ID_MAX ? our_address(http, url) : NULL;
        if (!ours)
            continue;
        if (!text_eq(names[i], CONTROL_HEADER))
            keep_session(native, id, url);
        http_response_header(http->res, names[i], ours);
    }
    if (native->session && (status == 404 || status == 410))
        forget_session(native);
    if (status < 300 && native->begins)
        upload_turn_keep(http, native->call.outcome.key_id);
}

/* --- start, and uploads in one request ------------------------------------------------------- */

/* Of both ways in which the protocol is spoken: X-Goog-Upload-* go along with Google's headers. */
static void forward_headers(struct native *native)
{
    static const char *const names[] = {"Content-Range", "X-Upload-Content-Type",
                                        "X-Upload-Content-Length", "Slug"};
    native_forward_headers(native);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        native_forward_header(native, names[i]);
}

static void aim(struct native *native, const char *url)
{
    /* More bytes are expected; the upload was cancelled. */
    static const int answers[] = {308, 499, 0};
    struct exchange_request *request = &native->call.request;
    request->url = url;
    request->method = native->call.http->req->method_name;
    request->see_head = see_head;
    request->also_answers = answers;
    forward_headers(native);
    native_send_body(native);
    native->notes = NOTE_NAME;
    native_watch_answer(native);
}

static int start(struct native *native)
{
    struct http_call *http = native->call.http;
    struct api_call *call = &native->call;
    if (*native->path.resource)
        pins_need(&native->pins, native->path.resource);
    if (native->pins.status)
        return native->pins.status;
    int status = native_take_front(native, UPLOAD_MAX);
    if (status == 0)
        status = upload_check_front(native);
    if (status)
        return status;
    call->base_url =
        arena_printf(http->req->arena, "%s/upload/%s", native_root(native), native_version(native));
    aim(native, api_call_url(call, native->path.path, http->req->query));
    call->request.pinned_key = native->pins.key_id;
    native->begins = native->pins.key_id == 0;
    if (native->begins)
        call->request.preferred_key = upload_turn_key(http);
    /* What nobody sends bytes to is forgotten; a file is not made twice. */
    call->request.idempotent = upload_is_start(http->req);
    return api_call_run(call);
}

static int begin_upload(struct http_call *http)
{
    struct native native;
    unsigned allowed = 0;
    int status = api_check_access(http);
    if (status)
        return status;
    native_begin(&native, http);
    status = native_path_read(&native.path, http_request_capture(http->req, "rest"),
                              http->req->method, &allowed, http->req->arena, &http->err);
    if (status == 0 && !is_target(&native.path))
        status = (err_set(&http->err, ERR_NOT_FOUND, "nothing can be uploaded to this path"), 404);
    if (status == 0)
        status = upload_check_headers(http);
    if (status == 0)
        status = start(&native);
    native_end(&native);
    return status;
}

/* --- the bytes ------------------------------------------------------------------------------- */

/* A token that is sent along has to be valid, and the starter's. 0 or a status. */
static int check_owner(struct http_call *http, const struct store_pin *pin)
{
    const struct settings *set = http->settings;
    if (!client_token_of_request(http->req))
        return 0;
    int status = api_check_access(http);
    const struct principal *principal = http->principal;
    bool own = status == 0 && (principal->admin || principal->token_id == pin->token_id);
    if (status || own || !set->files_user_isolation_enabled)
        return status;
    return err_set(&http->err, ERR_NOT_FOUND, "there is no such upload, or it has expired"), 404;
}

static int find_session(struct http_call *http, const char *upload_id, struct store_pin *pin)
{
    *pin = (struct store_pin){.name = session_name(http, upload_id)};
    int found = strlen(upload_id) > UPLOAD_ID_MAX
                    ? 0
                    : store_pin_get(http->api->store, clock_wall_ms(), http->req->arena, pin, NULL);
    if (found < 0)
        return err_set(&http->err, ERR_BUSY, "uploads cannot be looked up now"), 503;
    if (found == 0 || !text_eq(pin->kind, "upload"))
        return err_set(&http->err, ERR_NOT_FOUND, "there is no such upload, or it has expired"),
               404;
    return check_owner(http, pin);
}

static int go_on(struct native *native, const struct store_pin *pin)
{
    struct api_call *call = &native->call;
    pins_speak_for(&native->pins, pin->token_id);
    call->log->token_id = pin->token_id;
    int status = native_take_front(native, UPLOAD_MAX);
    if (status)
        return status;
    native->session = pin->name;
    aim(native, pin->detail);
    call->request.pinned_key = pin->key_id;
    /* The offset in its header keeps bytes that arrived from being taken twice. */
    call->request.idempotent = true;
    return api_call_run(call);
}

static int continue_upload(struct http_call *http, const char *upload_id)
{
    struct native native;
    struct store_pin pin;
    int status = find_session(http, upload_id, &pin);
    if (status == 0)
        status = upload_check_headers(http);
    if (status)
        return status;
    native_begin(&native, http);
    status = go_on(&native, &pin);
    native_end(&native);
    return status;
}

int api_upload(struct http_call *http)
{
    const char *upload_id =
        upload_id_of(arena_printf(http->req->arena, "?%s", http->req->query), http->req->arena);
    return text_empty(upload_id) ? begin_upload(http) : continue_upload(http, upload_id);
}
