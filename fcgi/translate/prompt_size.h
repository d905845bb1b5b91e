/* How many tokens a prompt will likely have, before anybody has counted them: texts by their bytes, media by
 * their type and size. Nothing is decoded; how far such a guess is off is learned from usageMetadata, for
 * each model and kind of prompt (pool/key_pool.h). */
#ifndef TRANSLATE_PROMPT_SIZE_H
#define TRANSLATE_PROMPT_SIZE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "translate/json_scan.h"

/* What a prompt mostly consists of: guesses of one kind are off in the same way. */
enum prompt_kind {
    PROMPT_TEXT,
    PROMPT_IMAGES,
    PROMPT_AUDIO,
    PROMPT_VIDEO,
    PROMPT_DOCUMENTS,
    PROMPT_KIND_COUNT
};

struct prompt_size {
    int64_t text_bytes;
    int64_t media_tokens[PROMPT_KIND_COUNT];
};

/* Media of a type ("image/png", may be cut or empty); `base64_len` 0: they lie elsewhere, and their size is
 * not known. */
void prompt_size_add_media(struct prompt_size *size, const char *type, size_t type_len,
                           size_t base64_len);
/* The value of inlineData or fileData, with members in either spelling: read by the scanner, which passes it
 * and returns true when the member's name is one of these; or as a tree. */
bool prompt_size_scan_media(struct prompt_size *size, struct json_scan *scan,
                            struct json_slice name);
void prompt_size_add_media_of(struct prompt_size *size, json_object *blob);
/* All texts and media of a request of Google's, at any depth; a text that is no JSON counts for nothing. */
void prompt_size_add_body(struct prompt_size *size, const char *body, size_t len);

int64_t prompt_size_tokens(const struct prompt_size *size);
enum prompt_kind prompt_size_kind(const struct prompt_size *size);

#endif
