#include "../unit.h"

#include "base/clock.h"
#include "base/scope.h"

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"48s", 48000},
        {"34.4s", 34400},
        {"0.2s", 200},
        {"0s", 0},
        {"27ms", 27},
        {"27.1ms", 28},
        {"48.939935699s", 48940},
        {"156h14m36.7s", 562476700},
        {"156h14m36.752463453s", 562476753},
        {"1h", 3600000},
        {"2m", 120000},
        {"1m1ms", 60001},
        {"1.5h", 5400000},
        {"1us", 1},
        {"999999ns", 1},
        {"86399.999s", 86399999},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ms = -1;
        UNIT_ROW(clock_parse_duration(rows[i].text, &ms) == 0, rows[i].text);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void other_texts_are_refused(void **state)
{
    static const char *const rows[] = {
        "",     "s",   "48",   "-1s", "+1s", "1.2.3s", ".5s", "1s1h",
        "1s1s", "1 s", "s48s", "1x",  "1s.", "1e3s",   "inf", "99999999999999999999s",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t ms = 77;
        UNIT_ROW(clock_parse_duration(rows[i], &ms) == -1, rows[i]);
        assert_int_equal(ms, 77);
    }
    int64_t ms;
    assert_int_equal(clock_parse_duration(NULL, &ms), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(other_texts_are_refused),
    };
    return UNIT_RUN(tests);
}
