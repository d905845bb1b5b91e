/* Bodies of type multipart/form-data, as browsers and SDKs send files.
 *
 * The body lies somewhere where any of its bytes can be looked at, in memory or in a file: it is never
 * copied, parts say where in it they are. No library that Debian has takes a body from FastCGI
 * without a server of its own around it. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/request.h"

#define MULTIPART_PARTS_MAX 64

/* The whole body. */
struct multipart_source {
    const void *ctx;
    int64_t len;
    /* Copies up to `len` bytes from `offset` on: the count (less is no end), or -1. */
    int64_t (*peek)(const void *ctx, int64_t offset, void *buf, size_t len);
};

struct multipart_part {
    const char *name;         /* of the field; in the arena */
    const char *file_name;    /* NULL: a field, not a file; in the arena */
    const char *content_type; /* "" none given; in the arena */
    int64_t offset, len;      /* its data, in the body */
};

struct multipart {
    struct multipart_part parts[MULTIPART_PARTS_MAX];
    size_t count;
};

/* Whether a Content-Type says multipart/form-data. */
bool multipart_is(const char *content_type);
/* Takes the body apart. Returns 0, or -1 with ERR_INVALID: no boundary, cut short, a part without
 * a name, more than MULTIPART_PARTS_MAX of them; or with ERR_IO. */
int multipart_parse(struct multipart *form, struct arena *arena, const char *content_type,
                    const struct multipart_source *source, struct err *err);
/* The first part of that name, NULL none. */
const struct multipart_part *multipart_find(const struct multipart *form, const char *name);

#endif
