#include "../unit.h"

#include "base/crypto.h"
#include "base/limits.h"

static int make(void **state)
{
    *state = vault_create("a master secret", 15);
    return 0;
}

static int unmake(void **state)
{
    struct vault *vault = *state;
    vault_destroy(&vault);
    assert_null(vault);
    vault_destroy(&vault);
    return 0;
}

static void what_was_sealed_opens(void **state)
{
    char data[300];
    memset(data, 'd', sizeof(data));
    for (size_t len = 0; len < sizeof(data); len += 13) {
        STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
        STRBUF_AUTO struct strbuf opened = STRBUF_INIT(KIB);
        vault_seal(*state, "keys:7", data, len, &sealed);
        assert_true(strbuf_ok(&sealed));
        strbuf_puts(&opened, "before ");
        assert_int_equal(vault_open(*state, "keys:7", sealed.data, &opened, NULL), 0);
        assert_int_equal(opened.len, 7 + len);
        assert_memory_equal(opened.data + 7, data, len);
        assert_int_equal(opened.data[opened.len], '\0');
    }
}

static void sealing_twice_differs(void **state)
{
    STRBUF_AUTO struct strbuf one = STRBUF_INIT(KIB);
    STRBUF_AUTO struct strbuf two = STRBUF_INIT(KIB);
    vault_seal(*state, "c", "text", 4, &one);
    vault_seal(*state, "c", "text", 4, &two);
    assert_memory_equal(one.data, "v1:", 3);
    assert_string_not_equal(one.data, two.data);
    assert_null(strstr(one.data, "text"));
}

static void assert_closed(const struct vault *vault, const char *context, const char *sealed)
{
    struct err err = ERR_INIT;
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    strbuf_puts(&out, "before");
    assert_int_equal(vault_open(vault, context, sealed, &out, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_string_equal(out.data, "before");
    assert_int_equal(out.len, 6);
}

static void a_value_stays_where_it_belongs(void **state)
{
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
    vault_seal(*state, "keys:7", "text", 4, &sealed);
    assert_closed(*state, "keys:8", sealed.data);
    assert_closed(*state, "", sealed.data);
}

/* Every bit of the nonce, the ciphertext and the tag. */
static void a_change_is_noticed(void **state)
{
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
    vault_seal(*state, "c", "sixteen letters!", 16, &sealed);
    for (size_t i = 3; i < sealed.len; i++) {
        char kept = sealed.data[i];
        if (kept == '=')
            continue;
        sealed.data[i] = kept == 'A' ? 'Q' : 'A';
        assert_closed(*state, "c", sealed.data);
        sealed.data[i] = kept;
    }
}

static void other_texts_do_not_open(void **state)
{
    static const char *const rows[] = {
        NULL,      "",        "v1",
        "v1:",     "v2:AAAA", "plain",
        "v1:AAAA", "v1:!!!!", "v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_closed(*state, "c", rows[i]);
}

static void another_master_does_not_open(void **state)
{
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
    struct vault *other = vault_create("another master", 14);
    vault_seal(*state, "c", "text", 4, &sealed);
    assert_closed(other, "c", sealed.data);
    vault_destroy(&other);
}

static void the_same_master_opens(void **state)
{
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    struct vault *again = vault_create("a master secret", 15);
    vault_seal(*state, "c", "text", 4, &sealed);
    assert_int_equal(vault_open(again, "c", sealed.data, &out, NULL), 0);
    assert_string_equal(out.data, "text");
    vault_destroy(&again);
}

/* Databases outlive programs: the derivation may never change. Made with Python's hmac and
 * cryptography from the description in crypto.h. */
static void the_format_is_stable(void **state)
{
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(KIB);
    char hash[SHA256_HEX];
    vault_lookup_hash(*state, "text", 4, hash);
    assert_string_equal(hash, "70d869f8dddd37ff25cea7a8a21ba38bda1ac16d7c1db4472c6de4903c81e4e7");
    assert_int_equal(vault_open(*state, "keys:7",
                                "v1:AAECAwQFBgcICQoLcuy1vai2ReijQD5orOX5ajL0Hfb5fWTdbgrE9Ew=", &out,
                                NULL),
                     0);
    assert_string_equal(out.data, "a sealed text");
}

static void look_up_hashes(void **state)
{
    char one[SHA256_HEX];
    char two[SHA256_HEX];
    struct vault *other = vault_create("another master", 14);
    vault_lookup_hash(*state, "text", 4, one);
    vault_lookup_hash(*state, "text", 4, two);
    assert_string_equal(one, two);
    vault_lookup_hash(*state, "texT", 4, two);
    assert_string_not_equal(one, two);
    vault_lookup_hash(other, "text", 4, two);
    assert_string_not_equal(one, two);
    vault_destroy(&other);
}

static void a_small_buffer_is_told(void **state)
{
    STRBUF_AUTO struct strbuf sealed = STRBUF_INIT(KIB);
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(3);
    struct err err = ERR_INIT;
    vault_seal(*state, "c", "text", 4, &sealed);
    assert_int_equal(vault_open(*state, "c", sealed.data, &out, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_sealed_opens),
        TEST(sealing_twice_differs),
        TEST(a_value_stays_where_it_belongs),
        TEST(a_change_is_noticed),
        TEST(other_texts_do_not_open),
        TEST(another_master_does_not_open),
        TEST(the_same_master_opens),
        TEST(the_format_is_stable),
        TEST(look_up_hashes),
        TEST(a_small_buffer_is_told),
    };
    return UNIT_RUN(tests);
}
