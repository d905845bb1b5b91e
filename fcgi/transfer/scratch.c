#include "transfer/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void scratch_remove(struct scratch *scratch)
{
    DIR *dir = scratch->dir ? opendir(scratch->dir) : NULL;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    if (scratch->dir)
        rmdir(scratch->dir);
    free(scratch->dir);
    scratch->dir = NULL;
}

int scratch_make(struct scratch *scratch, const char *path, struct err *err)
{
    scratch->dir = xasprintf("%s.XXXXXX", path);
    if (mkdtemp(scratch->dir))
        return 0;
    int problem = errno;
    FREE_AUTO char *dir = scratch->dir;
    scratch->dir = NULL;
    return err_set(err, problem == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", dir, strerror(problem));
}

char *scratch_path(const struct scratch *scratch, const char *name)
{
    return xasprintf("%s/%s", scratch->dir, name);
}
