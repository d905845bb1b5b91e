/* The books of one account: minutes that slide or are fixed, days, what is given back. */
#include "pool_test.h"

#include "pool/key_ledger.h"
#include "pool/slot_map.h"

static struct ledger_time at(int64_t now_ms)
{
    return (struct ledger_time){.now_ms = now_ms,
                                .day = clock_pacific_day(now_ms),
                                .day_return_ms = clock_next_pacific_midnight(now_ms) + 1000};
}

static struct quota quota_rpm(int64_t rpm)
{
    return (struct quota){.limit = {rpm, 0, 0, 0}, .window = WINDOW_SLIDING};
}

static struct key_account *new_account(void)
{
    return xcalloc(1, sizeof(struct key_account));
}

static int64_t wait_of(struct key_account *account, const struct quota *quota, int64_t tokens,
                       int64_t now_ms)
{
    struct ledger_time time = at(now_ms);
    return key_account_room(account, quota, tokens, &time).wait_until_ms;
}

static void reserve(struct key_account *account, int64_t tokens, int64_t now_ms)
{
    struct ledger_time time = at(now_ms);
    key_account_reserve(account, tokens, &time);
}

static void test_minute_slides(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(3);
    reserve(account, 0, NOON);
    reserve(account, 0, NOON + 1000);
    assert_int_equal(wait_of(account, &quota, 0, NOON + 2000), 0);
    reserve(account, 0, NOON + 2000);
    int64_t back = wait_of(account, &quota, 0, NOON + 3000);
    assert_in_range(back, NOON + MINUTE_MS, NOON + MINUTE_MS + 999); /* when the first has left */
    assert_int_not_equal(wait_of(account, &quota, 0, back - 1), 0);
    assert_int_equal(wait_of(account, &quota, 0, back), 0);
    key_account_free(account);
}

/* Whoever only calls when there is room never exceeds the limit in any minute, and loses at most one
 * call in a hundred. */
static void test_never_overrun_nor_idle(void **state)
{
    (void)state;
    static const int limits[] = {1, 5, 15, 100, 1000};
    for (size_t row = 0; row < ARRAY_LEN(limits); row++) {
        struct key_account *account = new_account();
        struct quota quota = quota_rpm(limits[row]);
        enum { CALLS = 8000 };
        int64_t *calls = xcalloc(CALLS, sizeof(calls[0]));
        int64_t now = NOON;
        for (int i = 0; i < CALLS; i++) {
            int64_t wait = wait_of(account, &quota, 0, now);
            now = wait ? wait : now;
            assert_int_equal(wait_of(account, &quota, 0, now), 0);
            reserve(account, 0, now);
            calls[i] = now;
            if (i >= limits[row])
                UNIT_ROW(calls[i] - calls[i - limits[row]] >= MINUTE_MS, "overrun");
        }
        double minutes = (double)(now - NOON) / (double)MINUTE_MS;
        UNIT_ROW((double)CALLS >= 0.985 * minutes * limits[row], "idle");
        free(calls);
        key_account_free(account);
    }
}

static void test_minute_fixed(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(2);
    quota.window = WINDOW_FIXED;
    reserve(account, 0, NOON + 50000);
    reserve(account, 0, NOON + 51000);
    int64_t back = wait_of(account, &quota, 0, NOON + 52000);
    assert_in_range(back, NOON + MINUTE_MS, NOON + MINUTE_MS + 999); /* the clock's minute */
    assert_int_equal(wait_of(account, &quota, 0, back), 0);
    key_account_free(account);
}

/* A call near the boundary may be counted in either minute. */
static void test_fixed_boundary(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(1);
    quota.window = WINDOW_FIXED;
    reserve(account, 0, NOON + MINUTE_MS - 100);
    int64_t back = wait_of(account, &quota, 0, NOON + MINUTE_MS + 1000);
    assert_in_range(back, NOON + 2 * MINUTE_MS, NOON + 2 * MINUTE_MS + 999);
    /* Only if it was, there is room now: that may be tried. */
    struct ledger_time time = at(NOON + MINUTE_MS + 1000);
    assert_int_equal(key_account_room(account, &quota, 0, &time).stretch, STRETCH_EDGE);
    key_account_free(account);
    /* Google's clock may be behind ours, too. */
    account = new_account();
    reserve(account, 0, NOON + MINUTE_MS + 200);
    assert_int_equal(key_account_room(account, &quota, 0, &time).stretch, STRETCH_EDGE);
    key_account_free(account);
    account = new_account();
    reserve(account, 0, NOON + MINUTE_MS + 900);
    assert_int_equal(key_account_room(account, &quota, 0, &time).stretch, 0);
    key_account_free(account);
}

static void test_window_may_be_tested(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(2);
    quota.window_open = true;
    reserve(account, 0, NOON + 50000);
    reserve(account, 0, NOON + 51000);
    struct ledger_time same = at(NOON + 55000), next = at(NOON + 70000);
    assert_int_equal(key_account_room(account, &quota, 0, &same).stretch, 0);
    assert_int_equal(key_account_room(account, &quota, 0, &next).stretch, STRETCH_WINDOW);
    quota.window_open = false;
    assert_int_equal(key_account_room(account, &quota, 0, &next).stretch, 0);
    key_account_free(account);
}

static void test_tokens(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {0, 1000, 0, 0}, .window = WINDOW_SLIDING};
    reserve(account, 600, NOON);
    assert_int_equal(wait_of(account, &quota, 400, NOON + 1), 0);
    assert_int_not_equal(wait_of(account, &quota, 401, NOON + 1), 0);
    struct ledger_time time = at(NOON + 2);
    key_account_correct(account, NOON, -200, &time);
    assert_int_equal(wait_of(account, &quota, 600, NOON + 3), 0);
    /* more than the limit goes into an empty minute */
    assert_int_not_equal(wait_of(account, &quota, 5000, NOON + 3), 0);
    assert_int_equal(wait_of(account, &quota, 5000, NOON + 2 * MINUTE_MS), 0);
    key_account_free(account);
}

static void test_given_back(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {1, 0, 1, 0}, .window = WINDOW_SLIDING};
    reserve(account, 70, NOON);
    struct ledger_time time = at(NOON + 5);
    key_account_give_back(account, NOON, 70, &time);
    int64_t use[LIMIT_KIND_COUNT];
    key_account_use(account, &time, use);
    for (int which = 0; which < LIMIT_KIND_COUNT; which++)
        assert_int_equal(use[which], 0);
    assert_int_equal(wait_of(account, &quota, 0, NOON + 6), 0);
    key_account_free(account);
}

static void test_day_ends_pacific(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {0, 0, 2, 0}, .window = WINDOW_SLIDING};
    reserve(account, 0, NOON);
    reserve(account, 0, NOON + HOUR_MS);
    int64_t back = wait_of(account, &quota, 0, NOON + 2 * HOUR_MS);
    assert_int_equal(back, MIDNIGHT + DAY_MS + 1000);
    assert_int_equal(wait_of(account, &quota, 0, back), 0);
    /* what was sent before midnight and fails after it is not taken from the new day */
    struct ledger_time after = at(MIDNIGHT + DAY_MS + 2000);
    reserve(account, 0, after.now_ms);
    key_account_give_back(account, NOON + HOUR_MS, 0, &after);
    int64_t use[LIMIT_KIND_COUNT];
    key_account_use(account, &after, use);
    assert_int_equal(use[LIMIT_REQUESTS_DAY], 1);
    key_account_free(account);
}

static void test_others_use_counts(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {5, 0, 100, 0}, .window = WINDOW_SLIDING};
    account->foreign = (struct foreign_use){
        .told_ms = NOON, .day = clock_pacific_day(NOON), .amount = {4, 0, 99, 0}};
    assert_int_equal(wait_of(account, &quota, 0, NOON + 1), 0);
    reserve(account, 0, NOON + 1);
    assert_true(wait_of(account, &quota, 0, NOON + 2) > NOON + HOUR_MS); /* the day */
    quota.limit[LIMIT_REQUESTS_DAY] = 0;
    assert_in_range(wait_of(account, &quota, 0, NOON + 2), NOON + MINUTE_MS, NOON + 61 * SECOND_MS);
    key_account_free(account);
}

static void test_failed_calls_may_not_count(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {0, 0, 2, 0}, .window = WINDOW_SLIDING, .unsure_open = true};
    reserve(account, 0, NOON);
    reserve(account, 0, NOON);
    account->day_unsure = 1;
    struct ledger_time time = at(NOON + 1);
    assert_int_equal(key_account_room(account, &quota, 0, &time).stretch, STRETCH_UNSURE);
    quota.unsure_free = true;
    assert_int_equal(wait_of(account, &quota, 0, NOON + 1), 0);
    key_account_free(account);
}

static void test_failed_calls_of_the_minute(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = {.limit = {2, 100, 0, 0}, .window = WINDOW_SLIDING, .unsure_open = true};
    struct ledger_time time = at(NOON + 2);
    reserve(account, 40, NOON);
    reserve(account, 40, NOON + 1);
    assert_int_equal(key_account_room(account, &quota, 40, &time).stretch, 0);
    key_account_doubt(account, NOON + 1, 40, &time);
    assert_int_equal(key_account_room(account, &quota, 40, &time).stretch, STRETCH_UNSURE);
    assert_int_equal(key_account_room(account, &quota, 70, &time).stretch, 0); /* tokens sent */
    quota.unsure_free = true;
    assert_int_equal(wait_of(account, &quota, 40, NOON + 2), 0);
    quota.unsure_free = false;
    key_account_doubt_no_more(account);
    assert_int_equal(key_account_room(account, &quota, 40, &time).stretch, 0);
    assert_int_equal(account->unsure[0], 0);
    key_account_free(account);
}

/* A test while others are on the way, or in the margin after a minute, shows nothing. */
static void test_window_is_tested_alone(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(2);
    quota.window_open = true;
    reserve(account, 0, NOON + 50000);
    reserve(account, 0, NOON + 61000);
    struct ledger_time busy = at(NOON + 62000), quiet = at(NOON + 64000),
                       margin = at(NOON + 109500);
    quota.limit[0] = 1;
    assert_int_equal(key_account_room(account, &quota, 0, &busy).stretch, 0);
    key_account_give_back(account, NOON + 61000, 0, &quiet);
    assert_int_equal(key_account_room(account, &quota, 0, &margin).stretch, 0);
    key_account_free(account);
}

static void test_clock_set_back(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    struct quota quota = quota_rpm(1);
    reserve(account, 0, NOON + 5 * HOUR_MS);
    assert_int_equal(wait_of(account, &quota, 0, NOON), 0); /* not blocked for five hours */
    key_account_free(account);
}

static void test_sums_stay_true(void **state)
{
    (void)state;
    struct key_account *account = new_account();
    uint64_t random = 5;
    int64_t now = NOON;
    for (int step = 0; step < 20000; step++) {
        random = slot_map_mix(random);
        now += (int64_t)(random % 200);
        struct ledger_time time = at(now);
        if (random >> 20 & 1)
            reserve(account, (int64_t)(random >> 30 & 1023), now);
        else
            key_account_correct(account, now - (int64_t)(random >> 40 & 8191),
                                (int64_t)(random >> 30 & 255) - 128, &time);
        int64_t sums[2] = {0, 0};
        for (uint32_t i = 0; i < account->count; i++)
            for (int which = 0; which < 2; which++)
                sums[which] +=
                    account->entries[(account->first + i) & (account->cap - 1)].amount[which];
        assert_int_equal(sums[0], account->minute[0]);
        assert_int_equal(sums[1], account->minute[1]);
        assert_true(account->count <= 256);
    }
    key_account_free(account);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minute_slides),
        cmocka_unit_test(test_never_overrun_nor_idle),
        cmocka_unit_test(test_minute_fixed),
        cmocka_unit_test(test_fixed_boundary),
        cmocka_unit_test(test_window_may_be_tested),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_given_back),
        cmocka_unit_test(test_day_ends_pacific),
        cmocka_unit_test(test_others_use_counts),
        cmocka_unit_test(test_failed_calls_may_not_count),
        cmocka_unit_test(test_failed_calls_of_the_minute),
        cmocka_unit_test(test_window_is_tested_alone),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_sums_stay_true),
    };
    return UNIT_RUN(tests);
}
