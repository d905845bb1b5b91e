#include "http/pattern.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "http/target.h"

enum segment_kind { SEGMENT_FIXED, SEGMENT_CAPTURE, SEGMENT_REST };

/* "text", "{text}", "{text...}", and either of the first two before a colon and a verb. */
struct segment {
    enum segment_kind kind;
    char *text; /* the fixed word or the capture's name */
    size_t len;
    char *verb; /* what follows the last colon of "{text}:verb", else NULL */
    size_t verb_len;
    bool verb_is_capture;
};

struct pattern {
    struct segment segments[PATTERN_SEGMENTS];
    size_t count;
};

/* The name in "{name}" of `len` bytes, or NULL. */
static char *name_in_braces(const char *text, size_t len)
{
    if (len < 3 || text[0] != '{' || text[len - 1] != '}')
        return NULL;
    if (memchr(text + 1, '{', len - 1) || memchr(text, '}', len - 1))
        return NULL;
    return xstrndup(text + 1, len - 2);
}

/* Reads the ":verb" or ":{verb}" behind a capture. */
static int read_verb(struct segment *segment, const char *text, size_t len)
{
    segment->verb = name_in_braces(text, len);
    segment->verb_is_capture = segment->verb != NULL;
    if (!segment->verb) {
        if (len == 0 || memchr(text, '{', len) || memchr(text, '}', len) || memchr(text, ':', len))
            return -1;
        segment->verb = xstrndup(text, len);
    }
    segment->verb_len = strlen(segment->verb);
    return 0;
}

static int read_capture(struct segment *segment, const char *text, size_t len)
{
    const char *end = memchr(text, '}', len);
    if (!end)
        return -1;
    size_t name_len = (size_t)(end - text) + 1;
    segment->text = name_in_braces(text, name_len);
    if (!segment->text)
        return -1;
    segment->kind = SEGMENT_CAPTURE;
    segment->len = strlen(segment->text);
    if (segment->len > 3 && strcmp(segment->text + segment->len - 3, "...") == 0) {
        segment->kind = SEGMENT_REST;
        segment->text[segment->len -= 3] = '\0';
        return name_len == len ? 0 : -1;
    }
    if (name_len == len)
        return 0;
    return text[name_len] == ':' ? read_verb(segment, text + name_len + 1, len - name_len - 1) : -1;
}

static int read_segment(struct segment *segment, const char *text, size_t len)
{
    if (text[0] == '{')
        return read_capture(segment, text, len);
    if (memchr(text, '{', len) || memchr(text, '}', len))
        return -1;
    segment->kind = SEGMENT_FIXED;
    segment->text = xstrndup(text, len);
    segment->len = len;
    return 0;
}

static int read_pattern(struct pattern *pattern, const char *text)
{
    if (*text != '/')
        return -1;
    for (const char *rest = text + 1; *rest;) {
        size_t len = strcspn(rest, "/");
        if (len == 0 || pattern->count == PATTERN_SEGMENTS)
            return -1;
        struct segment *segment = &pattern->segments[pattern->count++];
        if (read_segment(segment, rest, len) != 0)
            return -1;
        rest += len;
        if (segment->kind == SEGMENT_REST && *rest)
            return -1;
        rest += *rest == '/';
    }
    return 0;
}

struct pattern *pattern_create(const char *text, struct err *err)
{
    struct pattern *pattern = xcalloc(1, sizeof(*pattern));
    if (read_pattern(pattern, text) != 0) {
        err_set(err, ERR_INVALID, "\"%s\" is no route pattern", text);
        pattern_destroy(&pattern);
    }
    return pattern;
}

void pattern_destroy(struct pattern **pattern)
{
    if (!*pattern)
        return;
    for (size_t i = 0; i < (*pattern)->count; i++) {
        free((*pattern)->segments[i].text);
        free((*pattern)->segments[i].verb);
    }
    free(*pattern);
    *pattern = NULL;
}

static struct path_segment decode_segment(struct arena *arena, const char *raw, size_t len)
{
    char *text = arena_strndup(arena, raw, len);
    if (memchr(text, '%', len)) {
        len = (size_t)url_decode(text, len, false);
        text[len] = '\0';
    }
    return (struct path_segment){.text = text, .len = len, .raw = raw};
}

static size_t most_segments(const char *raw_path)
{
    size_t count = 1;
    for (const char *at = raw_path; *at && count <= PATTERN_SEGMENTS; at++)
        count += *at == '/';
    return count;
}

void path_split(struct split_path *path, struct arena *arena, const char *raw_path)
{
    path->segments = ARENA_ARRAY(arena, struct path_segment, most_segments(raw_path));
    path->count = 0;
    for (const char *rest = raw_path; *rest && path->count <= PATTERN_SEGMENTS;) {
        rest += strspn(rest, "/");
        size_t len = strcspn(rest, "/");
        if (len > 0)
            path->segments[path->count++] = decode_segment(arena, rest, len);
        rest += len;
    }
}

/* Where the last colon stands in `text`; `len` when there is none. */
static size_t last_colon(const char *text, size_t len)
{
    const char *colon = memrchr(text, ':', len);
    return colon ? (size_t)(colon - text) : len;
}

static bool verb_matches(const struct segment *segment, const struct path_segment *part)
{
    size_t colon = last_colon(part->text, part->len);
    if (colon == 0 || colon + 1 >= part->len)
        return false;
    size_t verb_len = part->len - colon - 1;
    return segment->verb_is_capture ||
           (verb_len == segment->verb_len &&
            memcmp(part->text + colon + 1, segment->verb, verb_len) == 0);
}

static bool segment_matches(const struct segment *segment, const struct path_segment *part)
{
    if (segment->kind == SEGMENT_FIXED)
        return segment->len == part->len && memcmp(segment->text, part->text, part->len) == 0;
    return !segment->verb || verb_matches(segment, part);
}

bool pattern_matches(const struct pattern *pattern, const struct split_path *path)
{
    bool has_rest = pattern->count && pattern->segments[pattern->count - 1].kind == SEGMENT_REST;
    if (has_rest ? path->count < pattern->count : path->count != pattern->count)
        return false;
    for (size_t i = 0; i < pattern->count; i++) {
        if (!segment_matches(&pattern->segments[i], &path->segments[i]))
            return false;
    }
    return true;
}

bool pattern_starts_fixed(const struct pattern *pattern)
{
    return pattern->count == 0 || pattern->segments[0].kind == SEGMENT_FIXED;
}

/* Adds what one segment captures; returns the new count. */
static size_t capture(const struct segment *segment, const struct path_segment *part,
                      struct arena *arena, struct http_field *captures, size_t count)
{
    if (segment->kind == SEGMENT_FIXED)
        return count;
    const char *value = part->text;
    if (segment->kind == SEGMENT_REST)
        value = http_decode_path(arena, part->raw, strlen(part->raw));
    else if (segment->verb)
        value = arena_strndup(arena, part->text, last_colon(part->text, part->len));
    captures[count++] = (struct http_field){.name = segment->text, .value = value};
    if (segment->verb_is_capture)
        captures[count++] = (struct http_field){
            .name = segment->verb,
            .value = part->text + last_colon(part->text, part->len) + 1,
        };
    return count;
}

struct http_field *pattern_captures(const struct pattern *pattern, const struct split_path *path,
                                    struct arena *arena, size_t *count_r)
{
    struct http_field *captures = ARENA_ARRAY(arena, struct http_field, 2 * pattern->count);
    size_t count = 0;
    for (size_t i = 0; i < pattern->count; i++)
        count = capture(&pattern->segments[i], &path->segments[i], arena, captures, count);
    *count_r = count;
    return captures;
}
