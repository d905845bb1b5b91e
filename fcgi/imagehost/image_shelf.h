/* Images that this server hands out itself for a while: files in DATA_DIR/images that all processes
 * share, each behind an address that is signed and ends.
 *
 *   image_shelf     where they lie and how much they may be; borrowed texts, made for one call.
 *   shelved_image   one of them, opened.
 *
 * A file's name is "<second it ends>-<random>.<type>"; the signature covers the whole of it, so that
 * an address can neither be guessed, nor made to last, nor lead elsewhere. Nothing is ever listed.
 * What has ended is removed when something is put, and by image_shelf_clean(). What has not ended
 * stays: an address that was handed out keeps its word, a full shelf takes nothing more. */
#ifndef IMAGEHOST_IMAGE_SHELF_H
#define IMAGEHOST_IMAGE_SHELF_H

#include "base/crypto.h"
#include "base/strbuf.h"

struct image_shelf {
    const struct vault *vault;
    const char *data_dir;
    int64_t max_bytes; /* of all files together */
    int64_t seconds;   /* that an image is kept */
    int64_t now_ms;
};

/* True for types that have a place here: PNG, JPEG, WebP and GIF. What a browser would run (SVG) has
 * none. */
bool image_shelf_takes(const char *type);
/* Keeps an image and appends "<signature>/<name>". 0, or -1 with ERR_UNSUPPORTED (the type),
 * ERR_FULL (max_bytes, or the disk) or ERR_IO; then nothing is left behind. */
int image_shelf_put(const struct image_shelf *shelf, const char *type, const void *data, size_t len,
                    struct strbuf *path, struct err *err);

struct shelved_image {
    int fd; /* to be closed */
    int64_t len;
    const char *type;
    int64_t seconds_left;
};

/* Opens what image_shelf_put() told. Signature and name come from a stranger. 0, or -1 with
 * ERR_NOT_FOUND, whatever is wrong. */
int image_shelf_open(const struct image_shelf *shelf, const char *signature, const char *name,
                     struct shelved_image *image_r, struct err *err);
/* Removes what has ended, and what a process that died left half written. How many files; -1 with
 * err when the folder cannot be read. */
int64_t image_shelf_clean(const struct image_shelf *shelf, struct err *err);

#endif
