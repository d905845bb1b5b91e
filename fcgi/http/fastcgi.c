#include "http/fastcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/scope.h"

struct fastcgi_connection {
    struct http_transport transport; /* first: a pointer to it is a pointer to this */
    FCGX_Request request;
    int timeout_s;
};

/* The one place that knows libfcgi's descriptor of the connection. */
static int connection_fd(const struct fastcgi_connection *connection)
{
    return connection->request.ipcFd;
}

static void on_wake(int signo UNUSED)
{
}

int fastcgi_init(void)
{
    /* No SA_RESTART: the signal is there to end a blocking accept. */
    struct sigaction action = {.sa_handler = on_wake};
    sigemptyset(&action.sa_mask);
    if (sigaction(FASTCGI_WAKE_SIGNAL, &action, NULL) != 0)
        return -1;
    return FCGX_Init() == 0 ? 0 : -1;
}

/* --- the transport --------------------------------------------------------------------------- */

static struct fastcgi_connection *of(struct http_transport *transport)
{
    return (struct fastcgi_connection *)transport;
}

/* At the end its stream is freed: an answer may take minutes, and there are 8 KiB in it. */
static int64_t read_body(struct http_transport *transport, void *buf, size_t len)
{
    FCGX_Request *request = &of(transport)->request;
    if (!request->in)
        return 0;
    int got = FCGX_GetStr(buf, len > INT_MAX ? INT_MAX : (int)len, request->in);
    if (got > 0)
        return got;
    if (FCGX_GetError(request->in) != 0)
        return -1;
    FCGX_FreeStream(&request->in);
    return 0;
}

static int write_bytes(struct http_transport *transport, const void *data, size_t len)
{
    FCGX_Stream *out = of(transport)->request.out;
    const char *rest = data;
    while (len > 0) {
        int piece = len > INT_MAX ? INT_MAX : (int)len;
        if (FCGX_PutStr(rest, piece, out) != piece || FCGX_GetError(out) != 0)
            return -1;
        rest += piece;
        len -= (size_t)piece;
    }
    return 0;
}

static int flush(struct http_transport *transport)
{
    FCGX_Stream *out = of(transport)->request.out;
    return FCGX_FFlush(out) == 0 && FCGX_GetError(out) == 0 ? 0 : -1;
}

static int client_fd(const struct http_transport *transport)
{
    return connection_fd((const struct fastcgi_connection *)transport);
}

/* Ending the answer writes once more what could not be written; a closed socket refuses at once
 * where a stuck client would block for another timeout. */
static void give_up(struct http_transport *transport)
{
    shutdown(connection_fd(of(transport)), SHUT_RDWR);
}

static const struct http_transport_ops fastcgi_ops = {
    .read = read_body,
    .write = write_bytes,
    .flush = flush,
    .client_fd = client_fd,
    .give_up = give_up,
};

/* --- the connection -------------------------------------------------------------------------- */

struct fastcgi_connection *fastcgi_create(int timeout_s)
{
    enum { NO_LISTENING_SOCKET = -1 }; /* so that libfcgi never accepts by itself */
    struct fastcgi_connection *connection = xcalloc(1, sizeof(*connection));
    connection->transport.ops = &fastcgi_ops;
    connection->timeout_s = timeout_s;
    FCGX_InitRequest(&connection->request, NO_LISTENING_SOCKET, 0);
    return connection;
}

void fastcgi_destroy(struct fastcgi_connection **connection)
{
    if (!*connection)
        return;
    fastcgi_close(*connection);
    free(*connection);
    *connection = NULL;
}

struct http_transport *fastcgi_transport(struct fastcgi_connection *connection)
{
    return &connection->transport;
}

char *const *fastcgi_environment(const struct fastcgi_connection *connection)
{
    return connection->request.envp;
}

bool fastcgi_is_open(const struct fastcgi_connection *connection)
{
    return connection_fd(connection) >= 0;
}

/* To libfcgi the descriptor is a kept connection between two requests. */
void fastcgi_open(struct fastcgi_connection *connection, int fd)
{
    struct timeval timeout = {.tv_sec = connection->timeout_s};
    connection->request.ipcFd = fd;
    connection->request.keepConnection = 1;
    if (timeout.tv_sec <= 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

/* Detached, libfcgi closes at once; else it would wait for the web server to close first (up to
 * two seconds), which matters only while the client may still be sending. */
void fastcgi_close(struct fastcgi_connection *connection)
{
    if (!fastcgi_is_open(connection))
        return;
    FCGX_Detach(&connection->request);
    FCGX_Free(&connection->request, 1);
}

/* Whether there is anything to read before the other side's end. */
static bool has_bytes(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

enum fastcgi_wait fastcgi_wait(const struct fastcgi_connection *connection)
{
    struct pollfd front = {.fd = connection_fd(connection), .events = POLLIN | POLLRDHUP};
    sigset_t open_to_wake; /* workers block all the others, too */
    sigfillset(&open_to_wake);
    sigdelset(&open_to_wake, FASTCGI_WAKE_SIGNAL);
    if (ppoll(&front, 1, NULL, &open_to_wake) < 0)
        return errno == EINTR ? FASTCGI_WOKEN : FASTCGI_LEFT;
    return front.revents == POLLIN || has_bytes(front.fd) ? FASTCGI_READY : FASTCGI_LEFT;
}

int fastcgi_read_request(struct fastcgi_connection *connection)
{
    return FCGX_Accept_r(&connection->request) == 0 ? 0 : -1;
}

/* As FCGX_Finish_r() does, which takes a request without its input for one that is over. */
static void end_request(FCGX_Request *request)
{
    bool broken = FCGX_FClose(request->err) != 0;
    broken = FCGX_FClose(request->out) != 0 || broken;
    FCGX_Free(request, broken || !request->keepConnection);
}

/* What of a body was left unread would pass for the records of the next request on a kept
 * connection, with variables of the client's choice. So such a connection is closed; with
 * libfcgi's patience, since the client may still be sending. */
void fastcgi_finish(struct fastcgi_connection *connection, bool keep, bool body_ended)
{
    FCGX_Request *request = &connection->request;
    if (!keep || !body_ended)
        request->keepConnection = 0;
    if (body_ended && !request->keepConnection)
        FCGX_Detach(request);
    end_request(request);
}
