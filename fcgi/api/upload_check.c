#include "api/upload_check.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

static const char *const protocols[] = {"resumable", "multipart", "raw", "media", NULL};
static const char *const commands[] = {"start", "upload", "finalize", "query", "cancel", NULL};

static int refuse(struct http_call *http, const char *field, const char *what)
{
    err_set_param(&http->err, ERR_INVALID, field, "%s %s", field, what);
    return 400;
}

/* --- headers --------------------------------------------------------------------------------- */

static bool is_listed(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (text_ieq(*list, word))
            return true;
    return false;
}

/* "upload, finalize": each of the words. */
static bool are_listed(struct arena *arena, const char *const *list, const char *words)
{
    for (;;) {
        size_t len = strcspn(words, ",");
        char *word = arena_strndup(arena, words, len);
        if (!is_listed(list, text_trim(word)))
            return false;
        if (!words[len])
            return true;
        words += len + 1;
    }
}

static const char *protocol_of(struct http_request *req)
{
    const char *protocol = http_request_header(req, "X-Goog-Upload-Protocol");
    return protocol ? protocol : http_request_query(req, "uploadType");
}

bool upload_is_start(struct http_request *req)
{
    return text_ieq(protocol_of(req), "resumable");
}

static int check_number(struct http_call *http, const char *name)
{
    int64_t number = 0;
    const char *value = http_request_header(http->req, name);
    if (!value)
        return 0;
    if (text_to_int(value, &number) < 0 || number < 0)
        return refuse(http, name, "must be a number");
    return number > UPLOAD_MAX ? refuse(http, name, "is more than a file may have") : 0;
}

/* "bytes 0-99/200", with * for what is not known. */
static bool is_range(const char *value)
{
    static const char digits[] = "0123456789";
    if (!text_istarts(value, "bytes "))
        return false;
    value += strlen("bytes ");
    size_t first = strspn(value, digits);
    if (*value == '*') {
        value++;
    } else {
        if (first == 0 || value[first] != '-')
            return false;
        value += first + 1;
        size_t last = strspn(value, digits);
        if (last == 0)
            return false;
        value += last;
    }
    if (*value++ != '/')
        return false;
    size_t total = *value == '*' ? 1 : strspn(value, digits);
    return total > 0 && value[total] == '\0';
}

int upload_check_headers(struct http_call *http)
{
    static const char *const numbers[] = {
        "X-Goog-Upload-Offset", "X-Goog-Upload-Header-Content-Length", "X-Upload-Content-Length"};
    struct http_request *req = http->req;
    const char *command = http_request_header(req, "X-Goog-Upload-Command");
    const char *range = http_request_header(req, "Content-Range");
    const char *protocol = protocol_of(req);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        int status = check_number(http, numbers[i]);
        if (status)
            return status;
    }
    if (command && !are_listed(req->arena, commands, command))
        return refuse(http, "X-Goog-Upload-Command",
                      "must be start, upload, finalize, query or cancel");
    if (protocol && !is_listed(protocols, protocol))
        return refuse(http,
                      http_request_header(req, "X-Goog-Upload-Protocol") ? "X-Goog-Upload-Protocol"
                                                                         : "uploadType",
                      "must be resumable, multipart, raw or media");
    if (range && !is_range(range))
        return refuse(http, "Content-Range", "must be like bytes 0-99/200");
    return 0;
}

/* --- bodies ---------------------------------------------------------------------------------- */

static int check_description(struct http_call *http, const char *text, size_t len)
{
    if (len == 0)
        return 0;
    int status = api_call_check_type(http);
    if (status)
        return status;
    JSON_AUTO json_object *body = json_parse_text(text, len, &http->err);
    if (!body)
        return 400;
    if (!json_object_is_type(body, json_type_object))
        return err_set(&http->err, ERR_INVALID, "the body must be a JSON object"), 400;
    json_object *file = json_path(body, "file");
    if (file && !json_object_is_type(file, json_type_object))
        return refuse(http, "file", "must be an object");
    return 0;
}

static const char *boundary_of(struct http_call *http)
{
    const char *at = text_ifind(http->req->content_type, "boundary=");
    if (!at)
        return NULL;
    at += strlen("boundary=");
    bool quoted = *at == '"';
    return arena_strndup(http->req->arena, at + quoted, strcspn(at + quoted, quoted ? "\"" : "; "));
}

/* The whole body lies at `text`: it has to begin and to end. */
static int check_parts(struct http_call *http, const char *text, size_t len)
{
    const char *boundary = boundary_of(http);
    if (!text_istarts(http->req->content_type, "multipart/"))
        return refuse(http, "Content-Type", "must be multipart/related");
    if (text_empty(boundary))
        return refuse(http, "Content-Type", "has no boundary");
    if (!text)
        return 0;
    const char *first = arena_printf(http->req->arena, "--%s", boundary);
    const char *last = arena_printf(http->req->arena, "--%s--", boundary);
    while (len > 0 && strchr("\r\n \t", text[len - 1]))
        len--;
    size_t end = strlen(last);
    if (len < end || memcmp(text + len - end, last, end) != 0 ||
        !memmem(text, len - end, first, strlen(first)))
        return err_set(&http->err, ERR_INVALID, "the multipart body is cut short"), 400;
    return 0;
}

int upload_check_front(struct native *native)
{
    struct http_call *http = native->call.http;
    size_t len = 0;
    const char *text = body_spool_memory(native->spool, &len);
    if (upload_is_start(http->req))
        return text ? check_description(http, text, len) : 0;
    if (text_ieq(protocol_of(http->req), "multipart"))
        return check_parts(http, text, len);
    return 0;
}
