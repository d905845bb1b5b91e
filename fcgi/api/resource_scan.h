/* Finds, in JSON that passes by in pieces of any size, the strings that name resources of a key.
 *
 * No tree and no copy of the text: a few bytes of state for each level. Also reads streams of
 * events, whose lines around the JSON are passed over. What is nested deeper than LIMIT_JSON_DEPTH
 * is not looked at. Pure. */
#ifndef API_RESOURCE_SCAN_H
#define API_RESOURCE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

/* What a member's name says of its value. */
enum resource_word {
    WORD_NONE,
    WORD_REFERENCE, /* fileUri, cachedContent, fileSearchStoreNames, uri, ...: a request uses it */
    WORD_NAME,      /* name: an answer tells it of what was made */
    WORD_RESULT,    /* responsesFile: of a batch */
    WORD_MADE,      /* uri, downloadUri: an answer tells of it by the way */
    WORD_ID,        /* id: of an interaction */
    WORD_INTERACTION,  /* previous_interaction_id */
    WORD_CONTINUATION, /* continuationToken */
    WORD_MODEL,        /* model, of the request itself or of one that lies in it */
    WORD_STREAM,       /* stream; seen only where it is true */
    WORD_MEDIA,        /* inlineData, fileData; seen by its name alone, as the next one */
    WORD_FUNCTION,     /* functionCall, functionDeclarations; by its name alone */
    WORD_MEDIA_TYPE,   /* mimeType: of media */
    WORD_ENVELOPE      /* requests, batch, ...: requests lie in it; never seen */
};

enum resource_side { SIDE_REQUEST, SIDE_ANSWER };

/* A member of the outermost object: its value lies in [start, end) of all bytes pushed so far. */
typedef void resource_member(void *ctx, const char *name, int64_t start, int64_t end);

/* `depth` is 1 for a member of the outermost object. `text` ends with a NUL, escapes undone; of a
 * string longer than RESOURCE_TEXT_MAX only the beginning. */
typedef void resource_seen(void *ctx, enum resource_word word, int depth, const char *text);

#define RESOURCE_TEXT_MAX (8 * KIB)
/* Names are compared up to this length: the longest that counts is shorter. */
#define RESOURCE_NAME_MAX 64

struct resource_scan {
    enum resource_side side;
    resource_seen *seen;
    void *ctx;
    resource_member *member; /* NULL: nobody wants to know */
    void *member_ctx;
    int64_t offset;       /* of the byte being read; of a string's last quote when it is seen ... */
    int64_t text_start;   /* ... and of its first byte */
    int64_t member_start; /* of the outermost object; -1: no value yet */
    char member_name[64];
    int depth, deepest;
    int values; /* outermost ones so far */
    bool stray; /* something stands outside of them, or a bracket has no partner */
    unsigned char object[LIMIT_JSON_DEPTH + 1]; /* by level: an object, not an array */
    unsigned char word[LIMIT_JSON_DEPTH + 1];   /* by level: of the member being read */
    bool in_string, escaped, expects_name, is_name, keeps;
    int unicode_left;
    unsigned unicode;
    size_t len;
    char name[RESOURCE_NAME_MAX + 1];
    char *text; /* RESOURCE_TEXT_MAX + 1; NULL until one has to be kept */
};

void resource_scan_init(struct resource_scan *scan, enum resource_side side, resource_seen *seen,
                        void *ctx);
void resource_scan_push(struct resource_scan *scan, const void *data, size_t len);
void resource_scan_free(struct resource_scan *scan);

/* What was pushed is one JSON object, as far as its brackets and strings tell, and not deeper than is
 * looked at. 0, or -1 with err. */
int resource_scan_check_object(const struct resource_scan *scan, struct err *err);

#endif
