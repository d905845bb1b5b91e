#include "front.h"

#include <stdlib.h>

static int64_t read_body(struct http_transport *transport, void *buf, size_t len)
{
    struct front *front = (struct front *)transport;
    if (len > front->reads_largest)
        front->reads_largest = len;
    size_t left = front->body_len - front->body_pos;
    if (left == 0)
        return front->cut ? -1 : 0;
    if (front->body_piece && len > front->body_piece)
        len = front->body_piece;
    if (len > left)
        len = left;
    memcpy(buf, front->body + front->body_pos, len);
    front->body_pos += len;
    return (int64_t)len;
}

static int write_bytes(struct http_transport *transport, const void *data, size_t len)
{
    struct front *front = (struct front *)transport;
    if (front->fail_after && front->out.len + len > front->fail_after)
        return -1;
    strbuf_append(&front->out, data, len);
    return 0;
}

static int flush(struct http_transport *transport)
{
    ((struct front *)transport)->flushes++;
    return 0;
}

static int client_fd(const struct http_transport *transport)
{
    (void)transport;
    return -1;
}

static void give_up(struct http_transport *transport)
{
    ((struct front *)transport)->gave_up++;
}

static const struct http_transport_ops ops = {
    .read = read_body,
    .write = write_bytes,
    .flush = flush,
    .client_fd = client_fd,
    .give_up = give_up,
};

void front_init(struct front *front)
{
    *front = (struct front){.transport = {.ops = &ops}};
    strbuf_init(&front->out, 64 * 1024 * 1024);
}

void front_free(struct front *front)
{
    for (size_t i = 0; i < front->var_count; i++)
        free(front->vars[i]);
    strbuf_free(&front->out);
}

void front_var(struct front *front, const char *name, const char *value)
{
    assert_true(front->var_count < FRONT_VARS - 1);
    front->vars[front->var_count++] = xasprintf("%s=%s", name, value);
}

void front_get(struct front *front, const char *method, const char *uri)
{
    front_init(front);
    front_var(front, "REQUEST_METHOD", method);
    front_var(front, "REQUEST_URI", uri);
}

void front_body(struct front *front, const char *body, const char *content_length)
{
    front->body = body;
    front->body_len = strlen(body);
    if (content_length)
        front_var(front, "CONTENT_LENGTH", content_length);
}

void front_serve(struct front *front, http_request_handler *handler, void *ctx)
{
    struct arena *arena = arena_create(1024);
    struct http_serving serving = {
        .handler = handler,
        .ctx = ctx,
        .transport = &front->transport,
        .input = {.environment = front->vars, .mount = front->mount, .is_cgi = front->is_cgi},
        .arena = arena,
        .id = 7,
    };
    http_serve(&serving, &front->body_ended);
    arena_destroy(&arena);
}

int front_status(const struct front *front)
{
    const char *out = strbuf_str(&front->out);
    assert_true(strncmp(out, "Status: ", 8) == 0);
    return (int)strtol(out + 8, NULL, 10);
}

const char *front_answer_body(const struct front *front)
{
    const char *end = strstr(strbuf_str(&front->out), "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

bool front_has_line(const struct front *front, const char *line)
{
    FREE_AUTO char *whole = xasprintf("\r\n%s\r\n", line);
    const char *found = strstr(strbuf_str(&front->out), whole);
    return found && found < front_answer_body(front);
}
