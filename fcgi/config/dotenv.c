#include "config/dotenv.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "base/text.h"

/* Where we are in the text, which ends with a NUL and holds no other. */
struct reader {
    const char *at;
    int line;
};

static const char blank[] = " \t\f";
static const char line_end[] = "\r\n";

static bool at_line_end(const struct reader *reader)
{
    return !*reader->at || strchr(line_end, *reader->at);
}

static void skip_blank(struct reader *reader)
{
    reader->at += strspn(reader->at, blank);
}

/* Steps over one character and counts lines; CRLF is one end. */
static void step(struct reader *reader)
{
    bool line_feed = *reader->at == '\n';
    bool lone_return = *reader->at == '\r' && reader->at[1] != '\n';
    reader->line += line_feed || lone_return;
    reader->at++;
}

static void skip_line(struct reader *reader)
{
    reader->at += strcspn(reader->at, line_end);
}

/* Nothing but a comment may follow a value that has an end of its own. */
static bool only_comment_follows(const char *at)
{
    at += strspn(at, blank);
    return !*at || *at == '#' || strchr(line_end, *at);
}

/* --- values ---------------------------------------------------------------------------------- */

/* A value that is read as JSON may have brackets and quotes inside. */
static bool is_structured(const struct setting_def *def)
{
    return !def || def->type == SETTING_LIST || def->type == SETTING_MAP ||
           def->type == SETTING_JSON;
}

/* The character that `escape` stands for after a backslash in double quotes; 0 for none. */
static char escaped(char escape)
{
    static const char letters[] = "abfnrtv";
    static const char meanings[] = "\a\b\f\n\r\t\v";
    const char *letter = strchr(letters, escape);
    if (letter && *letter)
        return meanings[letter - letters];
    return escape && strchr("\\'\"", escape) ? escape : 0;
}

/* In single quotes only the quote and the backslash can be escaped. */
static char unescape(char quote, char escape)
{
    if (quote == '"')
        return escaped(escape);
    return escape == '\'' || escape == '\\' ? escape : 0;
}

static void read_quoted_character(struct reader *reader, char quote, struct strbuf *value)
{
    char meaning = *reader->at == '\\' ? unescape(quote, reader->at[1]) : 0;
    if (meaning) {
        strbuf_putc(value, meaning);
        step(reader);
    } else {
        strbuf_putc(value, *reader->at);
    }
    step(reader);
}

/* Reads a value in quotes. Returns false, with the reader where it was, when the quote never closes
 * or something follows it. */
static bool read_quoted(struct reader *reader, struct strbuf *value)
{
    struct reader ahead = *reader;
    const char quote = *ahead.at;
    step(&ahead);
    while (*ahead.at && *ahead.at != quote)
        read_quoted_character(&ahead, quote, value);
    if (!*ahead.at || !only_comment_follows(ahead.at + 1)) {
        strbuf_clear(value);
        return false;
    }
    step(&ahead);
    skip_line(&ahead);
    *reader = ahead;
    return true;
}

/* Copies a text in quotes inside brackets to the letter. */
static void copy_quoted(struct reader *reader, struct strbuf *value)
{
    const char quote = *reader->at;
    do {
        if (*reader->at == '\\' && reader->at[1]) {
            strbuf_putc(value, *reader->at);
            step(reader);
        }
        strbuf_putc(value, *reader->at);
        step(reader);
    } while (*reader->at && *reader->at != quote);
    if (!*reader->at)
        return;
    strbuf_putc(value, quote);
    step(reader);
}

static bool starts_comment(const char *at)
{
    return *at == '#' && (strchr(blank, at[-1]) || strchr(line_end, at[-1]));
}

/* Reads from a bracket to the one that closes it. Returns false, with the reader where it was,
 * when there is none or something follows it. */
static bool read_brackets(struct reader *reader, struct strbuf *value)
{
    struct reader ahead = *reader;
    int depth = 0;
    do {
        if (strchr("\"'", *ahead.at)) {
            copy_quoted(&ahead, value);
            continue;
        }
        if (starts_comment(ahead.at)) {
            skip_line(&ahead);
            continue;
        }
        depth += strchr("[{(", *ahead.at) != NULL;
        depth -= strchr("]})", *ahead.at) != NULL;
        strbuf_putc(value, *ahead.at);
        step(&ahead);
    } while (depth > 0 && *ahead.at);
    if (depth > 0 || !only_comment_follows(ahead.at)) {
        strbuf_clear(value);
        return false;
    }
    skip_line(&ahead);
    *reader = ahead;
    return true;
}

/* The rest of the line up to a comment. */
static void read_plain(struct reader *reader, struct strbuf *value)
{
    while (!at_line_end(reader) && !starts_comment(reader->at)) {
        strbuf_putc(value, *reader->at);
        step(reader);
    }
    skip_line(reader);
    while (value->len && strchr(blank, value->data[value->len - 1]))
        strbuf_truncate(value, value->len - 1);
}

static int read_value(struct reader *reader, const struct setting_def *def, struct strbuf *value,
                      struct err *err)
{
    const char first = *reader->at;
    bool quoted = first == '"' || first == '\'';
    bool brackets = first && strchr("[{(", first) && is_structured(def);
    if ((quoted && read_quoted(reader, value)) || (brackets && read_brackets(reader, value)))
        return 0;
    if (quoted && !is_structured(def))
        return err_set_param(err, ERR_INVALID, def->name,
                             "line %d: the quote that opens %s is not closed, or something "
                             "follows it",
                             reader->line, def->name);
    if (brackets && def)
        return err_set_param(err, ERR_INVALID, def->name,
                             "line %d: the bracket that opens %s is not closed, or something "
                             "follows it",
                             reader->line, def->name);
    read_plain(reader, value);
    return 0;
}

/* --- lines ----------------------------------------------------------------------------------- */

static void skip_export(struct reader *reader)
{
    static const char word[] = "export";
    const size_t len = sizeof(word) - 1;
    if (!text_starts(reader->at, word) || !strchr(blank, reader->at[len]) || !reader->at[len])
        return;
    reader->at += len;
    skip_blank(reader);
}

/* Reads "NAME =" and finds the setting; NULL in def_r for a name that is not ours, which is noted. */
static int read_name(struct reader *reader, const struct setting_def **def_r,
                     struct setting_rows *unknown, struct err *err)
{
    skip_export(reader);
    size_t len = strcspn(reader->at, "= \t\f\r\n#'\"");
    FREE_AUTO char *name = xstrndup(reader->at, len);
    reader->at += len;
    skip_blank(reader);
    if (len == 0 || *reader->at != '=')
        return err_set(err, ERR_INVALID, "line %d is neither NAME=value nor a comment",
                       reader->line);
    reader->at++;
    skip_blank(reader);
    *def_r = setting_find(name);
    if (!*def_r && unknown)
        setting_rows_add(unknown, name, "");
    return 0;
}

static int read_line(struct reader *reader, struct setting_rows *rows, struct setting_rows *unknown,
                     struct err *err)
{
    const struct setting_def *def = NULL;
    if (read_name(reader, &def, unknown, err))
        return -1;
    struct strbuf value = STRBUF_INIT(LIMIT_SETTING_TEXT);
    int result = read_value(reader, def, &value, err);
    if (result == 0 && def)
        setting_rows_add(rows, def->name, strbuf_str(&value));
    strbuf_wipe(&value);
    return result;
}

/* The number of the first line that is not UTF-8 text, or 0. */
static int bad_line(const char *text, size_t len)
{
    const char *end = text + len;
    for (int line = 1; text < end; line++) {
        const char *line_feed = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((line_feed ? line_feed : end) - text);
        if (!utf8_valid(text, line_len) || memchr(text, '\0', line_len))
            return line;
        text += line_len + 1;
    }
    return 0;
}

int dotenv_parse(struct setting_rows *rows, struct setting_rows *unknown, const char *text,
                 size_t len, struct err *err)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    int bad = bad_line(text, len); /* UTF-16 or GBK would give wrong keys and no error */
    if (bad)
        return err_set(err, ERR_INVALID, "line %d is not UTF-8 text", bad);
    struct reader reader = {text, 1};
    if (text_starts(text, byte_order_mark))
        reader.at += sizeof(byte_order_mark) - 1;
    while (*reader.at) {
        skip_blank(&reader);
        if (*reader.at == '#')
            skip_line(&reader);
        else if (!at_line_end(&reader) && read_line(&reader, rows, unknown, err))
            return -1;
        if (*reader.at)
            step(&reader);
    }
    return 0;
}
