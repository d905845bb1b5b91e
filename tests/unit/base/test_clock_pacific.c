/* The day in California changes at 8:00 UTC in winter and at 7:00 UTC in summer. */
#include "../unit.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/scope.h"

static int64_t wall_of(const char *iso)
{
    struct tm utc = {0};
    const char *rest = strptime(iso, "%Y-%m-%dT%H:%M:%S", &utc);
    assert_non_null(rest);
    int64_t ms = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
    return (int64_t)timegm(&utc) * 1000 + ms;
}

static void next_midnight(void **state)
{
    static const struct {
        const char *now;
        const char *midnight;
    } rows[] = {
        /* winter and summer */
        {"2026-01-15T12:00:00.000", "2026-01-16T08:00:00.000Z"},
        {"2026-01-15T07:59:59.999", "2026-01-15T08:00:00.000Z"},
        {"2026-01-15T08:00:00.000", "2026-01-16T08:00:00.000Z"},
        {"2026-07-04T06:59:59.999", "2026-07-04T07:00:00.000Z"},
        {"2026-07-04T07:00:00.000", "2026-07-05T07:00:00.000Z"},
        /* summer begins on 2026-03-08 at 10:00 UTC: that day has 23 hours */
        {"2026-03-07T08:00:00.000", "2026-03-08T08:00:00.000Z"},
        {"2026-03-08T07:59:59.999", "2026-03-08T08:00:00.000Z"},
        {"2026-03-08T08:00:00.000", "2026-03-09T07:00:00.000Z"},
        {"2026-03-08T09:59:59.999", "2026-03-09T07:00:00.000Z"},
        {"2026-03-08T10:00:00.000", "2026-03-09T07:00:00.000Z"},
        {"2026-03-09T06:59:59.999", "2026-03-09T07:00:00.000Z"},
        {"2026-03-09T07:00:00.000", "2026-03-10T07:00:00.000Z"},
        /* winter begins on 2026-11-01 at 9:00 UTC: that day has 25 hours */
        {"2026-10-31T07:00:00.000", "2026-11-01T07:00:00.000Z"},
        {"2026-11-01T06:59:59.999", "2026-11-01T07:00:00.000Z"},
        {"2026-11-01T07:00:00.000", "2026-11-02T08:00:00.000Z"},
        {"2026-11-01T08:30:00.000", "2026-11-02T08:00:00.000Z"},
        {"2026-11-01T09:00:00.000", "2026-11-02T08:00:00.000Z"},
        {"2026-11-02T07:59:59.999", "2026-11-02T08:00:00.000Z"},
        {"2026-11-02T08:00:00.000", "2026-11-03T08:00:00.000Z"},
        /* the turn of the year, a leap day, a year whose March begins with a Sunday */
        {"2027-01-01T03:00:00.000", "2027-01-01T08:00:00.000Z"},
        {"2026-12-31T08:00:00.000", "2027-01-01T08:00:00.000Z"},
        {"2028-02-29T08:00:00.000", "2028-03-01T08:00:00.000Z"},
        {"2032-03-14T08:00:00.000", "2032-03-15T07:00:00.000Z"},
        {"2032-11-07T07:00:00.000", "2032-11-08T08:00:00.000Z"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char buf[32];
        int64_t midnight = clock_next_pacific_midnight(wall_of(rows[i].now));
        print_message("after %s\n", rows[i].now);
        assert_string_equal(clock_iso(midnight, buf, sizeof(buf)), rows[i].midnight);
    }
}

static void pacific_day(void **state)
{
    static const struct {
        const char *now;
        const char *day;
    } rows[] = {
        {"2026-11-23T07:59:59.999", "2026-11-22"}, {"2026-11-23T08:00:00.000", "2026-11-23"},
        {"2026-07-01T06:59:59.999", "2026-06-30"}, {"2026-07-01T07:00:00.000", "2026-07-01"},
        {"2026-11-01T07:00:00.000", "2026-11-01"}, {"2026-11-02T07:59:59.999", "2026-11-01"},
        {"2026-03-08T08:00:00.000", "2026-03-08"}, {"2026-03-09T06:59:59.999", "2026-03-08"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char buf[32];
        clock_iso(clock_pacific_day(wall_of(rows[i].now)) * DAY_MS, buf, sizeof(buf));
        buf[10] = '\0';
        assert_string_equal(buf, rows[i].day);
    }
}

/* Against the C library's own reading of the rule, every half hour of 15 years. */
static void days_agree_with_the_c_library(void **state)
{
    (void)state;
    setenv("TZ", "PST8PDT,M3.2.0,M11.1.0", 1);
    tzset();
    int64_t end = wall_of("2040-01-01T00:00:00");
    for (int64_t now = wall_of("2025-01-01T00:00:00"); now < end; now += 30 * MINUTE_MS) {
        struct tm local;
        time_t seconds = (time_t)(now / 1000);
        localtime_r(&seconds, &local);
        struct tm as_utc = {
            .tm_year = local.tm_year, .tm_mon = local.tm_mon, .tm_mday = local.tm_mday};
        assert_int_equal(clock_pacific_day(now), timegm(&as_utc) / 86400);
        struct tm next = {.tm_year = local.tm_year,
                          .tm_mon = local.tm_mon,
                          .tm_mday = local.tm_mday + 1,
                          .tm_isdst = -1};
        assert_int_equal(clock_next_pacific_midnight(now), (int64_t)mktime(&next) * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_midnight),
        cmocka_unit_test(pacific_day),
        cmocka_unit_test(days_agree_with_the_c_library),
    };
    return UNIT_RUN(tests);
}
