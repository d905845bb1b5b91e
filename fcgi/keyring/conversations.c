#include "keyring/conversations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "pool/key_pool.h"

/* The number is that of the layout: another one is another file. */
#define FILE_NAME "conversations.1"
#define STAT_BLOCK 512 /* the unit of st_blocks */

/* Its length alone says nothing: a copy by rsync or tar may have holes. A larger one is a 64-bit program's, of
 * which a 32-bit one uses the beginning. */
static bool is_whole(const struct stat *about)
{
    return about->st_size >= (off_t)KEY_POOL_AFFINITY_BYTES &&
           about->st_blocks >= (blkcnt_t)(KEY_POOL_AFFINITY_BYTES / STAT_BLOCK);
}

/* All of its blocks are taken from the disk beforehand: a page that cannot be written later, for want of
 * room, would end the process. */
static bool make_whole(int fd)
{
    struct stat about;
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode) || about.st_uid != geteuid())
        return false;
    if (is_whole(&about))
        return true;
    errno = posix_fallocate(fd, 0, (off_t)KEY_POOL_AFFINITY_BYTES);
    return errno == 0 && fstat(fd, &about) == 0 && about.st_size >= (off_t)KEY_POOL_AFFINITY_BYTES;
}

static void *map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    void *memory = MAP_FAILED;
    if (make_whole(fd))
        memory = mmap(NULL, KEY_POOL_AFFINITY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return NULL;
    /* Bindings lie anywhere: the pages around one would be read and mapped in vain. */
    madvise(memory, KEY_POOL_AFFINITY_BYTES, MADV_RANDOM);
    return memory;
}

void *conversations_open(const char *data_dir)
{
    char *path = xasprintf("%s/" FILE_NAME, data_dir);
    errno = 0;
    void *memory = map(path);
    if (!memory)
        log_event(LOG_INFO, "pool.conversations_unshared", "error=\"%s\"", strerror(errno));
    free(path);
    return memory;
}

void conversations_close(void **memory)
{
    if (*memory)
        munmap(*memory, KEY_POOL_AFFINITY_BYTES);
    *memory = NULL;
}
