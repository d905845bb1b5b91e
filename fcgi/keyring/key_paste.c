#include "keyring/key_paste.h"

#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

enum { AIZA_LEN = 39, WORD_MIN = 20, REJECT_MIN = 10 }; /* shorter ones are talk about keys */

enum word_class { WORD_OTHER, WORD_KEY, WORD_REJECTED };

struct word {
    const char *text; /* not terminated */
    size_t len;
};

/* A set of the keys found so far: open addressing over their positions in `keys`. */
struct seen {
    size_t *slots; /* position + 1; 0 is empty */
    size_t size;   /* a power of two, more than twice the number of keys */
};

static bool is_key_char(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool is_word_char(char c)
{
    return is_key_char(c) || c == '.';
}

static bool word_starts(struct word word, const char *prefix)
{
    size_t len = strlen(prefix);
    return word.len >= len && memcmp(word.text, prefix, len) == 0;
}

/* Cuts what punctuation leaves around a word, and what a list puts before it ("1.AIza..."). */
static struct word tidy(struct word word)
{
    static const char *const starts[] = {".AIza", ".AQ."};
    while (word.len && word.text[word.len - 1] == '.')
        word.len--;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        const char *at = memmem(word.text, word.len, starts[i], strlen(starts[i]));
        if (at) {
            word.len -= (size_t)(at + 1 - word.text);
            word.text = at + 1;
        }
    }
    while (word.len && word.text[0] == '.') {
        word.text++;
        word.len--;
    }
    return word;
}

static enum word_class class_of_aiza(struct word *word)
{
    const char *dot = memchr(word->text, '.', word->len);
    if (dot)
        word->len = (size_t)(dot - word->text);
    if (word->len == AIZA_LEN)
        return WORD_KEY;
    return word->len >= REJECT_MIN ? WORD_REJECTED : WORD_OTHER;
}

static enum word_class class_of_aq(struct word word)
{
    if (word.len >= sizeof("AQ.") - 1 + WORD_MIN && word.len <= LIMIT_SECRET)
        return WORD_KEY;
    return word.len >= REJECT_MIN ? WORD_REJECTED : WORD_OTHER;
}

/* Names that stand beside keys in what people copy. */
static bool is_known_name(struct word word)
{
    static const char *const prefixes[] = {"gen-lang-client-", "gemini-", "gemma-", "imagen-",
                                           "text-embedding-"};
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (word_starts(word, prefixes[i]))
            return true;
    }
    return false;
}

static enum word_class class_of_other(struct word word)
{
    bool letter = false;
    bool digit = false;
    for (size_t i = 0; i < word.len; i++) {
        letter = letter || isalpha((unsigned char)word.text[i]);
        digit = digit || isdigit((unsigned char)word.text[i]);
    }
    if (word.len < WORD_MIN || !letter || !digit || memchr(word.text, '.', word.len) ||
        is_known_name(word))
        return WORD_OTHER;
    return word.len <= LIMIT_SECRET ? WORD_KEY : WORD_REJECTED;
}

static enum word_class classify(struct word *word)
{
    if (word_starts(*word, "AIza"))
        return class_of_aiza(word);
    if (word_starts(*word, "AQ."))
        return class_of_aq(*word);
    return class_of_other(*word);
}

static size_t hash_of(struct word word)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < word.len; i++)
        hash = (hash ^ (unsigned char)word.text[i]) * UINT64_C(1099511628211);
    return (size_t)(hash ^ (hash >> 32));
}

/* The slot of the word, or the empty one where it belongs. */
static size_t *find_slot(const struct seen *seen, const struct key_words *keys, struct word word)
{
    for (size_t i = hash_of(word) & (seen->size - 1);; i = (i + 1) & (seen->size - 1)) {
        size_t *slot = &seen->slots[i];
        if (!*slot)
            return slot;
        const char *key = keys->items[*slot - 1];
        if (strlen(key) == word.len && memcmp(key, word.text, word.len) == 0)
            return slot;
    }
}

static void grow(struct seen *seen, const struct key_words *keys)
{
    free(seen->slots);
    seen->size = seen->size ? 2 * seen->size : 64;
    seen->slots = xcalloc(seen->size, sizeof(*seen->slots));
    for (size_t i = 0; i < keys->len; i++) {
        struct word word = {.text = keys->items[i], .len = strlen(keys->items[i])};
        *find_slot(seen, keys, word) = i + 1;
    }
}

static void take_key(struct pasted_keys *found, struct seen *seen, struct arena *arena,
                     struct word word)
{
    if (2 * found->keys.len >= seen->size)
        grow(seen, &found->keys);
    size_t *slot = find_slot(seen, &found->keys, word);
    if (*slot) {
        found->repeated++;
        return;
    }
    VEC_PUSH(&found->keys, arena_strndup(arena, word.text, word.len));
    *slot = found->keys.len;
}

static void take_word(struct pasted_keys *found, struct seen *seen, struct arena *arena,
                      struct word word)
{
    word = tidy(word);
    switch (classify(&word)) {
    case WORD_KEY:
        take_key(found, seen, arena, word);
        break;
    case WORD_REJECTED:
        VEC_PUSH(&found->rejected, arena_strndup(arena, word.text, word.len));
        break;
    case WORD_OTHER:
        break;
    }
}

/* Whether an escape of a line break or tab as JSON writes it stands at `i`: no part of a key. */
static bool is_escape(const char *text, size_t len, size_t i)
{
    return text[i] == '\\' && i + 1 < len &&
           (text[i + 1] == 'n' || text[i + 1] == 'r' || text[i + 1] == 't');
}

void pasted_keys_find(struct pasted_keys *found, struct arena *arena, const char *text, size_t len)
{
    struct seen seen = {0};
    *found = (struct pasted_keys){0};
    for (size_t i = 0; i < len;) {
        if (is_escape(text, len, i)) {
            i += 2;
            continue;
        }
        size_t start = i;
        while (i < len && is_word_char(text[i]))
            i++;
        if (i > start)
            take_word(found, &seen, arena, (struct word){.text = text + start, .len = i - start});
        else
            i++;
    }
    free(seen.slots);
}

void pasted_keys_free(struct pasted_keys *found)
{
    VEC_FREE(&found->keys);
    VEC_FREE(&found->rejected);
}
