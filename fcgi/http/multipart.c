#include "http/multipart.h"

#include <string.h>

#include "base/limits.h"
#include "base/scope.h"
#include "base/text.h"

#define BOUNDARY_MAX 70
#define PART_HEADERS_MAX 8192
#define BLOCK (32 * KIB)

/* What is left to read. */
struct reader {
    struct arena *arena;
    const struct multipart_source *source;
    int64_t at;
    const char *delimiter; /* CRLF, two hyphens, the boundary */
    size_t delimiter_len;
    char *block; /* of BLOCK bytes */
    struct err *err;
};

static int bad(struct reader *reader, const char *text)
{
    if (reader->err->code == ERR_IO)
        return -1;
    return err_set(reader->err, ERR_INVALID, "the multipart body %s", text);
}

/* --- the bytes --------------------------------------------------------------------------------- */

/* As many of `len` bytes at `offset` as there are. */
static size_t look(struct reader *reader, int64_t offset, char *buf, size_t len)
{
    const struct multipart_source *source = reader->source;
    size_t have = 0;
    while (have < len && offset + (int64_t)have < source->len) {
        int64_t got = source->peek(source->ctx, offset + (int64_t)have, buf + have, len - have);
        if (got <= 0) {
            err_set(reader->err, ERR_IO, "the body cannot be read again");
            return 0;
        }
        have += (size_t)got;
    }
    int64_t left = source->len - offset;
    return left < (int64_t)have ? (size_t)left : have;
}

/* Where the next delimiter stands, from `from` on; -1 nowhere. */
static int64_t find_delimiter(struct reader *reader, int64_t from)
{
    const char *needle = reader->delimiter;
    size_t len = reader->delimiter_len;
    for (;;) {
        size_t got = look(reader, from, reader->block, BLOCK);
        const char *hit = memmem(reader->block, got, needle, len);
        if (hit)
            return from + (hit - reader->block);
        if (got < BLOCK)
            return -1;
        from += (int64_t)(got - (len - 1));
    }
}

/* --- parameters of a header -------------------------------------------------------------------- */

/* The value at `at` (after "="), quoted or not, into the arena. */
static const char *parameter_value(struct arena *arena, const char *at)
{
    if (*at != '"')
        return arena_strndup(arena, at, strcspn(at, "; \t\r\n"));
    char *value = arena_strdup(arena, at + 1);
    char *out = value;
    for (const char *in = value; *in && *in != '"'; in++) {
        /* Browsers escape quotes as %22; others with a backslash. */
        if (*in == '\\' && (in[1] == '"' || in[1] == '\\'))
            in++;
        *out++ = *in;
    }
    *out = '\0';
    return value;
}

/* Where the parameter that begins at `at` ends: the next ";" outside of quotes. */
static const char *after_parameter(const char *at)
{
    bool quoted = false;
    for (; *at && (quoted || *at != ';'); at++) {
        if (quoted && *at == '\\' && at[1])
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

/* Parameter `name` of a header's value; NULL when it has none. */
static const char *parameter(struct arena *arena, const char *value, const char *name)
{
    size_t len = strlen(name);
    const char *at = after_parameter(value);
    while (*at == ';') {
        at++;
        at += strspn(at, " \t");
        if (strncasecmp(at, name, len) == 0 && at[len] == '=')
            return parameter_value(arena, at + len + 1);
        at = after_parameter(at);
    }
    return NULL;
}

/* --- parts ------------------------------------------------------------------------------------- */

/* The value of one header among `headers` (lines that end in CRLF); NULL when it is not there. */
static const char *header(struct arena *arena, const char *headers, const char *name)
{
    size_t len = strlen(name);
    for (const char *line = headers; *line; line += strspn(line, "\r\n")) {
        size_t line_len = strcspn(line, "\r\n");
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            const char *value = line + len + 1;
            value += strspn(value, " \t");
            return arena_strndup(arena, value, (size_t)(line + line_len - value));
        }
        line += line_len;
    }
    return NULL;
}

/* The headers of a part, which end with an empty line; there may be none. */
static const char *take_headers(struct reader *reader)
{
    size_t got = look(reader, reader->at, reader->block, PART_HEADERS_MAX);
    const char *text = reader->block;
    if (got >= 2 && memcmp(text, "\r\n", 2) == 0) {
        reader->at += 2;
        return "";
    }
    const char *stop = memmem(text, got, "\r\n\r\n", 4);
    if (!stop)
        return NULL;
    reader->at += stop - text + 4;
    return arena_strndup(reader->arena, text, (size_t)(stop - text));
}

static int read_headers(struct reader *reader, struct multipart_part *part)
{
    const char *headers = take_headers(reader);
    if (!headers)
        return bad(reader, "is cut short in the headers of a part, or they are too long");
    const char *disposition = header(reader->arena, headers, "Content-Disposition");
    const char *type = header(reader->arena, headers, "Content-Type");
    if (!disposition || !text_istarts(disposition, "form-data"))
        return bad(reader, "has a part that is no form-data");
    part->name = parameter(reader->arena, disposition, "name");
    part->file_name = parameter(reader->arena, disposition, "filename");
    part->content_type = type ? type : "";
    return text_empty(part->name) ? bad(reader, "has a part without a name") : 0;
}

/* Up to the next delimiter, which is passed. */
static int read_data(struct reader *reader, struct multipart_part *part)
{
    int64_t stop = find_delimiter(reader, reader->at);
    if (stop < 0)
        return bad(reader, "is cut short: its last boundary is missing");
    part->offset = reader->at;
    part->len = stop - reader->at;
    reader->at = stop + (int64_t)reader->delimiter_len;
    return 0;
}

/* After a delimiter: 1 another part follows, 0 it was the last, -1. */
static int after_delimiter(struct reader *reader)
{
    size_t got = look(reader, reader->at, reader->block, PART_HEADERS_MAX);
    size_t blank = 0;
    while (blank < got && (reader->block[blank] == ' ' || reader->block[blank] == '\t'))
        blank++;
    if (got - blank < 2)
        return bad(reader, "is cut short after a boundary");
    if (memcmp(reader->block + blank, "--", 2) == 0)
        return 0;
    if (memcmp(reader->block + blank, "\r\n", 2) != 0)
        return bad(reader, "has something behind a boundary");
    reader->at += (int64_t)blank + 2;
    return 1;
}

static int read_parts(struct reader *reader, struct multipart *form)
{
    int more = after_delimiter(reader);
    while (more == 1) {
        if (form->count == MULTIPART_PARTS_MAX)
            return bad(reader, "has too many parts");
        struct multipart_part part = {0};
        if (read_headers(reader, &part) < 0 || read_data(reader, &part) < 0)
            return -1;
        form->parts[form->count++] = part;
        more = after_delimiter(reader);
    }
    return more;
}

/* The first delimiter has no CRLF before it where nothing stands before it. */
static int find_first(struct reader *reader)
{
    size_t bare_len = reader->delimiter_len - 2;
    if (look(reader, 0, reader->block, bare_len) == bare_len &&
        memcmp(reader->block, reader->delimiter + 2, bare_len) == 0) {
        reader->at = (int64_t)bare_len;
        return 0;
    }
    int64_t first = find_delimiter(reader, 0);
    if (first < 0)
        return bad(reader, "does not begin with its boundary");
    reader->at = first + (int64_t)reader->delimiter_len;
    return 0;
}

/* --- the whole --------------------------------------------------------------------------------- */

bool multipart_is(const char *content_type)
{
    static const char type[] = "multipart/form-data";
    return text_istarts(content_type, type) && strchr("; \t", content_type[sizeof(type) - 1]);
}

int multipart_parse(struct multipart *form, struct arena *arena, const char *content_type,
                    const struct multipart_source *source, struct err *err)
{
    form->count = 0;
    const char *boundary =
        multipart_is(content_type) ? parameter(arena, content_type, "boundary") : NULL;
    if (text_empty(boundary) || strlen(boundary) > BOUNDARY_MAX)
        return err_set(err, ERR_INVALID,
                       "Content-Type must be multipart/form-data with a boundary");
    const char *delimiter = arena_printf(arena, "\r\n--%s", boundary);
    FREE_AUTO char *block = xcalloc(1, BLOCK);
    struct reader reader = {.arena = arena,
                            .source = source,
                            .delimiter = delimiter,
                            .delimiter_len = strlen(delimiter),
                            .block = block,
                            .err = err};
    return find_first(&reader) < 0 ? -1 : read_parts(&reader, form);
}

const struct multipart_part *multipart_find(const struct multipart *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (text_eq(form->parts[i].name, name))
            return &form->parts[i];
    return NULL;
}
