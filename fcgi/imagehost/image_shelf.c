#include "imagehost/image_shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/rand.h"
#include "base/text.h"

#define FOLDER "images"
#define NAME_SIZE 64
/* A file that is being written has a dot before its name. */
#define HALF_MS HOUR_MS

static const struct {
    const char *type;
    const char *extension;
} types[] = {
    {"image/png", "png"}, {"image/jpeg", "jpg"}, {"image/webp", "webp"}, {"image/gif", "gif"}};

/* --- names ------------------------------------------------------------------------------------- */

static const char *extension_of(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_ieq(types[i].type, type))
            return types[i].extension;
    return NULL;
}

bool image_shelf_takes(const char *type)
{
    return extension_of(type) != NULL;
}

static void sign(const struct image_shelf *shelf, const char *name, char signature_r[SHA256_HEX])
{
    FREE_AUTO char *text = xasprintf("image %s", name);
    vault_sign(shelf->vault, text, strlen(text), signature_r);
}

/* Takes "1763900000-AbC.png" apart. The type, NULL when it is no such name. */
static const char *read_name(const char *name, int64_t *ends_ms_r)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char second[24];
    int64_t ends_s = 0;
    size_t len = strcspn(name, "-");
    size_t random = name[len] ? strspn(name + len + 1, letters) : 0;
    if (len == 0 || len >= sizeof(second) || random == 0 || strlen(name) >= NAME_SIZE ||
        name[len + 1 + random] != '.')
        return NULL;
    snprintf(second, sizeof(second), "%.*s", (int)len, name);
    if (text_to_int(second, &ends_s) < 0 || ends_s < 0 || ends_s > INT64_MAX / SECOND_MS)
        return NULL;
    *ends_ms_r = ends_s * SECOND_MS;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (text_eq(types[i].extension, name + len + 1 + random + 1))
            return types[i].type;
    return NULL;
}

/* --- the folder -------------------------------------------------------------------------------- */

static int open_folder(const struct image_shelf *shelf, bool make)
{
    FREE_AUTO char *path = xasprintf("%s/" FOLDER, shelf->data_dir);
    if (make)
        mkdir(path, 0700);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool has_ended(const struct image_shelf *shelf, const char *name, const struct stat *about)
{
    int64_t ends_ms = 0;
    if (read_name(name, &ends_ms))
        return ends_ms <= shelf->now_ms;
    /* Other people's files are left alone. */
    return *name == '.' && read_name(name + 1, &ends_ms) &&
           about->st_mtime * SECOND_MS <= shelf->now_ms - HALF_MS;
}

/* Removes what has ended and counts it; the bytes that stay go into *stay_r. */
static int64_t sweep(const struct image_shelf *shelf, int folder, int64_t *stay_r)
{
    int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    int64_t removed = 0;
    *stay_r = 0;
    if (!entries) {
        file_scope_close(&copy);
        return -1;
    }
    for (struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        struct stat about;
        if (fstatat(folder, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(about.st_mode))
            continue;
        if (has_ended(shelf, entry->d_name, &about) && unlinkat(folder, entry->d_name, 0) == 0)
            removed++;
        else
            *stay_r += about.st_size;
    }
    closedir(entries);
    return removed;
}

/* A disk that is full may say so as late as at close. */
static int write_file(int folder, const char *name, const void *data, size_t len)
{
    char half[NAME_SIZE + 2];
    snprintf(half, sizeof(half), ".%s", name);
    int fd = openat(folder, half, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int failure = file_write_all(fd, data, len) < 0 ? errno : 0;
    if (close(fd) < 0 && failure == 0)
        failure = errno;
    if (failure == 0 && renameat(folder, half, folder, name) < 0)
        failure = errno;
    if (failure == 0)
        return 0;
    unlinkat(folder, half, 0);
    errno = failure;
    return -1;
}

static int cannot_keep(struct err *err)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    return err_set(err, full ? ERR_FULL : ERR_IO, "cannot keep an image in DATA_DIR: %s",
                   strerror(errno));
}

/* --- putting and getting ----------------------------------------------------------------------- */

int image_shelf_put(const struct image_shelf *shelf, const char *type, const void *data, size_t len,
                    struct strbuf *path, struct err *err)
{
    char name[NAME_SIZE], random[23], signature[SHA256_HEX];
    const char *extension = extension_of(type);
    int64_t stay = 0;
    if (!extension)
        return err_set(err, ERR_UNSUPPORTED, "images of the type %.60s are not kept", type);
    FD_AUTO int folder = open_folder(shelf, true);
    if (folder < 0)
        return cannot_keep(err);
    /* One at a time, so that the limit is one; closing gives it back. Where a file system cannot do
     * that, the limit is only kept nearly. */
    flock(folder, LOCK_EX);
    if (sweep(shelf, folder, &stay) < 0)
        return cannot_keep(err);
    if (stay + (int64_t)len > shelf->max_bytes)
        return err_set(err, ERR_FULL, "IMAGE_STORE_MB is used up");
    rand_token(random, sizeof(random));
    snprintf(name, sizeof(name), "%lld-%s.%s",
             (long long)(shelf->now_ms / SECOND_MS + shelf->seconds), random, extension);
    if (write_file(folder, name, data, len) < 0)
        return cannot_keep(err);
    sign(shelf, name, signature);
    strbuf_printf(path, "%s/%s", signature, name);
    return 0;
}

static int not_found(struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "there is no such image, or its time is over");
}

int image_shelf_open(const struct image_shelf *shelf, const char *signature, const char *name,
                     struct shelved_image *image_r, struct err *err)
{
    char expected[SHA256_HEX];
    struct stat about;
    int64_t ends_ms = 0;
    if (strlen(name) >= NAME_SIZE)
        return not_found(err);
    sign(shelf, name, expected);
    /* What we signed is a name and nothing else; it is read all the same. */
    const char *type = secret_equal(expected, signature) ? read_name(name, &ends_ms) : NULL;
    if (!type || ends_ms <= shelf->now_ms)
        return not_found(err);
    FD_AUTO int folder = open_folder(shelf, false);
    int fd = folder >= 0 ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (fd < 0)
        return not_found(err);
    if (fstat(fd, &about) < 0 || !S_ISREG(about.st_mode)) {
        close(fd);
        return not_found(err);
    }
    *image_r = (struct shelved_image){.fd = fd,
                                      .len = about.st_size,
                                      .type = type,
                                      .seconds_left = (ends_ms - shelf->now_ms) / SECOND_MS};
    return 0;
}

int64_t image_shelf_clean(const struct image_shelf *shelf, struct err *err)
{
    int64_t stay = 0;
    FD_AUTO int folder = open_folder(shelf, false);
    if (folder < 0 && errno == ENOENT)
        return 0;
    int64_t removed = folder >= 0 ? sweep(shelf, folder, &stay) : -1;
    if (removed < 0)
        err_set(err, ERR_IO, "cannot read DATA_DIR/" FOLDER ": %s", strerror(errno));
    return removed;
}
