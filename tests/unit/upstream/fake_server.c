#include "fake_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"

#define WAIT_MS 60000
#define MAX_CONNECTIONS 4096
#define MAX_HEAD 131072

struct fake_conn {
    struct fake_server *server;
    int fd;
    bool closing;
    pthread_t thread;
};

struct fake_server {
    int listen_fd;
    int port;
    bool raw;
    fake_handler *handler;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock;
    bool stopping;
    int requests, abandoned;
    int connection_count;
    struct fake_conn *connections[MAX_CONNECTIONS];
};

/* --- sockets --------------------------------------------------------------------------------- */

static int listen_on_loopback(int *port_r, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, backlog) < 0) {
        close(fd);
        return -1;
    }
    getsockname(fd, (struct sockaddr *)&address, &len);
    *port_r = ntohs(address.sin_port);
    return fd;
}

int fake_closed_port(void)
{
    int port = 0;
    int fd = listen_on_loopback(&port, 1);
    close(fd);
    return port;
}

int fake_silent_port(int *fd_r)
{
    int port = 0;
    *fd_r = listen_on_loopback(&port, 16);
    return port;
}

/* Waits for bytes or the end; false after WAIT_MS. */
static bool wait_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, WAIT_MS) > 0;
}

int fake_read(struct fake_conn *conn, void *buf, size_t len)
{
    char *to = buf;
    while (len > 0) {
        if (!wait_readable(conn->fd))
            return -1;
        ssize_t got = recv(conn->fd, to, len, 0);
        if (got <= 0)
            return -1;
        to += got;
        len -= (size_t)got;
    }
    return 0;
}

/* --- requests -------------------------------------------------------------------------------- */

const char *fake_header(const struct fake_request *request, const char *name)
{
    static __thread char value[1024];
    size_t name_len = strlen(name);
    value[0] = '\0';
    for (const char *line = strchr(request->head, '\n'); line && line[1];
         line = strchr(line, '\n')) {
        line++;
        if (!text_istarts(line, name) || line[name_len] != ':')
            continue;
        line += name_len + 1;
        line += strspn(line, " ");
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(line, "\r\n"), line);
        break;
    }
    return value;
}

/* Reads byte by byte up to the blank line: slow, simple, and nothing of the body is lost. */
static int read_head(struct fake_conn *conn, char *head)
{
    size_t len = 0;
    while (len < MAX_HEAD - 1) {
        if (fake_read(conn, head + len, 1) < 0)
            return -1;
        head[++len] = '\0';
        if (len >= 4 && memcmp(head + len - 4, "\r\n\r\n", 4) == 0)
            return 0;
    }
    return -1;
}

static int read_chunked(struct fake_conn *conn, char **body_r, size_t *len_r)
{
    for (;;) {
        char line[32];
        size_t n = 0;
        while (n < sizeof(line) - 1 && fake_read(conn, line + n, 1) == 0 && line[n] != '\n')
            n++;
        line[n] = '\0';
        size_t size = strtoul(line, NULL, 16);
        *body_r = xrealloc(*body_r, *len_r + size + 3, 1);
        if (fake_read(conn, *body_r + *len_r, size + 2) < 0)
            return -1;
        *len_r += size;
        (*body_r)[*len_r] = '\0';
        if (size == 0)
            return 0;
    }
}

static int read_body(struct fake_conn *conn, struct fake_request *request, char **body_r)
{
    *body_r = xcalloc(1, 1);
    if (text_ieq(fake_header(request, "Transfer-Encoding"), "chunked"))
        return read_chunked(conn, body_r, &request->body_len);
    request->body_len = strtoul(fake_header(request, "Content-Length"), NULL, 10);
    *body_r = xrealloc(*body_r, request->body_len + 1, 1);
    (*body_r)[request->body_len] = '\0';
    return fake_read(conn, *body_r, request->body_len);
}

static int next_number(struct fake_server *server)
{
    LOCK_SCOPE(&server->lock);
    return ++server->requests;
}

static int serve_one(struct fake_conn *conn, fake_handler *handler, void *ctx, int on_connection)
{
    FREE_AUTO char *head = xcalloc(1, MAX_HEAD);
    FREE_AUTO char *body = NULL;
    FREE_AUTO char *line = NULL;
    if (read_head(conn, head) < 0)
        return -1;
    line = xstrndup(head, strcspn(head, "\r\n"));
    struct fake_request request = {.head = head, .line = line, .on_connection = on_connection};
    if (read_body(conn, &request, &body) < 0)
        return -1;
    request.body = body;
    request.number = next_number(conn->server);
    handler(conn, &request, ctx);
    return conn->closing ? -1 : 0;
}

void fake_serve(struct fake_conn *conn, fake_handler *handler, void *ctx)
{
    int on_connection = 1;
    while (serve_one(conn, handler, ctx, on_connection) == 0)
        on_connection++;
    conn->closing = true;
}

/* --- threads --------------------------------------------------------------------------------- */

/* The descriptor is given back under the lock, so that stopping never touches a stranger's. */
static void shut(struct fake_conn *conn)
{
    LOCK_SCOPE(&conn->server->lock);
    if (conn->fd >= 0)
        close(conn->fd);
    conn->fd = -1;
}

static void *conn_main(void *ctx)
{
    struct fake_conn *conn = ctx;
    struct fake_request none = {.line = "", .head = "", .body = ""};
    if (conn->server->raw)
        conn->server->handler(conn, &none, conn->server->ctx);
    else
        fake_serve(conn, conn->server->handler, conn->server->ctx);
    shut(conn);
    return NULL;
}

static void take_connection(struct fake_server *server, int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    struct fake_conn *conn = xcalloc(1, sizeof(*conn));
    conn->server = server;
    conn->fd = fd;
    LOCK_SCOPE(&server->lock);
    if (server->stopping || server->connection_count == MAX_CONNECTIONS ||
        pthread_create(&conn->thread, NULL, conn_main, conn) != 0) {
        close(fd);
        free(conn);
        return;
    }
    server->connections[server->connection_count++] = conn;
}

static void *accept_main(void *ctx)
{
    struct fake_server *server = ctx;
    for (;;) {
        int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            return NULL;
        if (fd >= 0)
            take_connection(server, fd);
    }
}

static struct fake_server *start(fake_handler *handler, void *ctx, bool raw)
{
    struct fake_server *server = xcalloc(1, sizeof(*server));
    server->handler = handler;
    server->ctx = ctx;
    server->raw = raw;
    pthread_mutex_init(&server->lock, NULL);
    server->listen_fd = listen_on_loopback(&server->port, 128);
    pthread_create(&server->thread, NULL, accept_main, server);
    return server;
}

struct fake_server *fake_server_start(fake_handler *handler, void *ctx)
{
    return start(handler, ctx, false);
}

struct fake_server *fake_server_start_raw(fake_handler *handler, void *ctx)
{
    return start(handler, ctx, true);
}

static void shut_all(struct fake_server *server)
{
    LOCK_SCOPE(&server->lock);
    server->stopping = true;
    for (int i = 0; i < server->connection_count; i++)
        if (server->connections[i]->fd >= 0)
            shutdown(server->connections[i]->fd, SHUT_RDWR);
}

void fake_server_stop(struct fake_server **server_p)
{
    struct fake_server *server = *server_p;
    if (!server)
        return;
    shutdown(server->listen_fd, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listen_fd);
    shut_all(server);
    for (int i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i]->thread, NULL);
        free(server->connections[i]);
    }
    pthread_mutex_destroy(&server->lock);
    free(server);
    *server_p = NULL;
}

int fake_server_port(const struct fake_server *server)
{
    return server->port;
}

int fake_server_requests(struct fake_server *server)
{
    LOCK_SCOPE(&server->lock);
    return server->requests;
}

int fake_server_connections(struct fake_server *server)
{
    LOCK_SCOPE(&server->lock);
    return server->connection_count;
}

int fake_server_abandoned(struct fake_server *server)
{
    LOCK_SCOPE(&server->lock);
    return server->abandoned;
}

/* --- answers --------------------------------------------------------------------------------- */

void fake_write(struct fake_conn *conn, const void *data, size_t len)
{
    const char *from = data;
    while (len > 0 && conn->fd >= 0) {
        ssize_t put = send(conn->fd, from, len, MSG_NOSIGNAL);
        if (put <= 0) {
            conn->closing = true;
            return;
        }
        from += put;
        len -= (size_t)put;
    }
}

void fake_print(struct fake_conn *conn, const char *fmt, ...)
{
    char text[8192];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    fake_write(conn, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

void fake_answer(struct fake_conn *conn, int status, const char *type, const char *body)
{
    fake_print(conn, "HTTP/1.1 %d Status\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
               status, type, strlen(body));
    fake_write(conn, body, strlen(body));
}

void fake_chunked_head(struct fake_conn *conn, const char *type)
{
    fake_print(conn,
               "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n"
               "Vary: Origin\r\nx-gemini-service-tier: standard\r\n\r\n",
               type);
}

void fake_chunk(struct fake_conn *conn, const void *data, size_t len)
{
    fake_print(conn, "%zx\r\n", len);
    fake_write(conn, data, len);
    fake_print(conn, "\r\n");
}

void fake_chunk_text(struct fake_conn *conn, const char *text)
{
    fake_chunk(conn, text, strlen(text));
}

void fake_chunked_end(struct fake_conn *conn)
{
    fake_print(conn, "0\r\n\r\n");
}

void fake_sleep(int ms)
{
    poll(NULL, 0, ms);
}

void fake_hang(struct fake_conn *conn)
{
    char c;
    conn->closing = true;
    if (!wait_readable(conn->fd) || recv(conn->fd, &c, 1, MSG_PEEK) > 0)
        return;
    LOCK_SCOPE(&conn->server->lock);
    if (!conn->server->stopping)
        conn->server->abandoned++;
}

void fake_close(struct fake_conn *conn)
{
    conn->closing = true;
}

void fake_reset(struct fake_conn *conn)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    conn->closing = true;
    shut(conn);
}
