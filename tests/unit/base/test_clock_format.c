#include "../unit.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/scope.h"

static void iso_times(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
        {INT64_C(951868800000), "2000-03-01T00:00:00.000Z"},
        {INT64_C(1795421702123), "2026-11-23T08:15:02.123Z"},
        {INT64_C(4102444799999), "2099-12-31T23:59:59.999Z"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
    };
    char buf[32];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(clock_iso(rows[i].ms, buf, sizeof(buf)), rows[i].text);
}

/* Every day of 200 years against the C library. */
static void iso_days_agree_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 73000; day++) {
        char ours[32];
        char theirs[32];
        struct tm utc;
        time_t seconds = (time_t)(day * 86400);
        assert_non_null(gmtime_r(&seconds, &utc));
        strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%S.000Z", &utc);
        assert_string_equal(clock_iso(day * DAY_MS, ours, sizeof(ours)), theirs);
    }
}

static void local_time_follows_tz(void **state)
{
    char buf[32];
    (void)state;
    setenv("TZ", "XYZ-8", 1);
    tzset();
    assert_string_equal(clock_local(INT64_C(1795421702123), buf, sizeof(buf)),
                        "2026-11-23 16:15:02");
}

static void local_stamps_tell_their_distance_from_utc(void **state)
{
    static const struct {
        const char *zone;
        const char *text;
    } rows[] = {
        {"XYZ-8", "2026-11-23T16:15:02.123+08:00"},
        {"XYZ-5:30", "2026-11-23T13:45:02.123+05:30"},
        {"XYZ9:30", "2026-11-22T22:45:02.123-09:30"},
        {"UTC0", "2026-11-23T08:15:02.123Z"},
        {"XYZ-12:45", "2026-11-23T21:00:02.123+12:45"},
    };
    char buf[40];
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        setenv("TZ", rows[i].zone, 1);
        tzset();
        assert_string_equal(clock_iso_local(INT64_C(1795421702123), buf, sizeof(buf)),
                            rows[i].text);
    }
    assert_string_equal(clock_iso_local(0, buf, 5), "1970");
}

static void short_buffers_are_safe(void **state)
{
    char buf[5];
    (void)state;
    assert_string_equal(clock_iso(0, buf, sizeof(buf)), "1970");
    assert_string_equal(clock_local(0, buf, sizeof(buf)), "");
}

static void clocks_run(void **state)
{
    (void)state;
    int64_t before = clock_mono_us();
    int64_t wall = clock_wall_ms();
    int64_t after = clock_mono_us();
    assert_true(after >= before);
    assert_true(clock_mono_ms() >= before / 1000);
    assert_true(wall > INT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_times),
        cmocka_unit_test(iso_days_agree_with_the_c_library),
        cmocka_unit_test(local_time_follows_tz),
        cmocka_unit_test(local_stamps_tell_their_distance_from_utc),
        cmocka_unit_test(short_buffers_are_safe),
        cmocka_unit_test(clocks_run),
    };
    return UNIT_RUN(tests);
}
