#include "transfer/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define SUFFIX ".XXXXXX"
/* One that is younger may be between its making and its lock. */
#define YOUNG_S 60

static void empty(DIR *dir)
{
    rewinddir(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        unlinkat(dirfd(dir), entry->d_name, 0);
}

/* --- what others have left ------------------------------------------------------------------- */

static bool is_left_behind(DIR *dir)
{
    struct stat about;
    return fstat(dirfd(dir), &about) == 0 && about.st_uid == geteuid() &&
           (about.st_mode & 0777) == 0700 && about.st_mtime < time(NULL) - YOUNG_S &&
           flock(dirfd(dir), LOCK_EX | LOCK_NB) == 0;
}

static void remove_left_behind(DIR *parent, const char *name)
{
    int fd = openat(dirfd(parent), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir && is_left_behind(dir)) {
        empty(dir);
        unlinkat(dirfd(parent), name, AT_REMOVEDIR);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
}

static void sweep(const char *path)
{
    const char *slash = strrchr(path, '/');
    FREE_AUTO char *above = slash ? xasprintf("%.*s/", (int)(slash - path), path) : xstrdup(".");
    const char *name = slash ? slash + 1 : path;
    size_t len = strlen(name);
    DIR *parent = opendir(above);
    if (!parent)
        return;
    for (struct dirent *entry = readdir(parent); entry; entry = readdir(parent))
        if (text_starts(entry->d_name, name) && entry->d_name[len] == '.' &&
            strlen(entry->d_name) == len + strlen(SUFFIX))
            remove_left_behind(parent, entry->d_name);
    closedir(parent);
}

/* --- one ------------------------------------------------------------------------------------- */

struct store *scratch_store(const struct scratch *scratch, const struct vault *vault,
                            struct err *err)
{
    struct store_options options = {
        .dir = scratch->dir, .vault = vault, .busy_timeout_ms = 5000, .readers = 2};
    return store_open(&options, err);
}

void scratch_remove(struct scratch *scratch)
{
    if (scratch->inside)
        empty(scratch->inside);
    if (scratch->dir)
        rmdir(scratch->dir);
    if (scratch->inside)
        closedir(scratch->inside);
    free(scratch->dir);
    *scratch = (struct scratch){0};
}

int scratch_make(struct scratch *scratch, const char *path, struct err *err)
{
    sweep(path);
    scratch->dir = xasprintf("%s" SUFFIX, path);
    if (mkdtemp(scratch->dir)) {
        scratch->inside = opendir(scratch->dir);
        if (scratch->inside)
            flock(dirfd(scratch->inside), LOCK_EX | LOCK_NB);
        return 0;
    }
    int problem = errno;
    FREE_AUTO char *dir = scratch->dir;
    scratch->dir = NULL;
    return err_set(err, problem == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", dir, strerror(problem));
}

char *scratch_path(const struct scratch *scratch, const char *name)
{
    return xasprintf("%s/%s", scratch->dir, name);
}
