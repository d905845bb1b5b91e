#include "../unit.h"

#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rand.h"

static void bytes_are_filled(void **state)
{
    unsigned char bytes[1000] = {0};
    int zeros = 0;
    (void)state;
    rand_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        zeros += bytes[i] == 0;
    assert_true(zeros < 40); /* four are expected */
    rand_bytes(bytes, 0);
}

static void below_stays_below_and_reaches_all(void **state)
{
    int seen[7] = {0};
    (void)state;
    for (int i = 0; i < 7000; i++) {
        uint64_t value = rand_below(7);
        assert_true(value < 7);
        seen[value]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 800, 1200);
    assert_int_equal(rand_below(1), 0);
    assert_true(rand_below(UINT64_MAX) < UINT64_MAX);
    assert_true(rand_below((UINT64_C(1) << 63) + 1) <= UINT64_C(1) << 63);
}

static void tokens_are_letters_and_digits(void **state)
{
    char token[200];
    char other[200];
    (void)state;
    rand_token(token, sizeof(token));
    rand_token(other, sizeof(other));
    assert_int_equal(strlen(token), sizeof(token) - 1);
    for (size_t i = 0; token[i]; i++)
        assert_true(isalnum((unsigned char)token[i]));
    assert_string_not_equal(token, other);
    rand_token(token, 1);
    assert_string_equal(token, "");
    rand_token(token, 0);
}

static void words_differ(void **state)
{
    (void)state;
    assert_true(rand_u64() != rand_u64());
}

static void a_child_draws_other_bytes(void **state)
{
    unsigned char ours[32] = {0};
    unsigned char theirs[32] = {0};
    int ends[2];
    (void)state;
    rand_bytes(ours, 1); /* bytes are in stock */
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        rand_bytes(theirs, sizeof(theirs));
        _exit(write(ends[1], theirs, sizeof(theirs)) == sizeof(theirs) ? 0 : 1);
    }
    rand_bytes(ours, sizeof(ours));
    assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_filled),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(tokens_are_letters_and_digits),
        cmocka_unit_test(words_differ),
        cmocka_unit_test(a_child_draws_other_bytes),
    };
    return UNIT_RUN(tests);
}
