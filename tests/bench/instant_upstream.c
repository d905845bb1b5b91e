/* An upstream that answers at once, to measure everything in front of it: one thread, epoll, kept
 * connections. Prints its port and serves until it is ended.
 *
 *   ...:streamGenerateContent   one event, then silence on an open stream (an idle stream)
 *   anything else               one fixed answer of generateContent */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 4096, REQUEST_MAX = 65536, EVENTS_MAX = 256 };

static const char answer_body[] =
    "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"The capital of Wyoming is Cheyenne.\"}],"
    "\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{"
    "\"promptTokenCount\":7,\"candidatesTokenCount\":8,\"totalTokenCount\":15},"
    "\"modelVersion\":\"gemini-3.8-flash\",\"responseId\":\"bench\"}\n";
/* Framed by the connection's end, which never comes. */
static const char idle_stream[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"Hm\"}],\"role\": "
    "\"model\"}}]}\r\n\r\n";

struct connection {
    size_t len;
    char data[REQUEST_MAX];
};

static struct connection *connections[CONNECTIONS_MAX]; /* by descriptor */
static char answer[1024];
static size_t answer_len;

static void make_answer(void)
{
    answer_len = (size_t)snprintf(answer, sizeof(answer),
                                  "HTTP/1.1 200 OK\r\nContent-Type: application/json; "
                                  "charset=UTF-8\r\nContent-Length: %zu\r\n\r\n%s",
                                  sizeof(answer_body) - 1, answer_body);
}

static void drop(int fd)
{
    free(connections[fd]);
    connections[fd] = NULL;
    close(fd);
}

/* Bytes of the first request in the buffer, 0 when it is not complete yet. */
static size_t request_len(const struct connection *connection)
{
    const char *end = memmem(connection->data, connection->len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end - connection->data) + 4;
    static const char name[] = "\r\ncontent-length:";
    size_t body = 0;
    for (const char *at = connection->data; at + sizeof(name) < end; at++) {
        if (strncasecmp(at, name, sizeof(name) - 1) == 0)
            body = strtoul(at + sizeof(name) - 1, NULL, 10);
    }
    return head + body <= connection->len ? head + body : 0;
}

/* Answers what is complete; false when the connection is to be dropped. */
static bool answer_requests(int fd, struct connection *connection)
{
    size_t len;
    while ((len = request_len(connection)) > 0) {
        const char *line_end = memchr(connection->data, '\r', connection->len);
        size_t line = (size_t)(line_end - connection->data);
        bool idle = memmem(connection->data, line, ":stream", 7) != NULL;
        const char *said = idle ? idle_stream : answer;
        size_t said_len = idle ? sizeof(idle_stream) - 1 : answer_len;
        if (send(fd, said, said_len, MSG_NOSIGNAL) != (ssize_t)said_len)
            return false;
        connection->len -= len;
        memmove(connection->data, connection->data + len, connection->len);
    }
    return connection->len < REQUEST_MAX;
}

static void read_from(int fd)
{
    struct connection *connection = connections[fd];
    ssize_t got =
        recv(fd, connection->data + connection->len, REQUEST_MAX - connection->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(fd);
        return;
    }
    connection->len += (size_t)got;
    if (!answer_requests(fd, connection))
        drop(fd);
}

static void accept_from(int listener, int poller)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    int on = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (fd >= CONNECTIONS_MAX || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        return;
    }
    connections[fd] = calloc(1, sizeof(*connections[fd]));
    if (!connections[fd])
        close(fd);
}

static int listen_on_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return -1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    int listener = listen_on_free_port();
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    struct epoll_event events[EVENTS_MAX];
    if (listener < 0 || poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) {
        perror("instant_upstream");
        return 1;
    }
    make_answer();
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_from(listener, poller);
            else
                read_from(events[i].data.fd);
        }
    }
}
