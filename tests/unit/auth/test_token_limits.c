/* What a token may use: windows that turn, other processes' use, and many threads at once. The store is
 * played: what it counted is said by the test. */
#include "../unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "auth/token_limits.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/store_usage.h"

#define MINUTE_START ((int64_t)1790000040000) /* a full minute, and early in a day of UTC */
#define NOW (MINUTE_START + 10 * SECOND_MS)

static struct {
    atomic_llong minute_requests, day_requests, day_tokens;
    atomic_bool broken;
    atomic_int reads;
} played;

int __wrap_store_usage_each(struct store *store, const struct usage_query *query,
                            store_usage_visit *visit, void *ctx, struct err *err);

int __wrap_store_usage_each(struct store *store, const struct usage_query *query,
                            store_usage_visit *visit, void *ctx, struct err *err)
{
    struct usage_row row = {.bucket = query->from, .id = query->id, .model = ""};
    (void)store;
    assert_int_equal(query->subject, USAGE_TOKEN);
    assert_int_equal(query->to, query->from + 1);
    played.reads++;
    if (played.broken)
        return err_set(err, ERR_BUSY, "locked");
    row.counters.requests =
        query->span == USAGE_MINUTE ? played.minute_requests : played.day_requests;
    row.counters.prompt_tokens = query->span == USAGE_DAY ? played.day_tokens : 0;
    visit(ctx, &row);
    return 0;
}

static int set_up(void **state)
{
    played.minute_requests = played.day_requests = played.day_tokens = 0;
    played.broken = false;
    played.reads = 0;
    log_set_level(LOG_OFF);
    *state = token_limits_create(NULL);
    return 0;
}

static int tear_down(void **state)
{
    struct token_limits *limits = *state;
    token_limits_destroy(&limits);
    return 0;
}

/* Admits and ends one request: 0, or the seconds after which to come again. */
static int once(struct token_limits *limits, struct principal principal, int64_t now_ms)
{
    struct err err = ERR_INIT;
    int after_s = 0;
    if (token_limits_admit(limits, &principal, now_ms, &after_s, &err) < 0) {
        assert_int_equal(err.code, ERR_BUSY);
        assert_true(after_s > 0);
        assert_false(principal.admitted);
        return after_s;
    }
    assert_true(principal.admitted);
    token_limits_release(limits, &principal);
    return 0;
}

static void minutes_turn(void **state)
{
    const struct principal three = {.token_id = 5, .requests_per_minute = 3};
    for (int i = 0; i < 3; i++)
        assert_int_equal(once(*state, three, NOW), 0);
    assert_int_equal(once(*state, three, NOW), 50);
    assert_int_equal(once(*state, three, MINUTE_START + MINUTE_MS - 1), 1);
    assert_int_equal(once(*state, three, MINUTE_START + MINUTE_MS), 0);
    const struct principal other = {.token_id = 6, .requests_per_minute = 1};
    assert_int_equal(once(*state, other, NOW), 0);
}

static void days_turn(void **state)
{
    const struct principal two = {.token_id = 5, .requests_per_day = 2};
    int64_t midnight = (NOW / DAY_MS + 1) * DAY_MS;
    assert_int_equal(once(*state, two, NOW), 0);
    assert_int_equal(once(*state, two, NOW + HOUR_MS), 0);
    assert_int_equal(once(*state, two, midnight - 5 * SECOND_MS), 5);
    assert_int_equal(once(*state, two, midnight), 0);
}

static void others_count_within_a_second(void **state)
{
    const struct principal five = {
        .token_id = 5, .requests_per_minute = 5, .requests_per_day = 100};
    assert_int_equal(once(*state, five, NOW), 0);
    played.minute_requests = 5;
    assert_int_equal(once(*state, five, NOW + 500), 0); /* read less than a second ago */
    assert_true(once(*state, five, NOW + 1000) > 0);
    played.minute_requests = 0;
    played.day_requests = 100;
    assert_true(once(*state, five, NOW + 2 * MINUTE_MS) > 60);
}

static void tokens_of_a_day(void **state)
{
    const struct principal thousand = {.token_id = 5, .tokens_per_day = 1000};
    played.day_tokens = 999;
    assert_int_equal(once(*state, thousand, NOW), 0);
    played.day_tokens = 1000;
    assert_true(once(*state, thousand, NOW + 1000) > 0);
}

static void a_request_under_way_counts_before_it_is_written(void **state)
{
    struct principal first = {.token_id = 5, .requests_per_day = 2};
    const struct principal next = first;
    struct err err = ERR_INIT;
    int after_s;
    played.day_requests = 1;
    assert_int_equal(token_limits_admit(*state, &first, NOW, &after_s, &err), 0);
    assert_true(once(*state, next, NOW) > 0);
    token_limits_release(*state, &first);
}

static void a_store_that_cannot_be_read_does_not_refuse(void **state)
{
    const struct principal two = {.token_id = 5, .requests_per_day = 2};
    played.broken = true;
    assert_int_equal(once(*state, two, NOW), 0);
    assert_int_equal(once(*state, two, NOW), 0);
    assert_true(once(*state, two, NOW) > 0); /* what was admitted here is known all the same */
}

static void without_limits_nothing_is_counted(void **state)
{
    struct principal free = {.token_id = 5};
    struct err err = ERR_INIT;
    int after_s;
    assert_int_equal(token_limits_admit(*state, &free, NOW, &after_s, &err), 0);
    assert_false(free.admitted);
    token_limits_release(*state, &free);
    token_limits_release(*state, NULL);
    assert_int_equal(played.reads, 0);
}

/* --- threads ---------------------------------------------------------------------------------- */

#define THREADS 8
#define TOKENS 20
#define EACH 50

struct crowd {
    struct token_limits *limits;
    atomic_int admitted[TOKENS];
};

static void *ask(void *ctx)
{
    struct crowd *crowd = ctx;
    for (int i = 0; i < EACH; i++) {
        for (int token = 0; token < TOKENS; token++) {
            struct principal principal = {.token_id = token + 1, .requests_per_minute = 100};
            struct err err = ERR_INIT;
            int after_s;
            int64_t now_ms = NOW + i * 100; /* so that the store is read now and then */
            if (token_limits_admit(crowd->limits, &principal, now_ms, &after_s, &err) == 0) {
                crowd->admitted[token]++;
                token_limits_release(crowd->limits, &principal);
            }
        }
    }
    return NULL;
}

static void threads_admit_exactly_as_many(void **state)
{
    struct crowd crowd = {.limits = *state};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ask, &crowd);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int token = 0; token < TOKENS; token++)
        assert_int_equal(crowd.admitted[token], 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(minutes_turn),
        TEST(days_turn),
        TEST(others_count_within_a_second),
        TEST(tokens_of_a_day),
        TEST(a_request_under_way_counts_before_it_is_written),
        TEST(a_store_that_cannot_be_read_does_not_refuse),
        TEST(without_limits_nothing_is_counted),
        TEST(threads_admit_exactly_as_many),
    };
    return UNIT_RUN(tests);
}
