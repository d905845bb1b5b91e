/* Finds keys in any text that a person pastes: a list, a file, a table copied from AI Studio. */
#ifndef KEYRING_KEY_PASTE_H
#define KEYRING_KEY_PASTE_H

#include "base/arena.h"
#include "base/vec.h"

VEC(key_words, const char *);

struct pasted_keys {
    struct key_words keys; /* each once, in order; texts in the arena */
    struct key_words
        rejected;    /* words that begin like a key of Google's and are none, or are too long */
    size_t repeated; /* how often a key stood there once more */
};

/* Takes
 *   - "AIza" with 35 key characters after it (39 in all),
 *   - "AQ." with 20 or more, dots allowed among them,
 *   - any other word of 20 to LIMIT_SECRET key characters that holds a letter and a digit and is
 * not the name of a model or project. Key characters are A-Z a-z 0-9 - and _. Everything else, all
 * of UTF-8 beyond ASCII too, parts words. */
void pasted_keys_find(struct pasted_keys *found, struct arena *arena, const char *text, size_t len);
void pasted_keys_free(struct pasted_keys *found);

#endif
