#include "../unit.h"

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

static void long_ones_too(void **state)
{
    char a[2000], b[2000];
    (void)state;
    memset(a, 'k', sizeof(a));
    for (size_t len = 250; len < 262; len++) {
        a[len] = '\0';
        memcpy(b, a, sizeof(b));
        assert_true(secret_equal(a, b));
        b[len - 1] = 'l';
        assert_false(secret_equal(a, b));
        b[len - 1] = '\0';
        assert_false(secret_equal(a, b));
        a[len] = 'k';
    }
}

static void hashes_differ_anywhere(void **state)
{
    char a[SHA256_HEX], b[SHA256_HEX];
    (void)state;
    sha256_hex("abc", 3, a);
    for (size_t i = 0; i < SHA256_HEX - 1; i++) {
        memcpy(b, a, sizeof(b));
        assert_true(hash_equal(a, b));
        b[i] = 'x';
        assert_false(hash_equal(a, b));
    }
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
        cmocka_unit_test(long_ones_too),
        cmocka_unit_test(hashes_differ_anywhere),
        cmocka_unit_test(known_sha256),
        cmocka_unit_test(wiping),
    };
    return UNIT_RUN(tests);
}
