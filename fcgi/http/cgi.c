/* Plain CGI: one request, its variables in the environment, its body on standard input.
 *
 * A client's leaving shows in one of two ways: the web server closes the other end of standard
 * output, or it sends a signal that ends programs. Both are led to one descriptor. */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/text.h"
#include "http/listener.h"
#include "http/serve.h"

enum { OUTPUT_BUFFER = 8192, ARENA_BLOCK = 8192 };

struct cgi_transport {
    struct http_transport transport; /* first: a pointer to it is a pointer to this */
    int client_fd; /* readable when the client has left; -1 when that cannot be watched */
    int signal_fd;
    int64_t taken; /* bytes of the body that were read */
    size_t queued;
    bool failed;
    char output[OUTPUT_BUFFER];
};

static int64_t read_input(struct http_transport *transport, void *buf, size_t len)
{
    ssize_t got;
    do
        got = read(STDIN_FILENO, buf, len);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        ((struct cgi_transport *)transport)->taken += got;
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

static int client_fd(const struct http_transport *transport)
{
    return ((const struct cgi_transport *)transport)->client_fd;
}

static void give_up(struct http_transport *transport)
{
    ((struct cgi_transport *)transport)->failed = true;
}

static const struct http_transport_ops cgi_ops = {
    .read = read_input,
    .write = write_output,
    .flush = flush,
    .client_fd = client_fd,
    .give_up = give_up,
    .ends_by_length = true,
};

static void watch(int epoll_fd, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

/* Standard output is asked for nothing: that its other end is gone is always told. (A file, as a
 * person's shell may put there, cannot be watched, and nobody leaves it.) The signals count only
 * where the caller has blocked them. */
static void open_watch(struct cgi_transport *cgi)
{
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    cgi->client_fd = epoll_create1(EPOLL_CLOEXEC);
    cgi->signal_fd = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
    if (cgi->client_fd < 0)
        return;
    watch(cgi->client_fd, STDOUT_FILENO, 0);
    if (cgi->signal_fd >= 0)
        watch(cgi->client_fd, cgi->signal_fd, EPOLLIN);
}

static void close_watch(struct cgi_transport *cgi)
{
    if (cgi->client_fd >= 0)
        close(cgi->client_fd);
    if (cgi->signal_fd >= 0)
        close(cgi->signal_fd);
}

/* How many bytes of the body are still to come, at most. */
static int64_t body_left(const struct cgi_transport *cgi)
{
    const char *length = getenv("CONTENT_LENGTH");
    int64_t bytes = 0;
    if (text_empty(length))
        return getenv("HTTP_TRANSFER_ENCODING") ? INT64_MAX : 0;
    return text_to_int(length, &bytes) == 0 && bytes > cgi->taken ? bytes - cgi->taken : 0;
}

/* Takes what was not wanted of the body. Apache's mod_cgid reads no answer before it has sent all of
 * it, and its one socket for both ways forgets the answer when we end with bytes unread. */
static void drain_input(struct cgi_transport *cgi, int timeout_s)
{
    enum { FOREVER = -1, SECOND_MS = 1000 };
    char unwanted[OUTPUT_BUFFER];
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t left;
    while ((left = body_left(cgi)) > 0) {
        size_t piece = left < (int64_t)sizeof(unwanted) ? (size_t)left : sizeof(unwanted);
        if (poll(&input, 1, timeout_s > 0 ? timeout_s * SECOND_MS : FOREVER) <= 0 ||
            read_input(&cgi->transport, unwanted, piece) <= 0)
            return;
    }
}

bool http_cgi_query_commands(void)
{
    const char *query = getenv("QUERY_STRING");
    if (http_start_detect(NULL) != HTTP_START_CGI || text_empty(query) || strchr(query, '='))
        return false;
    FREE_AUTO char *words = xasprintf(" %s", query);
    int64_t len = url_decode(words, strlen(words), true);
    for (int64_t i = 1; i < len; i++)
        if (words[i] == '-' && (isspace((unsigned char)words[i - 1]) || words[i - 1] == '\\'))
            return true;
    return len < 0;
}

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
    open_watch(&cgi);
    http_serve(&serving, &body_ended);
    int failed = flush(&cgi.transport);
    if (!body_ended)
        drain_input(&cgi, options->send_timeout_s);
    close_watch(&cgi);
    arena_destroy(&arena);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
