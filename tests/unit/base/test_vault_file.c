#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/crypto.h"

struct place {
    char folder[64];
    char path[96];
};

static int make(void **state)
{
    struct place *place = xcalloc(1, sizeof(*place));
    snprintf(place->folder, sizeof(place->folder), "/tmp/test_vault_file.XXXXXX");
    if (!mkdtemp(place->folder))
        return -1;
    snprintf(place->path, sizeof(place->path), "%s/secret.key", place->folder);
    *state = place;
    return 0;
}

static int unmake(void **state)
{
    struct place *place = *state;
    unlink(place->path);
    int left = rmdir(place->folder); /* fails when a temporary file was left behind */
    free(place);
    return left;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void hash_with(struct vault *vault, char hash_r[SHA256_HEX])
{
    assert_non_null(vault);
    vault_lookup_hash(vault, "x", 1, hash_r);
    vault_destroy(&vault);
}

static void the_file_is_made_once(void **state)
{
    const struct place *place = *state;
    struct stat info;
    char first[SHA256_HEX];
    char second[SHA256_HEX];
    hash_with(vault_open_file(place->path, NULL), first);
    assert_int_equal(stat(place->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, 65);
    hash_with(vault_open_file(place->path, NULL), second);
    assert_string_equal(first, second);
}

static void a_given_text_is_the_secret(void **state)
{
    const struct place *place = *state;
    char from_file[SHA256_HEX];
    char from_text[SHA256_HEX];
    hash_with(vault_create("0123456789abcdef", 16), from_text);
    write_file(place->path, " 0123456789abcdef \r\n");
    hash_with(vault_open_file(place->path, NULL), from_file);
    assert_string_equal(from_file, from_text);
    write_file(place->path, "0123456789abcdef");
    hash_with(vault_open_file(place->path, NULL), from_file);
    assert_string_equal(from_file, from_text);
}

static void short_or_huge_files_are_refused(void **state)
{
    const struct place *place = *state;
    struct err err = ERR_INIT;
    char huge[5000];
    write_file(place->path, "short\n");
    assert_null(vault_open_file(place->path, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_null(strstr(err.text, "short\n"));
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    write_file(place->path, huge);
    assert_null(vault_open_file(place->path, &err));
}

static void a_missing_folder_is_told(void **state)
{
    const struct place *place = *state;
    struct err err = ERR_INIT;
    FREE_AUTO char *path = xasprintf("%s/none/secret.key", place->folder);
    assert_null(vault_open_file(path, &err));
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "none/secret.key"));
}

enum { CHILDREN = 12 };

/* Waits until the parent closes the pipe, so that all children begin at once. */
static void child_opens(const char *path, int gate, int result)
{
    char hash[SHA256_HEX];
    char byte;
    if (read(gate, &byte, 1) != 0)
        _exit(2);
    struct vault *vault = vault_open_file(path, NULL);
    if (!vault)
        _exit(3);
    vault_lookup_hash(vault, "x", 1, hash);
    vault_destroy(&vault);
    _exit(write(result, hash, sizeof(hash)) == sizeof(hash) ? 0 : 4);
}

static void processes_at_once_end_up_with_the_same(void **state)
{
    const struct place *place = *state;
    int gate[2];
    int result[2];
    char first[SHA256_HEX] = "";
    assert_int_equal(pipe(gate), 0);
    assert_int_equal(pipe(result), 0);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(gate[1]);
            child_opens(place->path, gate[0], result[1]);
        }
    }
    close(gate[1]);
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (int i = 0; i < CHILDREN; i++) {
        char hash[SHA256_HEX];
        assert_int_equal(read(result[0], hash, sizeof(hash)), sizeof(hash));
        if (i == 0)
            memcpy(first, hash, sizeof(first));
        assert_string_equal(hash, first);
    }
    close(gate[0]);
    close(result[0]);
    close(result[1]);
}

/* As on a file system without hard links, where the name appears before the text. */
static void an_empty_file_is_waited_for(void **state)
{
    const struct place *place = *state;
    char hash[SHA256_HEX];
    write_file(place->path, "");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        usleep(50000);
        write_file(place->path, "0123456789abcdef0123456789abcdef\n");
        _exit(0);
    }
    hash_with(vault_open_file(place->path, NULL), hash);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_file_is_made_once),
        TEST(a_given_text_is_the_secret),
        TEST(short_or_huge_files_are_refused),
        TEST(a_missing_folder_is_told),
        TEST(processes_at_once_end_up_with_the_same),
        TEST(an_empty_file_is_waited_for),
    };
    return UNIT_RUN(tests);
}
