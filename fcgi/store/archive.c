#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

/* Below SQLite's bound of 10^9 bytes for a value. */
#define ROW_MAX ((int64_t)512 * 1024 * 1024)
#define BLOCK (256 * 1024)
#define MEMBER_MODE 0100600

static const char TABLE[] = "PRAGMA page_size = 65536;"
                            "BEGIN;"
                            "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT,"
                            " sz INT, data BLOB);";
static const char ROW_ADD[] = "INSERT INTO sqlar (name, mode, mtime, sz, data)"
                              " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char ROW_FIND[] = "SELECT rowid FROM sqlar WHERE name = ?1";

struct archive {
    sqlite3 *db;
    char *path;
    char *part; /* where it is written; NULL when it is read */
};

static int fail(struct archive *archive, int rc, struct err *err)
{
    int primary = rc & 0xff;
    bool full = primary == SQLITE_FULL || (primary == SQLITE_IOERR && errno == ENOSPC);
    if (full)
        return err_set(err, ERR_FULL, "%s: the disk is full", archive->path);
    return err_set(err, primary == SQLITE_NOTADB || primary == SQLITE_ERROR ? ERR_INVALID : ERR_IO,
                   "%s: %s", archive->path,
                   archive->db != NULL ? sqlite3_errmsg(archive->db) : sqlite3_errstr(rc));
}

static int system_fail(const char *path, struct err *err)
{
    int problem = errno;
    return err_set(err,
                   problem == ENOSPC || problem == EDQUOT ? ERR_FULL
                   : problem == EEXIST                    ? ERR_EXISTS
                                                          : ERR_IO,
                   "%s: %s", path, strerror(problem));
}

/* --- opening and closing --------------------------------------------------------------------- */

void archive_close(struct archive **archive_at)
{
    struct archive *archive = *archive_at;
    *archive_at = NULL;
    if (archive == NULL)
        return;
    sqlite3_close(archive->db);
    if (archive->part != NULL)
        unlink(archive->part);
    free(archive->part);
    free(archive->path);
    free(archive);
}

static int part_create(struct archive *archive, struct err *err)
{
    struct stat found;
    if (lstat(archive->path, &found) == 0) {
        errno = EEXIST;
        return system_fail(archive->path, err);
    }
    archive->part = xasprintf("%s.part", archive->path);
    unlink(archive->part); /* of one that was cut short */
    int fd = open(archive->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return system_fail(archive->part, err);
    close(fd);
    int rc = sqlite3_open_v2(archive->part, &archive->db, SQLITE_OPEN_READWRITE, NULL);
    if (rc == SQLITE_OK) /* nobody sees the file before it is whole */
        rc = sqlite3_exec(archive->db, "PRAGMA journal_mode = OFF", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(archive->db, TABLE, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : fail(archive, rc, err);
}

struct archive *archive_create(const char *path, struct err *err)
{
    struct archive *archive = xcalloc(1, sizeof(*archive));
    archive->path = xstrdup(path);
    if (part_create(archive, err) != 0)
        archive_close(&archive);
    return archive;
}

static int flush_part(struct archive *archive, struct err *err)
{
    return file_flush(archive->part) == 0 ? 0 : system_fail(archive->part, err);
}

int archive_finish(struct archive **archive_at, struct err *err)
{
    struct archive *archive = *archive_at;
    int rc = sqlite3_exec(archive->db, "COMMIT", NULL, NULL, NULL);
    int result = rc == SQLITE_OK ? flush_part(archive, err) : fail(archive, rc, err);
    /* A link and not a renaming: it does not overwrite what has come there meanwhile. */
    if (result == 0 && link(archive->part, archive->path) != 0)
        result = errno == EPERM || errno == ENOTSUP ? rename(archive->part, archive->path) : -1;
    if (result != 0 && err != NULL && err->code == ERR_NONE)
        system_fail(archive->path, err);
    archive_close(archive_at);
    return result;
}

struct archive *archive_open(const char *path, struct err *err)
{
    struct archive *archive = xcalloc(1, sizeof(*archive));
    archive->path = xstrdup(path);
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_open_v2(path, &archive->db, SQLITE_OPEN_READONLY, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(archive->db, ROW_FIND, -1, &stmt, NULL);
    sqlite3_finalize(stmt);
    if (rc == SQLITE_OK)
        return archive;
    fail(archive, rc, err);
    if (err != NULL && err->code == ERR_INVALID)
        err_set(err, ERR_INVALID, "%s is no backup", path);
    archive_close(&archive);
    return NULL;
}

/* --- writing --------------------------------------------------------------------------------- */

/* A row of `len` zero bytes under the member's name, opened for writing. */
static sqlite3_blob *row_add(struct archive *archive, const char *name, int64_t len,
                             struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_blob *blob = NULL;
    errno = 0;
    int rc = sqlite3_prepare_v2(archive->db, ROW_ADD, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_int(stmt, 2, MEMBER_MODE);
        sqlite3_bind_int64(stmt, 3, (int64_t)time(NULL));
        sqlite3_bind_int64(stmt, 4, len);
        sqlite3_bind_zeroblob64(stmt, 5, (uint64_t)len);
        rc = sqlite3_step(stmt);
    }
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE)
        rc = sqlite3_blob_open(archive->db, "main", "sqlar", "data",
                               sqlite3_last_insert_rowid(archive->db), 1, &blob);
    if (rc != SQLITE_OK) {
        fail(archive, rc, err);
        return NULL;
    }
    return blob;
}

int archive_add(struct archive *archive, const char *name, const void *data, size_t len,
                struct err *err)
{
    sqlite3_blob *blob = row_add(archive, name, (int64_t)len, err);
    if (blob == NULL)
        return -1;
    int rc = len > 0 ? sqlite3_blob_write(blob, data, (int)len, 0) : SQLITE_OK;
    sqlite3_blob_close(blob);
    return rc == SQLITE_OK ? 0 : fail(archive, rc, err);
}

static int copy_in(struct archive *archive, sqlite3_blob *blob, int fd, int64_t len,
                   struct err *err)
{
    FREE_AUTO char *block = xcalloc(1, BLOCK);
    for (int64_t done = 0; done < len;) {
        int64_t want = len - done < BLOCK ? len - done : BLOCK;
        ssize_t got = read(fd, block, (size_t)want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return err_set(err, ERR_IO, "the file became shorter while it was read");
        int rc = sqlite3_blob_write(blob, block, (int)got, (int)done);
        if (rc != SQLITE_OK)
            return fail(archive, rc, err);
        done += got;
    }
    return 0;
}

static char *row_name(const char *name, int number)
{
    return number == 0 ? xstrdup(name) : xasprintf("%s.%d", name, number);
}

static int add_open_file(struct archive *archive, const char *name, int fd, int64_t size,
                         struct err *err)
{
    int number = 0;
    int64_t left = size;
    do {
        FREE_AUTO char *row = row_name(name, number++);
        int64_t len = left < ROW_MAX ? left : ROW_MAX;
        sqlite3_blob *blob = row_add(archive, row, len, err);
        if (blob == NULL)
            return -1;
        int rc = copy_in(archive, blob, fd, len, err);
        sqlite3_blob_close(blob);
        if (rc != 0)
            return -1;
        left -= len;
    } while (left > 0);
    return 0;
}

int archive_add_file(struct archive *archive, const char *name, const char *path, struct err *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return system_fail(path, err);
    int rc = fstat(fd, &status) != 0 ? system_fail(path, err)
                                     : add_open_file(archive, name, fd, status.st_size, err);
    close(fd);
    return rc;
}

/* --- reading --------------------------------------------------------------------------------- */

/* Opens the row for reading: 1, 0, -1. */
static int row_open(struct archive *archive, const char *name, sqlite3_blob **blob_r,
                    struct err *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(archive->db, ROW_FIND, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        rc = sqlite3_step(stmt);
    }
    bool found = rc == SQLITE_ROW;
    int64_t id = found ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE)
        return 0;
    if (found)
        rc = sqlite3_blob_open(archive->db, "main", "sqlar", "data", id, 0, blob_r);
    return rc == SQLITE_OK ? 1 : fail(archive, rc, err);
}

/* Where the bytes of a member go. */
typedef int sink(void *ctx, const void *data, size_t len, struct err *err);

static int row_read(struct archive *archive, sqlite3_blob *blob, sink *put, void *ctx,
                    struct err *err)
{
    FREE_AUTO char *block = xcalloc(1, BLOCK);
    int len = sqlite3_blob_bytes(blob);
    for (int done = 0; done < len;) {
        int want = len - done < BLOCK ? len - done : BLOCK;
        int rc = sqlite3_blob_read(blob, block, want, done);
        if (rc != SQLITE_OK)
            return fail(archive, rc, err);
        if (put(ctx, block, (size_t)want, err) != 0)
            return -1;
        done += want;
    }
    return 0;
}

static int member_read(struct archive *archive, const char *name, sink *put, void *ctx,
                       struct err *err)
{
    for (int number = 0;; number++) {
        FREE_AUTO char *row = row_name(name, number);
        sqlite3_blob *blob = NULL;
        int rc = row_open(archive, row, &blob, err);
        if (rc <= 0)
            return rc < 0 ? -1 : number > 0;
        rc = row_read(archive, blob, put, ctx, err);
        sqlite3_blob_close(blob);
        if (rc != 0)
            return -1;
    }
}

static int put_text(void *ctx, const void *data, size_t len, struct err *err)
{
    struct strbuf *out = ctx;
    strbuf_append(out, data, len);
    return strbuf_ok(out) ? 0 : err_set(err, ERR_TOO_LARGE, "a member of the backup is too long");
}

int archive_read(struct archive *archive, const char *name, struct strbuf *out, struct err *err)
{
    return member_read(archive, name, put_text, out, err);
}

static int put_file(void *ctx, const void *data, size_t len, struct err *err)
{
    FILE *file = ctx;
    return fwrite(data, 1, len, file) == len ? 0 : system_fail("the extracted file", err);
}

int archive_extract(struct archive *archive, const char *name, const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        return system_fail(path, err);
    int rc = member_read(archive, name, put_file, file, err);
    if (fclose(file) != 0 && rc == 1)
        rc = system_fail(path, err);
    if (rc != 1)
        unlink(path);
    return rc;
}
