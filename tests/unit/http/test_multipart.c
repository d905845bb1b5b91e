#include "../unit.h"

#include <stdlib.h>

#include "http/multipart.h"

#define TYPE "multipart/form-data; boundary=XyZ"

static const char whole[] =
    "--XyZ\r\n"
    "Content-Disposition: form-data; name=\"model\"\r\n"
    "\r\n"
    "m\r\n"
    "--XyZ\r\n"
    "content-disposition: form-data; name=\"file\"; filename=\"a;\\\"b.png\"\r\n"
    "Content-Type: image/png\r\n"
    "\r\n"
    "one\r\n--Xy\r\n\0two\r\n"
    "--XyZ--\r\n";

static struct arena *arena;
static struct multipart form;

struct body {
    const char *data;
    size_t len;
    size_t step; /* bytes that are given at most at once */
};

static int64_t peek(const void *ctx, int64_t offset, void *buf, size_t len)
{
    const struct body *body = ctx;
    assert_true(offset >= 0 && (size_t)offset <= body->len);
    size_t left = body->len - (size_t)offset;
    len = len < left ? len : left;
    len = len < body->step ? len : body->step;
    memcpy(buf, body->data + offset, len);
    return (int64_t)len;
}

static int take(const char *type, const struct body *body, struct err *err)
{
    struct multipart_source source = {.ctx = body, .len = (int64_t)body->len, .peek = peek};
    return multipart_parse(&form, arena, type, &source, err);
}

static int parse(const char *type, const char *body, size_t len)
{
    struct err err = ERR_INIT;
    /* A copy of exactly this size: the sanitizer sees a byte read too far. */
    char *copy = malloc(len ? len : 1);
    memcpy(copy, body, len);
    arena_reset(arena);
    int rc = take(type, &(struct body){copy, len, 1 + len % 7}, &err);
    if (rc < 0) {
        assert_int_equal(err.code, ERR_INVALID);
        assert_true(err.text[0]);
    }
    for (size_t i = 0; rc == 0 && i < form.count; i++)
        assert_true(form.parts[i].offset >= 0 && form.parts[i].len >= 0 &&
                    form.parts[i].offset + form.parts[i].len <= (int64_t)len);
    free(copy);
    return rc;
}

static void parts_are_found(void **state)
{
    struct err err = ERR_INIT;
    (void)state;
    const struct body body = {whole, sizeof(whole) - 1, sizeof(whole)};
    assert_int_equal(take(TYPE, &body, &err), 0);
    assert_int_equal(form.count, 2);
    const struct multipart_part *model = multipart_find(&form, "model");
    assert_int_equal(model->len, 1);
    assert_null(model->file_name);
    const struct multipart_part *file = multipart_find(&form, "file");
    assert_string_equal(file->file_name, "a;\"b.png");
    assert_string_equal(file->content_type, "image/png");
    assert_int_equal(file->len, sizeof("one\r\n--Xy\r\n\0two") - 1);
    assert_memory_equal(whole + file->offset, "one\r\n--Xy\r\n\0two", file->len);
    assert_null(multipart_find(&form, "fil"));
}

/* Cut anywhere before the closing hyphens it is refused. */
static void a_cut_body_is_refused(void **state)
{
    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 3; len++)
        assert_int_equal(parse(TYPE, whole, len), -1);
    assert_int_equal(parse(TYPE, whole, sizeof(whole) - 3), 0);
}

/* Whatever one byte is changed to, nothing is read beyond the body. */
static void changed_bytes_do_no_harm(void **state)
{
    static const char others[] = {'\0', '\r', '\n', '-', '"', ';', '\\', 'X'};
    char body[sizeof(whole)];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof(whole); i++) {
        for (size_t j = 0; j < sizeof(others); j++) {
            memcpy(body, whole, sizeof(whole));
            body[i] = others[j];
            parse(TYPE, body, sizeof(whole) - 1);
        }
    }
}

static void types(void **state)
{
    static const struct {
        const char *type;
        int rc;
    } rows[] = {
        {TYPE, 0},
        {"multipart/form-data; boundary=\"XyZ\"", 0},
        {"Multipart/Form-Data; charset=utf-8; Boundary=XyZ; x=y", 0},
        {"multipart/form-data", -1},
        {"multipart/form-data; boundary=", -1},
        {"multipart/form-data; boundary=\"\"", -1},
        {"multipart/form-datas; boundary=XyZ", -1},
        {"multipart/mixed; boundary=XyZ", -1},
        {"application/json", -1},
        {"", -1},
        {"multipart/form-data; boundary="
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         -1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(parse(rows[i].type, whole, sizeof(whole) - 1) == rows[i].rc, rows[i].type);
}

static void odd_bodies(void **state)
{
    static const struct {
        const char *body;
        int rc;
        size_t count;
    } rows[] = {
        {"preamble\r\n--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--XyZ--", 0, 1},
        {"--XyZ \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--XyZ--epilogue", 0, 1},
        {"--XyZ--", 0, 0},
        {"--XyZ\r\n\r\nx\r\n--XyZ--", -1, 0},
        {"--XyZ\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XyZ--", -1, 0},
        {"--XyZ\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n--XyZ--", -1, 0},
        {"--XyZ\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--XyZ--", -1, 0},
        {"--XyZx\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XyZ--", -1, 0},
        {"x--XyZ\r\n", -1, 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        UNIT_ROW(parse(TYPE, rows[i].body, strlen(rows[i].body)) == rows[i].rc, rows[i].body);
        if (rows[i].rc == 0)
            UNIT_ROW(form.count == rows[i].count, rows[i].body);
    }
}

static void too_many_parts(void **state)
{
    (void)state;
    char *body = xstrdup("--XyZ");
    for (int i = 0; i <= MULTIPART_PARTS_MAX; i++) {
        char *longer =
            xasprintf("%s\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--XyZ", body);
        free(body);
        body = longer;
    }
    char *all = xasprintf("%s--", body);
    assert_int_equal(parse(TYPE, all, strlen(all)), -1);
    free(all);
    free(body);
}

/* The delimiter is found wherever the blocks that are looked at end. */
static void large_bodies(void **state)
{
    static const char head[] =
        "--XyZ\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n";
    static const char tail[] = "\r\n--XyZ--";
    size_t room = sizeof(head) + sizeof(tail) + 70000;
    char *data = malloc(room);
    (void)state;
    for (size_t len = 65300; len < 65600; len++) {
        struct err err = ERR_INIT;
        memcpy(data, head, sizeof(head) - 1);
        memset(data + sizeof(head) - 1, '\r', len);
        memcpy(data + sizeof(head) - 1 + len, tail, sizeof(tail) - 1);
        const struct body body = {data, sizeof(head) + len + sizeof(tail) - 2, 50000};
        arena_reset(arena);
        assert_int_equal(take(TYPE, &body, &err), 0);
        assert_int_equal(form.parts[0].len, len);
        assert_int_equal(form.parts[0].offset, sizeof(head) - 1);
    }
    free(data);
}

/* Headers of a part that never end are not gathered. */
static void long_headers(void **state)
{
    (void)state;
    for (int len = 1000; len < 100000; len += 33000) {
        char *body = xasprintf("--XyZ\r\nContent-Disposition: form-data; name=a; x=%0*d\r\n\r\nb"
                               "\r\n--XyZ--",
                               len, 0);
        assert_int_equal(parse(TYPE, body, strlen(body)), len < 8000 ? 0 : -1);
        free(body);
    }
}

static int64_t fail_to_peek(const void *ctx, int64_t offset, void *buf, size_t len)
{
    (void)buf;
    (void)len;
    return offset < 10 ? peek(ctx, offset, buf, 10) : -1;
}

static void a_body_that_cannot_be_read(void **state)
{
    struct err err = ERR_INIT;
    const struct body body = {whole, sizeof(whole) - 1, sizeof(whole)};
    const struct multipart_source source = {&body, (int64_t)body.len, fail_to_peek};
    (void)state;
    assert_int_equal(multipart_parse(&form, arena, TYPE, &source, &err), -1);
    assert_int_equal(err.code, ERR_IO);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(a_cut_body_is_refused),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(types),
        cmocka_unit_test(odd_bodies),
        cmocka_unit_test(too_many_parts),
        cmocka_unit_test(large_bodies),
        cmocka_unit_test(long_headers),
        cmocka_unit_test(a_body_that_cannot_be_read),
    };
    arena = arena_create(4096);
    int rc = UNIT_RUN(tests);
    arena_destroy(&arena);
    return rc;
}
