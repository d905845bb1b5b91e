#include "http/listener.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "http/fastcgi.h"
#include "http/listen_socket.h"
#include "http/workers.h"

enum { HANDED_OVER_FD = STDIN_FILENO, WORKERS_LIMIT = 4096 };

struct http_listener {
    char *socket;  /* what we have opened; NULL when descriptor 0 was handed over */
    char *mount;   /* GB_MOUNT or NULL */
    char *allowed; /* FCGI_WEB_SERVER_ADDRS or NULL */
    int fd;
    struct workers *workers;
};

enum http_start http_start_detect(const char *socket)
{
    if (socket || listen_socket_is(HANDED_OVER_FD))
        return HTTP_START_FASTCGI;
    if (getenv("REQUEST_METHOD") || getenv("GATEWAY_INTERFACE"))
        return HTTP_START_CGI;
    return HTTP_START_SHELL;
}

static void listener_free(struct http_listener **listener)
{
    if ((*listener)->socket && (*listener)->fd >= 0)
        close((*listener)->fd);
    free((*listener)->socket);
    free((*listener)->mount);
    free((*listener)->allowed);
    free(*listener);
    *listener = NULL;
}

/* Accept has to block, whatever the program that handed the socket over had set. */
static int open_fd(const char *socket, struct err *err)
{
    int fd = socket ? listen_socket_open(socket, err) : HANDED_OVER_FD;
    if (!socket && !listen_socket_is(fd))
        return err_set(err, ERR_INVALID, "descriptor 0 is no listening socket");
    int flags = fd >= 0 ? fcntl(fd, F_GETFL) : -1;
    if (flags >= 0 && (flags & O_NONBLOCK))
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return fd;
}

static int open_all(struct http_listener *listener, const struct http_listener_options *options,
                    struct err *err)
{
    if (options->workers_max < 1 || options->workers_max > WORKERS_LIMIT)
        return err_set(err, ERR_INVALID, "%d worker threads: 1 to %d are possible",
                       options->workers_max, WORKERS_LIMIT);
    listener->fd = open_fd(options->socket, err);
    if (listener->fd < 0)
        return -1;
    if (fastcgi_init() != 0)
        return err_set(err, ERR_INTERNAL, "libfcgi cannot be started");
    struct workers_source source = {
        .listen_fd = listener->fd, .allowed = listener->allowed, .mount = listener->mount};
    listener->workers = workers_start(options, &source, err);
    return listener->workers ? 0 : -1;
}

struct http_listener *http_listener_open(const struct http_listener_options *options,
                                         struct err *err)
{
    struct http_listener *listener = xcalloc(1, sizeof(*listener));
    listener->fd = -1;
    listener->socket = xstrdup(options->socket);
    listener->mount = xstrdup(getenv("GB_MOUNT"));
    listener->allowed = xstrdup(getenv("FCGI_WEB_SERVER_ADDRS"));
    if (open_all(listener, options, err) != 0)
        listener_free(&listener);
    return listener;
}

int http_listener_close(struct http_listener **listener)
{
    if (!*listener)
        return 0;
    if ((*listener)->socket)
        listen_socket_unlink((*listener)->socket);
    int running = workers_stop(&(*listener)->workers);
    if (running > 0)
        *listener = NULL; /* those workers still read it */
    else
        listener_free(listener);
    return running;
}

struct http_listener_stats http_listener_stats(struct http_listener *listener)
{
    return workers_stats(listener->workers);
}
