/* A request's body that may be far larger than memory: its first bytes are held, the
 * rest lies in a file that has no name any more, or stays with the client until it is asked for.
 *
 *   body_spool_read_all()     takes all of it: it can be sent as often as needed.
 *   body_spool_read_front()   takes only what fits into memory: a larger one is passed on as it
 * comes, and once more than the front has gone up it cannot be sent again.
 *
 * One worker's; lives no longer than the request. */
#ifndef API_BODY_SPOOL_H
#define API_BODY_SPOOL_H

#include "exchange/exchange.h"
#include "http/request.h"

#define SPOOL_MEMORY (256 * KIB)

struct body_spool;

struct body_spool_options {
    struct http_request *req;
    const char *data_dir; /* the file lies in its folder tmp/ */
    int64_t max;          /* bytes */
    size_t memory;        /* 0: SPOOL_MEMORY */
    /* Sees every byte as it comes from the client; may be NULL. */
    void (*watch)(void *ctx, const void *data, size_t len);
    void *ctx;
};

struct body_spool *body_spool_create(const struct body_spool_options *options);
void body_spool_destroy(struct body_spool **spool);

/* 0; or -1 with ERR_TOO_LARGE, ERR_GONE, ERR_FULL, ERR_IO. */
int body_spool_read_all(struct body_spool *spool, struct err *err);
int body_spool_read_front(struct body_spool *spool, struct err *err);

/* True when a part of the body is still with the client: its descriptor says nothing yet. */
bool body_spool_is_live(const struct body_spool *spool);
/* The body as an exchange reads it. Borrowed. */
const struct exchange_body *body_spool_source(struct body_spool *spool);
/* The bytes, when all of them are in memory; else NULL. */
const char *body_spool_memory(const struct body_spool *spool, size_t *len_r);
/* Up to `len` bytes from `offset` of a body that was read to its end: the count, or -1. */
int64_t body_spool_peek(const struct body_spool *spool, int64_t offset, void *buf, size_t len);
int64_t body_spool_length(const struct body_spool *spool); /* -1: not known yet */
/* What is sent is made of pieces: of the body's own bytes, and of text that is put in. Borrowed until
 * the end. Only for a body that was read to its end. */
struct body_piece {
    const char *text; /* NULL: bytes of the body from `offset` on */
    int64_t offset;
    int64_t len;
};
void body_spool_compose(struct body_spool *spool, const struct body_piece *pieces, size_t count);
/* The status that tells a client of such a failure: 400, 413, 503. */
int body_spool_status(const struct err *err);
/* Why the last read failed; code ERR_NONE when none did. */
const struct err *body_spool_failure(const struct body_spool *spool);

#endif
