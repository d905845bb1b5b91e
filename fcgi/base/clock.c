#include "base/clock.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"

static int64_t read_clock_us(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
    return read_clock_us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
    return read_clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

struct civil {
    int64_t year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

/* Days since 1970-01-01 to a date of the Gregorian calendar and back, counted in eras of 400
 * years whose years begin in March, so that the leap day comes last. */
enum { ERA_DAYS = 146097, DAYS_TO_1970 = 719468 };

static struct civil civil_of_day(int64_t day)
{
    day += DAYS_TO_1970;
    int64_t era = floor_div(day, ERA_DAYS);
    int64_t in_era = day - era * ERA_DAYS;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t from_march = (5 * in_year + 2) / 153;
    struct civil date = {
        .year = year + era * 400,
        .month = (int)(from_march < 10 ? from_march + 3 : from_march - 9),
        .day = (int)(in_year - (153 * from_march + 2) / 5 + 1),
    };
    date.year += date.month <= 2;
    return date;
}

static int64_t day_of_civil(struct civil date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t of_era = year - era * 400;
    int64_t from_march = date.month > 2 ? date.month - 3 : date.month + 9;
    int64_t in_year = (153 * from_march + 2) / 5 + date.day - 1;
    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + in_year - DAYS_TO_1970;
}

/* The day of the `nth` Sunday of a month. 1970-01-01 was a Thursday. */
static int64_t nth_sunday(int64_t year, int month, int nth)
{
    int64_t first = day_of_civil((struct civil){.year = year, .month = month, .day = 1});
    int64_t weekday = (first + 4) - floor_div(first + 4, 7) * 7; /* 0 is Sunday */
    return first + (7 - weekday) % 7 + 7 * (nth - 1);
}

/* Both changes happen at 2 o'clock by the clock that ends: 10:00 and 9:00 UTC. */
static int64_t pacific_offset(int64_t wall_ms)
{
    int64_t year = civil_of_day(floor_div(wall_ms, DAY_MS)).year;
    int64_t summer = nth_sunday(year, 3, 2) * DAY_MS + 10 * HOUR_MS;
    int64_t winter = nth_sunday(year, 11, 1) * DAY_MS + 9 * HOUR_MS;
    return wall_ms >= summer && wall_ms < winter ? -7 * HOUR_MS : -8 * HOUR_MS;
}

int64_t clock_pacific_day(int64_t wall_ms)
{
    return floor_div(wall_ms + pacific_offset(wall_ms), DAY_MS);
}

int64_t clock_next_pacific_midnight(int64_t wall_ms)
{
    int64_t midnight = (clock_pacific_day(wall_ms) + 1) * DAY_MS;
    int64_t in_summer = midnight + 7 * HOUR_MS;
    return pacific_offset(in_summer) == -7 * HOUR_MS ? in_summer : midnight + 8 * HOUR_MS;
}

const char *clock_iso(int64_t wall_ms, char *buf, size_t buf_size)
{
    int64_t day = floor_div(wall_ms, DAY_MS);
    int in_day = (int)(wall_ms - day * DAY_MS);
    struct civil date = civil_of_day(day);
    snprintf(buf, buf_size, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)date.year,
             date.month, date.day, in_day / (int)HOUR_MS, in_day / (int)MINUTE_MS % 60,
             in_day / (int)SECOND_MS % 60, in_day % (int)SECOND_MS);
    return buf;
}

const char *clock_iso_local(int64_t wall_ms, char *buf, size_t buf_size)
{
    time_t seconds = (time_t)floor_div(wall_ms, SECOND_MS);
    struct tm local;
    long offset = localtime_r(&seconds, &local) ? local.tm_gmtoff : 0;
    clock_iso(wall_ms + offset * SECOND_MS, buf, buf_size);
    size_t len = strlen(buf);
    if (offset != 0 && len > 0 && buf[len - 1] == 'Z') {
        long minutes = labs(offset) / 60;
        snprintf(buf + len - 1, buf_size - len + 1, "%c%02ld:%02ld", offset < 0 ? '-' : '+',
                 minutes / 60, minutes % 60);
    }
    return buf;
}

const char *clock_local(int64_t wall_ms, char *buf, size_t buf_size)
{
    time_t seconds = (time_t)floor_div(wall_ms, SECOND_MS);
    struct tm local;
    if (buf_size == 0)
        return buf;
    if (!localtime_r(&seconds, &local) || !strftime(buf, buf_size, "%Y-%m-%d %H:%M:%S", &local))
        buf[0] = '\0';
    return buf;
}

/* Units may only become smaller; "ms" stands before "m" and "s" because the first that fits wins.
 */
static const struct duration_unit {
    const char *name;
    int rank;
    double ms;
} duration_units[] = {
    {"h", 1, 3600e3}, {"ms", 4, 1}, {"m", 2, 60e3}, {"s", 3, 1e3}, {"us", 5, 1e-3}, {"ns", 6, 1e-6},
};

static const struct duration_unit *read_unit(const char *text)
{
    for (size_t i = 0; i < ARRAY_LEN(duration_units); i++)
        if (strncmp(text, duration_units[i].name, strlen(duration_units[i].name)) == 0)
            return &duration_units[i];
    return NULL;
}

/* Reads digits with at most one point. Returns the first character after them, or NULL. */
static const char *read_number(const char *text, double *value_r)
{
    double value = 0;
    double scale = 0; /* of the digits after the point; 0 before it */
    const char *start = text;
    for (; (*text >= '0' && *text <= '9') || *text == '.'; text++) {
        if (*text == '.') {
            if (scale > 0 || text == start)
                return NULL;
            scale = 1;
            continue;
        }
        value = value * 10 + (*text - '0');
        scale *= 10;
    }
    *value_r = scale > 0 ? value / scale : value;
    return text > start ? text : NULL;
}

int clock_parse_duration(const char *text, int64_t *ms_r)
{
    const double longest = 1e15; /* beyond it a double no longer counts single milliseconds */
    double sum = 0;
    int rank = 0;
    if (!text || !*text)
        return -1;
    while (*text) {
        double value;
        text = read_number(text, &value);
        const struct duration_unit *unit = text ? read_unit(text) : NULL;
        if (!unit || unit->rank <= rank)
            return -1;
        rank = unit->rank;
        sum += value * unit->ms;
        text += strlen(unit->name);
    }
    if (!(sum < longest))
        return -1;
    /* Up, because these are waiting times; but 34.4 * 1000 is a hair off what it should be. */
    *ms_r = (int64_t)sum;
    *ms_r += sum - (double)*ms_r > 1e-6;
    return 0;
}
