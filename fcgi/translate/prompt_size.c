#include "translate/prompt_size.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/scope.h"

enum { TEXT_BYTES_PER_TOKEN = 4 };

/* Google counts an image by its tiles of 258 tokens (newer models: about 1,100 whatever its size), sound by 32
 * a second, video by about 260 a second, documents by 258 a page and more. First fitting row. */
static const struct media_row {
    const char *type; /* begins so */
    enum prompt_kind kind;
    double bytes_per_token; /* 0: all alike ... */
    int64_t least;          /* ... and not less than this */
    int64_t elsewhere;      /* where the size is not known */
} rows[] = {
    {"image/", PROMPT_IMAGES, 0, 1100, 1100},
    {"audio/wav", PROMPT_AUDIO, 1500, 32, 2000},
    {"audio/x-wav", PROMPT_AUDIO, 1500, 32, 2000},
    {"audio/l16", PROMPT_AUDIO, 1500, 32, 2000},
    {"audio/pcm", PROMPT_AUDIO, 1500, 32, 2000},
    {"audio/aiff", PROMPT_AUDIO, 1500, 32, 2000},
    {"audio/flac", PROMPT_AUDIO, 1200, 32, 2000},
    {"audio/ogg", PROMPT_AUDIO, 200, 32, 2000},
    {"audio/opus", PROMPT_AUDIO, 200, 32, 2000},
    {"audio/webm", PROMPT_AUDIO, 200, 32, 2000},
    {"audio/", PROMPT_AUDIO, 500, 32, 2000},
    {"video/", PROMPT_VIDEO, 1000, 260, 15000},
    {"text/", PROMPT_TEXT, TEXT_BYTES_PER_TOKEN, 1, 2500},
    {"application/json", PROMPT_TEXT, TEXT_BYTES_PER_TOKEN, 1, 2500},
    {"", PROMPT_DOCUMENTS, 200, 258, 2500},
};

/* An image of so few bytes is small in its sides, too: one tile. */
enum { SMALL_IMAGE_BYTES = 16 * 1024, TILE_TOKENS = 258 };

static const struct media_row *row_of(const char *type, size_t len)
{
    size_t at = 0;
    while (strlen(rows[at].type) > len || strncasecmp(rows[at].type, type, strlen(rows[at].type)))
        at++;
    return &rows[at];
}

void prompt_size_add_media(struct prompt_size *size, const char *type, size_t type_len,
                           size_t base64_len)
{
    const struct media_row *row = row_of(type, type_len);
    double bytes = (double)base64_len / 4 * 3;
    int64_t tokens = row->elsewhere;
    if (base64_len && row->bytes_per_token > 0)
        tokens = (int64_t)(bytes / row->bytes_per_token);
    if (tokens < row->least)
        tokens = row->least;
    if (row->kind == PROMPT_IMAGES && base64_len && bytes <= SMALL_IMAGE_BYTES)
        tokens = TILE_TOKENS;
    size->media_tokens[row->kind] += tokens;
}

/* --- by the scanner -------------------------------------------------------------------------- */

struct blob {
    struct json_slice type, data;
};

static void blob_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    struct blob *blob = ctx;
    if (json_slice_is(name, "mimeType") || json_slice_is(name, "mime_type"))
        blob->type = json_scan_string(scan);
    else if (json_slice_is(name, "data"))
        blob->data = json_scan_string(scan);
    else
        json_scan_skip(scan);
}

bool prompt_size_scan_media(struct prompt_size *size, struct json_scan *scan,
                            struct json_slice name)
{
    static const char *const media[] = {"inlineData", "inline_data", "fileData", "file_data"};
    struct blob blob = {0};
    size_t i = 0;
    while (i < ARRAY_LEN(media) && !json_slice_is(name, media[i]))
        i++;
    if (i == ARRAY_LEN(media))
        return false;
    json_scan_members(scan, blob_member, &blob);
    prompt_size_add_media(size, blob.type.start ? blob.type.start : "", blob.type.len,
                          blob.data.len);
    return true;
}

static bool add_member(struct json_scan *scan, struct json_slice name, void *ctx)
{
    return prompt_size_scan_media(ctx, scan, name);
}

static void add_text(struct json_slice text, void *ctx)
{
    ((struct prompt_size *)ctx)->text_bytes += (int64_t)text.len;
}

void prompt_size_add_body(struct prompt_size *size, const char *text, size_t len)
{
    struct json_scan scan;
    struct json_text_walk walk = {.text = add_text, .member = add_member, .ctx = size};
    json_scan_init(&scan, text, len);
    json_scan_texts(&scan, &walk);
}

/* --- as a tree ------------------------------------------------------------------------------- */

static struct json_slice text_of(json_object *blob, const char *camel, const char *snake)
{
    json_object *text = json_member(blob, camel);
    if (!text && snake)
        text = json_member(blob, snake);
    if (!json_is_str(text))
        return (struct json_slice){.start = ""};
    return (struct json_slice){json_object_get_string(text),
                               (size_t)json_object_get_string_len(text)};
}

void prompt_size_add_media_of(struct prompt_size *size, json_object *blob)
{
    struct json_slice type = text_of(blob, "mimeType", "mime_type");
    prompt_size_add_media(size, type.start, type.len, text_of(blob, "data", NULL).len);
}

/* --- what comes of it ------------------------------------------------------------------------ */

static int64_t text_tokens(const struct prompt_size *size)
{
    return size->text_bytes / TEXT_BYTES_PER_TOKEN + size->media_tokens[PROMPT_TEXT];
}

int64_t prompt_size_tokens(const struct prompt_size *size)
{
    int64_t sum = text_tokens(size);
    for (int kind = PROMPT_TEXT + 1; kind < PROMPT_KIND_COUNT; kind++)
        sum += size->media_tokens[kind];
    return sum;
}

enum prompt_kind prompt_size_kind(const struct prompt_size *size)
{
    enum prompt_kind most = PROMPT_TEXT;
    int64_t tokens = text_tokens(size);
    for (int kind = PROMPT_TEXT + 1; kind < PROMPT_KIND_COUNT; kind++)
        if (size->media_tokens[kind] > tokens) {
            most = (enum prompt_kind)kind;
            tokens = size->media_tokens[kind];
        }
    return most;
}
