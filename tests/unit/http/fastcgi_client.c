#include "fastcgi_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER_LEN = 8, REQUEST_ID = 1, RECORD_MAX = 65535 };

static int connect_to(int fd, const void *address, socklen_t len)
{
    struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, address, len) == 0)
        return fd;
    close(fd);
    return -1;
}

int client_connect(const char *path, int port)
{
    if (!path) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        return connect_to(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &address,
                          sizeof(address));
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect_to(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), &address, sizeof(address));
}

static bool send_all(int fd, const void *data, size_t len)
{
    const char *rest = data;
    while (len > 0) {
        ssize_t sent = send(fd, rest, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        rest += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool receive_all(int fd, void *data, size_t len)
{
    char *rest = data;
    while (len > 0) {
        ssize_t got = recv(fd, rest, len, 0);
        if (got <= 0)
            return false;
        rest += got;
        len -= (size_t)got;
    }
    return true;
}

bool client_record(int fd, enum record_type type, const void *data, size_t len)
{
    unsigned char header[HEADER_LEN] = {
        1, (unsigned char)type, 0, REQUEST_ID, (unsigned char)(len >> 8), (unsigned char)len, 0, 0};
    return send_all(fd, header, sizeof(header)) && send_all(fd, data, len);
}

static void add_param(struct strbuf *params, const char *name, const char *value)
{
    size_t len = strlen(value);
    strbuf_putc(params, (char)strlen(name));
    strbuf_putc(params, (char)(0x80 | (len >> 24)));
    strbuf_putc(params, (char)(len >> 16));
    strbuf_putc(params, (char)(len >> 8));
    strbuf_putc(params, (char)len);
    strbuf_puts(params, name);
    strbuf_puts(params, value);
}

bool client_begin(int fd, bool keep, const char *method, const char *uri, long content_length)
{
    unsigned char begin[HEADER_LEN] = {0, 1, keep, 0, 0, 0, 0, 0};
    char length[32];
    STRBUF_AUTO struct strbuf params = STRBUF_INIT(RECORD_MAX);
    add_param(&params, "REQUEST_METHOD", method);
    add_param(&params, "REQUEST_URI", uri);
    add_param(&params, "HTTP_HOST", "test.example");
    if (content_length >= 0) {
        snprintf(length, sizeof(length), "%ld", content_length);
        add_param(&params, "CONTENT_LENGTH", length);
    }
    return client_record(fd, RECORD_BEGIN, begin, sizeof(begin)) &&
           client_record(fd, RECORD_PARAMS, params.data, params.len) &&
           client_record(fd, RECORD_PARAMS, "", 0);
}

bool client_body(int fd, const char *data, size_t len)
{
    while (len > 0) {
        size_t piece = len < RECORD_MAX ? len : RECORD_MAX;
        if (!client_record(fd, RECORD_STDIN, data, piece))
            return false;
        data += piece;
        len -= piece;
    }
    return true;
}

bool client_body_end(int fd)
{
    return client_record(fd, RECORD_STDIN, "", 0);
}

int client_read_record(int fd, struct strbuf *out)
{
    unsigned char header[HEADER_LEN];
    char content[RECORD_MAX + 255];
    if (!receive_all(fd, header, sizeof(header)))
        return 0;
    size_t len = (size_t)(header[4] << 8 | header[5]);
    if (!receive_all(fd, content, len + header[6]))
        return 0;
    if (header[1] == RECORD_STDOUT)
        strbuf_append(out, content, len);
    return header[1];
}

bool client_answer(int fd, struct strbuf *out)
{
    for (;;) {
        int type = client_read_record(fd, out);
        if (type == 0 || type == RECORD_END)
            return type == RECORD_END;
    }
}

bool client_sees_close(int fd)
{
    char byte;
    struct pollfd server = {.fd = fd, .events = POLLIN};
    return poll(&server, 1, CLIENT_PATIENCE_S * 1000) > 0 && recv(fd, &byte, 1, 0) <= 0;
}

bool client_request(int fd, bool keep, const char *uri, const char *body, size_t len,
                    struct strbuf *out)
{
    return client_begin(fd, keep, len ? "POST" : "GET", uri, len ? (long)len : -1) &&
           client_body(fd, body, len) && client_body_end(fd) && client_answer(fd, out);
}

const char *client_answer_body(const struct strbuf *out)
{
    const char *end = strstr(strbuf_str(out), "\r\n\r\n");
    return end ? end + 4 : "";
}
