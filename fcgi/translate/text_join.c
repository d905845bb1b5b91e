#include "translate/text_join.h"

#include <string.h>

enum { OVERLAP_SURE = 8, OVERLAP_WORD = 4 };

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* Whether a repetition of `len` bytes at the end of `old` can be no coincidence. */
static bool is_repetition(const char *old, size_t old_len, size_t len)
{
    if (len >= OVERLAP_SURE)
        return true;
    if (len < OVERLAP_WORD)
        return false;
    return len == old_len || !is_word_byte(old[old_len - len - 1]);
}

size_t text_join_overlap(const char *old, size_t old_len, const char *rest, size_t rest_len)
{
    size_t longest = old_len < rest_len ? old_len : rest_len;
    if (longest > TEXT_JOIN_MAX)
        longest = TEXT_JOIN_MAX;
    for (size_t len = longest; len >= OVERLAP_WORD; len--)
        if (memcmp(old + old_len - len, rest, len) == 0 && is_repetition(old, old_len, len))
            return len;
    return 0;
}

bool text_join_open(const char *old, size_t old_len, const char *rest, size_t rest_len)
{
    size_t tail = old_len < TEXT_JOIN_MAX ? old_len : TEXT_JOIN_MAX;
    if (rest_len >= TEXT_JOIN_MAX || rest_len >= tail)
        return false;
    if (rest_len == 0)
        return true;
    /* Not at the very end: there the repetition is complete. */
    return memmem(old + old_len - tail, tail - 1, rest, rest_len) != NULL;
}
