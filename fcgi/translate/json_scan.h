/* Walks a JSON text in place: no tree, no allocation, no copy.
 *
 *   json_scan    where the reader stands, and whether the text turned out to be no JSON.
 *   json_slice   bytes inside the text; of a string, what stands between its quotes, still escaped.
 *
 * A reader goes from value to value: json_scan_members() and json_scan_items() call back at each
 * value, and the callback either reads it or calls json_scan_skip(). The first fault sets `bad`,
 * after which every call returns at once. What is skipped is not checked, only balanced. */
#ifndef TRANSLATE_JSON_SCAN_H
#define TRANSLATE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_slice {
    const char *start;
    size_t len;
};

struct json_scan {
    const char *at;
    const char *end;
    bool bad;
    bool deep; /* bad because of more than LIMIT_JSON_DEPTH levels below a value that was skipped */
};

void json_scan_init(struct json_scan *scan, const char *text, size_t len);
/* The first byte of the next value, 0 at the end of the text. White space is passed over. */
char json_scan_peek(struct json_scan *scan);
/* True when nothing but white space is left and nothing was wrong. */
bool json_scan_done(struct json_scan *scan);

/* Passes over one value of any kind. */
void json_scan_skip(struct json_scan *scan);
/* Passes over one value and returns its bytes. */
struct json_slice json_scan_value(struct json_scan *scan);
/* Reads a string; a value of another kind is passed over and gives an empty slice. */
struct json_slice json_scan_string(struct json_scan *scan);
/* Reads an integer, also one inside quotes (Google writes 64-bit ones so); others give 0. */
int64_t json_scan_int(struct json_scan *scan);
bool json_scan_true(struct json_scan *scan);

/* Called with the reader at the member's value, which it has to pass. */
typedef void json_member_reader(struct json_scan *scan, struct json_slice name, void *ctx);
typedef void json_item_reader(struct json_scan *scan, void *ctx);

/* Reads an object / an array; a value of another kind is passed over. */
void json_scan_members(struct json_scan *scan, json_member_reader *reader, void *ctx);
void json_scan_items(struct json_scan *scan, json_item_reader *reader, void *ctx);

/* What walks over all texts of a value, at any depth. */
struct json_text_walk {
    /* A string that is a value. */
    void (*text)(struct json_slice text, void *ctx);
    /* At a member's value: true when it has passed the value itself, whose texts then do not count. */
    bool (*member)(struct json_scan *scan, struct json_slice name, void *ctx);
    void *ctx;
    int depth; /* 0 before the first call */
};

/* Walks one value; what is nested deeper than LIMIT_JSON_DEPTH is passed over. */
void json_scan_texts(struct json_scan *scan, struct json_text_walk *walk);

/* Whether a name or string equals `text`, escapes of ASCII characters (\u0041) undone. */
bool json_slice_is(struct json_slice slice, const char *text);
/* Copies up to size-1 bytes, escapes left as they are. */
void json_slice_copy(struct json_slice slice, char *buf, size_t size);

#endif
