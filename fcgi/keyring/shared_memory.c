#include "keyring/shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

#define STAT_BLOCK 512 /* the unit of st_blocks */

/* Its length alone says nothing: a copy by rsync or tar may have holes. A larger one is a 64-bit program's, of
 * which a 32-bit one uses the beginning. */
static bool is_whole(const struct stat *about, size_t bytes)
{
    return about->st_size >= (off_t)bytes && about->st_blocks >= (blkcnt_t)(bytes / STAT_BLOCK);
}

/* All of its blocks are taken from the disk beforehand: a page that cannot be written later, for want of
 * room, would end the process. */
static bool make_whole(int fd, size_t bytes)
{
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_uid != geteuid())
        return false;
    if (is_whole(&about, bytes))
        return true;
    errno = posix_fallocate(fd, 0, (off_t)bytes);
    return errno == 0 && fstat(fd, &about) == 0 && about.st_size >= (off_t)bytes;
}

static void *map(const char *path, size_t bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    void *memory = MAP_FAILED;
    if (make_whole(fd, bytes))
        memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return NULL;
    /* What is used lies anywhere: the pages around it would be read and mapped in vain. */
    madvise(memory, bytes, MADV_RANDOM);
    return memory;
}

struct shared_memory shared_memory_open(const char *data_dir, const char *name, size_t bytes)
{
    char *path = xasprintf("%s/%s", data_dir, name);
    errno = 0;
    struct shared_memory shared = {.memory = map(path, bytes), .bytes = bytes};
    if (!shared.memory)
        log_event(LOG_INFO, "pool.memory_unshared", "file=%s error=\"%s\"", name, strerror(errno));
    free(path);
    return shared;
}

void shared_memory_close(struct shared_memory *shared)
{
    if (shared->memory)
        munmap(shared->memory, shared->bytes);
    shared->memory = NULL;
}
