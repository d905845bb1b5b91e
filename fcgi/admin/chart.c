#include "admin/chart.h"

#include <time.h>

#include "admin/number_text.h"
#include "base/clock.h"

/* Pixels; see .plot in admin.css. */
enum { PLOT_TOP = 10, PLOT_HEIGHT = 150, LABEL_Y = 180, GRID_LINES = 4, LABELS = 6 };
#define BAR_SHARE 0.78

static int64_t total_of(const struct chart *chart, size_t bar)
{
    int64_t total = 0;
    for (size_t i = 0; i < chart->series_count; i++)
        total += chart->series[i].values[bar];
    return total;
}

/* The next of 4, 8, 20, 40, 80, 200 ...: quarters of it are whole. */
static int64_t axis_top(const struct chart *chart, size_t count)
{
    static const int64_t steps[] = {4, 8, 20};
    int64_t most = 0;
    int64_t scale = 1;
    for (size_t i = 0; i < count; i++) {
        if (total_of(chart, i) > most)
            most = total_of(chart, i);
    }
    for (size_t i = 0; scale < INT64_MAX / 200; i = (i + 1) % ARRAY_LEN(steps)) {
        if (steps[i] * scale >= most)
            return steps[i] * scale;
        if (i == ARRAY_LEN(steps) - 1)
            scale *= 10;
    }
    return most;
}

/* "14:30" or "11-23". */
static const char *moment(const struct page *page, const struct chart_span *span, int64_t when_ms)
{
    char text[20];
    struct tm local;
    time_t seconds = (time_t)(when_ms / SECOND_MS);
    localtime_r(&seconds, &local);
    strftime(text, sizeof(text), span->by_day ? "%m-%d" : "%H:%M", &local);
    return arena_strdup(page->arena, text);
}

static const char *moment_whole(const struct page *page, const struct chart_span *span,
                                int64_t when_ms)
{
    char text[40];
    clock_local(when_ms, text, sizeof(text));
    return arena_strndup(page->arena, text, span->step_ms >= DAY_MS ? 10 : 16);
}

static void draw_grid(const struct page *page, struct view_dict *dict, int64_t top)
{
    for (int i = 0; i <= GRID_LINES; i++) {
        double y = PLOT_TOP + PLOT_HEIGHT - (double)PLOT_HEIGHT * i / GRID_LINES;
        struct view_dict *line = view_section(dict, "GRID");
        view_setf(line, "Y", "%.1f", y);
        struct view_dict *label = view_section(dict, "Y_LABEL");
        view_setf(label, "Y", "%.1f", y + 4);
        view_set(label, "TEXT", number_short(page->arena, top / GRID_LINES * i));
    }
}

static void draw_labels(const struct page *page, struct view_dict *dict,
                        const struct chart_data *data)
{
    size_t each = (data->count + LABELS - 1) / LABELS;
    for (size_t i = each / 2; i < data->count; i += each) {
        struct view_dict *label = view_section(dict, "X_LABEL");
        view_setf(label, "X", "%.2f%%", ((double)i + 0.5) * 100 / (double)data->count);
        view_set(label, "TEXT",
                 moment(page, data->span, data->start_ms + (int64_t)i * data->span->step_ms));
    }
    view_set_int(dict, "LABEL_Y", LABEL_Y);
}

/* What the pointer shows, and a reader hears, of one bar. */
static const char *bar_words(const struct page *page, const struct chart *chart, size_t bar,
                             const char *when)
{
    STRBUF_AUTO struct strbuf words = STRBUF_INIT(1024);
    strbuf_puts(&words, when);
    for (size_t i = 0; i < chart->series_count; i++)
        strbuf_printf(&words, "\n%s %lld", page_text(page, chart->series[i].name),
                      (long long)chart->series[i].values[bar]);
    return arena_strdup(page->arena, strbuf_str(&words));
}

static void draw_bar(const struct page *page, struct view_dict *dict, const struct chart *chart,
                     const struct chart_data *data, size_t bar, int64_t top)
{
    double width = 100.0 / (double)data->count;
    double y = PLOT_TOP + PLOT_HEIGHT;
    const char *when =
        moment_whole(page, data->span, data->start_ms + (int64_t)bar * data->span->step_ms);
    struct view_dict *column = view_section(dict, "BAR");
    view_set(column, "WORDS", bar_words(page, chart, bar, when));
    view_setf(column, "X", "%.3f%%", (double)bar * width);
    view_setf(column, "WIDTH", "%.3f%%", width);
    for (size_t i = 0; i < chart->series_count; i++) {
        double height = (double)chart->series[i].values[bar] * PLOT_HEIGHT / (double)top;
        if (height <= 0)
            continue;
        y -= height;
        struct view_dict *part = view_section(column, "PART");
        view_set(part, "FILL", chart->series[i].fill);
        view_setf(part, "PART_X", "%.3f%%", ((double)bar + (1 - BAR_SHARE) / 2) * width);
        view_setf(part, "PART_WIDTH", "%.3f%%", width * BAR_SHARE);
        view_setf(part, "Y", "%.2f", y);
        view_setf(part, "HEIGHT", "%.2f", height);
    }
}

static void add_table_row(const struct page *page, struct view_dict *dict,
                          const struct chart *chart, const struct chart_data *data, size_t bar)
{
    if (total_of(chart, bar) == 0)
        return;
    struct view_dict *row = view_section(dict, "TABLE_ROW");
    view_set(row, "WHEN",
             moment_whole(page, data->span, data->start_ms + (int64_t)bar * data->span->step_ms));
    for (size_t i = 0; i < chart->series_count; i++)
        view_set_int(view_section(row, "CELL"), "VALUE", chart->series[i].values[bar]);
}

void chart_draw(const struct page *page, const char *name, const struct chart *chart,
                const struct chart_data *data)
{
    struct view_dict *dict = view_include(page->content, name, "chart.tpl");
    int64_t top = axis_top(chart, data->count);
    int64_t sum = 0;
    view_set(dict, "CHART_ID", chart->id);
    page_set_text(page, dict, "CHART_TITLE", chart->title);
    for (size_t i = 0; i < chart->series_count; i++) {
        struct view_dict *legend = view_section(dict, "SERIES");
        view_set(legend, "FILL", chart->series[i].fill);
        page_set_text(page, legend, "NAME", chart->series[i].name);
    }
    draw_grid(page, dict, top);
    draw_labels(page, dict, data);
    for (size_t i = 0; i < data->count; i++) {
        sum += total_of(chart, i);
        draw_bar(page, dict, chart, data, i, top);
        add_table_row(page, dict, chart, data, i);
    }
    if (sum == 0)
        view_show(dict, "NOTHING_YET");
}
