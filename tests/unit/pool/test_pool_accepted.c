/* A call under way that Google has begun to answer: what that tells before the answer ends. */
#include "pool_test.h"

static struct key_lease lend_tokens(struct key_pool *pool, int64_t tokens, int64_t now_ms)
{
    struct key_query query = pool_test_query();
    query.tokens = tokens;
    return pool_test_lend_query(pool, &query, now_ms);
}

static void test_room_comes_back_at_once(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_TOKENS_MINUTE, 1000);
    struct key_lease lease = lend_tokens(pool, 900, NOON);
    assert_int_equal(lend_tokens(pool, 500, NOON + 1).key_id, 0);
    key_pool_accepted(pool, &lease, 100, "", NOON + 2);
    key_pool_accepted(pool, &lease, 0, "", NOON + 2); /* a second time nothing happens */
    struct key_view view = pool_test_view(pool, 1, MODEL, NOON + 2);
    assert_int_equal(view.minute_tokens, 100);
    struct key_effect success = pool_test_effect(EFFECT_SUCCESS);
    success.prompt_tokens = 130; /* with what tools used */
    key_pool_settle(pool, &lease, &success, NOON + 5000);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 5000).minute_tokens, 130);
    assert_int_not_equal(lend_tokens(pool, 500, NOON + 5001).key_id, 0);
    key_pool_destroy(&pool);
}

static void test_no_tokens_told(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_TOKENS_MINUTE, 1000);
    struct key_lease lease = lend_tokens(pool, 900, NOON);
    key_pool_accepted(pool, &lease, -1, "", NOON + 2);
    assert_int_equal(pool_test_view(pool, 1, MODEL, NOON + 2).minute_tokens, 900);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 5);
    key_pool_destroy(&pool);
}

static void test_key_removed_meanwhile(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_lease lease = lend_tokens(pool, 900, NOON);
    key_pool_remove(pool, 1);
    key_pool_accepted(pool, &lease, 5, "", NOON + 1);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 2);
    key_pool_destroy(&pool);
}

/* Answers last: the others do not wait for the end of the one that shows that the model is back. */
static void test_model_is_back(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect overload = pool_test_rest(REST_OVERLOAD, SCOPE_MODEL, 0);
    for (int i = 0; i < 8; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i * 10);
        if (lease.key_id)
            key_pool_settle(pool, &lease, &overload, NOON + i * 10 + 1);
    }
    assert_int_equal(pool_test_lend(pool, NOON + 100).key_id, 0);
    struct key_lease probe = pool_test_lend(pool, NOON + 20000);
    assert_int_not_equal(probe.key_id, 0);
    assert_int_equal(pool_test_lend(pool, NOON + 20100).key_id, 0);
    key_pool_accepted(pool, &probe, 10, "", NOON + 20200);
    assert_int_not_equal(pool_test_lend(pool, NOON + 20300).key_id, 0);
    key_pool_destroy(&pool);
}

static void test_way_out_is_open_again(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect throttled = pool_test_rest(REST_THROTTLED, SCOPE_KEY_MODEL, 0);
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &throttled, NOON + id);
    assert_int_equal(pool_test_lend(pool, NOON + 100).key_id, 0);
    struct key_lease probe = pool_test_lend(pool, NOON + 16000);
    assert_int_not_equal(probe.key_id, 0);
    key_pool_accepted(pool, &probe, 10, "", NOON + 16100);
    assert_int_not_equal(pool_test_lend(pool, NOON + 16200).key_id, 0);
    key_pool_destroy(&pool);
}

/* While it is a matter of minutes, who stands in line for ten seconds meets a probe. */
static void test_probes_come_while_clients_wait(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(4);
    struct key_effect throttled = pool_test_rest(REST_THROTTLED, SCOPE_KEY_MODEL, 0);
    for (int64_t id = 1; id <= 3; id++)
        pool_test_hit(pool, id, &throttled, NOON + id);
    int64_t last = NOON, longest = 0;
    for (int64_t now = NOON + 100; now < NOON + 5 * MINUTE_MS; now += 100) {
        struct key_lease probe = pool_test_lend(pool, now);
        if (!probe.key_id)
            continue;
        longest = now - last > longest ? now - last : longest;
        last = now;
        key_pool_settle(pool, &probe, &throttled, now + 50);
    }
    assert_in_range(longest, 5000, 9000);
    key_pool_destroy(&pool);
}

/* Failed after it was let in: Google has counted it, there is nothing to doubt. */
static void test_cut_after_the_begin_counts(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_DAY, 2);
    for (int i = 0; i < 2; i++) {
        struct key_lease lease = pool_test_lend(pool, NOON + i);
        key_pool_accepted(pool, &lease, 10, "", NOON + i);
        pool_test_settle(pool, &lease, EFFECT_NONE, NOON + i);
    }
    assert_int_equal(pool_test_lend(pool, NOON + 10).key_id, 0);
    key_pool_destroy(&pool);
}

/* What a conversation's bytes make in tokens is known from its last turn. */
static void test_size_of_the_next_turn(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_query query = pool_test_query();
    struct key_effect success = pool_test_effect(EFFECT_SUCCESS);
    for (int i = 0; i < 200; i++) { /* of two conversations, one has three times the tokens */
        query.affinity = 1 + (uint64_t)i % 2;
        query.tokens = 1000;
        struct key_lease lease = pool_test_lend_query(pool, &query, NOON + i);
        success.prompt_tokens = query.affinity == 1 ? 500 : 1500;
        if (i >= 100)
            assert_in_range(lease.reserved_tokens, success.prompt_tokens * 9 / 10,
                            success.prompt_tokens * 13 / 10);
        key_pool_settle(pool, &lease, &success, NOON + i);
    }
    query.affinity = 3; /* nothing is known of it: on the safe side */
    struct key_lease lease = pool_test_lend_query(pool, &query, NOON + 300);
    assert_in_range(lease.reserved_tokens, 1000, 1600);
    pool_test_settle(pool, &lease, EFFECT_SUCCESS, NOON + 301);
    key_pool_destroy(&pool);
}

/* A film's bytes tell little of its tokens, a text's much: what is learned of one is not believed of the
 * other, nor what is learned of one model of another. */
static void test_kinds_of_prompts_are_learned_apart(void **state)
{
    (void)state;
    struct key_pool *pool = pool_test_create(1);
    struct key_query query = pool_test_query();
    struct key_effect success = pool_test_effect(EFFECT_SUCCESS);
    query.tokens = 1000;
    for (int i = 0; i < 40; i++) {
        query.prompt_kind = i % 2 ? 3 : 0;
        struct key_lease lease = pool_test_lend_query(pool, &query, NOON + i);
        success.prompt_tokens = i % 2 ? 6000 : 1000;
        key_pool_settle(pool, &lease, &success, NOON + i);
    }
    query.prompt_kind = 0;
    struct key_lease text = pool_test_lend_query(pool, &query, NOON + 50);
    assert_in_range(text.reserved_tokens, 1000, 1100);
    query.prompt_kind = 3;
    struct key_lease film = pool_test_lend_query(pool, &query, NOON + 51);
    assert_in_range(film.reserved_tokens, 5000, 6600);
    query.model = "another";
    struct key_lease other = pool_test_lend_query(pool, &query, NOON + 52);
    assert_int_equal(other.reserved_tokens, 1000);
    pool_test_settle(pool, &text, EFFECT_SUCCESS, NOON + 60);
    pool_test_settle(pool, &film, EFFECT_SUCCESS, NOON + 60);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, NOON + 60);
    query.prompt_kind = 99; /* of a caller that knows more kinds */
    other = pool_test_lend_query(pool, &query, NOON + 61);
    assert_int_not_equal(other.key_id, 0);
    pool_test_settle(pool, &other, EFFECT_SUCCESS, NOON + 62);
    key_pool_destroy(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_comes_back_at_once),
        cmocka_unit_test(test_no_tokens_told),
        cmocka_unit_test(test_key_removed_meanwhile),
        cmocka_unit_test(test_model_is_back),
        cmocka_unit_test(test_way_out_is_open_again),
        cmocka_unit_test(test_probes_come_while_clients_wait),
        cmocka_unit_test(test_cut_after_the_begin_counts),
        cmocka_unit_test(test_size_of_the_next_turn),
        cmocka_unit_test(test_kinds_of_prompts_are_learned_apart),
    };
    return UNIT_RUN(tests);
}
