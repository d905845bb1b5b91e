/* The files of static/, for fronts that do not serve them. */
#include "admin/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/text.h"

#define STATIC_MAX (1 * MIB)

/* Nothing else is sent, whatever lies in the directory. */
static const struct {
    const char *suffix;
    const char *type;
} types[] = {
    {".json", "application/json"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (text_ends(name, types[i].suffix))
            return types[i].type;
    }
    return NULL;
}

/* One plain name: no directory, no hidden file. */
static bool is_plain_name(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return *name && *name != '.' && strspn(name, allowed) == strlen(name);
}

static int open_file(const char *dir, const char *name, struct err *err)
{
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0)
        return err_set(err, ERR_NOT_FOUND, "there are no static files here");
    int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(dir_fd);
    return fd < 0 ? err_set(err, ERR_NOT_FOUND, "no such file") : fd;
}

static int read_file(int fd, struct strbuf *out, struct err *err)
{
    struct stat info;
    char block[8192];
    ssize_t n;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return err_set(err, ERR_NOT_FOUND, "no such file");
    while ((n = read(fd, block, sizeof(block))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0)
            strbuf_append(out, block, (size_t)n);
        if (!strbuf_ok(out))
            return err_set(err, ERR_TOO_LARGE, "the file is too large");
    }
    return n < 0 ? err_set(err, ERR_IO, "the file cannot be read") : 0;
}

/* Browsers ask each time and are told in a few bytes that nothing changed. */
static bool is_known(struct http_call *call, const char *tag)
{
    const char *known = http_request_header(call->req, "If-None-Match");
    return known && (strstr(known, tag) || text_eq(known, "*"));
}

static int send_file(struct http_call *call, const char *type, const struct strbuf *data)
{
    char hash[SHA256_HEX];
    sha256_hex(strbuf_str(data), data->len, hash);
    const char *tag = arena_printf(call->req->arena, "\"%.32s\"", hash);
    http_response_header(call->res, "ETag", tag);
    http_response_header(call->res, "Cache-Control", "public, no-cache");
    http_response_header(call->res, "X-Content-Type-Options", "nosniff");
    if (is_known(call, tag)) {
        http_response_send(call->res, 304, NULL, NULL, 0);
        return 304;
    }
    http_response_send(call->res, 200, type, strbuf_str(data), data->len);
    return 200;
}

int admin_static(struct http_call *call)
{
    const char *name = http_request_capture(call->req, "file");
    const char *type = name && is_plain_name(name) ? type_of(name) : NULL;
    STRBUF_AUTO struct strbuf data = STRBUF_INIT(STATIC_MAX);
    if (!type || text_empty(call->admin->static_dir)) {
        err_set(&call->err, ERR_NOT_FOUND, "no such file");
        return 404;
    }
    int fd = open_file(call->admin->static_dir, name, &call->err);
    if (fd < 0)
        return 404;
    int result = read_file(fd, &data, &call->err);
    close(fd);
    return result < 0 ? 404 : send_file(call, type, &data);
}
