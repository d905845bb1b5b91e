/* A folder for a while: mode 0700, removed with the files in it. Private to this folder. */
#ifndef TRANSFER_SCRATCH_H
#define TRANSFER_SCRATCH_H

#include <dirent.h>

#include "store/store.h"

struct scratch {
    char *dir;   /* NULL: not made */
    DIR *inside; /* locked for as long as it is in use */
};

/* Makes "<path>.XXXXXX". Those that a process that died has left there, with the secrets in them, are
 * removed first. 0 or -1. */
int scratch_make(struct scratch *scratch, const char *path, struct err *err);
/* "<dir>/<name>"; free it. */
char *scratch_path(const struct scratch *scratch, const char *name);
/* Opens the store in it. */
struct store *scratch_store(const struct scratch *scratch, const struct vault *vault,
                            struct err *err);
/* Harmless on one that was not made. */
void scratch_remove(struct scratch *scratch);
#define SCRATCH_AUTO CLEANUP(scratch_remove)

#endif
