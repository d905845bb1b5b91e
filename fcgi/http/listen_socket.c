#include "http/listen_socket.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

/* Requests that wait while all workers are busy; the system may allow fewer. */
enum { BACKLOG = 1024, MAX_PORT = 65535 };

bool listen_socket_is(int fd)
{
    int listening = 0;
    socklen_t len = sizeof(listening);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) == 0 && listening;
}

/* The colon before the port of "HOST:PORT", or NULL when `name` is a path. */
static const char *port_colon(const char *name)
{
    const char *colon = strrchr(name, ':');
    if (strchr(name, '/') || !colon || colon[1] == '\0')
        return NULL;
    return colon[1 + strspn(colon + 1, "0123456789")] == '\0' ? colon : NULL;
}

static int fail(struct err *err, int fd, const char *name, const char *what)
{
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return err_set(err, ERR_IO, "cannot %s %s: %s", what, name, strerror(saved));
}

static int listen_at(int fd, const struct sockaddr *address, socklen_t len, const char *name,
                     struct err *err)
{
    if (bind(fd, address, len) != 0)
        return fail(err, fd, name, "bind");
    if (listen(fd, BACKLOG) != 0)
        return fail(err, fd, name, "listen on");
    return fd;
}

/* Removes a socket that nobody serves any more. Returns 0, or -1 when it is alive or no socket. */
static int clear_path(const struct sockaddr_un *address, struct err *err)
{
    struct stat info;
    if (lstat(address->sun_path, &info) != 0)
        return 0;
    if (!S_ISSOCK(info.st_mode))
        return err_set(err, ERR_EXISTS, "%s is there and is no socket", address->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0;
    close(fd);
    if (alive)
        return err_set(err, ERR_EXISTS, "another process serves %s", address->sun_path);
    unlink(address->sun_path);
    return 0;
}

static int open_path(const char *path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path))
        return err_set(err, ERR_INVALID, "the socket's path is longer than %zu bytes",
                       sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (clear_path(&address, err) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(err, fd, path, "make a socket for");
    return listen_at(fd, (const struct sockaddr *)&address, sizeof(address), path, err);
}

static int open_address(const struct addrinfo *address, const char *name, struct err *err)
{
    int yes = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(err, fd, name, "make a socket for");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    /* Accepted connections inherit it: an event must not wait for the last one's receipt. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return listen_at(fd, address->ai_addr, address->ai_addrlen, name, err);
}

static int open_host_port(const char *name, const char *colon, struct err *err)
{
    FREE_AUTO char *host = xstrndup(name, (size_t)(colon - name));
    size_t len = strlen(host);
    const char *node = host;
    int64_t port = 0;
    if (text_to_int(colon + 1, &port) != 0 || port < 1 || port > MAX_PORT)
        return err_set(err, ERR_INVALID, "%s: a port is 1 to %d", name, MAX_PORT);
    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        node = host + 1;
    }
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    int failure = getaddrinfo(text_empty(node) ? NULL : node, colon + 1, &hints, &addresses);
    if (failure)
        return err_set(err, ERR_INVALID, "%s: %s", name, gai_strerror(failure));
    int fd = open_address(addresses, name, err);
    freeaddrinfo(addresses);
    return fd;
}

int listen_socket_open(const char *name, struct err *err)
{
    const char *colon = port_colon(name);
    return colon ? open_host_port(name, colon, err) : open_path(name, err);
}

/* Whether `address` stands in a list with commas between. */
static bool is_listed(const char *list, const char *address)
{
    size_t len = strlen(address);
    while (*list) {
        list += strspn(list, ", ");
        size_t item_len = strcspn(list, ", ");
        if (item_len == len && strncmp(list, address, len) == 0)
            return true;
        list += item_len;
    }
    return false;
}

static bool may_connect(const struct sockaddr_storage *peer, socklen_t len, const char *allowed)
{
    static const char mapped[] = "::ffff:";
    char host[NI_MAXHOST];
    if (!allowed || (peer->ss_family != AF_INET && peer->ss_family != AF_INET6))
        return true;
    if (getnameinfo((const struct sockaddr *)peer, len, host, sizeof(host), NULL, 0,
                    NI_NUMERICHOST) != 0)
        return false;
    return is_listed(allowed, text_starts(host, mapped) ? host + strlen(mapped) : host);
}

int listen_socket_accept(int fd, const char *allowed)
{
    struct sockaddr_storage peer = {0};
    socklen_t len = sizeof(peer);
    int accepted = accept4(fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
    if (accepted < 0 || may_connect(&peer, len, allowed))
        return accepted;
    close(accepted);
    errno = ECONNABORTED;
    return -1;
}

void listen_socket_unlink(const char *name)
{
    if (!port_colon(name))
        unlink(name);
}
