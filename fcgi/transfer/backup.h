/* A whole site in one file, made and put back while the program serves.
 *
 * The file is an archive (store/archive.h): the main database with every secret sealed, the log, and
 * facts about itself. The master key that opens the secrets is only in it when asked for; without it
 * the backup is worth nothing to a thief, and nothing to its owner who lost the key. */
#ifndef TRANSFER_BACKUP_H
#define TRANSFER_BACKUP_H

#include <stdbool.h>

#include "site/site.h"

struct backup_options {
    bool master_key; /* put the master key in */
    bool log;        /* put the request log in */
};

/* Writes the new file `path`, mode 0600, consistent whatever is written meanwhile. Needs room for twice
 * its size beside it. A failure leaves nothing. */
int backup_write(struct site *site, const char *path, const struct backup_options *options,
                 struct err *err);

struct restore_options {
    /* A file with the master key (DATA_DIR/secret.key of then) or SECRET_KEY itself, for a backup of
     * another site that does not hold its own; NULL where not needed. */
    const char *key_file;
    const char *secret_key;
    bool log; /* restore the log too, if it is in there */
};

struct restored {
    bool own_key; /* the backup was sealed with the master key that this site uses */
    bool log;     /* the log came with it */
    int64_t
        forgotten; /* memories of deleted keys and tokens that another master key made worthless */
};

/* Puts what is in the backup in the place of what the site holds; processes that serve take it up
 * within a second. A backup under another master key is sealed anew with this site's. ERR_INVALID when
 * it is none or its secrets cannot be opened; ERR_UNSUPPORTED when a newer program made it. Keys, tokens
 * and settings change at once, in the last step: what fails or dies before leaves them as they were. */
int backup_restore(struct site *site, const char *path, const struct restore_options *options,
                   struct restored *restored_r, struct err *err);

#endif
