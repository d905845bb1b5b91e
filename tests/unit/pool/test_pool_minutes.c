/* How Google's minutes run is found out with few calls, wherever the clock stands when traffic begins. */
#include "pool_test.h"

enum { KEYS = 20, LIMIT = 20, GAP_MS = 15, SECONDS = 20, AGAIN_MS = 50, TOLD_MARGIN_MS = 2000 };

enum minutes {
    MINUTES_SLIDE,
    MINUTES_OF_THE_CLOCK,
    MINUTES_FROM_THE_FIRST_CALL, /* of all keys at once */
    MINUTES_KINDS
};

/* Google's side: what each key was served, and when. */
struct google {
    enum minutes minutes;
    int64_t began_ms;
    int64_t served_ms[KEYS + 1][LIMIT * 4];
    int served[KEYS + 1];
    int served_all, refused;
};

static int64_t minute_start(const struct google *google, int64_t now_ms)
{
    if (google->minutes == MINUTES_SLIDE)
        return now_ms - MINUTE_MS + 1;
    int64_t origin = google->minutes == MINUTES_OF_THE_CLOCK ? 0 : google->began_ms;
    return now_ms - (now_ms - origin) % MINUTE_MS;
}

/* When a key that is full has room again. */
static int64_t full_until(const struct google *google, int64_t id, int64_t now_ms)
{
    int64_t start = minute_start(google, now_ms);
    int count = 0;
    int64_t oldest = 0;
    for (int i = google->served[id]; i > 0 && google->served_ms[id][i - 1] >= start; i--) {
        oldest = google->served_ms[id][i - 1];
        count++;
    }
    if (count < LIMIT)
        return 0;
    return (google->minutes == MINUTES_SLIDE ? oldest : start) + MINUTE_MS;
}

/* One client asks once: true when it was served or must wait, false when another attempt is due. */
static bool attempt(struct key_pool *pool, struct google *google, int64_t now_ms, bool *served_r)
{
    struct key_lease lease = pool_test_lend(pool, now_ms);
    *served_r = false;
    if (!lease.key_id)
        return true;
    int64_t until = full_until(google, lease.key_id, now_ms);
    if (!until) {
        google->served_ms[lease.key_id][google->served[lease.key_id]++] = now_ms;
        google->served_all++;
        pool_test_settle(pool, &lease, EFFECT_SUCCESS, now_ms);
        *served_r = true;
        return true;
    }
    google->refused++;
    int64_t told = (until - now_ms) / SECOND_MS * SECOND_MS; /* whole seconds */
    struct key_effect refused =
        pool_test_rest(REST_MINUTE_QUOTA, SCOPE_PROJECT_MODEL, now_ms + told + TOLD_MARGIN_MS);
    refused.limit = LIMIT_REQUESTS_MINUTE;
    refused.learned_value = LIMIT;
    key_pool_settle(pool, &lease, &refused, now_ms);
    return false;
}

/* A burst that uses up all keys, then clients in line that ask again and again. */
static void burst(struct google *google, int64_t start_ms)
{
    struct key_pool *pool = pool_test_create(KEYS);
    key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, LIMIT);
    google->began_ms = start_ms;
    int waiting = 0;
    for (int64_t now = start_ms; now < start_ms + SECONDS * SECOND_MS; now += GAP_MS) {
        bool arrives = now < start_ms + (int64_t)LIMIT * KEYS * GAP_MS * 13 / 10;
        bool asks = arrives || (waiting && (now - start_ms) % AGAIN_MS < GAP_MS);
        bool served = false;
        while (asks && !attempt(pool, google, now, &served)) {
        }
        waiting += arrives && !served;
    }
    key_pool_destroy(&pool);
}

/* In one minute that is each key's own, or begins for all with the first call; or, where minutes are the
 * clock's, in two. What a refusal says must not lead all keys astray. */
static void test_a_burst_at_any_second(void **state)
{
    (void)state;
    static const int most_refused[] = {
        [MINUTES_SLIDE] = 4, [MINUTES_OF_THE_CLOCK] = 8, [MINUTES_FROM_THE_FIRST_CALL] = 4};
    for (int minutes = 0; minutes < MINUTES_KINDS; minutes++)
        for (int64_t offset = -30 * SECOND_MS; offset < 30 * SECOND_MS; offset += 250) {
            struct google google = {.minutes = (enum minutes)minutes};
            burst(&google, NOON + offset);
            assert_in_range(google.served_all, KEYS * LIMIT, 2 * KEYS * LIMIT);
            assert_in_range(google.refused, 0, most_refused[minutes]);
        }
}

/* Four calls before a full minute of the clock, and whether a fifth is lent after it. */
static struct key_lease fifth_call(struct key_pool *pool, int64_t full_minute)
{
    for (int i = 0; i < 4; i++)
        assert_int_equal(pool_test_call(pool, full_minute - 20 * SECOND_MS + i), 1);
    return pool_test_lend(pool, full_minute + 5 * SECOND_MS);
}

/* A refusal shows that minutes slide, unless it tells to come back when the clock's minute begins: that says
 * nothing, and another test may follow. What was shown is asked again after hours: it may have had another
 * cause. */
static void test_how_minutes_run_is_asked_again(void **state)
{
    (void)state;
    for (int tells_fixed = 0; tells_fixed < 2; tells_fixed++) {
        struct key_pool *pool = pool_test_create(1);
        key_pool_set_limit(pool, KEY_GEMINI, "*", LIMIT_REQUESTS_MINUTE, 4);
        struct key_lease test = fifth_call(pool, NOON);
        assert_int_equal(test.key_id, 1);
        struct key_effect refused = pool_test_rest(REST_MINUTE_QUOTA, SCOPE_KEY_MODEL,
                                                   NOON + (tells_fixed ? 61 : 41) * SECOND_MS);
        key_pool_settle(pool, &test, &refused, NOON + 5 * SECOND_MS);
        test = fifth_call(pool, NOON + HOUR_MS);
        assert_int_equal(test.key_id, tells_fixed ? 1 : 0);
        if (test.key_id)
            pool_test_settle(pool, &test, EFFECT_SUCCESS, NOON + HOUR_MS + 6 * SECOND_MS);
        for (int hours = 7; hours < 9; hours++) { /* it is, and turns out well: then it is known */
            test = fifth_call(pool, NOON + hours * HOUR_MS);
            assert_int_equal(test.key_id, 1);
            pool_test_settle(pool, &test, EFFECT_SUCCESS, NOON + hours * HOUR_MS + 6 * SECOND_MS);
        }
        key_pool_destroy(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_at_any_second),
        cmocka_unit_test(test_how_minutes_run_is_asked_again),
    };
    return UNIT_RUN(tests);
}
