#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/bootstrap.h"

/* A text that may be changed, as an environment's are. */
#define VARIABLE(text) ((char[]){text})

struct file {
    char path[64];
    struct setting_rows rows;
};

static int start(void **state)
{
    struct file *file = xcalloc(1, sizeof(*file));
    snprintf(file->path, sizeof(file->path), "/tmp/test_bootstrap_XXXXXX");
    close(mkstemp(file->path));
    *state = file;
    return 0;
}

static int stop(void **state)
{
    struct file *file = *state;
    unlink(file->path);
    setting_rows_free(&file->rows);
    free(file);
    return 0;
}

static void write_file(const struct file *file, const char *text)
{
    FILE *out = fopen(file->path, "w");
    fputs(text, out);
    fclose(out);
}

static void the_environment_wins(void **state)
{
    struct file *file = *state;
    char *variables[] = {
        VARIABLE("max_retries=5"), VARIABLE("PATH=/bin"), VARIABLE("Api_Keys=[\"a\"]"),
        VARIABLE("NOEQUALS"),      VARIABLE("=x"),        NULL};
    write_file(file, "MAX_RETRIES=4\nMAX_FAILURES=6\nHOME=/root\n");
    assert_int_equal(bootstrap_read(&file->rows, file->path, variables, NULL), 0);
    assert_int_equal(file->rows.len, 4);
    assert_string_equal(setting_rows_get(&file->rows, "MAX_RETRIES"), "5");
    assert_string_equal(setting_rows_get(&file->rows, "MAX_FAILURES"), "6");
    assert_string_equal(setting_rows_get(&file->rows, "API_KEYS"), "[\"a\"]");
    assert_string_equal(file->rows.items[0].name, "MAX_RETRIES");
}

/* As `docker run --env-file` hands them over. */
static void quotes_left_in_variables_come_off(void **state)
{
    struct file *file = *state;
    char *variables[] = {VARIABLE("AUTH_TOKEN=\"sk-abc\""), VARIABLE("API_KEYS='[\"a\",\"b\"]'"),
                         VARIABLE("SEARCH_MODELS=\"a\",\"b\""), VARIABLE("BASE_URL= http://h/ "),
                         NULL};
    assert_int_equal(bootstrap_read(&file->rows, NULL, variables, NULL), 0);
    assert_string_equal(setting_rows_get(&file->rows, "AUTH_TOKEN"), "sk-abc");
    assert_string_equal(setting_rows_get(&file->rows, "API_KEYS"), "[\"a\",\"b\"]");
    assert_string_equal(setting_rows_get(&file->rows, "SEARCH_MODELS"), "\"a\",\"b\"");
    assert_string_equal(setting_rows_get(&file->rows, "BASE_URL"), "http://h/");
}

static void a_missing_file_is_empty(void **state)
{
    struct file *file = *state;
    unlink(file->path);
    assert_int_equal(bootstrap_read(&file->rows, file->path, NULL, NULL), 0);
    assert_int_equal(file->rows.len, 0);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
    struct file *file = *state;
    struct err err = ERR_INIT;
    assert_int_equal(bootstrap_read(&file->rows, "/tmp", NULL, &err), -1);
    assert_int_equal(err.code, ERR_IO);
    assert_non_null(strstr(err.text, "/tmp: "));
}

static void an_error_names_file_and_line(void **state)
{
    struct file *file = *state;
    struct err err = ERR_INIT;
    write_file(file, "MAX_RETRIES=1\nwhat is this\n");
    assert_int_equal(bootstrap_read(&file->rows, file->path, NULL, &err), -1);
    char expected[160];
    snprintf(expected, sizeof(expected), "%s: line 2 is neither NAME=value nor a comment",
             file->path);
    assert_string_equal(err.text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_environment_wins, start, stop),
        cmocka_unit_test_setup_teardown(quotes_left_in_variables_come_off, start, stop),
        cmocka_unit_test_setup_teardown(a_missing_file_is_empty, start, stop),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_an_error, start, stop),
        cmocka_unit_test_setup_teardown(an_error_names_file_and_line, start, stop),
    };
    return UNIT_RUN(tests);
}
