/* A message travels with a redirect, and only ours are believed. */
#include "../unit.h"

#include "admin/flash.h"

static struct arena *arena;
static struct vault *vault;
static const struct store_session session = {.csrf = "0123456789abcdef"};
static const struct store_session other = {.csrf = "fedcba9876543210"};
static const struct flash sent = {.code = FLASH_ADDED,
                                  .counts = {12, 3, 0, 2},
                                  .hints = {"AIzaSy…x9Qz", "AIz…"},
                                  .hint_count = 2};

static int set_up(void **state)
{
    (void)state;
    arena = arena_create(4096);
    vault = vault_create("secret", 6);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_destroy(&arena);
    vault_destroy(&vault);
    return 0;
}

static bool read_back(const char *query, const struct store_session *reader, struct flash *flash)
{
    struct http_request req = {.arena = arena, .query = query};
    return flash_read(&req, vault, reader, flash);
}

static void test_round_trip(void **state)
{
    struct flash got;
    (void)state;
    assert_true(read_back(flash_query(arena, vault, &session, &sent), &session, &got));
    assert_int_equal(got.code, FLASH_ADDED);
    assert_memory_equal(got.counts, sent.counts, sizeof(got.counts));
    assert_int_equal(got.hint_count, 2);
    assert_string_equal(got.hints[0], "AIzaSy…x9Qz");
    assert_string_equal(got.hints[1], "AIz…");
}

static void test_no_hints(void **state)
{
    const struct flash plain = {.code = FLASH_NOTHING_SELECTED};
    struct flash got;
    (void)state;
    assert_true(read_back(flash_query(arena, vault, &session, &plain), &session, &got));
    assert_int_equal(got.code, FLASH_NOTHING_SELECTED);
    assert_int_equal(got.hint_count, 0);
}

static void test_others_are_refused(void **state)
{
    struct flash got;
    const char *query = flash_query(arena, vault, &session, &sent);
    char *changed = arena_strdup(arena, query);
    (void)state;
    assert_false(read_back(query, &other, &got));
    assert_int_equal(got.code, FLASH_NONE);
    *strstr(changed, "12") = '9';
    assert_false(read_back(changed, &session, &got));
    assert_false(read_back("", &session, &got));
    assert_false(read_back("flash=1~1~1~1~1", &session, &got));
    assert_false(read_back("flash=1~1~1~1~1&sig=", &session, &got));
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH(test_round_trip),
        WITH(test_no_hints),
        WITH(test_others_are_refused),
    };
    return UNIT_RUN(tests);
}
