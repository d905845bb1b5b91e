/* Markdown images whose address is a data: URL, in a text. */
#ifndef TRANSLATE_MARKDOWN_IMAGE_H
#define TRANSLATE_MARKDOWN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct markdown_image {
    const char *start; /* of "![" */
    const char *end;   /* after ")" */
    const char *url;
    size_t url_len;
};

/* The first such image in [at, end). The text is read once, whatever it holds. */
bool markdown_image_find(const char *at, const char *end, struct markdown_image *image_r);

#endif
