/* Lines are caught by pointing standard error at a pipe for the time of one call. */
#include "../unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

static int caught_fd[2];
static int real_stderr;

static void catch_begin(void)
{
    fflush(stderr);
    assert_int_equal(pipe(caught_fd), 0);
    real_stderr = dup(STDERR_FILENO);
    assert_int_equal(dup2(caught_fd[1], STDERR_FILENO), STDERR_FILENO);
    close(caught_fd[1]);
}

static size_t catch_end(char *buf, size_t buf_size)
{
    size_t len = 0;
    ssize_t got;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    while ((got = read(caught_fd[0], buf + len, buf_size - 1 - len)) > 0)
        len += (size_t)got;
    close(caught_fd[0]);
    buf[len] = '\0';
    return len;
}

/* What follows the time stamp of the one line that was written. */
static const char *caught_line(char *buf, size_t buf_size)
{
    size_t len = catch_end(buf, buf_size);
    assert_true(len > 25);
    assert_int_equal(buf[len - 1], '\n');
    assert_int_equal(buf[4], '-');
    assert_int_equal(buf[10], 'T');
    assert_int_equal(buf[23], 'Z');
    assert_int_equal(buf[24], ' ');
    return buf + 25;
}

static void a_line_has_level_event_and_fields(void **state)
{
    char buf[4096];
    (void)state;
    catch_begin();
    log_event(LOG_INFO, "pool.rest", "key=%d model=%s", 12, "gemini-3.8-flash");
    assert_string_equal(caught_line(buf, sizeof(buf)),
                        "INFO pool.rest key=12 model=gemini-3.8-flash\n");
    catch_begin();
    log_event(LOG_CRITICAL, "app.stop", "%s", "");
    assert_string_equal(caught_line(buf, sizeof(buf)), "CRITICAL app.stop\n");
}

static void a_line_is_always_one_line(void **state)
{
    char buf[4096];
    (void)state;
    catch_begin();
    log_event(LOG_ERROR, "x", "a=%s", "1\n2\r3\t4\x1b[0m\x7f");
    assert_string_equal(caught_line(buf, sizeof(buf)), "ERROR x a=1\\n2\\r3\\t4\\x1b[0m\\x7f\n");
}

static void long_lines_are_cut(void **state)
{
    char buf[8192];
    char value[6000];
    (void)state;
    memset(value, 'v', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    catch_begin();
    log_event(LOG_INFO, "x", "%s", value);
    assert_int_equal(strlen(caught_line(buf, sizeof(buf))), strlen("INFO x ") + 2000 + 1);
    memset(value, '\n', 3000);
    catch_begin();
    log_event(LOG_INFO, "x", "%s", value);
    assert_int_equal(strlen(caught_line(buf, sizeof(buf))), strlen("INFO x ") + 2000 + 1);
}

static void the_level_decides(void **state)
{
    char buf[4096];
    (void)state;
    log_set_level(LOG_WARNING);
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_WARNING));
    catch_begin();
    log_event(LOG_INFO, "quiet", "%s", "");
    log_event(LOG_WARNING, "loud", "%s", "");
    assert_string_equal(caught_line(buf, sizeof(buf)), "WARNING loud\n");
    log_set_level(LOG_OFF);
    assert_false(log_enabled(LOG_CRITICAL));
    assert_false(log_enabled(LOG_OFF));
    log_set_level(LOG_INFO);
}

static void level_names(void **state)
{
    static const struct {
        const char *name;
        enum log_level level;
    } rows[] = {{"DEBUG", LOG_DEBUG},  {"info", LOG_INFO},   {"Warning", LOG_WARNING},
                {"warn", LOG_WARNING}, {"error", LOG_ERROR}, {"CRITICAL", LOG_CRITICAL}};
    enum log_level level;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        UNIT_ROW(log_level_parse(rows[i].name, &level) == 0, rows[i].name);
        assert_int_equal(level, rows[i].level);
    }
    assert_int_equal(log_level_parse("verbose", &level), -1);
    assert_int_equal(log_level_parse("", &level), -1);
    assert_int_equal(log_level_parse(NULL, &level), -1);
}

static void values_are_quoted_where_needed(void **state)
{
    static const struct {
        const char *value;
        const char *quoted;
    } rows[] = {
        {"plain", "plain"},
        {"two words", "\"two words\""},
        {"", "\"\""},
        {NULL, "\"\""},
        {"a\"b", "\"a\\\"b\""},
        {"a\\b", "\"a\\\\b\""},
        {"a\nb", "\"a\\nb\""},
        {"a=b", "\"a=b\""},
        {"x\x01", "\"x\\x01\""},
        {"\xC3\xA9", "\xC3\xA9"},
    };
    char buf[64];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(log_quote(rows[i].value, buf, sizeof(buf)), rows[i].quoted);
}

static void quoting_cuts_to_fit(void **state)
{
    char buf[8];
    (void)state;
    assert_string_equal(log_quote("ab cd ef gh", buf, sizeof(buf)), "\"ab cd\"");
    assert_string_equal(log_quote("ab cd\n", buf, sizeof(buf)), "\"ab cd\"");
    assert_string_equal(log_quote("a \xE2\x82\xAC\xE2\x82\xAC", buf, sizeof(buf)),
                        "\"a \xE2\x82\xAC\"");
    assert_string_equal(log_quote("abcdefghij", buf, sizeof(buf)), "abcdefg");
}

enum { THREADS = 4, LINES = 100 };

static void *write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_event(LOG_INFO, "t", "%s", (const char *)arg);
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    static char buf[65536];
    static char values[THREADS][11] = {"aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc", "dddddddddd"};
    pthread_t threads[THREADS];
    int lines = 0;
    (void)state;
    catch_begin();
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, values[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    catch_end(buf, sizeof(buf));
    for (char *line = buf, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        assert_int_equal(strlen(line), 25 + strlen("INFO t aaaaaaaaaa"));
        assert_int_equal(strspn(line + 32, (char[]){line[32], 0}), 10);
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
    setenv("TZ", "UTC0", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_level_event_and_fields),
        cmocka_unit_test(a_line_is_always_one_line),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(the_level_decides),
        cmocka_unit_test(level_names),
        cmocka_unit_test(values_are_quoted_where_needed),
        cmocka_unit_test(quoting_cuts_to_fit),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };
    return UNIT_RUN(tests);
}
