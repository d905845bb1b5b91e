/* Which tokens are valid, and whose they are. */
#include "auth_fixture.h"

#include "auth/client_token.h"
#include "base/clock.h"

#define NOW ((int64_t)1790000000000)

static struct token_set *load(struct store *store, const char *admin_token)
{
    struct err err = ERR_INIT;
    struct token_set *set = token_set_load(store, admin_token, &err);
    assert_ok(set ? 0 : -1, &err);
    return set;
}

static void test_tokens_of_the_store(void **state)
{
    struct fixture *fixture = *state;
    struct principal principal;
    struct err err = ERR_INIT;
    int64_t id, paused_id;

    assert_int_equal(store_token_add(fixture->store, "sk-alpha", "alpha", false, &id, &err), 1);
    assert_int_equal(store_token_add(fixture->store, "sk-beta", "beta", false, &paused_id, &err),
                     1);
    assert_ok(store_token_set_paused(fixture->store, paused_id, true, &err), &err);
    struct token_set *set = load(fixture->store, NULL);

    assert_int_equal(token_set_count(set), 1);
    assert_int_equal(token_set_check(set, "sk-alpha", NOW, &principal), 1);
    assert_int_equal(principal.token_id, id);
    assert_string_equal(principal.name, "alpha");
    assert_false(principal.admin);
    assert_int_equal(token_set_check(set, "sk-beta", NOW, &principal), 0);
    assert_int_equal(token_set_check(set, "sk-alph", NOW, &principal), 0);
    assert_int_equal(token_set_check(set, "sk-alphaa", NOW, &principal), 0);
    assert_int_equal(token_set_check(set, "", NOW, &principal), 0);
    assert_int_equal(token_set_check(set, NULL, NOW, &principal), 0);
    token_set_destroy(&set);
    assert_null(set);
}

static void test_every_one_of_many_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct principal principal;
    enum { MANY = 60 };
    for (int i = 0; i < MANY; i++) {
        int64_t id;
        FREE_AUTO char *token = xasprintf("sk-%d", i);
        store_token_add(fixture->store, token, token, false, &id, NULL);
    }
    struct token_set *set = load(fixture->store, NULL);
    assert_int_equal(token_set_count(set), MANY);
    for (int i = 0; i < MANY; i++) {
        FREE_AUTO char *token = xasprintf("sk-%d", i);
        assert_int_equal(token_set_check(set, token, NOW, &principal), 1);
        assert_string_equal(principal.name, token);
    }
    token_set_destroy(&set);
}

static void test_admin_token_is_a_client_token(void **state)
{
    struct fixture *fixture = *state;
    struct principal principal;
    struct token_set *set = load(fixture->store, "the-admin-token");
    assert_int_equal(token_set_check(set, "the-admin-token", NOW, &principal), 1);
    assert_true(principal.admin);
    assert_int_equal(principal.token_id, 0);
    token_set_destroy(&set);
    set = load(fixture->store, "");
    assert_int_equal(token_set_check(set, "", NOW, &principal), 0);
    token_set_destroy(&set);
}

static void test_seed(void **state)
{
    struct fixture *fixture = *state;
    struct err err = ERR_INIT;
    char too_long[300];
    memset(too_long, 'x', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    char *tokens[] = {(char *)"sk-one", (char *)"", too_long, (char *)"sk-two", (char *)"sk-one"};
    struct principal principal;

    assert_int_equal(store_tokens_seed(fixture->store, tokens, ARRAY_LEN(tokens), &err), 2);
    assert_int_equal(store_tokens_seed(fixture->store, tokens, ARRAY_LEN(tokens), &err), 0);
    struct token_set *set = load(fixture->store, NULL);
    assert_int_equal(token_set_check(set, "sk-one", NOW, &principal), 1);
    int64_t id = principal.token_id;
    token_set_destroy(&set);
    /* what a person deleted stays deleted */
    assert_int_equal(store_token_delete(fixture->store, id, &err), 1);
    assert_int_equal(store_tokens_seed(fixture->store, tokens, ARRAY_LEN(tokens), &err), 0);
}

int main(void)
{
#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_tokens_of_the_store),
        WITH_STORE(test_every_one_of_many_is_found),
        WITH_STORE(test_admin_token_is_a_client_token),
        WITH_STORE(test_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
