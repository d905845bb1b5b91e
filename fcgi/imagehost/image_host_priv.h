/* The parts of one upload. */
#ifndef IMAGEHOST_IMAGE_HOST_PRIV_H
#define IMAGEHOST_IMAGE_HOST_PRIV_H

#include <json-c/json.h>

#include "imagehost/image_host.h"

#define IMAGE_HOST_HEADERS 4

struct upload {
    const struct image_host *host;
    struct arena *arena;
    const char *type;
    const char *file; /* "2026/11/23/<name>.png" */
    const void *data;
    size_t len;
    int64_t now_ms;
    /* filled by the host's row */
    const char *method, *url;
    struct upstream_header headers[IMAGE_HOST_HEADERS];
    size_t header_count;
    const char *field; /* of a form; NULL: the bare image is the body */
    bool untyped;      /* the file in the form has no type */
};

void upload_header(struct upload *upload, const char *name, const char *value);

/* image_host_oss.c */
void oss_prepare(struct upload *upload);

#endif
