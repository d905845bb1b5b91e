/* The current snapshot of a process. */
#include "config/settings.h"

struct settings_holder {
    pthread_mutex_t lock;
    const struct settings *current; /* one reference is ours */
};

struct settings_holder *settings_holder_create(struct settings *first)
{
    struct settings_holder *holder = xcalloc(1, sizeof(*holder));
    pthread_mutex_init(&holder->lock, NULL);
    holder->current = first;
    return holder;
}

void settings_holder_destroy(struct settings_holder **holder)
{
    if (!*holder)
        return;
    settings_unref(&(*holder)->current);
    pthread_mutex_destroy(&(*holder)->lock);
    free(*holder);
    *holder = NULL;
}

const struct settings *settings_holder_acquire(struct settings_holder *holder)
{
    LOCK_SCOPE(&holder->lock);
    return settings_ref(holder->current);
}

static const struct settings *swap(struct settings_holder *holder, const struct settings *next)
{
    LOCK_SCOPE(&holder->lock);
    const struct settings *previous = holder->current;
    holder->current = next;
    return previous;
}

/* The previous snapshot is given back outside the lock: freeing it may take a while. */
void settings_holder_publish(struct settings_holder *holder, struct settings *next)
{
    const struct settings *previous = swap(holder, next);
    settings_unref(&previous);
}
