/* The texts of the pages in two languages, from one table: strings.def. */
#ifndef ADMIN_STRINGS_H
#define ADMIN_STRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum language { LANGUAGE_ENGLISH, LANGUAGE_CHINESE, LANGUAGE_COUNT };

enum string_id {
#define STRING(id, english, chinese) STRING_##id,
#include "admin/strings.def"
#undef STRING
    STRING_COUNT
};

/* Constant texts, never NULL. */
const char *string_text(enum language language, enum string_id id);
/* The name under which templates show it: "T_KEYS". */
const char *string_template_name(enum string_id id);
/* The text with its {n} or {s} filled in; in the arena. */
const char *string_with_number(struct arena *arena, enum language language, enum string_id id,
                               int64_t number);
const char *string_with_text(struct arena *arena, enum language language, enum string_id id,
                             const char *text);

/* Tag of a language ("en", "zh-CN"), and its name in itself ("English", "中文"). */
const char *language_tag(enum language language);
const char *language_name(enum language language);

/* A span in the largest unit that fits, rounded: "40 s", "12 min", "3 h", "5 d"; 0 and less give "0
 * s". */
const char *string_span(struct arena *arena, enum language language, int64_t span_ms);
/* "12 min ago"; "just now" within the last ten seconds and for the future. */
const char *string_ago(struct arena *arena, enum language language, int64_t then_ms,
                       int64_t now_ms);

#endif
