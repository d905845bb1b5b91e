#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/text.h"

enum {
    FIELDS_MAX = 2000,
    LINE_MAX_BYTES = FIELDS_MAX + 160 /* under PIPE_BUF, so lines of several processes never mix */
};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

static atomic_int lowest_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&lowest_level, memory_order_relaxed) &&
           level < LOG_OFF;
}

int log_level_parse(const char *name, enum log_level *level_r)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (text_ieq(name, level_names[i])) {
            *level_r = (enum log_level)i;
            return 0;
        }
    }
    if (!text_ieq(name, "WARN"))
        return -1;
    *level_r = LOG_WARNING;
    return 0;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* Writes the escape of a control character (and no NUL); returns its length, 2 or 4. */
static size_t escape_control(char out[4], char c)
{
    static const char named[][2] = {{'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}};
    char hex[3];
    out[0] = '\\';
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        if (c == named[i][0]) {
            out[1] = named[i][1];
            return 2;
        }
    }
    hex_encode(hex, &c, 1);
    out[1] = 'x';
    out[2] = hex[0];
    out[3] = hex[1];
    return 4;
}

/* Copies with control characters escaped, and quotes and backslashes too where `quoted`; stops
 * before what no longer fits into `room` bytes. Returns the bytes written; adds no NUL. */
static size_t copy_escaped(char *out, size_t room, const char *text, bool quoted)
{
    size_t len = 0;
    for (; *text; text++) {
        char piece[4] = {*text};
        size_t piece_len = 1;
        if (is_control(*text)) {
            piece_len = escape_control(piece, *text);
        } else if (quoted && (*text == '"' || *text == '\\')) {
            piece[0] = '\\';
            piece[1] = *text;
            piece_len = 2;
        }
        if (piece_len > room - len)
            return utf8_prefix(out, len);
        memcpy(out + len, piece, piece_len);
        len += piece_len;
    }
    return utf8_prefix(out, len);
}

static void write_line(const char *line, size_t len)
{
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
        ;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    if (!log_enabled(level))
        return;
    int saved_errno = errno;
    char fields[FIELDS_MAX + 1];
    char line[LINE_MAX_BYTES];
    char stamp[32];
    va_list args;
    va_start(args, fmt);
    vsnprintf(fields, sizeof(fields), fmt, args);
    va_end(args);
    clock_iso_local(clock_wall_ms(), stamp, sizeof(stamp));
    snprintf(line, sizeof(line) - FIELDS_MAX - 1, "%s %s %s", stamp, level_names[level], event);
    size_t len = strlen(line);
    if (fields[0])
        line[len++] = ' ';
    len += copy_escaped(line + len, FIELDS_MAX, fields, false);
    line[len++] = '\n';
    write_line(line, len);
    errno = saved_errno;
}

static bool needs_quotes(const char *value)
{
    if (!*value)
        return true;
    for (; *value; value++)
        if (is_control(*value) || strchr(" \"\\=", *value))
            return true;
    return false;
}

const char *log_quote(const char *value, char *buf, size_t buf_size)
{
    value = value ? value : "";
    if (!needs_quotes(value) || buf_size < 3) {
        text_copy(buf, buf_size, value);
        return buf;
    }
    buf[0] = '"';
    size_t len = 1 + copy_escaped(buf + 1, buf_size - 3, value, true);
    buf[len] = '"';
    buf[len + 1] = '\0';
    return buf;
}
