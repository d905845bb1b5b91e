#include "../unit.h"

#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/rand.h"

static const struct {
    const char *plain;
    const char *encoded;
} vectors[] = {
    /* RFC 4648, section 10 */
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xbf", "+/+/"},
};

static void known_vectors_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        STRBUF_AUTO struct strbuf encoded = STRBUF_INIT(KIB);
        STRBUF_AUTO struct strbuf plain = STRBUF_INIT(KIB);
        base64_encode(&encoded, vectors[i].plain, strlen(vectors[i].plain));
        assert_string_equal(strbuf_str(&encoded), vectors[i].encoded);
        assert_int_equal(base64_decode(&plain, vectors[i].encoded, strlen(vectors[i].encoded)), 0);
        assert_string_equal(strbuf_str(&plain), vectors[i].plain);
    }
}

static void liberal_forms_are_decoded(void **state)
{
    static const struct {
        const char *text;
        const char *plain;
    } rows[] = {
        {"Zg", "f"},
        {"Zm8", "fo"},
        {"Zm9vYg", "foob"},
        {"-_-_", "\xfb\xff\xbf"},
        {"+_-/", "\xfb\xff\xbf"},
        {"Zm9v\r\nYmFy\r\n", "foobar"},
        {" Z m 9 v\tY g = = ", "foob"},
        {"Z\nm9vYmFyZm9vYmFy", "foobarfoobar"},
        {"  ", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf plain = STRBUF_INIT(KIB);
        UNIT_ROW(base64_decode(&plain, rows[i].text, strlen(rows[i].text)) == 0, rows[i].text);
        assert_string_equal(strbuf_str(&plain), rows[i].plain);
    }
}

static void wrong_texts_are_refused_and_leave_no_trace(void **state)
{
    static const char *const rows[] = {
        "Z",          "Zm9vY",        "Zg=",      "Zg===", "Zm8==", "Zm9v=",    "====",
        "=",          "Zg==Z",        "Zg==Zg==", "Zm=9v", "Zm9v!", "Zm,v",     "Zm\x80v",
        "data:Zm9v;", "Zm9vYmFyZm9*", "Zm9v.",    "%5A",   "Z=g=",  "Zm9v=g==",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        STRBUF_AUTO struct strbuf plain = STRBUF_INIT(KIB);
        strbuf_puts(&plain, "before");
        UNIT_ROW(base64_decode(&plain, rows[i], strlen(rows[i])) == -1, rows[i]);
        assert_string_equal(strbuf_str(&plain), "before");
    }
    STRBUF_AUTO struct strbuf plain = STRBUF_INIT(KIB);
    assert_int_equal(base64_decode(&plain, "Zm9v\0Zm9v", 9), -1);
}

static void the_maximum_is_exact(void **state)
{
    STRBUF_AUTO struct strbuf fits = STRBUF_INIT(6);
    STRBUF_AUTO struct strbuf small = STRBUF_INIT(5);
    (void)state;
    assert_int_equal(base64_decode(&fits, "Zm9vYmFy", 8), 0);
    assert_int_equal(base64_decode(&small, "Zm9vYmFy", 8), -1);
}

static void random_bytes_of_every_length_survive(void **state)
{
    unsigned char data[301];
    (void)state;
    for (size_t len = 0; len < sizeof(data); len++) {
        STRBUF_AUTO struct strbuf encoded = STRBUF_INIT(KIB);
        STRBUF_AUTO struct strbuf plain = STRBUF_INIT(len);
        rand_bytes(data, len);
        base64_encode(&encoded, data, len);
        assert_int_equal(encoded.len, (len + 2) / 3 * 4);
        assert_int_equal(base64_decode(&plain, encoded.data, encoded.len), 0);
        assert_int_equal(plain.len, len);
        assert_memory_equal(strbuf_str(&plain), data, len);
    }
}

/* A bound with much room: a table decoder needs about 50 ms, one that searches its alphabet
 * seconds. */
static void a_large_image_takes_no_time(void **state)
{
    const size_t len = 50 * MIB;
    STRBUF_AUTO struct strbuf encoded = STRBUF_INIT(80 * MIB);
    STRBUF_AUTO struct strbuf plain = STRBUF_INIT(80 * MIB);
    FREE_AUTO char *image = xcalloc(len, 1);
    (void)state;
    for (size_t i = 0; i < len; i++)
        image[i] = (char)(i * 2654435761u >> 13);
    int64_t start = clock_mono_ms();
    base64_encode(&encoded, image, len);
    int64_t middle = clock_mono_ms();
    assert_int_equal(base64_decode(&plain, encoded.data, encoded.len), 0);
    int64_t end = clock_mono_ms();
    print_message("50 MiB: encoded in %d ms, decoded in %d ms\n", (int)(middle - start),
                  (int)(end - middle));
    assert_int_equal(plain.len, len);
    assert_memory_equal(plain.data, image, len);
    assert_true(end - start < 10000 * unit_slow());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_vectors_both_ways),
        cmocka_unit_test(liberal_forms_are_decoded),
        cmocka_unit_test(wrong_texts_are_refused_and_leave_no_trace),
        cmocka_unit_test(the_maximum_is_exact),
        cmocka_unit_test(random_bytes_of_every_length_survive),
        cmocka_unit_test(a_large_image_takes_no_time),
    };
    return UNIT_RUN(tests);
}
