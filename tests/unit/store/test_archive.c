/* An archive: what went in comes out, and half of one is never there. */
#include "store/archive.h"

#include <sys/stat.h>

#include "store_test.h"

static void file_write(const char *path, const char *text, size_t times)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < times; i++)
        assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static long size_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    return (long)status.st_size;
}

static struct archive *make(const char *path, const char *from)
{
    struct err err = ERR_INIT;
    struct archive *archive = archive_create(path, &err);
    assert_non_null(archive);
    assert_ok(archive_add(archive, "small", "text\0with a NUL", 15, &err), &err);
    assert_ok(archive_add(archive, "empty", "", 0, &err), &err);
    assert_ok(archive_add_file(archive, "large", from, &err), &err);
    return archive;
}

static void test_what_went_in_comes_out(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "a.backup");
    FREE_AUTO char *from = fixture_path(*state, "from");
    FREE_AUTO char *to = fixture_path(*state, "to");
    file_write(from, "0123456789abcdef\n", 70000);
    struct err err = ERR_INIT;
    struct archive *archive = make(path, from);
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(archive_finish(&archive, &err), &err);

    ARCHIVE_AUTO struct archive *read = archive_open(path, &err);
    assert_non_null(read);
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(100);
    assert_int_equal(archive_read(read, "small", &text, &err), 1);
    assert_int_equal(text.len, 15);
    assert_memory_equal(text.data, "text\0with a NUL", 15);
    strbuf_clear(&text);
    assert_int_equal(archive_read(read, "empty", &text, &err), 1);
    assert_int_equal(text.len, 0);
    assert_int_equal(archive_read(read, "none", &text, &err), 0);
    assert_int_equal(archive_extract(read, "large", to, &err), 1);
    assert_int_equal(size_of(to), 70000 * 17);
    strbuf_clear(&text);
    text.max = 2000000;
    assert_int_equal(archive_read(read, "large", &text, &err), 1);
    assert_memory_equal(text.data + 17 * 69999, "0123456789abcdef\n", 17);
    assert_int_equal(archive_extract(read, "none", path, &err), -1); /* nothing is overwritten */
}

static void test_an_unfinished_one_leaves_nothing(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "a.backup");
    FREE_AUTO char *part = fixture_path(*state, "a.backup.part");
    FREE_AUTO char *from = fixture_path(*state, "from");
    file_write(from, "x", 10);
    struct archive *archive = make(path, from);
    archive_close(&archive);
    assert_null(archive);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(part, F_OK), -1);
}

static void test_what_is_none_is_refused(void **state)
{
    FREE_AUTO char *path = fixture_path(*state, "a.backup");
    file_write(path, "no archive at all, but long enough to hold a header of one\n", 20);
    struct err err = ERR_INIT;
    assert_null(archive_open(path, &err));
    assert_int_equal(err.code, ERR_INVALID);
    err_clear(&err);
    assert_null(archive_create(path, &err));
    assert_int_equal(err.code, ERR_EXISTS);
    FREE_AUTO char *other = fixture_path(*state, "gemini-balance.db");
    struct store *store = fixture_open(*state);
    store_close(&store);
    err_clear(&err);
    assert_null(archive_open(other, &err));
    assert_int_equal(err.code, ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_went_in_comes_out, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_unfinished_one_leaves_nothing, fixture_dir,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_none_is_refused, fixture_dir,
                                        fixture_tear_down),
    };
    return UNIT_RUN(tests);
}
