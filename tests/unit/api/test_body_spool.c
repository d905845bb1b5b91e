/* Bodies that are read more often than the client sends them, and bodies that pass by only once. */
#include "../http/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/body_spool.h"
#include "base/text.h"

#define LARGE (700 * 1000)

/* What a test wants done while the request lives. */
struct play {
    void (*act)(struct body_spool *spool, struct play *play);
    size_t memory;
    int64_t max;
    bool front_only;
    char folder[64];
    const char *body;
    size_t body_len;
    int rc;
    struct err err;
    int64_t watched;
};

static void watch(void *ctx, const void *data, size_t len)
{
    struct play *play = ctx;
    assert_memory_equal(data, play->body + play->watched, len);
    play->watched += (int64_t)len;
}

static void handle(void *ctx, struct http_request *req, struct http_response *res)
{
    struct play *play = ctx;
    struct body_spool_options options = {.req = req,
                                         .data_dir = play->folder,
                                         .max = play->max ? play->max : 10000000,
                                         .memory = play->memory,
                                         .watch = watch,
                                         .ctx = play};
    struct body_spool *spool = body_spool_create(&options);
    play->rc = play->front_only ? body_spool_read_front(spool, &play->err)
                                : body_spool_read_all(spool, &play->err);
    if (play->rc == 0)
        play->act(spool, play);
    body_spool_destroy(&spool);
    assert_null(spool);
    http_response_send(res, 204, NULL, NULL, 0);
}

static void serve(struct play *play, size_t len, bool tells_length, bool cut)
{
    char number[24];
    char *body = xcalloc(1, len + 1);
    struct front front;
    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i * 7 % 26);
    snprintf(play->folder, sizeof(play->folder), "/tmp/test_body_spool_XXXXXX");
    assert_non_null(mkdtemp(play->folder));
    play->body = body;
    play->body_len = len;
    snprintf(number, sizeof(number), "%zu", len);
    front_get(&front, "POST", "/x");
    front_body(&front, body, tells_length ? number : NULL);
    front.body_piece = 4999;
    front.cut = cut;
    front_serve(&front, handle, play);
    front_free(&front);
    FREE_AUTO char *tmp = xasprintf("%s/tmp", play->folder);
    rmdir(tmp);
    assert_int_equal(rmdir(play->folder), 0); /* nothing is left in it */
    free(body);
}

/* Reads all that there is in odd pieces and compares. */
static void read_once(const struct exchange_body *source, const char *wanted, size_t len)
{
    char piece[3331];
    size_t at = 0;
    int64_t got;
    while ((got = source->read(source->ctx, piece, sizeof(piece))) > 0) {
        assert_true(at + (size_t)got <= len);
        assert_memory_equal(piece, wanted + at, (size_t)got);
        at += (size_t)got;
    }
    assert_int_equal(got, 0);
    assert_int_equal(at, len);
}

static void read_thrice(struct body_spool *spool, struct play *play)
{
    const struct exchange_body *source = body_spool_source(spool);
    assert_int_equal(source->len, play->body_len);
    assert_int_equal(play->watched, play->body_len);
    assert_false(body_spool_is_live(spool));
    for (int i = 0; i < 3; i++) {
        assert_false(source->spent(source->ctx));
        assert_int_equal(source->rewind(source->ctx), 0);
        read_once(source, play->body, play->body_len);
    }
}

static void in_memory(struct body_spool *spool, struct play *play)
{
    size_t len = 0;
    const char *text = body_spool_memory(spool, &len);
    assert_non_null(text);
    assert_int_equal(len, play->body_len);
    read_thrice(spool, play);
}

static void in_a_file(struct body_spool *spool, struct play *play)
{
    size_t len = 0;
    char piece[10];
    assert_null(body_spool_memory(spool, &len));
    assert_int_equal(body_spool_peek(spool, LARGE - 5, piece, sizeof(piece)), 5);
    assert_memory_equal(piece, play->body + LARGE - 5, 5);
    read_thrice(spool, play);
}

static void whole_bodies(void **state)
{
    (void)state;
    for (int tells = 0; tells < 2; tells++) {
        struct play small = {.act = in_memory}, empty = {.act = in_memory},
                    large = {.act = in_a_file}, roomy = {.act = in_memory, .memory = LARGE + 1};
        serve(&empty, 0, true, false);
        serve(&small, 1000, tells, false);
        serve(&large, LARGE, tells, false);
        serve(&roomy, LARGE, tells, false);
        assert_int_equal(empty.rc + small.rc + large.rc + roomy.rc, 0);
    }
}

static void pass_by(struct body_spool *spool, struct play *play)
{
    char piece[1000];
    const struct exchange_body *source = body_spool_source(spool);
    assert_true(body_spool_is_live(spool));
    assert_int_equal(play->watched, SPOOL_MEMORY);
    assert_int_equal(source->len, play->body_len);
    /* What is held can be sent again ... */
    for (int i = 0; i < 100; i++)
        assert_true(source->read(source->ctx, piece, sizeof(piece)) > 0);
    assert_false(source->spent(source->ctx));
    assert_int_equal(source->rewind(source->ctx), 0);
    read_once(source, play->body, play->body_len);
    /* ... the rest cannot. */
    assert_true(source->spent(source->ctx));
    assert_int_equal(source->rewind(source->ctx), -1);
    assert_int_equal(body_spool_failure(spool)->code, ERR_NONE);
}

static void bodies_that_pass_by(void **state)
{
    struct play large = {.act = pass_by, .front_only = true};
    struct play small = {.act = in_memory, .front_only = true};
    (void)state;
    serve(&large, LARGE, true, false);
    serve(&small, 1000, true, false);
    assert_int_equal(large.rc + small.rc, 0);
}

static void add_to_it(struct body_spool *spool, struct play *play)
{
    static const struct body_piece pieces[] = {{"{", 0, 1}, {NULL, 3, 4},         {"", 0, 0},
                                               {",", 0, 1}, {NULL, LARGE - 2, 2}, {"}", 0, 1}};
    FREE_AUTO char *wanted =
        xasprintf("{%.4s,%.2s}", play->body + 3, play->body + play->body_len - 2);
    body_spool_compose(spool, pieces, ARRAY_LEN(pieces));
    const struct exchange_body *source = body_spool_source(spool);
    assert_int_equal(source->len, 9);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(source->rewind(source->ctx), 0);
        read_once(source, wanted, 9);
    }
}

static void composed_bodies(void **state)
{
    struct play play = {.act = add_to_it};
    (void)state;
    serve(&play, LARGE, true, false);
    assert_int_equal(play.rc, 0);
}

static void too_large_or_cut(void **state)
{
    struct play told = {.max = 5000}, untold = {.max = 5000}, cut = {.max = 0};
    (void)state;
    serve(&told, 5001, true, false);
    assert_int_equal(told.err.code, ERR_TOO_LARGE);
    assert_int_equal(told.watched, 0);
    serve(&untold, LARGE, false, false);
    assert_int_equal(untold.err.code, ERR_TOO_LARGE);
    assert_true(untold.watched <= 5000);
    serve(&cut, LARGE, false, true);
    assert_int_equal(cut.err.code, ERR_GONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_bodies), cmocka_unit_test(bodies_that_pass_by),
        cmocka_unit_test(composed_bodies), cmocka_unit_test(too_large_or_cut)};
    return UNIT_RUN(tests);
}
