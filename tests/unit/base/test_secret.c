#include "../unit.h"

#include "base/clock.h"
#include "base/crypto.h"

static void equality(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } rows[] = {
        {"token", "token", true}, {"token", "tokeN", false}, {"token", "token ", false},
        {"", "", true},           {"", "x", false},          {NULL, "x", false},
        {"x", NULL, false},       {NULL, NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(secret_equal(rows[i].a, rows[i].b), rows[i].equal);
}

static int64_t time_compares(const char *a, const char *b)
{
    int64_t best = INT64_MAX;
    for (int round = 0; round < 40; round++) {
        int64_t start = clock_mono_us();
        for (int i = 0; i < 20; i++)
            assert_int_equal(secret_equal(a, b), a == b);
        int64_t took = clock_mono_us() - start;
        best = took < best ? took : best;
    }
    return best;
}

/* Where they differ must not show. The bound is wide: a byte-wise comparison of 64 KiB that
 * stops at the first difference is thousands of times faster than one that goes to the end. */
static void time_does_not_tell_where(void **state)
{
    static char right[65536];
    static char early[65536];
    static char late[65536];
    (void)state;
    memset(right, 'a', sizeof(right) - 1);
    memset(early, 'a', sizeof(early) - 1);
    memset(late, 'a', sizeof(late) - 1);
    early[0] = 'b';
    late[sizeof(late) - 2] = 'b';
    int64_t first = time_compares(right, early);
    int64_t last = time_compares(right, late);
    assert_true(first * 2 > last && last * 2 > first);
}

static void known_sha256(void **state)
{
    char hex[SHA256_HEX];
    (void)state;
    sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void wiping(void **state)
{
    char secret[] = "secret";
    static const char zeros[sizeof(secret)];
    (void)state;
    secret_wipe(secret, sizeof(secret));
    assert_memory_equal(secret, zeros, sizeof(secret));
    secret_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality),
        cmocka_unit_test(time_does_not_tell_where),
        cmocka_unit_test(known_sha256),
        cmocka_unit_test(wiping),
    };
    return UNIT_RUN(tests);
}
