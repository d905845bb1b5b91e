/* What charts show: counters added up bar by bar. */
#include <string.h>
#include <time.h>

#include "admin/chart.h"
#include "base/clock.h"
#include "base/text.h"

static const struct chart_span spans[] = {
    {"1h", STRING_SPAN_1H, HOUR_MS, MINUTE_MS, USAGE_MINUTE, false},
    {"8h", STRING_SPAN_8H, 8 * HOUR_MS, 10 * MINUTE_MS, USAGE_MINUTE, false},
    {"24h", STRING_SPAN_24H, DAY_MS, 30 * MINUTE_MS, USAGE_MINUTE, false},
    {"7d", STRING_SPAN_7D, 7 * DAY_MS, 3 * HOUR_MS, USAGE_HOUR, true},
    {"30d", STRING_SPAN_30D, 30 * DAY_MS, DAY_MS, USAGE_HOUR, true},
};
enum { SPAN_DEFAULT = 2 };

const struct chart_span *chart_span_of(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        if (text_eq(word, spans[i].word))
            return &spans[i];
    }
    return &spans[SPAN_DEFAULT];
}

void chart_set_spans(const struct page *page, struct view_dict *dict, const char *path,
                     const struct chart_span *current)
{
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        struct view_dict *link = view_section(dict, "SPAN");
        view_set(link, "HREF",
                 page_url(page->call, arena_printf(page->arena, "%s%cspan=%s", path,
                                                   strchr(path, '?') ? '&' : '?', spans[i].word)));
        page_set_text(page, link, "LABEL", spans[i].label);
        if (current == &spans[i])
            view_show(link, "CURRENT");
    }
}

/* The last bar is the one that `now_ms` falls into; bars begin at round local times. */
static int64_t first_bar(const struct chart_span *span, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / SECOND_MS);
    struct tm local;
    localtime_r(&seconds, &local);
    int64_t offset_ms = (int64_t)local.tm_gmtoff * SECOND_MS;
    int64_t last = (now_ms + offset_ms) / span->step_ms * span->step_ms - offset_ms;
    return last - span->span_ms + span->step_ms;
}

static void add(struct usage_counters *sum, const struct usage_counters *more)
{
    sum->requests += more->requests;
    sum->successes += more->successes;
    sum->failed_429 += more->failed_429;
    sum->prompt_tokens += more->prompt_tokens;
    sum->output_tokens += more->output_tokens;
    sum->thought_tokens += more->thought_tokens;
}

static int add_bucket(void *ctx, const struct usage_row *row)
{
    struct chart_data *data = ctx;
    int64_t unit_ms = data->span->source == USAGE_MINUTE ? MINUTE_MS : HOUR_MS;
    int64_t at_ms = row->bucket * unit_ms;
    int64_t index = at_ms < data->start_ms ? 0 : (at_ms - data->start_ms) / data->span->step_ms;
    if (index < (int64_t)data->count)
        add(&data->bars[index], &row->counters);
    return 0;
}

int chart_data_read(struct chart_data *data, struct store *store, enum usage_subject subject,
                    int64_t id, const struct chart_span *span, int64_t now_ms, struct err *err)
{
    *data = (struct chart_data){.span = span,
                                .start_ms = first_bar(span, now_ms),
                                .count = (size_t)(span->span_ms / span->step_ms)};
    const struct usage_query query = {
        .subject = subject,
        .span = span->source,
        .from = store_usage_bucket(subject, span->source, data->start_ms),
        .to = INT64_MAX,
        .id = id,
        .group = USAGE_BY_BUCKET,
    };
    return store_usage_each(store, &query, add_bucket, data, err);
}

static struct chart_series *add_series(struct chart *chart, enum string_id name, const char *fill)
{
    struct chart_series *series = &chart->series[chart->series_count++];
    *series = (struct chart_series){.name = name, .fill = fill};
    return series;
}

void chart_of_requests(struct chart *chart, const struct chart_data *data)
{
    *chart = (struct chart){.title = STRING_CHART_REQUESTS, .id = "requests"};
    struct chart_series *good = add_series(chart, STRING_RESULT_SUCCESS, "fill-ready");
    struct chart_series *limited = add_series(chart, STRING_RESULT_429, "fill-resting");
    struct chart_series *failed = add_series(chart, STRING_RESULT_FAILED, "fill-dead");
    for (size_t i = 0; i < data->count; i++) {
        const struct usage_counters *bar = &data->bars[i];
        good->values[i] = bar->successes;
        limited->values[i] = bar->failed_429;
        failed->values[i] = bar->requests - bar->successes - bar->failed_429;
    }
}

void chart_of_tokens(struct chart *chart, const struct chart_data *data)
{
    *chart = (struct chart){.title = STRING_CHART_TOKENS, .id = "tokens"};
    struct chart_series *in = add_series(chart, STRING_TOKENS_IN, "fill-in");
    struct chart_series *out = add_series(chart, STRING_TOKENS_OUT, "fill-out");
    struct chart_series *thoughts = add_series(chart, STRING_TOKENS_THOUGHT, "fill-thought");
    for (size_t i = 0; i < data->count; i++) {
        in->values[i] = data->bars[i].prompt_tokens;
        out->values[i] = data->bars[i].output_tokens;
        thoughts->values[i] = data->bars[i].thought_tokens;
    }
}
