#include "../unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "imagehost/image_shelf.h"

#define NOW (1763900000 * SECOND_MS)

static char folder[64];
static struct vault *vault;
static struct image_shelf shelf;
static struct strbuf path = STRBUF_INIT(KIB);
static struct err err;

static int setup(void **state)
{
    (void)state;
    text_copy(folder, sizeof(folder), "/tmp/gb-shelf-XXXXXX");
    assert_non_null(mkdtemp(folder));
    vault = vault_create("a secret of the tests", 21);
    shelf = (struct image_shelf){
        .vault = vault, .data_dir = folder, .max_bytes = MIB, .seconds = 60, .now_ms = NOW};
    err_clear(&err);
    strbuf_clear(&path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    FREE_AUTO char *images = xasprintf("%s/images", folder);
    DIR *entries = opendir(images);
    for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries))
        unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
    rmdir(images);
    rmdir(folder);
    strbuf_free(&path);
    vault_destroy(&vault);
    return 0;
}

static int files(void)
{
    FREE_AUTO char *images = xasprintf("%s/images", folder);
    DIR *entries = opendir(images);
    int count = 0;
    for (struct dirent *entry = entries ? readdir(entries) : NULL; entry; entry = readdir(entries))
        count += !text_eq(entry->d_name, ".") && !text_eq(entry->d_name, "..");
    if (entries)
        closedir(entries);
    return count;
}

static int put(const char *type, const char *data, size_t len)
{
    strbuf_clear(&path);
    err_clear(&err);
    return image_shelf_put(&shelf, type, data, len, &path, &err);
}

/* Opens "<signature>/<name>"; the descriptor, or -1. */
static int look(const char *where, struct shelved_image *image)
{
    char signature[512] = "";
    const char *slash = strchr(where, '/');
    snprintf(signature, sizeof(signature), "%.*s", (int)(slash - where), where);
    err_clear(&err);
    return image_shelf_open(&shelf, signature, slash + 1, image, &err);
}

static void what_was_put_is_there(void **state)
{
    (void)state;
    struct shelved_image image;
    char read_back[16] = "";
    assert_int_equal(put("image/jpeg", "PICTURE", 7), 0);
    assert_true(text_ends(strbuf_str(&path), ".jpg"));
    assert_int_equal(look(strbuf_str(&path), &image), 0);
    assert_string_equal(image.type, "image/jpeg");
    assert_int_equal(image.len, 7);
    assert_int_equal(image.seconds_left, 60);
    assert_int_equal(read(image.fd, read_back, sizeof(read_back)), 7);
    assert_string_equal(read_back, "PICTURE");
    close(image.fd);
}

static void the_file_is_nobody_elses(void **state)
{
    (void)state;
    struct stat about;
    assert_int_equal(put("image/png", "x", 1), 0);
    FREE_AUTO char *images = xasprintf("%s/images", folder);
    FREE_AUTO char *file = xasprintf("%s/%s", images, strchr(strbuf_str(&path), '/') + 1);
    assert_int_equal(stat(images, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void an_address_ends(void **state)
{
    (void)state;
    struct shelved_image image;
    assert_int_equal(put("image/png", "x", 1), 0);
    shelf.now_ms = NOW + 59 * SECOND_MS;
    assert_int_equal(look(strbuf_str(&path), &image), 0);
    close(image.fd);
    shelf.now_ms = NOW + 60 * SECOND_MS;
    assert_int_equal(look(strbuf_str(&path), &image), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* The name says when it ends: another name needs another signature. */
static void a_changed_address_leads_nowhere(void **state)
{
    (void)state;
    struct shelved_image image;
    assert_int_equal(put("image/png", "x", 1), 0);
    FREE_AUTO char *good = xstrdup(strbuf_str(&path));
    for (size_t i = 0; good[i]; i++) {
        FREE_AUTO char *changed = xstrdup(good);
        if (changed[i] == '/')
            continue;
        changed[i] = changed[i] == '1' ? '2' : '1';
        assert_int_equal(look(changed, &image), -1);
        assert_int_equal(err.code, ERR_NOT_FOUND);
    }
    FREE_AUTO char *upper = xstrdup(good);
    for (char *at = upper; *at != '/'; at++)
        *at = *at >= 'a' && *at <= 'f' ? (char)(*at - 32) : *at;
    assert_int_equal(look(upper, &image), -1);
}

static void another_master_key_knows_nothing(void **state)
{
    (void)state;
    struct shelved_image image;
    struct vault *other = vault_create("another secret", 14);
    assert_int_equal(put("image/png", "x", 1), 0);
    shelf.vault = other;
    assert_int_equal(look(strbuf_str(&path), &image), -1);
    vault_destroy(&other);
}

/* Even with the right signature, which only we could make, a path is no name. */
static void only_names_of_ours_are_opened(void **state)
{
    (void)state;
    static const char *const names[] = {"../secret.key", "..",   ".",         "",
                                        "/etc/passwd",   "x",    "1-a.png/x", "99999999999-.png",
                                        "99999999999-a", ".1-a", "9-../a.png"};
    char signature[SHA256_HEX];
    struct shelved_image image;
    assert_int_equal(put("image/png", "x", 1), 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        FREE_AUTO char *text = xasprintf("image %s", names[i]);
        vault_sign(vault, text, strlen(text), signature);
        assert_int_equal(image_shelf_open(&shelf, signature, names[i], &image, &err), -1);
    }
}

static void a_link_is_not_followed(void **state)
{
    (void)state;
    char signature[SHA256_HEX];
    struct shelved_image image;
    const char *name = "99999999999-abc.png";
    assert_int_equal(put("image/png", "x", 1), 0);
    FREE_AUTO char *link = xasprintf("%s/images/%s", folder, name);
    assert_int_equal(symlink("/etc/hostname", link), 0);
    FREE_AUTO char *text = xasprintf("image %s", name);
    vault_sign(vault, text, strlen(text), signature);
    assert_int_equal(image_shelf_open(&shelf, signature, name, &image, &err), -1);
}

static void what_a_browser_would_run_is_not_taken(void **state)
{
    (void)state;
    static const char *const types[] = {"image/svg+xml", "text/html", "", "image/png2"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        assert_false(image_shelf_takes(types[i]));
        assert_int_equal(put(types[i], "x", 1), -1);
        assert_int_equal(err.code, ERR_UNSUPPORTED);
    }
    assert_int_equal(files(), 0);
    assert_true(image_shelf_takes("IMAGE/PNG"));
}

static void a_full_shelf_keeps_what_it_has(void **state)
{
    (void)state;
    struct shelved_image image;
    FREE_AUTO char *large = xcalloc(600, KIB);
    assert_int_equal(put("image/png", large, 600 * KIB), 0);
    FREE_AUTO char *first = xstrdup(strbuf_str(&path));
    assert_int_equal(put("image/png", large, 600 * KIB), -1);
    assert_int_equal(err.code, ERR_FULL);
    assert_int_equal(path.len, 0);
    assert_int_equal(put("image/png", large, 400 * KIB), 0);
    assert_int_equal(look(first, &image), 0);
    close(image.fd);
    shelf.now_ms += 61 * SECOND_MS;
    assert_int_equal(put("image/png", large, 600 * KIB), 0);
    assert_int_equal(files(), 1);
}

static void cleaning(void **state)
{
    (void)state;
    assert_int_equal(image_shelf_clean(&shelf, &err), 0);
    assert_int_equal(put("image/png", "x", 1), 0);
    shelf.seconds = 600;
    assert_int_equal(put("image/png", "y", 1), 0);
    FREE_AUTO char *other = xasprintf("%s/images/somebody-elses.txt", folder);
    FREE_AUTO char *half = xasprintf("%s/images/.%s", folder, "1763900060-abc.png");
    close(open(other, O_WRONLY | O_CREAT, 0600));
    close(open(half, O_WRONLY | O_CREAT, 0600));
    assert_int_equal(image_shelf_clean(&shelf, &err), 0);
    shelf.now_ms = NOW + 60 * SECOND_MS;
    assert_int_equal(image_shelf_clean(&shelf, &err), 1);
    /* A file half written is another process's until it is old. */
    assert_int_equal(access(half, F_OK), 0);
    shelf.now_ms = clock_wall_ms() + 2 * HOUR_MS;
    assert_int_equal(image_shelf_clean(&shelf, &err), 2);
    assert_int_equal(files(), 1);
    assert_int_equal(access(other, F_OK), 0);
}

static void a_folder_that_cannot_be(void **state)
{
    (void)state;
    FREE_AUTO char *file = xasprintf("%s/images", folder);
    close(open(file, O_WRONLY | O_CREAT, 0600)); /* in the folder's place */
    assert_int_equal(put("image/png", "x", 1), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_int_equal(path.len, 0);
    unlink(file);
}

/* As a full disk does it: a part is written, then no more. In a process of its own, which may not
 * write larger files. */
static void a_write_that_fails_leaves_nothing(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit small = {.rlim_cur = 10, .rlim_max = 10};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        bool refused = put("image/png", "more than ten bytes", 19) < 0 && path.len == 0;
        _exit(refused && err.code == ERR_IO ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(files(), 0);
}

/* Several processes at once: what fits is kept, and no byte more. */
static void processes_share_the_limit(void **state)
{
    (void)state;
    FREE_AUTO char *data = xcalloc(100, KIB);
    pid_t children[4];
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        children[i] = fork();
        if (children[i] > 0)
            continue;
        for (int n = 0; n < 6; n++)
            put("image/png", data, 100 * KIB);
        _exit(0);
    }
    for (size_t i = 0; i < ARRAY_LEN(children); i++)
        waitpid(children[i], NULL, 0);
    assert_int_equal(files(), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_put_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_is_nobody_elses, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_address_leads_nowhere, setup, teardown),
        cmocka_unit_test_setup_teardown(another_master_key_knows_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(only_names_of_ours_are_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(a_link_is_not_followed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_browser_would_run_is_not_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_shelf_keeps_what_it_has, setup, teardown),
        cmocka_unit_test_setup_teardown(cleaning, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(processes_share_the_limit, setup, teardown),
    };
    return UNIT_RUN(tests);
}
