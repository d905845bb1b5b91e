/* Bodies that hold a part of another one in base64, without holding either. */
#include "../http/front.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/base64_body.h"
#include "base/codec.h"
#include "base/text.h"

#define FRONT "{\"data\":\""
#define BACK "\"}"

struct play {
    void (*act)(struct body_spool *spool, struct play *play);
    size_t memory; /* that the spool may use: what is beyond lies in a file */
    char folder[64];
    const char *body;
    size_t len;
};

static void handle(void *ctx, struct http_request *req, struct http_response *res)
{
    struct play *play = ctx;
    struct err err = ERR_INIT;
    struct body_spool_options options = {
        .req = req, .data_dir = play->folder, .max = 10000000, .memory = play->memory};
    struct body_spool *spool = body_spool_create(&options);
    assert_int_equal(body_spool_read_all(spool, &err), 0);
    play->act(spool, play);
    body_spool_destroy(&spool);
    http_response_send(res, 204, NULL, NULL, 0);
}

/* Has `act` done with a spooled body of `len` bytes of all values. */
static void serve(void (*act)(struct body_spool *spool, struct play *play), size_t len,
                  size_t memory)
{
    struct play play = {.act = act, .memory = memory, .len = len};
    struct front front;
    char number[24];
    FREE_AUTO char *body = xcalloc(1, len + 1);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)(i * 31 + i / 256);
    play.body = body;
    snprintf(play.folder, sizeof(play.folder), "/tmp/test_base64_body_XXXXXX");
    assert_non_null(mkdtemp(play.folder));
    snprintf(number, sizeof(number), "%zu", len);
    front_get(&front, "POST", "/x");
    front_body(&front, body, number);
    front.body_len = len; /* it holds zeros */
    front_serve(&front, handle, &play);
    assert_int_equal(front_status(&front), 204);
    front_free(&front);
    FREE_AUTO char *tmp = xasprintf("%s/tmp", play.folder);
    rmdir(tmp);
    assert_int_equal(rmdir(play.folder), 0);
}

static struct base64_body part_of(const struct body_spool *spool, int64_t offset, int64_t len)
{
    return (struct base64_body){.front = FRONT,
                                .front_len = strlen(FRONT),
                                .back = BACK,
                                .back_len = strlen(BACK),
                                .spool = spool,
                                .offset = offset,
                                .len = len};
}

/* Reads to the end in pieces of `size` bytes and compares with what is put together at once. */
static void assert_reads(const struct base64_body *wanted, const char *bytes,
                         const struct exchange_body *source, size_t size)
{
    STRBUF_AUTO struct strbuf expected = STRBUF_INIT(10000000);
    STRBUF_AUTO struct strbuf read = STRBUF_INIT(10000000);
    FREE_AUTO char *piece = xcalloc(1, size);
    int64_t got;
    strbuf_puts(&expected, FRONT);
    base64_encode(&expected, bytes + wanted->offset, (size_t)wanted->len);
    strbuf_puts(&expected, BACK);
    assert_int_equal(source->len, expected.len);
    while ((got = source->read(source->ctx, piece, size)) > 0) {
        assert_true((size_t)got <= size);
        strbuf_append(&read, piece, (size_t)got);
    }
    assert_int_equal(got, 0);
    assert_int_equal(read.len, expected.len);
    assert_memory_equal(read.data, expected.data, expected.len);
}

static void all_small_sizes(struct body_spool *spool, struct play *play)
{
    for (int64_t len = 0; len <= 9; len++) {
        for (int64_t offset = 0; offset < 4; offset++) {
            struct base64_body body = part_of(spool, offset, len);
            const struct exchange_body *source = base64_body_source(&body);
            for (size_t size = 1; size <= 30; size++) {
                assert_int_equal(source->rewind(source->ctx), 0);
                assert_reads(&body, play->body, source, size);
            }
        }
    }
}

static void sizes_of_every_remainder(void **state)
{
    (void)state;
    serve(all_small_sizes, 20, 0);
    serve(all_small_sizes, 20, 7); /* half of it in a file */
}

static void in_odd_pieces(struct body_spool *spool, struct play *play)
{
    static const size_t sizes[] = {1021, 4096, 24 * 1024, 32 * 1024 + 1, 100003, 2000000};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        struct base64_body body = part_of(spool, 11, (int64_t)play->len - 11);
        assert_reads(&body, play->body, base64_body_source(&body), sizes[i]);
    }
}

static void large_ones_in_odd_pieces(void **state)
{
    (void)state;
    for (size_t more = 0; more < 3; more++)
        serve(in_odd_pieces, 700000 + more, 0);
}

static void read_again_from_its_middle(struct body_spool *spool, struct play *play)
{
    struct base64_body body = part_of(spool, 0, (int64_t)play->len);
    const struct exchange_body *source = base64_body_source(&body);
    char piece[4999];
    for (int i = 0; i < 3; i++)
        assert_true(source->read(source->ctx, piece, sizeof(piece)) > 0);
    assert_int_equal(source->rewind(source->ctx), 0);
    assert_reads(&body, play->body, source, 777);
}

static void a_second_attempt(void **state)
{
    (void)state;
    serve(read_again_from_its_middle, 100000, 1000);
}

/* Cuts the file without a name in which the body lies. */
static void shrink_file(const char *folder, int64_t len)
{
    int cut = 0;
    DIR *all = opendir("/proc/self/fd");
    struct dirent *each;
    assert_non_null(all);
    while ((each = readdir(all))) {
        char target[300] = "";
        int64_t fd = -1;
        if (text_to_int(each->d_name, &fd) < 0 ||
            readlinkat(dirfd(all), each->d_name, target, sizeof(target) - 1) < 0 ||
            !text_starts(target, folder))
            continue;
        assert_int_equal(ftruncate((int)fd, len), 0);
        cut++;
    }
    closedir(all);
    assert_int_equal(cut, 1);
}

static void shrinks(struct body_spool *spool, struct play *play)
{
    struct base64_body body = part_of(spool, 0, (int64_t)play->len);
    const struct exchange_body *source = base64_body_source(&body);
    char piece[5000];
    int64_t got = source->read(source->ctx, piece, sizeof(piece));
    assert_int_equal(got, strlen(FRONT));
    shrink_file(play->folder, 50000);
    int reads = 0;
    while ((got = source->read(source->ctx, piece, sizeof(piece))) > 0)
        assert_true(++reads < 100);
    assert_int_equal(got, -1); /* never an end that would pass for a whole body */
    assert_int_equal(source->read(source->ctx, piece, sizeof(piece)), -1);
}

static void a_file_that_shrinks_meanwhile(void **state)
{
    (void)state;
    serve(shrinks, 300000, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_of_every_remainder), cmocka_unit_test(large_ones_in_odd_pieces),
        cmocka_unit_test(a_second_attempt), cmocka_unit_test(a_file_that_shrinks_meanwhile)};
    return UNIT_RUN(tests);
}
