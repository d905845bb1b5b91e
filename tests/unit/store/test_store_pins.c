/* Pins of resources to keys. */
#include "store/store_keys.h"
#include "store/store_pins.h"
#include "store_test.h"

static int64_t add_key(struct store *store, const char *secret)
{
    int64_t id;
    assert_int_equal(store_key_add(store, STORE_KEY_GEMINI, secret, "", false, &id, NULL), 1);
    return id;
}

static void put(struct store *store, const char *name, int64_t key_id, int64_t token_id,
                int64_t created_ms)
{
    struct store_pin pin = {.name = name,
                            .kind = "file",
                            .key_id = key_id,
                            .token_id = token_id,
                            .created_ms = created_ms,
                            .expires_ms = created_ms + 1000,
                            .detail = "{}"};
    assert_int_equal(store_pin_put(store, &pin, NULL), 0);
}

static int join(void *ctx, const struct store_pin *pin)
{
    strbuf_printf(ctx, "%s ", pin->name);
    return 0;
}

static void assert_pins(struct store *store, struct store_pin_filter filter, const char *expected)
{
    STRBUF_AUTO struct strbuf names = STRBUF_INIT(1000);
    filter.kind = "file";
    assert_int_equal(store_pins_each(store, &filter, join, &names, NULL), 0);
    assert_string_equal(strbuf_str(&names), expected);
}

static void test_a_pin_comes_back_until_it_expires(void **state)
{
    struct store *store = fixture_store(state);
    int64_t one = add_key(store, "key-one"), two = add_key(store, "key-two");
    put(store, "files/a", one, 7, 100);
    struct arena *arena = arena_create(1024);
    struct store_pin pin = {.name = "files/a"};
    assert_int_equal(store_pin_get(store, 1099, arena, &pin, NULL), 1);
    assert_int_equal(pin.key_id, one);
    assert_int_equal(pin.token_id, 7);
    assert_string_equal(pin.kind, "file");
    assert_string_equal(pin.detail, "{}");
    pin = (struct store_pin){.name = "files/a"};
    assert_int_equal(store_pin_get(store, 1100, arena, &pin, NULL), 0);

    put(store, "files/a", two, 8, 500);
    pin = (struct store_pin){.name = "files/a"};
    assert_int_equal(store_pin_get(store, 600, arena, &pin, NULL), 1);
    assert_int_equal(pin.key_id, two);
    assert_int_equal(pin.created_ms, 100);
    arena_destroy(&arena);
}

static void test_listing(void **state)
{
    struct store *store = fixture_store(state);
    int64_t key = add_key(store, "key-one");
    put(store, "a", key, 1, 100);
    put(store, "b", key, 1, 300);
    put(store, "c", key, 2, 200);
    assert_pins(store, (struct store_pin_filter){.token_id = -1}, "b c a ");
    assert_pins(store, (struct store_pin_filter){.token_id = 1}, "b a ");
    assert_pins(store, (struct store_pin_filter){.token_id = 1, .since_ms = 200}, "b ");
    assert_pins(store, (struct store_pin_filter){.token_id = -1, .limit = 2}, "b c ");
    assert_int_equal(store_pin_delete(store, "b", NULL), 0);
    assert_int_equal(store_pins_expire(store, 1100, NULL), 1);
    assert_pins(store, (struct store_pin_filter){.token_id = -1}, "c ");
}

static void test_expiry_by_kind(void **state)
{
    struct store *store = fixture_store(state);
    int64_t key = add_key(store, "key-one");
    put(store, "files/a", key, 1, 100);
    struct store_pin batch = {
        .name = "batches/b", .kind = "batch", .key_id = key, .expires_ms = 500, .detail = ""};
    assert_int_equal(store_pin_put(store, &batch, NULL), 0);
    assert_int_equal(store_pins_expire_but(store, "file", 2000, NULL), 1);
    assert_pins(store, (struct store_pin_filter){.token_id = -1}, "files/a ");
    assert_int_equal(store_pins_expire_kind(store, "file", 1000, NULL), 0);
    assert_int_equal(store_pins_expire_kind(store, "batch", 2000, NULL), 0);
    assert_int_equal(store_pins_expire_kind(store, "file", 2000, NULL), 1);
    assert_pins(store, (struct store_pin_filter){.token_id = -1}, "");
}

static void test_pins_go_with_their_key(void **state)
{
    struct store *store = fixture_store(state);
    int64_t key = add_key(store, "key-one");
    put(store, "a", key, 1, 100);
    assert_int_equal(store_key_delete(store, key, NULL), 1);
    assert_pins(store, (struct store_pin_filter){.token_id = -1}, "");
    struct store_pin late = {.name = "b", .kind = "file", .key_id = key};
    struct err err = ERR_INIT;
    assert_int_equal(store_pin_put(store, &late, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_pin_comes_back_until_it_expires),
        STORE_TEST(test_listing),
        STORE_TEST(test_expiry_by_kind),
        STORE_TEST(test_pins_go_with_their_key),
    };
    return UNIT_RUN(tests);
}
