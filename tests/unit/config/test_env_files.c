/* Every case in tests/unit/config/data; see the README there. */
#include "../unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "config/dotenv.h"

#define DATA GB_SRCDIR "/tests/unit/config/data/"

/* Returns false if there is no such file. */
static bool read_case(const char *name, const char *ending, struct strbuf *out)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s%s%s", DATA, name, ending);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    char block[4096];
    size_t len;
    while ((len = fread(block, 1, sizeof(block), file)) > 0)
        strbuf_append(out, block, len);
    fclose(file);
    return true;
}

static void print_escaped(struct strbuf *out, const char *text)
{
    static const char plain[] = "\n\r\t\\";
    static const char letters[] = "nrt\\";
    for (; *text; text++) {
        const char *found = strchr(plain, *text);
        if (found)
            strbuf_putc(out, '\\');
        strbuf_putc(out, found ? letters[found - plain] : *text);
    }
}

static void print_rows(struct strbuf *out, const struct setting_rows *rows)
{
    for (size_t i = 0; i < rows->len; i++) {
        strbuf_printf(out, "%s=", rows->items[i].name);
        print_escaped(out, rows->items[i].value);
        strbuf_putc(out, '\n');
    }
}

static void run_case(const char *name)
{
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct strbuf expected STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct strbuf actual STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct setting_rows rows = {0};
    struct err err = ERR_INIT;
    UNIT_ROW(read_case(name, ".env", &text), name);
    int result = dotenv_parse(&rows, NULL, strbuf_str(&text), text.len, &err);
    print_rows(&actual, &rows);
    setting_rows_free(&rows);
    if (read_case(name, ".rows", &expected)) {
        if (result)
            fail_msg("%s: %s", name, err.text);
        if (strcmp(strbuf_str(&actual), strbuf_str(&expected)) != 0)
            fail_msg("%s: read\n%sinstead of\n%s", name, strbuf_str(&actual),
                     strbuf_str(&expected));
        return;
    }
    UNIT_ROW(read_case(name, ".error", &expected), name);
    UNIT_ROW(result == -1, name);
    char *message = text_trim(expected.data);
    if (!strstr(err.text, message))
        fail_msg("%s: the error is: %s", name, err.text);
}

static void all_cases(void **state)
{
    (void)state;
    DIR *dir = opendir(DATA);
    assert_non_null(dir);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!text_ends(entry->d_name, ".env"))
            continue;
        char name[256];
        snprintf(name, sizeof(name), "%.*s", (int)(strlen(entry->d_name) - 4), entry->d_name);
        run_case(name);
        count++;
    }
    closedir(dir);
    assert_true(count >= 15);
}

static const struct settings *settings_of(const char *name)
{
    struct strbuf text STRBUF_AUTO = STRBUF_INIT(1 << 20);
    struct setting_rows rows = {0};
    struct err err = ERR_INIT;
    UNIT_ROW(read_case(name, ".env", &text), name);
    assert_int_equal(dotenv_parse(&rows, NULL, strbuf_str(&text), text.len, NULL), 0);
    const struct settings *set = settings_build(&rows, NULL, &err);
    setting_rows_free(&rows);
    if (!set)
        fail_msg("%s", err.text);
    return set;
}

static void the_reference_comes_up(void **state)
{
    (void)state;
    const struct settings *set = settings_of("reference");
    assert_int_equal(set->api_keys.len, 2);
    assert_int_equal(set->allowed_tokens.len, 2);
    assert_int_equal(set->max_failures, 10);
    assert_string_equal(set->database_type, "mysql");
    assert_string_equal(set->log_level, "INFO");
    assert_string_equal(set->timezone, "Asia/Shanghai");
    assert_true(set->fake_stream_enabled);
    assert_false(set->url_normalization_enabled);
    assert_string_equal(set->picgo_api_url, "https://www.picgo.net/api/1/upload");
    assert_int_equal(json_object_array_length(set->safety_settings), 2);
    settings_unref(&set);
}

static void python_comes_up(void **state)
{
    (void)state;
    const struct settings *set = settings_of("python");
    assert_true(setting_list_has(&set->api_keys, "AIzaSyTwo"));
    assert_true(setting_list_has(&set->search_models, "gemini-3.6-flash"));
    assert_int_equal(set->filtered_models.len, 2);
    assert_int_equal(json_object_object_length(set->thinking_budget_map), 2);
    settings_unref(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_cases),
        cmocka_unit_test(the_reference_comes_up),
        cmocka_unit_test(python_comes_up),
    };
    return UNIT_RUN(tests);
}
