/* Numbers for people, the same in both languages. */
#ifndef ADMIN_NUMBER_TEXT_H
#define ADMIN_NUMBER_TEXT_H

#include <stdint.h>

#include "base/arena.h"

/* "999", "12.3k", "4.56M", "7.8G": three digits that count. */
const char *number_short(struct arena *arena, int64_t number);
/* "98.7%"; "–" of nothing. */
const char *number_percent(struct arena *arena, int64_t part, int64_t whole);
/* "840 ms", "2.1 s", "48 s"; "–" below 0. */
const char *number_ms(struct arena *arena, int64_t ms);
/* "512 B", "3.4 MB" (of 1024 each). */
const char *number_bytes(struct arena *arena, int64_t bytes);

#endif
