#include "admin/number_text.h"

static const char nothing[] = "–";

/* With so many digits behind the point that three count. */
static const char *three_digits(struct arena *arena, double number, const char *unit)
{
    int digits = number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
    return arena_printf(arena, "%.*f%s", digits, number, unit);
}

static const char *scaled(struct arena *arena, int64_t number, double step,
                          const char *const units[4])
{
    double value = (double)number;
    int unit = 0;
    while (unit < 3 && value >= step * 0.9995) {
        value /= step;
        unit++;
    }
    if (unit == 0)
        return arena_printf(arena, "%lld%s", (long long)number, units[0]);
    return three_digits(arena, value, units[unit]);
}

const char *number_short(struct arena *arena, int64_t number)
{
    static const char *const units[] = {"", "k", "M", "G"};
    return scaled(arena, number, 1000, units);
}

const char *number_bytes(struct arena *arena, int64_t bytes)
{
    static const char *const units[] = {" B", " KB", " MB", " GB"};
    return scaled(arena, bytes, 1024, units);
}

const char *number_percent(struct arena *arena, int64_t part, int64_t whole)
{
    if (whole <= 0)
        return nothing;
    if (part == whole)
        return "100%";
    double percent = 100.0 * (double)part / (double)whole;
    return arena_printf(arena, "%.1f%%", percent > 99.9 ? 99.9 : percent);
}

const char *number_ms(struct arena *arena, int64_t ms)
{
    if (ms < 0)
        return nothing;
    if (ms < 1000)
        return arena_printf(arena, "%lld ms", (long long)ms);
    return arena_printf(arena, "%.*f s", ms < 9950 ? 1 : 0, (double)ms / 1000);
}
