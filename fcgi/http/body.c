#include "http/body.h"

#include <string.h>

#include "base/limits.h"

enum { READ_CHUNK = 4096 };

static int fail(struct http_body_source *source, enum err_code code, const char *text,
                struct err *err)
{
    source->failure = code;
    source->why = text;
    return err_set(err, code, "%s", text);
}

/* Says again what went wrong the first time. */
static int failed_before(const struct http_body_source *source, struct err *err)
{
    return err_set(err, source->failure, "%s", source->why);
}

static int64_t read_transport(struct http_body_source *source, void *buf, size_t len)
{
    if (source->has_peeked) {
        source->has_peeked = false;
        *(unsigned char *)buf = source->peeked;
        return 1;
    }
    return source->transport->ops->read(source->transport, buf, len);
}

/* All of Content-Length has come. Under FastCGI the end is a record of its own that has to be
 * read too: only then does the descriptor tell of the client's leaving, and only then can the
 * connection be kept (whatever was left unread would pass for the next request's records). */
static int64_t finish(struct http_body_source *source, struct err *err)
{
    unsigned char byte;
    int64_t got = 0;
    if (!source->transport->ops->ends_by_length)
        got = read_transport(source, &byte, 1);
    if (got < 0)
        return fail(source, ERR_GONE, "the request's body was cut short", err);
    if (got > 0)
        return fail(source, ERR_INVALID, "the body is longer than its Content-Length", err);
    source->ended = true;
    return 0;
}

static int64_t ended_early(struct http_body_source *source, struct err *err)
{
    if (source->expected > source->received)
        return fail(source, ERR_GONE, "the body is shorter than its Content-Length", err);
    source->ended = true;
    return 0;
}

static int64_t read_some(struct http_body_source *source, void *buf, size_t len, struct err *err)
{
    if (source->failure != ERR_NONE)
        return failed_before(source, err);
    if (source->ended || len == 0)
        return 0;
    if (source->expected >= 0) {
        uint64_t missing = (uint64_t)(source->expected - source->received);
        if (missing == 0)
            return finish(source, err);
        if (len > missing)
            len = (size_t)missing;
    }
    int64_t got = read_transport(source, buf, len);
    if (got < 0)
        return fail(source, ERR_GONE, "the request's body was cut short", err);
    if (got == 0)
        return ended_early(source, err);
    source->received += got;
    return got;
}

int64_t http_request_read(struct http_request *req, void *buf, size_t len, struct err *err)
{
    struct http_body_source *source = req->body_source;
    int64_t got = read_some(source, buf, len, err);
    /* Reads the closing record as soon as the last byte has come. */
    if (got > 0 && source->received == source->expected && finish(source, err) != 0)
        return -1;
    return got;
}

/* Reads until the end into source->whole; the buffer grows with what arrives, so a
 * Content-Length that lies costs nothing. */
static int gather(struct http_request *req, struct err *err)
{
    struct http_body_source *source = req->body_source;
    char chunk[READ_CHUNK];
    for (;;) {
        int64_t got = http_request_read(req, chunk, sizeof(chunk), err);
        if (got < 0)
            return -1;
        if (got == 0)
            return 0;
        strbuf_append(&source->whole, chunk, (size_t)got);
        if (!strbuf_ok(&source->whole))
            return fail(source, ERR_TOO_LARGE, "the request's body is too large", err);
    }
}

int http_request_read_body(struct http_request *req, size_t max, struct err *err)
{
    struct http_body_source *source = req->body_source;
    if (req->body)
        return 0;
    if (source->failure != ERR_NONE)
        return failed_before(source, err);
    if (req->content_length >= 0 && (uint64_t)req->content_length > max)
        return err_set(err, ERR_TOO_LARGE, "the request's body has %lld bytes; %zu are allowed",
                       (long long)req->content_length, max);
    source->whole.max = max;
    if (gather(req, err) != 0) {
        strbuf_free(&source->whole);
        return -1;
    }
    req->body = strbuf_str(&source->whole);
    req->body_len = source->whole.len;
    return 0;
}

void http_request_drop_body(struct http_request *req)
{
    if (!req->body)
        return;
    if (req->body_source && req->body == strbuf_str(&req->body_source->whole))
        strbuf_free(&req->body_source->whole);
    req->body = "";
    req->body_len = 0;
}

/* A request that announces no body: its end is read at once, so that a handler which never asks
 * for the body can still watch the client. */
static bool announces_no_body(const struct http_request *req)
{
    unsigned plain = HTTP_GET | HTTP_HEAD | HTTP_DELETE | HTTP_OPTIONS;
    if (req->content_length == 0)
        return true;
    return req->content_length < 0 && (req->method & plain) &&
           !http_request_header(req, "Transfer-Encoding");
}

void http_body_open(struct http_body_source *source, struct http_request *req,
                    struct http_transport *transport)
{
    *source = (struct http_body_source){.transport = transport, .expected = req->content_length};
    req->body_source = source;
    if (transport->ops->ends_by_length && source->expected < 0 &&
        !http_request_header(req, "Transfer-Encoding"))
        source->expected = 0;
    if (source->expected == 0 && transport->ops->ends_by_length)
        source->ended = true;
    if (source->ended || !announces_no_body(req))
        return;
    int64_t got = transport->ops->read(transport, &source->peeked, 1);
    source->has_peeked = got > 0;
    if (got == 0)
        source->ended = true;
    if (got < 0)
        fail(source, ERR_GONE, "the request's body was cut short", NULL);
}

void http_body_close(struct http_body_source *source)
{
    strbuf_free(&source->whole);
}

int http_request_client_fd(const struct http_request *req)
{
    return req->body_source->transport->ops->client_fd(req->body_source->transport);
}
