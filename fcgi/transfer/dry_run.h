/* A copy of a site in which something can be tried without consequences. */
#ifndef TRANSFER_DRY_RUN_H
#define TRANSFER_DRY_RUN_H

#include "site/site.h"
#include "transfer/scratch.h"

struct dry_run {
    struct site site; /* settings, vault and folder borrowed; the store is a copy */
    struct scratch scratch;
};

/* Copies the store into a folder inside DATA_DIR: needs as much room again. 0 or -1. */
int dry_run_begin(struct dry_run *trial, const struct site *site, struct err *err);
/* Removes the copy. Harmless on one that was never begun (zeroed). */
void dry_run_end(struct dry_run *trial);

#endif
