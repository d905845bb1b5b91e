#include "base/scope.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* No core file: it would hold the keys. */
static void out_of_memory(void)
{
    static const char message[] = "out of memory\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof(message) - 1);
    (void)written;
    _exit(EXIT_FAILURE);
}

void *xcalloc(size_t count, size_t size)
{
    bool empty = count == 0 || size == 0;
    void *mem = empty ? calloc(1, 1) : calloc(count, size);
    if (!mem)
        out_of_memory();
    return mem;
}

void *xrealloc(void *mem, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory();
    void *moved = realloc(mem, bytes ? bytes : 1);
    if (!moved)
        out_of_memory();
    return moved;
}

char *xstrdup(const char *s)
{
    return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
    char *copy = xcalloc(len + 1, 1);
    if (len)
        memcpy(copy, s, len);
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int len = vasprintf(&text, fmt, args);
    va_end(args);
    if (len < 0)
        out_of_memory();
    return text;
}

void scope_free(void *pointer_to_pointer)
{
    void **mem = pointer_to_pointer;
    free(*mem);
    *mem = NULL;
}

void scope_unlock(pthread_mutex_t **lock)
{
    if (*lock)
        pthread_mutex_unlock(*lock);
}
