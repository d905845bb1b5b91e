#include "transfer/mysql_dump.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "base/text.h"

#define COLUMNS_MAX 64
#define NAME_MAX_LEN 128
#define EDGE 512 /* within so many bytes a dump says what it is and that it is complete */
#define ROW_TEXT_MAX (64 * MIB) /* mysqldump's own longest statement is 24 MiB by default */

struct columns {
    size_t count;
    char names[COLUMNS_MAX][NAME_MAX_LEN];
};

struct dump {
    const char *at, *end, *start;
    const char *table;
    bool named;                      /* the table was seen */
    struct columns created, listed;  /* by the table, by one INSERT */
    const struct columns *of_values; /* which of them */
    foreign_row_visit *visit;
    void *ctx;
    bool stopped;
    struct err *err;
};

/* --- characters and words -------------------------------------------------------------------- */

static int fail(struct dump *dump, const char *what)
{
    long line = 1;
    for (const char *at = dump->start; at < dump->at; at++)
        line += *at == '\n';
    return err_set(dump->err, ERR_INVALID, "line %ld: %s", line, what);
}

static char peek(const struct dump *dump)
{
    return dump->at < dump->end ? *dump->at : '\0';
}

static bool starts(const struct dump *dump, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(dump->end - dump->at) >= len && memcmp(dump->at, text, len) == 0;
}

static void skip_to_after(struct dump *dump, const char *text)
{
    size_t len = strlen(text);
    const char *found = memmem(dump->at, (size_t)(dump->end - dump->at), text, len);
    dump->at = found ? found + len : dump->end;
}

/* White space and comments; statements that hide in a comment (SET names and the like) too. */
static void skip_space(struct dump *dump)
{
    for (;;) {
        while (dump->at < dump->end && isspace((unsigned char)*dump->at))
            dump->at++;
        if (starts(dump, "-- ") || starts(dump, "--\n") || starts(dump, "--\r") ||
            peek(dump) == '#')
            skip_to_after(dump, "\n");
        else if (starts(dump, "/*"))
            skip_to_after(dump, "*/");
        else
            return;
    }
}

static bool take(struct dump *dump, char c)
{
    skip_space(dump);
    if (peek(dump) != c)
        return false;
    dump->at++;
    return true;
}

/* A word of SQL that is not quoted; false and nothing taken when another stands there. */
static bool take_word(struct dump *dump, const char *word)
{
    skip_space(dump);
    size_t len = strlen(word);
    if ((size_t)(dump->end - dump->at) < len || strncasecmp(dump->at, word, len) != 0)
        return false;
    if (dump->at + len < dump->end &&
        (isalnum((unsigned char)dump->at[len]) || dump->at[len] == '_'))
        return false;
    dump->at += len;
    return true;
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* A name, plain or quoted by ` or ". */
static bool take_name(struct dump *dump, char name_r[NAME_MAX_LEN])
{
    skip_space(dump);
    char quote = peek(dump) == '`' || peek(dump) == '"' ? *dump->at++ : '\0';
    size_t len = 0;
    while (dump->at < dump->end && (quote ? *dump->at != quote : is_name_char(*dump->at))) {
        if (len + 1 < NAME_MAX_LEN)
            name_r[len++] = *dump->at;
        dump->at++;
    }
    name_r[len] = '\0';
    if (quote && dump->at < dump->end)
        dump->at++;
    return len > 0;
}

/* [`database`.]`table`: whether it is the one that is looked for. */
static bool take_table(struct dump *dump)
{
    char name[NAME_MAX_LEN];
    if (!take_name(dump, name))
        return false;
    while (peek(dump) == '.') {
        dump->at++;
        if (!take_name(dump, name))
            return false;
    }
    return text_ieq(name, dump->table);
}

/* --- values ---------------------------------------------------------------------------------- */

static char unescaped(char c)
{
    static const char from[] = "0bnrtZ", to[] = "\0\b\n\r\t\x1a";
    const char *found = c ? strchr(from, c) : NULL;
    return found ? to[found - from] : c;
}

/* The text after the opening quote, up to and with the closing one; NULL as `out` passes it over. */
static int read_string(struct dump *dump, char quote, struct strbuf *out)
{
    while (dump->at < dump->end) {
        const char *from = dump->at;
        while (dump->at < dump->end && *dump->at != quote && *dump->at != '\\')
            dump->at++;
        if (out)
            strbuf_append(out, from, (size_t)(dump->at - from));
        if (dump->at + 1 >= dump->end && peek(dump) != quote)
            break;
        char c = *dump->at++;
        if (c == quote && peek(dump) != quote)
            return 0;
        char next = *dump->at++;
        if (out)
            strbuf_putc(out, c == '\\' ? unescaped(next) : next);
    }
    return fail(dump, "a text is not closed");
}

static int read_hex(struct dump *dump, struct strbuf *out)
{
    dump->at += 2;
    while (dump->at + 1 < dump->end && isxdigit((unsigned char)dump->at[0]) &&
           isxdigit((unsigned char)dump->at[1])) {
        char digits[3] = {dump->at[0], dump->at[1], '\0'};
        strbuf_putc(out, (char)strtol(digits, NULL, 16));
        dump->at += 2;
    }
    return 0;
}

/* One value into `out`; *null_r for NULL. */
static int read_value(struct dump *dump, struct strbuf *out, bool *null_r)
{
    *null_r = take_word(dump, "NULL");
    if (*null_r)
        return 0;
    if (peek(dump) == '_') { /* a character set before a text: _binary '...' */
        char character_set[NAME_MAX_LEN];
        take_name(dump, character_set);
        skip_space(dump);
    }
    char c = peek(dump);
    if (c == '\'' || c == '"') {
        dump->at++;
        return read_string(dump, c, out);
    }
    if (starts(dump, "0x"))
        return read_hex(dump, out);
    const char *from = dump->at;
    while (dump->at < dump->end && !strchr(",) \t\r\n;", *dump->at))
        dump->at++;
    strbuf_append(out, from, (size_t)(dump->at - from));
    return dump->at == from ? fail(dump, "a value is missing") : 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Where the values of a row lie in one buffer; NULL ones have no place. */
struct row_texts {
    struct strbuf text;
    size_t at[COLUMNS_MAX];
    bool null[COLUMNS_MAX];
    size_t count;
};

static void row_texts_free(struct row_texts *row)
{
    strbuf_wipe(&row->text);
}

static int read_row(struct dump *dump, struct row_texts *row)
{
    strbuf_clear(&row->text);
    row->count = 0;
    do {
        if (row->count == COLUMNS_MAX)
            return fail(dump, "a row has too many values");
        row->at[row->count] = row->text.len;
        if (read_value(dump, &row->text, &row->null[row->count]) != 0)
            return -1;
        strbuf_putc(&row->text, '\0');
        row->count++;
    } while (take(dump, ','));
    if (!take(dump, ')'))
        return fail(dump, "a row is not closed");
    return strbuf_ok(&row->text) ? 0 : fail(dump, "a row is too long");
}

static void visit_row(struct dump *dump, const struct row_texts *row)
{
    const char *names[COLUMNS_MAX], *values[COLUMNS_MAX];
    const struct columns *columns = dump->of_values;
    size_t count = row->count < columns->count ? row->count : columns->count;
    for (size_t i = 0; i < count; i++) {
        names[i] = columns->names[i];
        values[i] = row->null[i] ? NULL : row->text.data + row->at[i];
    }
    struct foreign_row seen = {count, names, values};
    dump->stopped = dump->visit(dump->ctx, &seen) != 0;
}

static int read_rows(struct dump *dump)
{
    struct row_texts row CLEANUP(row_texts_free) = {.text = STRBUF_INIT(ROW_TEXT_MAX)};
    do {
        if (!take(dump, '('))
            return fail(dump, "a row is missing");
        if (read_row(dump, &row) != 0)
            return -1;
        visit_row(dump, &row);
    } while (!dump->stopped && take(dump, ','));
    return 0;
}

/* --- statements ------------------------------------------------------------------------------ */

static void add_column(struct columns *columns, const char *name)
{
    if (columns->count < COLUMNS_MAX)
        text_copy(columns->names[columns->count++], NAME_MAX_LEN, name);
}

static int read_column_list(struct dump *dump)
{
    char name[NAME_MAX_LEN];
    dump->listed.count = 0;
    do {
        if (!take_name(dump, name))
            return fail(dump, "a column's name is missing");
        add_column(&dump->listed, name);
    } while (take(dump, ','));
    return take(dump, ')') ? 0 : fail(dump, "the list of columns is not closed");
}

/* Up to and with the next `until` outside texts and brackets, or to a closing bracket. */
static int skip_until(struct dump *dump, char until)
{
    int depth = 0;
    while (dump->at < dump->end) {
        skip_space(dump);
        char c = peek(dump);
        if (depth == 0 && (c == until || c == ')'))
            return 0;
        if (dump->at < dump->end)
            dump->at++;
        depth += (c == '(') - (c == ')');
        if ((c == '\'' || c == '"' || c == '`') && read_string(dump, c, NULL) != 0)
            return -1;
    }
    return 0;
}

/* The names of the columns, in their order; keys and constraints have no name in quotes first. */
static int read_create(struct dump *dump)
{
    char name[NAME_MAX_LEN];
    if (take_word(dump, "IF") && take_word(dump, "NOT"))
        take_word(dump, "EXISTS");
    if (!take_table(dump))
        return 0;
    dump->named = true;
    dump->created.count = 0;
    if (!take(dump, '('))
        return 0;
    do {
        skip_space(dump);
        if ((peek(dump) == '`' || peek(dump) == '"') && take_name(dump, name))
            add_column(&dump->created, name);
        if (skip_until(dump, ',') != 0)
            return -1;
    } while (take(dump, ','));
    return 0;
}

static int read_insert(struct dump *dump)
{
    take_word(dump, "IGNORE");
    take_word(dump, "INTO");
    if (!take_table(dump))
        return 0;
    dump->named = true;
    bool listed = take(dump, '(');
    if (listed && read_column_list(dump) != 0)
        return -1;
    dump->of_values = listed ? &dump->listed : &dump->created;
    if (!take_word(dump, "VALUES") && !take_word(dump, "VALUE"))
        return fail(dump, "an INSERT without VALUES");
    if (dump->of_values->count == 0)
        return fail(dump, "the table's columns are not named before its rows");
    return read_rows(dump);
}

static int skip_statement(struct dump *dump)
{
    while (dump->at < dump->end && peek(dump) != ';') {
        if (skip_until(dump, ';') != 0)
            return -1;
        if (peek(dump) == ')')
            dump->at++;
    }
    if (dump->at < dump->end)
        dump->at++;
    return 0;
}

static int read_statements(struct dump *dump)
{
    for (;;) {
        skip_space(dump);
        if (dump->at >= dump->end || dump->stopped)
            return 0;
        int rc = 0;
        if (take_word(dump, "CREATE") && take_word(dump, "TABLE"))
            rc = read_create(dump);
        else if (take_word(dump, "INSERT") || take_word(dump, "REPLACE"))
            rc = read_insert(dump);
        if (rc != 0 || (!dump->stopped && skip_statement(dump) != 0))
            return -1;
    }
}

/* --- the file -------------------------------------------------------------------------------- */

static int file_fail(const char *path, struct err *err)
{
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

static void unmap(struct dump *dump)
{
    if (dump->end > dump->start)
        munmap((void *)(uintptr_t)dump->start, (size_t)(dump->end - dump->start));
}

/* Shows the whole file in the memory from start to end. */
static int map(struct dump *dump, const char *path, struct err *err)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0) {
        file_fail(path, err);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    size_t len = (size_t)status.st_size;
    char *text = len > 0 ? mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    close(fd);
    if (text == MAP_FAILED)
        return file_fail(path, err);
    dump->at = dump->start = text ? text : "";
    dump->end = dump->start + len;
    return 0;
}

int mysql_dump_each(const char *path, const char *table, foreign_row_visit *visit, void *ctx,
                    struct err *err)
{
    struct dump dump = {.table = table, .visit = visit, .ctx = ctx, .err = err};
    if (map(&dump, path, err) != 0)
        return -1;
    int rc = read_statements(&dump) != 0 ? err_prefix(err, "%s", path) : dump.named;
    unmap(&dump);
    return rc;
}

static bool holds(const char *from, const char *end, const char *text)
{
    return memmem(from, (size_t)(end - from), text, strlen(text)) != NULL;
}

int mysql_dump_is_cut(const char *path, struct err *err)
{
    struct dump dump = {.err = err};
    if (map(&dump, path, err) != 0)
        return -1;
    const char *head_end = dump.end - dump.start > EDGE ? dump.start + EDGE : dump.end;
    const char *tail = dump.end - dump.start > EDGE ? dump.end - EDGE : dump.start;
    bool signs = holds(dump.start, head_end, "-- MySQL dump ") ||
                 holds(dump.start, head_end, "-- MariaDB dump ");
    bool cut = signs && !holds(tail, dump.end, "-- Dump completed");
    unmap(&dump);
    return cut;
}
