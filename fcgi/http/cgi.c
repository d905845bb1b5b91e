/* Plain CGI: one request, its variables in the environment, its body on standard input. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/serve.h"

enum { OUTPUT_BUFFER = 8192, ARENA_BLOCK = 8192 };

struct cgi_transport {
    struct http_transport transport; /* first: a pointer to it is a pointer to this */
    size_t queued;
    bool failed;
    char output[OUTPUT_BUFFER];
};

static int64_t read_input(struct http_transport *transport UNUSED, void *buf, size_t len)
{
    ssize_t got;
    do
        got = read(STDIN_FILENO, buf, len);
    while (got < 0 && errno == EINTR);
    return got;
}

static int write_all(const char *data, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(STDOUT_FILENO, data, len);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return -1;
        data += wrote;
        len -= (size_t)wrote;
    }
    return 0;
}

static int flush(struct http_transport *transport)
{
    struct cgi_transport *cgi = (struct cgi_transport *)transport;
    size_t queued = cgi->queued;
    cgi->queued = 0;
    return cgi->failed ? -1 : write_all(cgi->output, queued);
}

static int write_output(struct http_transport *transport, const void *data, size_t len)
{
    struct cgi_transport *cgi = (struct cgi_transport *)transport;
    if (len > sizeof(cgi->output) - cgi->queued && flush(transport) != 0)
        return -1;
    if (len > sizeof(cgi->output))
        return write_all(data, len);
    memcpy(cgi->output + cgi->queued, data, len);
    cgi->queued += len;
    return 0;
}

static int no_client_fd(const struct http_transport *transport UNUSED)
{
    return -1;
}

static void give_up(struct http_transport *transport)
{
    ((struct cgi_transport *)transport)->failed = true;
}

static const struct http_transport_ops cgi_ops = {
    .read = read_input,
    .write = write_output,
    .flush = flush,
    .client_fd = no_client_fd,
    .give_up = give_up,
    .ends_by_length = true,
};

int http_cgi_serve(const struct http_listener_options *options)
{
    struct cgi_transport cgi = {.transport = {.ops = &cgi_ops}};
    struct arena *arena = arena_create(ARENA_BLOCK);
    struct http_serving serving = {
        .handler = options->handler,
        .ctx = options->ctx,
        .transport = &cgi.transport,
        .input = {.environment = environ, .is_cgi = true},
        .arena = arena,
        .id = 1,
    };
    bool body_ended;
    signal(SIGPIPE, SIG_IGN); /* a client that leaves is a failed write, not the end of us */
    http_serve(&serving, &body_ended);
    int failed = flush(&cgi.transport);
    arena_destroy(&arena);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
