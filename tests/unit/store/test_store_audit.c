/* The audit log. */
#include "store/store_audit.h"
#include "store_test.h"

static int join(void *ctx, const struct store_audit *entry)
{
    strbuf_printf(ctx, "%lld:%s:%s:%s:%s ", (long long)entry->id, entry->who, entry->action,
                  entry->subject, entry->detail);
    return 0;
}

static void assert_page(struct store *store, int64_t before_id, int64_t limit, const char *expected)
{
    STRBUF_AUTO struct strbuf text = STRBUF_INIT(1000);
    struct store_audit_page page = {.before_id = before_id, .limit = limit};
    assert_int_equal(store_audit_each(store, &page, join, &text, NULL), 0);
    assert_string_equal(strbuf_str(&text), expected);
}

static void test_pages_newest_first(void **state)
{
    struct store *store = fixture_store(state);
    const char *actions[] = {"key.add", "key.reveal", "key.delete"};
    for (int i = 0; i < 3; i++) {
        struct store_audit entry = {
            .time_ms = 100 * (i + 1), .who = "admin", .action = actions[i], .subject = "12"};
        assert_int_equal(store_audit_add(store, &entry, NULL), 0);
    }
    assert_page(store, 0, 2, "3:admin:key.delete:12: 2:admin:key.reveal:12: ");
    assert_page(store, 2, 2, "1:admin:key.add:12: ");
    assert_int_equal(store_audit_trim(store, 300, NULL), 2);
    assert_page(store, 0, 10, "3:admin:key.delete:12: ");
}

/* Whatever somebody does again and again from one place stands in one line. */
static void test_counted(void **state)
{
    struct store *store = fixture_store(state);
    struct store_audit entry = {.time_ms = 1000, .action = "session.refused", .address = "a"};
    for (int i = 0; i < 3; i++, entry.time_ms += 100)
        assert_int_equal(store_audit_count(store, &entry, 500, NULL), 0);
    assert_page(store, 0, 9, "1::session.refused:3: ");
    entry.address = "b";
    assert_int_equal(store_audit_count(store, &entry, 500, NULL), 0);
    assert_page(store, 0, 9, "2::session.refused:1: 1::session.refused:3: ");
    entry.action = "setup.refused";
    assert_int_equal(store_audit_count(store, &entry, 500, NULL), 0);
    assert_page(store, 0, 1, "3::setup.refused:1: ");
    entry = (struct store_audit){.time_ms = 9000, .action = "session.refused", .address = "a"};
    assert_int_equal(store_audit_count(store, &entry, 8000, NULL), 0);
    assert_page(store, 0, 1, "4::session.refused:1: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_pages_newest_first),
        STORE_TEST(test_counted),
    };
    return UNIT_RUN(tests);
}
