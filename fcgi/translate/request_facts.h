/* What the pool wants to know of a request before it is sent. */
#ifndef TRANSLATE_REQUEST_FACTS_H
#define TRANSLATE_REQUEST_FACTS_H

#include <json-c/json.h>
#include <stdint.h>

#include "translate/prompt_size.h"

/* A fingerprint of the conversation's beginning: its system instruction and first turn. */
uint64_t request_affinity(json_object *gemini);
struct prompt_size request_prompt_size(json_object *gemini);

/* The hash that both dialects use (FNV-1a); start with HASH_START. */
#define HASH_START 0xcbf29ce484222325ULL
uint64_t hash_bytes(uint64_t hash, const char *data, size_t len);

#endif
