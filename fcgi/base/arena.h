/* Memory that dies all at once: a request's arena is reset when its answer has ended.
 *
 * Not thread-safe: one arena belongs to one thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdint.h>

#include "base/scope.h"

struct arena;

/* Creates an arena that grows in blocks of at least `block_size` bytes. */
struct arena *arena_create(size_t block_size);
void arena_destroy(struct arena **arena); /* leaves NULL; NULL inside is fine */
/* Frees everything handed out; keeps the first block for reuse. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type, valid until reset or destroy. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_strdup(struct arena *arena, const char *s);              /* NULL gives NULL */
char *arena_strndup(struct arena *arena, const char *s, size_t len); /* adds a NUL */
char *arena_join(struct arena *arena, const char *first, const char *second);
char *arena_int(struct arena *arena, int64_t value); /* in decimal */
char *arena_printf(struct arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, count) \
    ((type *)arena_alloc((arena), sizeof(type) * (size_t)(count)))

#endif
