/* A body made of text, a part of a spooled one in base64, and text again: the same bytes as if they had been
 * put together, without holding them. */
#ifndef API_BASE64_BODY_H
#define API_BASE64_BODY_H

#include "api/body_spool.h"

struct base64_body {
    const char *front, *back; /* borrowed until the end, as is the spool */
    size_t front_len, back_len;
    const struct body_spool *spool;
    int64_t offset, len; /* of what is encoded */
    int64_t position;    /* private: of the reader */
    struct exchange_body source;
};

/* Prepares `source` of a body whose other members are set. */
const struct exchange_body *base64_body_source(struct base64_body *body);

#endif
