/* Route patterns, read once and matched often. Private to http. */
#ifndef HTTP_PATTERN_H
#define HTTP_PATTERN_H

#include "http/request.h"

struct pattern;

/* Reads a pattern as router.h describes it; NULL with ERR_INVALID. */
struct pattern *pattern_create(const char *text, struct err *err);
void pattern_destroy(struct pattern **pattern);

/* A pattern has at most so many segments. */
enum { PATTERN_SEGMENTS = 16 };

/* A path, cut at its slashes and decoded once for all patterns. Segments beyond what a pattern
 * can have are not looked at: they only count as one more. */
struct path_segment {
    const char *text; /* decoded whole */
    size_t len;
    const char *raw; /* where it begins in the encoded path */
};

struct split_path {
    struct path_segment *segments;
    size_t count;
};

/* Into the arena. */
void path_split(struct split_path *path, struct arena *arena, const char *raw_path);

bool pattern_matches(const struct pattern *pattern, const struct split_path *path);
/* The captures of a path that matches. */
struct http_field *pattern_captures(const struct pattern *pattern, const struct split_path *path,
                                    struct arena *arena, size_t *count_r);
/* Whether the first segment is a fixed word: a match is then no accident. */
bool pattern_starts_fixed(const struct pattern *pattern);

#endif
