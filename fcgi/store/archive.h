/* An archive of files in one file: an SQLite archive (table "sqlar", as `sqlite3 -A` reads and
 * extracts it), its members stored as they are. A member above half a GiB lies there in several rows,
 * "NAME", "NAME.1", "NAME.2", ..., to be put one after the other.
 *
 * A handle belongs to one thread. Functions return 0 or -1 with err unless said otherwise. */
#ifndef STORE_ARCHIVE_H
#define STORE_ARCHIVE_H

#include "base/err.h"
#include "base/strbuf.h"

struct archive;

/* Begins a new archive, mode 0600, that appears at `path` with archive_finish(). NULL with ERR_EXISTS
 * when there is such a file. */
struct archive *archive_create(const char *path, struct err *err);
int archive_add(struct archive *archive, const char *name, const void *data, size_t len,
                struct err *err);
int archive_add_file(struct archive *archive, const char *name, const char *path, struct err *err);
/* Writes it out and puts it in its place; closes in any case. */
int archive_finish(struct archive **archive, struct err *err);

/* Opens one for reading. NULL with ERR_INVALID when the file is none. */
struct archive *archive_open(const char *path, struct err *err);
/* Appends a member to `out`: 1, 0 when it has none of that name, -1. */
int archive_read(struct archive *archive, const char *name, struct strbuf *out, struct err *err);
/* Writes a member to the new file `path`, mode 0600: 1, 0, -1. */
int archive_extract(struct archive *archive, const char *name, const char *path, struct err *err);

/* Closes; one that was not finished leaves nothing. NULL inside is allowed. */
void archive_close(struct archive **archive);
#define ARCHIVE_AUTO CLEANUP(archive_close)

#endif
