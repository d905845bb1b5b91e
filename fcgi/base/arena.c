#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Blocks are zero when they come from xcalloc; the one that is kept is zeroed by the reset, so
 * handing out memory is only moving a mark. */
struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) unsigned char bytes[];
};

enum { SMALL_TEXT = 128 };

struct arena {
    size_t block_size;
    size_t handed_out;
    struct block *first;   /* kept by a reset; NULL until something is asked for */
    struct block *current; /* where small pieces come from; NULL until then */
    struct block *others;  /* every block but the first */
};

static struct block *block_create(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        size = SIZE_MAX - sizeof(struct block); /* fails in xcalloc, as it should */
    struct block *block = xcalloc(1, sizeof(*block) + size);
    block->size = size;
    return block;
}

struct arena *arena_create(size_t block_size)
{
    struct arena *arena = xcalloc(1, sizeof(*arena));
    arena->block_size = block_size ? block_size : 1;
    return arena;
}

static void free_others(struct arena *arena)
{
    while (arena->others) {
        struct block *next = arena->others->next;
        free(arena->others);
        arena->others = next;
    }
}

void arena_destroy(struct arena **arena)
{
    if (!*arena)
        return;
    free_others(*arena);
    free((*arena)->first);
    free(*arena);
    *arena = NULL;
}

void arena_reset(struct arena *arena)
{
    free_others(arena);
    arena->handed_out = 0;
    arena->current = arena->first;
    if (!arena->first)
        return;
    memset(arena->first->bytes, 0, arena->first->used);
    arena->first->used = 0;
}

static struct block *add_block(struct arena *arena, size_t size)
{
    struct block *block = block_create(size);
    block->next = arena->others;
    arena->others = block;
    return block;
}

/* A large piece gets a block of its own, so that the rest of the current one is not lost. */
static struct block *block_with_room(struct arena *arena, size_t size)
{
    if (!arena->current)
        arena->first = arena->current = block_create(arena->block_size);
    if (size <= arena->current->size - arena->current->used)
        return arena->current;
    if (size > arena->block_size / 4)
        return add_block(arena, size);
    arena->current = add_block(arena, arena->block_size);
    return arena->current;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    size_t rounded = size > SIZE_MAX - align ? SIZE_MAX : (size + align - 1) / align * align;
    if (rounded == 0)
        rounded = align;
    struct block *block = block_with_room(arena, rounded);
    void *mem = block->bytes + block->used;
    block->used += rounded;
    arena->handed_out += size;
    return mem;
}

char *arena_strdup(struct arena *arena, const char *s)
{
    return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *arena, const char *s, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len)
        memcpy(copy, s, len);
    return copy;
}

char *arena_join(struct arena *arena, const char *first, const char *second)
{
    size_t first_len = strlen(first);
    size_t second_len = strlen(second);
    char *text = arena_alloc(arena, first_len + second_len + 1);
    memcpy(text, first, first_len);
    memcpy(text + first_len, second, second_len);
    return text;
}

char *arena_int(struct arena *arena, int64_t value)
{
    char digits[TEXT_INT];
    char *end = digits + sizeof(digits);
    char *first = text_of_int(end, value);
    return arena_strndup(arena, first, (size_t)(end - first));
}

/* Most texts are short: they are formatted once, and copied. */
char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    char small[SMALL_TEXT];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    if (len < (int)sizeof(small))
        return arena_strndup(arena, small, len < 0 ? 0 : (size_t)len);
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->handed_out;
}
