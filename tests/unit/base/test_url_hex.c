#include "../unit.h"

#include "base/codec.h"

static void hex_both_ways(void **state)
{
    unsigned char bytes[4];
    char text[9];
    (void)state;
    assert_string_equal(hex_encode(text, "\x00\x7f\xab\xff", 4), "007fabff");
    assert_int_equal(hex_decode(bytes, 4, "007FabFF"), 0);
    assert_memory_equal(bytes, "\x00\x7f\xab\xff", 4);
    assert_string_equal(hex_encode(text, NULL, 0), "");
}

static void wrong_hex_is_refused(void **state)
{
    static const char *const rows[] = {"",          "007fab",   "007fabf",
                                       "007fabff0", "007fabfg", "0x7fabff"};
    unsigned char bytes[4];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        UNIT_ROW(hex_decode(bytes, 4, rows[i]) == -1, rows[i]);
}

static void url_encoding(void **state)
{
    static const struct {
        const char *text;
        const char *keep;
        const char *encoded;
    } rows[] = {
        {"azAZ09-._~", NULL, "azAZ09-._~"}, {"a b+c", NULL, "a%20b%2Bc"},
        {"models/x:y", "/:", "models/x:y"}, {"models/x:y", NULL, "models%2Fx%3Ay"},
        {"\xC3\xA9%", "", "%C3%A9%25"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf out = STRBUF_INIT(100);
        url_encode(&out, rows[i].text, strlen(rows[i].text), rows[i].keep);
        assert_string_equal(strbuf_str(&out), rows[i].encoded);
    }
    STRBUF_AUTO struct strbuf out = STRBUF_INIT(100);
    url_encode(&out, "\0", 1, "/");
    assert_string_equal(strbuf_str(&out), "%00");
}

static void url_decoding(void **state)
{
    static const struct {
        const char *text;
        bool plus;
        const char *plain;
    } rows[] = {
        {"a%20b+c", true, "a b c"},        {"a%20b+c", false, "a b+c"},
        {"%C3%a9%2f", false, "\xC3\xA9/"}, {"", true, ""},
        {"%2541", false, "%41"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *text = xstrdup(rows[i].text);
        int64_t len = url_decode(text, strlen(text), rows[i].plus);
        assert_int_equal(len, strlen(rows[i].plain));
        assert_string_equal(text, rows[i].plain);
    }
}

static void broken_escapes_are_refused(void **state)
{
    static const char *const rows[] = {"%", "%4", "a%", "%zz", "%4g", "%00", "a%00b", "%%41"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        FREE_AUTO char *text = xstrdup(rows[i]);
        UNIT_ROW(url_decode(text, strlen(text), true) == -1, rows[i]);
    }
    char raw[] = "a\0b";
    assert_int_equal(url_decode(raw, 3, false), -1);
}

static void bytes_beyond_len_are_not_read(void **state)
{
    char text[] = "%41%42";
    (void)state;
    assert_int_equal(url_decode(text, 5, false), -1);
    char other[] = "ab%4";
    assert_int_equal(url_decode(other, 2, false), 2);
    assert_string_equal(other, "ab%4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_both_ways),
        cmocka_unit_test(wrong_hex_is_refused),
        cmocka_unit_test(url_encoding),
        cmocka_unit_test(url_decoding),
        cmocka_unit_test(broken_escapes_are_refused),
        cmocka_unit_test(bytes_beyond_len_are_not_read),
    };
    return UNIT_RUN(tests);
}
