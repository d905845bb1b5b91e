#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_write_all(int fd, const void *data, size_t len)
{
    const char *at = data;
    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        at += put;
        len -= (size_t)put;
    }
    return 0;
}

int file_flush(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    int problem = errno;
    if (fd >= 0)
        close(fd);
    errno = problem;
    return rc;
}

void file_scope_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
