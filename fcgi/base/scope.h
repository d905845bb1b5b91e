/* Release at the end of a scope, and allocation that cannot fail.
 *
 * Out of memory ends the process (the web server starts it again): nobody checks an
 * allocation made with these functions, and all memory comes zeroed. */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define UNUSED __attribute__((unused))
#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* malloc, zeroed; never NULL. `size` 0 is allowed. */
void *xcalloc(size_t count, size_t size);
/* realloc; never NULL. Bytes beyond the old size are not zeroed. */
void *xrealloc(void *mem, size_t count, size_t size);
char *xstrdup(const char *s); /* NULL gives NULL */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* FREE_AUTO char *s = xstrdup("..."); is freed when the scope ends. */
void scope_free(void *pointer_to_pointer);
#define FREE_AUTO CLEANUP(scope_free)

/* LOCK_SCOPE(&x->lock); holds the mutex until the scope ends. */
void scope_unlock(pthread_mutex_t **lock);
#define LOCK_SCOPE(lock)                                                \
    pthread_mutex_t *scope_lock_ CLEANUP(scope_unlock) UNUSED = (lock); \
    pthread_mutex_lock(scope_lock_)

#endif
