/* Client tokens. */
#include "store/store_tokens.h"
#include "store_test.h"

static int64_t add(struct store *store, const char *secret, bool seed)
{
    int64_t id;
    struct err err = ERR_INIT;
    assert_ok(store_token_add(store, secret, "name", seed, &id, &err), &err);
    return id;
}

static int copy(void *ctx, const struct store_token *token)
{
    *(struct store_token *)ctx = *token;
    return 0;
}

/* The numbers of the last token; its texts are gone. */
static struct store_token last(struct store *store)
{
    struct store_token token = {0};
    assert_int_equal(store_tokens_each(store, false, copy, &token, NULL), 0);
    assert_null(token.secret);
    return token;
}

static int check_texts(void *ctx, const struct store_token *token)
{
    assert_string_equal(token->secret, "sk-token-0001-of-the-tests");
    assert_string_equal(token->name, ctx);
    assert_null(strstr(token->hint, "0001-of-the"));
    return 0;
}

static void test_a_token_comes_back(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, "sk-token-0001-of-the-tests", true);
    char name[] = "name";
    assert_int_equal(store_tokens_each(store, true, check_texts, name, NULL), 0);
    struct store_token token = last(store);
    assert_int_equal(token.id, id);
    assert_true(token.seeded);
    assert_false(token.paused);
    assert_int_equal(token.expires_ms, 0);
    int64_t again;
    assert_int_equal(store_token_add(store, "sk-token-0001-of-the-tests", "", false, &again, NULL),
                     0);
    assert_int_equal(again, id);
}

static void test_changes_move_the_generation(void **state)
{
    struct store *store = fixture_store(state);
    int64_t generation = store_tokens_generation(store);
    int64_t id = add(store, "sk-one", false);
    assert_true(store_tokens_generation(store) > generation);

    generation = store_tokens_generation(store);
    assert_int_equal(store_token_set_paused(store, id, true, NULL), 0);
    assert_true(last(store).paused);
    assert_true(store_tokens_generation(store) > generation);

    generation = store_tokens_generation(store);
    struct store_token edit = {.id = id,
                               .name = "n",
                               .models = "[\"gemini-*\"]",
                               .expires_ms = 5,
                               .requests_per_minute = 1,
                               .requests_per_day = 2,
                               .tokens_per_day = 3};
    assert_int_equal(store_token_edit(store, &edit, NULL), 0);
    struct store_token token = last(store);
    assert_int_equal(token.expires_ms, 5);
    assert_int_equal(token.requests_per_minute, 1);
    assert_int_equal(token.requests_per_day, 2);
    assert_int_equal(token.tokens_per_day, 3);
    assert_true(store_tokens_generation(store) > generation);

    struct err err = ERR_INIT;
    assert_int_equal(store_token_set_paused(store, 99, true, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    edit.id = 99;
    assert_int_equal(store_token_edit(store, &edit, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void test_a_deleted_seed_stays_deleted(void **state)
{
    struct store *store = fixture_store(state);
    int64_t id = add(store, "sk-one", true);
    assert_int_equal(store_token_delete(store, id, NULL), 1);
    assert_int_equal(store_token_delete(store, id, NULL), 0);
    int64_t again;
    assert_int_equal(store_token_add(store, "sk-one", "", true, &again, NULL), 0);
    assert_int_equal(again, 0);
    assert_int_equal(store_token_add(store, "sk-one", "", false, &again, NULL), 1);
    assert_true(again > id);
}

static void test_what_is_no_token(void **state)
{
    struct store *store = fixture_store(state);
    struct err err = ERR_INIT;
    int64_t id;
    assert_int_equal(store_token_add(store, "", "", false, &id, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    char too_long[1000];
    memset(too_long, 't', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(store_token_add(store, too_long, "", false, &id, &err), -1);
    assert_int_equal(err.code, ERR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(test_a_token_comes_back),
        STORE_TEST(test_changes_move_the_generation),
        STORE_TEST(test_a_deleted_seed_stays_deleted),
        STORE_TEST(test_what_is_no_token),
    };
    return UNIT_RUN(tests);
}
