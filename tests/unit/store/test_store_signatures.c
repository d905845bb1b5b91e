/* Thought signatures. */
#include "store/store_signatures.h"
#include "store_test.h"

static int get(struct store *store, const char *call_id, int64_t now_ms, const char *expected)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1000);
    int rc = store_signature_get(store, call_id, now_ms, &text, NULL);
    if (rc == 1)
        assert_string_equal(strbuf_str(&text), expected);
    return rc;
}

static void test_kept_and_replaced(void **state)
{
    struct store *store = fixture_store(state);
    assert_int_equal(store_signature_put(store, "call_1", "sig", 100, NULL), 0);
    assert_int_equal(get(store, "call_1", 99, "sig"), 1);
    assert_int_equal(get(store, "call_1", 100, ""), 0);
    assert_int_equal(get(store, "call_2", 1, ""), 0);
    assert_int_equal(store_signature_put(store, "call_1", "other", 200, NULL), 0);
    assert_int_equal(get(store, "call_1", 150, "other"), 1);
}

static void test_bounded_by_age_and_number(void **state)
{
    struct store *store = fixture_store(state);
    for (int i = 1; i <= 10; i++) {
        char id[32];
        snprintf(id, sizeof(id), "call_%d", i);
        assert_int_equal(store_signature_put(store, id, "sig", i * 100, NULL), 0);
    }
    assert_int_equal(store_signatures_expire(store, 200, 1000, NULL), 2);
    assert_int_equal(store_signatures_expire(store, 200, 1000, NULL), 0);
    assert_int_equal(store_signatures_expire(store, 200, 3, NULL), 5);
    assert_int_equal(get(store, "call_7", 1, ""), 0);
    assert_int_equal(get(store, "call_8", 1, "sig"), 1);
    assert_int_equal(get(store, "call_10", 1, "sig"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_kept_and_replaced),
        STORE_TEST(test_bounded_by_age_and_number),
    };
    return UNIT_RUN(tests);
}
