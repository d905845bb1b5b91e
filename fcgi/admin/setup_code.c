#include "admin/setup_code.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rand.h"
#include "base/scope.h"
#include "base/text.h"

#define SETUP_CODE_FILE "setup-code.txt"

static char *code_path(const char *data_dir)
{
    return xasprintf("%s/" SETUP_CODE_FILE, data_dir);
}

/* 1 read, 0 there is no whole code yet, -1. */
static int read_code(const char *path, char code_r[SETUP_CODE_SIZE])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    ssize_t len = read(fd, code_r, SETUP_CODE_SIZE - 1);
    close(fd);
    code_r[len > 0 ? len : 0] = '\0';
    return len < 0 ? -1 : strlen(code_r) == SETUP_CODE_SIZE - 1;
}

/* Written aside and linked into place, so that of two processes that make one at once the first
 * wins and nobody reads half a code. */
static int make_code(const char *path)
{
    char code[SETUP_CODE_SIZE], suffix[9];
    rand_token(code, sizeof(code));
    rand_token(suffix, sizeof(suffix));
    FREE_AUTO char *aside = xasprintf("%s.%s", path, suffix);
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    bool written = file_write_all(fd, code, strlen(code)) == 0 && file_write_all(fd, "\n", 1) == 0;
    written = fsync(fd) == 0 && written;
    written = close(fd) == 0 && written;
    int rc = written && (link(aside, path) == 0 || errno == EEXIST) ? 0 : -1;
    unlink(aside);
    return rc;
}

int setup_code_get(const char *data_dir, char code_r[SETUP_CODE_SIZE], struct err *err)
{
    FREE_AUTO char *path = code_path(data_dir);
    int found = read_code(path, code_r);
    if (found == 0) {
        unlink(path); /* what a machine that lost its power left without a whole code in it */
        if (make_code(path) == 0)
            found = read_code(path, code_r);
    }
    return found == 1 ? 0 : err_set(err, ERR_IO, "%s cannot be made or read", path);
}

void setup_code_remove(const char *data_dir)
{
    FREE_AUTO char *path = code_path(data_dir);
    unlink(path);
}
