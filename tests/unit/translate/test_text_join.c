#include "../unit.h"

#include "base/scope.h"
#include "translate/text_join.h"

static void overlaps(void **state)
{
    static const struct {
        const char *old;
        const char *rest;
        size_t overlap;
    } rows[] = {
        {"One two three four", " five", 0},
        {"One two three four", "three four five", 10},
        {"One two three four", "four five", 4}, /* a word again */
        {"One two three four", "our hours", 0}, /* the middle of one is no repetition */
        {"One two three four", "One two three four five", 18},
        {"Count: 1, 2, 3", "3, 4", 0}, /* too short to tell */
        {"abcabcabcabc", "abcabcabcabcd", 12},
        {"Öl und Wasser", "Wasser und", 6},
        {"", "Hello", 0},
        {"Hello", "", 0},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(text_join_overlap(rows[i].old, strlen(rows[i].old), rows[i].rest,
                                   strlen(rows[i].rest)) == rows[i].overlap,
                 rows[i].rest);
}

static void openness(void **state)
{
    static const struct {
        const char *old;
        const char *rest;
        bool open;
    } rows[] = {
        {"One two three four", "", true},
        {"One two three four", "three", true},
        {"One two three four", "three four", false}, /* complete */
        {"One two three four", "five", false},
        {"One two three four", "One two three four", false},
        {"One two three four", "t", true},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(text_join_open(rows[i].old, strlen(rows[i].old), rows[i].rest,
                                strlen(rows[i].rest)) == rows[i].open,
                 rows[i].rest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(overlaps), cmocka_unit_test(openness)};
    return UNIT_RUN(tests);
}
