#include "api/body_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "base/text.h"

#define PIECE (32 * KIB)

struct body_spool {
    struct body_spool_options options;
    struct strbuf front;
    int fd;                          /* -1: no file */
    int64_t in_file;                 /* bytes behind the front */
    int64_t taken;                   /* from the client */
    int64_t position;                /* of the reader */
    bool ended;                      /* the client has sent all */
    bool beyond_front;               /* bytes that are kept nowhere have been passed on */
    const struct body_piece *pieces; /* NULL: the body as it is */
    size_t piece_count;
    struct err failure;
    struct exchange_body source;
};

/* --- taking from the client ------------------------------------------------------------------ */

static int64_t take(struct body_spool *spool, void *buf, size_t len, struct err *err)
{
    int64_t got = spool->ended ? 0 : http_request_read(spool->options.req, buf, len, err);
    if (got == 0)
        spool->ended = true;
    if (got <= 0)
        return got;
    spool->taken += got;
    if (spool->taken > spool->options.max)
        return err_set(err, ERR_TOO_LARGE, "the request's body is larger than %lld bytes",
                       (long long)spool->options.max);
    if (spool->options.watch)
        spool->options.watch(spool->options.ctx, buf, (size_t)got);
    return got;
}

static int check_length(const struct body_spool *spool, struct err *err)
{
    int64_t told = spool->options.req->content_length;
    if (told <= spool->options.max)
        return 0;
    return err_set(err, ERR_TOO_LARGE, "the request's body has %lld bytes; %lld are allowed",
                   (long long)told, (long long)spool->options.max);
}

int body_spool_read_front(struct body_spool *spool, struct err *err)
{
    char piece[8 * KIB];
    if (check_length(spool, err) < 0)
        return -1;
    while (spool->front.len < spool->front.max && !spool->ended) {
        size_t room = spool->front.max - spool->front.len;
        int64_t got = take(spool, piece, room < sizeof(piece) ? room : sizeof(piece), err);
        if (got < 0)
            return -1;
        strbuf_append(&spool->front, piece, (size_t)got);
    }
    /* The last byte's closing record tells whether there is more. */
    if (spool->taken == spool->options.req->content_length)
        spool->ended = true;
    return 0;
}

/* --- the file -------------------------------------------------------------------------------- */

static int open_unnamed(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    FREE_AUTO char *path = xasprintf("%s/body-XXXXXX", folder);
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static int open_file(struct body_spool *spool, struct err *err)
{
    const char *fallback = getenv("TMPDIR");
    FREE_AUTO char *folder = xasprintf("%s/tmp", spool->options.data_dir);
    mkdir(folder, 0700);
    spool->fd = open_unnamed(folder);
    if (spool->fd < 0)
        spool->fd = open_unnamed(text_empty(fallback) ? "/tmp" : fallback);
    if (spool->fd < 0)
        return err_set(err, ERR_IO, "there is no place for a large request: %s", strerror(errno));
    return 0;
}

static int fill_file(struct body_spool *spool, char *piece, struct err *err)
{
    for (;;) {
        int64_t got = take(spool, piece, PIECE, err);
        if (got <= 0)
            return (int)got;
        if (file_write_all(spool->fd, piece, (size_t)got) < 0)
            return err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO,
                           "a large request cannot be kept: %s", strerror(errno));
        spool->in_file += got;
    }
}

int body_spool_read_all(struct body_spool *spool, struct err *err)
{
    if (body_spool_read_front(spool, err) < 0)
        return -1;
    if (spool->ended)
        return 0;
    if (open_file(spool, err) < 0)
        return -1;
    FREE_AUTO char *piece = xcalloc(1, PIECE);
    return fill_file(spool, piece, err);
}

/* --- reading --------------------------------------------------------------------------------- */

static bool is_spent(void *ctx)
{
    const struct body_spool *spool = ctx;
    return spool->beyond_front || spool->failure.code != ERR_NONE;
}

static int rewind_spool(void *ctx)
{
    struct body_spool *spool = ctx;
    if (is_spent(ctx))
        return -1;
    spool->position = 0;
    return 0;
}

int64_t body_spool_peek(const struct body_spool *spool, int64_t offset, void *buf, size_t len)
{
    size_t front = spool->front.len;
    if ((uint64_t)offset < front) {
        size_t left = front - (size_t)offset;
        len = len < left ? len : left;
        memcpy(buf, spool->front.data + offset, len);
        return (int64_t)len;
    }
    if (spool->fd < 0)
        return 0;
    ssize_t got;
    do
        got = pread(spool->fd, buf, len, (off_t)(offset - (int64_t)front));
    while (got < 0 && errno == EINTR);
    return got;
}

static int64_t read_pieces(struct body_spool *spool, void *buf, size_t len)
{
    int64_t at = spool->position;
    for (size_t i = 0; i < spool->piece_count; i++) {
        const struct body_piece *piece = &spool->pieces[i];
        if (at >= piece->len) {
            at -= piece->len;
            continue;
        }
        if ((int64_t)len > piece->len - at)
            len = (size_t)(piece->len - at);
        if (!piece->text)
            return body_spool_peek(spool, piece->offset + at, buf, len);
        memcpy(buf, piece->text + at, len);
        return (int64_t)len;
    }
    return 0;
}

void body_spool_compose(struct body_spool *spool, const struct body_piece *pieces, size_t count)
{
    spool->pieces = pieces;
    spool->piece_count = count;
}

static int64_t read_composed(struct body_spool *spool, void *buf, size_t len)
{
    int64_t got = read_pieces(spool, buf, len);
    if (got > 0)
        spool->position += got;
    return got;
}

static int64_t read_spool(void *ctx, void *buf, size_t len)
{
    struct body_spool *spool = ctx;
    if (spool->pieces)
        return read_composed(spool, buf, len);
    int64_t got = body_spool_peek(spool, spool->position, buf, len);
    if (got == 0 && spool->fd < 0 && !spool->ended) {
        got = take(spool, buf, len, &spool->failure);
        spool->beyond_front = spool->beyond_front || got > 0;
    }
    if (got > 0)
        spool->position += got;
    return got;
}

/* --- the object ------------------------------------------------------------------------------ */

struct body_spool *body_spool_create(const struct body_spool_options *options)
{
    struct body_spool *spool = xcalloc(1, sizeof(*spool));
    spool->options = *options;
    spool->fd = -1;
    strbuf_init(&spool->front, options->memory ? options->memory : SPOOL_MEMORY);
    spool->source = (struct exchange_body){
        .ctx = spool, .rewind = rewind_spool, .read = read_spool, .spent = is_spent};
    return spool;
}

void body_spool_destroy(struct body_spool **spool_p)
{
    struct body_spool *spool = *spool_p;
    if (!spool)
        return;
    if (spool->fd >= 0)
        close(spool->fd);
    strbuf_free(&spool->front);
    free(spool);
    *spool_p = NULL;
}

bool body_spool_is_live(const struct body_spool *spool)
{
    return !spool->ended;
}

int64_t body_spool_length(const struct body_spool *spool)
{
    return spool->ended ? spool->taken : spool->options.req->content_length;
}

const struct exchange_body *body_spool_source(struct body_spool *spool)
{
    spool->source.len = body_spool_length(spool);
    for (size_t i = 0; i < spool->piece_count; i++)
        spool->source.len = (i ? spool->source.len : 0) + spool->pieces[i].len;
    return &spool->source;
}

const char *body_spool_memory(const struct body_spool *spool, size_t *len_r)
{
    *len_r = spool->front.len;
    return spool->ended && spool->in_file == 0 ? strbuf_str(&spool->front) : NULL;
}

const struct err *body_spool_failure(const struct body_spool *spool)
{
    return &spool->failure;
}

int body_spool_status(const struct err *err)
{
    switch (err->code) {
    case ERR_TOO_LARGE:
        return 413;
    case ERR_GONE:
    case ERR_INVALID:
        return 400;
    default:
        return 503;
    }
}
